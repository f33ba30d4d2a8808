"""The ledger proves itself: nothing in it can be changed, added or removed without `verify` finding it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from portal.catalogues.cookies import Category
from portal.consents import services
from portal.consents.models import ConsentRecord, Method
from portal.core.db import db
from tests.consents.choices import choose, tamper


def three_choices() -> None:
    choose(Method.ACCEPT_ALL)
    choose(Method.NECESSARY_ONLY)
    choose(Method.SAVE, Category.ANALYTICS)


def test_an_empty_ledger_is_sound(context: Flask) -> None:
    assert services.verify() == services.Verdict(True, 0)


def test_an_untouched_ledger_is_sound(context: Flask) -> None:
    three_choices()
    assert services.verify() == services.Verdict(True, 3)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consent_record SET marketing = 'yes' WHERE sequence = 2",
        "UPDATE consent_record SET language = 'en' WHERE sequence = 2",
        "UPDATE consent_record SET notice_version = '1.0' WHERE sequence = 2",
        "UPDATE consent_record SET given_at = '2026-11-25 08:00:00' WHERE sequence = 2",
        "UPDATE consent_record SET texts = '[]' WHERE sequence = 2",
        "UPDATE consent_record SET surface = 'elsewhere' WHERE sequence = 2",
        "UPDATE consent_record SET previous_hash = '0' WHERE sequence = 2",
        "UPDATE consent_detail SET record_id = 'ABCD-EFGH-JKMN-PQRS-TUVW' WHERE sequence = 2",
    ],
)
def test_a_changed_record_is_found(context: Flask, change: str) -> None:
    three_choices()
    tamper("consent_record", change)
    assert services.verify() == services.Verdict(False, 2, 2)


def test_a_removed_record_is_found(context: Flask) -> None:
    three_choices()
    db.session.execute(text("DELETE FROM consent_detail WHERE sequence = 2"))
    tamper("consent_record", "DELETE FROM consent_record WHERE sequence = 2")
    verdict = services.verify()
    assert (verdict.ok, verdict.first_bad) == (False, 2)


def test_a_tail_cut_off_is_found(context: Flask) -> None:
    three_choices()
    db.session.execute(text("DELETE FROM consent_detail WHERE sequence = 3"))
    tamper("consent_record", "DELETE FROM consent_record WHERE sequence = 3")
    assert services.verify() == services.Verdict(False, 2, 3)


def test_a_link_added_behind_our_back_is_found(context: Flask) -> None:
    three_choices()
    db.session.execute(text("DELETE FROM audit_detail WHERE seq = 3"))
    db.session.commit()
    assert services.verify() == services.Verdict(False, 3, 3)


def test_a_changed_text_is_found(context: Flask) -> None:
    three_choices()
    tamper("consent_text", "UPDATE consent_text SET body = :body", body=b"Something nicer")
    assert services.verify() == services.Verdict(False, 1, 1)


def test_a_detail_that_retention_deleted_leaves_the_chain_sound(context: Flask) -> None:
    three_choices()
    db.session.execute(text("DELETE FROM consent_detail WHERE sequence = 1"))
    db.session.commit()
    assert services.verify() == services.Verdict(True, 3)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_record SET marketing = 'yes'",
        "DELETE FROM consent_record",
        "UPDATE consent_text SET body = NULL",
        "DELETE FROM consent_text",
    ],
)
def test_the_database_itself_refuses_changes(context: Flask, statement: str) -> None:
    three_choices()
    with pytest.raises(DatabaseError):
        db.session.execute(text(statement))
    db.session.rollback()


def test_a_text_is_kept_once_however_often_it_is_shown(context: Flask) -> None:
    three_choices()
    assert db.session.scalar(text("SELECT count(*) FROM consent_text")) == 1


def test_the_ledger_has_no_column_for_address_or_browser(context: Flask) -> None:
    columns = {column.name for column in db.metadata.tables["consent_record"].columns}
    assert not {name for name in columns if "address" in name or "agent" in name or name == "ip"}
    assert "account_id" not in columns


def test_choices_made_at_the_same_time_make_one_chain(context: Flask) -> None:
    def one(_: int) -> None:
        with context.app_context():
            choose(Method.ACCEPT_ALL)
            db.session.remove()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, range(24)))
    assert services.verify() == services.Verdict(True, 24)
    assert db.session.scalars(select(ConsentRecord.sequence).order_by(ConsentRecord.sequence)).all() == list(
        range(1, 25)
    )
