"""Several nodes that start at once bring the database to the newest schema once (D2)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.pool import NullPool

from portal.config import ROOT
from tests.conftest import ENGINES

NODES = 4
PATIENCE = 120  # seconds


@pytest.mark.parametrize("engine", ENGINES)
def test_nodes_that_start_at_once_migrate_once(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path / 'portal.sqlite'}"
    if engine == "postgresql":
        server = request.getfixturevalue("postgresql_url")
        url = make_url(server).set(database="at_once").render_as_string(hide_password=False)
        admin = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with admin.connect() as connection:
            connection.execute(text("CREATE DATABASE at_once"))
    # each as on a machine of its own
    machines = [os.environ | {"DATABASE_URL": url, "PORTAL_INSTANCE": str(tmp_path / str(n))} for n in range(NODES)]
    nodes = [
        subprocess.Popen(
            [sys.executable, "-m", "portal", "db", "upgrade"], cwd=ROOT, env=machine, stderr=subprocess.PIPE, text=True
        )
        for machine in machines
    ]
    told = [node.communicate(timeout=PATIENCE)[1] for node in nodes]
    assert [node.returncode for node in nodes] == [0] * NODES, told
    database = create_engine(url, poolclass=NullPool)
    with database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
        assert "audit_event" in inspect(connection).get_table_names()
    database.dispose()
