"""What `portal` says when the database does not do: the cause in one line, and the remedy only where it is one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.config import ROOT


def run(instance: Path, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "portal", "audit", "verify"],
        cwd=ROOT,
        env={**os.environ, "PORTAL_INSTANCE": str(instance), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    return line


def test_where_tables_are_missing_the_upgrade_is_named(tmp_path: Path) -> None:
    assert run(tmp_path, DATABASE_URL="") == (
        "portal: the database cannot be used: no such table: audit_event (run `portal db upgrade`)"
    )


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("sqlite:////nonexistent/portal.sqlite", "unable to open database file"),
        ("postgresql+psycopg://portal:secret@127.0.0.1:1/portal", "connection"),
    ],
)
def test_a_database_that_does_not_answer_is_told_without_that_remedy(tmp_path: Path, url: str, cause: str) -> None:
    told = run(tmp_path, DATABASE_URL=url)
    assert told.startswith("portal: ") and cause in told
    assert "upgrade" not in told and "secret" not in told
