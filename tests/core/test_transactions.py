"""One unit of work is written whole or not at all."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.core import audit, clock
from portal.core.audit import SYSTEM, AuditAction
from portal.core.db import db, transaction


def event_count() -> int:
    return db.session.scalar(text("SELECT count(*) FROM audit_event")) or 0


def test_a_nested_transaction_joins_the_outer_one(context: Flask) -> None:
    with pytest.raises(RuntimeError, match="mishap"), transaction():
        with transaction():
            audit.record(AuditAction.SIGNED_OUT, actor=SYSTEM, now=clock.now())
        raise RuntimeError("mishap")
    assert event_count() == 0


def test_a_transaction_commits_when_it_ends(context: Flask) -> None:
    with transaction():
        audit.record(AuditAction.SIGNED_OUT, actor=SYSTEM, now=clock.now())
    db.session.rollback()
    assert event_count() == 1


def test_an_audit_event_outside_a_transaction_is_refused(context: Flask) -> None:
    with pytest.raises(RuntimeError):
        audit.record(AuditAction.SIGNED_OUT, actor=SYSTEM, now=clock.now())


def test_a_moment_without_zone_is_refused(context: Flask) -> None:
    with pytest.raises(Exception, match="aware"), transaction():
        audit.record(AuditAction.SIGNED_OUT, actor=SYSTEM, now=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET outcome = 'x'",
        "DELETE FROM audit_event",
        "INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event",
        "TRUNCATE audit_event CASCADE",
    ],
)
def test_the_database_refuses_to_change_the_audit_trail(context: Flask, statement: str) -> None:
    is_sqlite = db.engine.dialect.name == "sqlite"
    if statement.startswith("TRUNCATE") == is_sqlite or ("REPLACE" in statement and not is_sqlite):
        pytest.skip("not a statement of this engine")
    with transaction():
        audit.record(AuditAction.SIGNED_OUT, actor=SYSTEM, now=clock.now())
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(statement))
    db.session.rollback()
    assert audit.verify().ok


def test_a_changed_detail_is_found(context: Flask) -> None:
    with transaction():
        for _ in range(3):
            audit.record(AuditAction.SIGNED_OUT, actor=SYSTEM, now=clock.now(), purpose="case")
    with transaction():
        db.session.execute(text("UPDATE audit_detail SET purpose = 'contact' WHERE seq = 2"))
    verdict = audit.verify()
    assert (verdict.ok, verdict.first_bad) == (False, 2)
