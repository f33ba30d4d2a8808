"""What the database itself refuses to have done to a case, whoever asks and by whatever program."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from portal.core.db import db
from portal.subject_requests import handling
from portal.subject_requests.kinds import Status, TaskKind
from portal.subject_requests.models import RecipientTask
from tests.conftest import START
from tests.factories import make_customer
from tests.subject_requests.people import CLERK, reach


@pytest.fixture
def customer_id(context: Flask) -> int:
    return make_customer().id


def forged(sql: str, **values: object) -> None:
    """A statement past the services, which the database itself must refuse."""
    with pytest.raises(IntegrityError):
        db.session.execute(text(sql), values)
    db.session.rollback()


def test_the_database_refuses_a_status_set_past_the_workflow(customer_id: int) -> None:
    case = reach(customer_id, Status.RECEIVED)
    for sql in (
        "UPDATE subject_request SET status = 'closed' WHERE public_id = :id",
        "UPDATE subject_request SET status = 'lost' WHERE public_id = :id",
        "UPDATE subject_request SET previous_status = 'closed', status = 'received' WHERE public_id = :id",
    ):
        forged(sql, id=case.public_id)


def test_the_database_keeps_every_row_of_a_case_and_what_was_sent(customer_id: int) -> None:
    case = reach(customer_id, Status.CLOSED)
    handling.note(public_id=case.public_id, text="seen", actor=CLERK, now=START)
    handling.message(public_id=case.public_id, text="hello", actor=CLERK, now=START)
    for table in ("subject_request", "request_item", "case_message", "case_note", "case_event", "letter"):
        forged(f"DELETE FROM {table}")
    row = db.session.execute(text("SELECT id, text_encrypted FROM case_message")).one()
    same_key = bytes(row.text_encrypted).partition(b"|")[0] + b"|forged"
    forged("UPDATE case_message SET text_encrypted = :new", new=same_key)
    forged("UPDATE case_message SET sender = 'customer'")
    forged("UPDATE case_event SET step = 'decide'")
    forged("UPDATE letter SET sha256 = ''")
    forged("UPDATE subject_request SET status = 'answered', previous_status = 'decided'")
    if db.engine.dialect.name == "sqlite":
        forged("INSERT OR REPLACE INTO case_message SELECT * FROM case_message")
    # keys rotate, and retention takes the words out of a case that has ended
    db.session.execute(text("UPDATE case_message SET text_encrypted = :new"), {"new": b"another|" + same_key})
    db.session.execute(text("UPDATE case_message SET text_encrypted = NULL"))
    db.session.commit()
    forged("UPDATE case_message SET text_encrypted = :new", new=same_key)


def test_no_row_of_a_case_is_replaced_by_another(customer_id: int) -> None:
    """By somebody who has the file and whatever program they like: the portal's own connections refuse it anyway."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("nothing else replaces rows")
    other, case = reach(customer_id, Status.IN_REVIEW), reach(customer_id, Status.CLOSED)
    target, victim = other.id, case.id
    db.session.add(RecipientTask(id=1, request_id=target, kind=TaskKind.DATAHUB, recipient="datahub", opened_at=START))
    db.session.add(RecipientTask(id=2, request_id=victim, kind=TaskKind.DATAHUB, recipient="datahub", opened_at=START))
    db.session.commit()
    db.session.execute(text("PRAGMA recursive_triggers=OFF"))
    try:
        for table in ("request_item", "letter", "recipient_task"):
            names = [row.name for row in db.session.execute(text(f"PRAGMA table_info({table})"))]
            others = ", ".join(name for name in names if name != "id")
            forged(f"INSERT OR REPLACE INTO {table} (id, {others}) SELECT 77, {others} FROM {table} LIMIT 1")
        for sql in (
            "UPDATE OR REPLACE subject_request SET id = :victim WHERE id = :target",
            "UPDATE OR REPLACE subject_request SET public_id = "
            "(SELECT public_id FROM subject_request WHERE id = :victim) WHERE id = :target",
            "UPDATE OR REPLACE request_item SET request_id = :victim WHERE request_id = :target",
            "UPDATE OR REPLACE recipient_task SET request_id = :victim WHERE request_id = :target",
            "UPDATE OR REPLACE recipient_task SET id = 2 WHERE id = 1",
        ):
            forged(sql, target=target, victim=victim)
    finally:
        db.session.execute(text("PRAGMA recursive_triggers=ON"))


def test_the_words_of_an_open_case_cannot_be_taken_out(customer_id: int) -> None:
    case = reach(customer_id, Status.RECEIVED)
    handling.message(public_id=case.public_id, text="hello", actor=CLERK, now=START)
    forged("UPDATE case_message SET text_encrypted = NULL")
