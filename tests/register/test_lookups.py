"""Nothing that is looked for by a value of its own reads through all customers (a hundred thousand of them)."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from portal.core.db import db
from portal.customer_accounts import activation_requests
from portal.register import services
from portal.register.searching import search
from portal.subject_requests import opting_out
from tests.factories import make_customer

LOOK_UPS: dict[str, Callable[[], object]] = {
    "number": lambda: search("10001235"),
    "metering point": lambda: search("952000000000000019"),
    "identity code": lambda: search("280285-901N"),
    "business ID": lambda: search("1234567-1"),
    "phone": lambda: search("044 000 4321"),
    "e-mail": lambda: search("Somebody@example.com"),
    "opt-out by e-mail": lambda: opting_out.customers_with("somebody@example.com"),
    "opt-out by phone": lambda: opting_out.customers_with("+358440004321"),
    "opt-out by address": lambda: opting_out.customers_with("Mallitie 1, 45100 Kouvola"),
    "account by e-mail": lambda: activation_requests._customers_at("somebody@example.com"),
    "changes feed": lambda: services.changes(since=10, limit=10),
}

WHOLE = re.compile(r"(SCAN|Seq Scan on) (customer|billing|metering_site|register_change)\b")


@contextmanager
def _statements() -> Iterator[list[tuple[str, Any]]]:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


def _plan(statement: str, parameters: Any) -> list[str]:
    explain = "EXPLAIN QUERY PLAN" if db.engine.dialect.name == "sqlite" else "EXPLAIN"
    rows = db.session.connection().exec_driver_sql(f"{explain} {statement}", parameters)
    return [str(row[-1]) for row in rows]


def test_every_look_up_goes_by_an_index(context: Flask) -> None:
    make_customer()
    if db.engine.dialect.name == "postgresql":  # which reads through tables as small as these unless told otherwise
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
    whole: dict[str, list[str]] = {}
    for name, look_up in LOOK_UPS.items():
        with _statements() as asked:
            look_up()
        steps = [step for statement, parameters in asked for step in _plan(statement, parameters)]
        assert steps, name
        whole[name] = [step for step in steps if WHOLE.search(step)]
    assert {name: steps for name, steps in whole.items() if steps} == {}


@pytest.mark.parametrize("written", ["Aino.Kuusilampi@example.com", "aino.kuusilampi@EXAMPLE.com"])
def test_an_email_address_is_found_however_it_is_written(context: Flask, written: str) -> None:
    customer = make_customer(email="aino.Kuusilampi@example.com")
    assert [found.customer.id for found in search(written).rows] == [customer.id]
