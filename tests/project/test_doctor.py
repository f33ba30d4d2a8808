"""The doctor finds what is wrong and says how to mend it."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from portal.backups import making
from portal.core import clock
from portal.core import settings as core_settings
from portal.core.db import db, transaction
from portal.doctor import Finding, examine


def found(name: str) -> Finding:
    return next(finding for finding in examine(clock.now()) if finding.name == name)


@pytest.fixture
def mail_to_nowhere(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    before = context.extensions[core_settings.EXTENSION]
    monkeypatch.setitem(
        context.extensions, core_settings.EXTENSION, replace(before, mail_url=f"smtp://u:secret@127.0.0.1:{port}")
    )


def test_a_healthy_installation_passes_every_check(context: Flask) -> None:
    names = [finding.name for finding in examine(clock.now())]
    assert names == [
        "configuration",
        "instance folder",
        "keys",
        "disk",
        "database",
        "clock",
        "migrations",
        "audit trail",
        "backup",
        "valkey",
        "mail",
        "notice texts",
        "languages",
        "translations",
    ]
    translations = found("translations")  # in the middle of work a sentence may lack its Finnish
    assert translations.told == "complete" or "lack a translation" in translations.told
    assert found("migrations").ok


def test_a_mail_server_that_does_not_answer_is_told_without_its_password(mail_to_nowhere: None) -> None:
    mail = found("mail")
    assert not mail.ok
    assert mail.told.endswith("; check PORTAL_MAIL_URL")
    assert "secret" not in mail.told


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("0001", "run `portal db upgrade`"),
        (
            "9999",
            "this version of the portal is older than the database;"
            " install the one that the database was upgraded with",
        ),
    ],
)
def test_a_database_older_or_newer_than_the_code_is_told_and_the_rest_is_examined(
    context: Flask, version: str, words: str
) -> None:
    with transaction() as session:
        newest = session.scalar(text("SELECT version_num FROM alembic_version"))
        session.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    try:
        assert found("migrations") == Finding("migrations", False, words)
        assert found("notice texts").ok
    finally:
        with transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest})
    db.session.rollback()


def test_the_age_of_the_last_backup_is_told(context: Flask, tmp_path: Path) -> None:
    assert found("backup").told == "none was made by `portal backup` yet"
    making.make(tmp_path / "backup", now=clock.now())
    assert found("backup").told == "the last one was made on 2026-11-24, 0 days ago"
