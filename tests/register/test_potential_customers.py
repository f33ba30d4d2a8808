"""A potential customer comes in with a permission or not at all, whoever writes (R60): tried by SQL alone."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.core.db import db, transaction
from tests.factories import make_customer

VALUES = {
    "name": "Onni Kaislaranta",
    "source": "competition",
    "source_on": date(2026, 11, 1),
    "updated_at": datetime(2026, 11, 1, tzinfo=UTC).replace(tzinfo=None),
}


def insert_customer(row_id: int, status: str = "potential", verb: str = "INSERT") -> None:
    db.session.execute(
        text(
            f"{verb} INTO customer (id, number, kind, status, name, name_folded, preferred_language, "
            "has_own_liabilities, is_protected, source, source_on, updated_at) VALUES (:id, :number, 'natural', "
            ":status, :name, :name, 'fi', false, false, :source, :source_on, :updated_at)"
        ),
        {"id": row_id, "number": f"{row_id:08d}", "status": status, **VALUES},
    )


def insert_permission(customer_id: int, state: str = "permission") -> None:
    db.session.execute(
        text(
            "INSERT INTO current_permission (id, customer_id, type, channel, state, source, source_on, is_own_word) "
            "VALUES (:id, :id, 'contact', 'email', :state, 'competition', :updated_at, false)"
        ),
        {"id": customer_id, "state": state, "updated_at": VALUES["updated_at"]},
    )


def set_status(customer_id: int, status: str) -> None:
    db.session.execute(
        text("UPDATE customer SET status = :status WHERE id = :id"), {"status": status, "id": customer_id}
    )


def test_without_a_permission_there_is_no_potential_customer(context: Flask) -> None:
    with pytest.raises(DBAPIError, match="R60"), transaction():
        insert_customer(1)
    for state in ("prohibition", "none"):
        with pytest.raises(DBAPIError, match="R60"), transaction():
            insert_permission(1, state)
            insert_customer(1)


def test_with_one_there_is(context: Flask) -> None:
    with transaction():
        insert_permission(1)
        insert_customer(1)
    assert db.session.scalar(text("SELECT count(*) FROM customer")) == 1


def test_a_permission_of_nobody_does_not_outlive_its_transaction(context: Flask) -> None:
    with pytest.raises(DBAPIError), transaction():
        insert_permission(1)


def test_a_customer_becomes_a_potential_one_with_a_permission_alone(context: Flask) -> None:
    customer = make_customer()
    with pytest.raises(DBAPIError, match="R60"), transaction():
        set_status(customer.id, "potential")
    with transaction():
        insert_permission(customer.id)
        set_status(customer.id, "potential")


def test_who_has_lost_the_last_permission_can_still_be_changed_until_the_purge(context: Flask) -> None:
    potential = make_customer(status="potential", has_site=False)
    with transaction():
        db.session.execute(text("UPDATE customer SET name = 'Muu', status = 'potential' WHERE name <> 'Muu'"))
    assert db.session.scalar(text("SELECT name FROM customer WHERE id = :id"), {"id": potential.id}) == "Muu"


def test_replacing_a_row_does_not_get_past_the_rule(context: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("only SQLite replaces rows")
    with transaction():
        insert_customer(1, status="customer")
    with pytest.raises(DBAPIError, match="R60"), transaction():
        insert_customer(1, verb="INSERT OR REPLACE")
