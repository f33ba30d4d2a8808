"""Loading is the same each time, whole, and never among real customers."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Account
from portal.consents.models import ConsentRecord
from portal.core import clock
from portal.core.audit import AuditAction, AuditEvent
from portal.core.db import Model, db
from portal.core.settings import EXTENSION
from portal.demo import loading
from portal.demo.customers import draw
from portal.demo.loading import TABLES, DemoRefused
from portal.publishing.models import PublishedCell
from portal.register.models import RegisterConflict
from portal.subject_requests.models import CaseEvent, CaseMessage, SubjectRequest
from tests.demo.conftest import CUSTOMERS, NOW
from tests.factories import make_customer

TODAY = date(2026, 11, 1)

# What is random by nature, or made with the keys of the installation. The values inside are compared.
RANDOM = {"id", "act_id", "actor_id", "identity_code_index", "contact_hash", "holder_hash"}
PUBLIC_ID = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b")
STORIES: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (Account, ("username", "email", "role", "language", "display_name", "totp_secret", "created_at")),
    (ConsentRecord, ("given_at", "language", "surface", "method", "functional", "analytics", "marketing", "texts")),
    (SubjectRequest, ("kind", "status", "channel", "text", "grounds", "received_on", "work_by", "answered_at")),
    (CaseEvent, ("step", "from_status", "to_status", "at", "unit")),
    (CaseMessage, ("text", "sender", "at")),
    (RegisterConflict, ("field_key", "theirs", "source", "found_at", "kept_at")),
    (PublishedCell, ("statistic", "period_start", "dimensions", "count")),
)


def _load(customers: int = 30, *, now: datetime = NOW, **arguments: Any) -> loading.Loaded:
    return loading.load(now=now, customers=customers, **arguments)


def _columns(model: type[Model]) -> list[str]:
    """Every column that is not random, the encrypted ones by their plain value."""
    names = [column.key for column in model.__mapper__.column_attrs]
    return [name.removesuffix("_encrypted") for name in names if name not in RANDOM]


def _rows(model: type[Model], names: tuple[str, ...] | list[str]) -> list[str]:
    rows = (repr([getattr(row, name) for name in names]) for row in db.session.scalars(select(model)))
    return sorted(PUBLIC_ID.sub("(case)", row) for row in rows)


def _everything() -> dict[str, list[str]]:
    found = {model.__tablename__: _rows(model, _columns(model)) for model in TABLES}
    found |= {model.__tablename__: _rows(model, names) for model, names in STORIES}
    actions = select(AuditEvent.at, AuditEvent.action).where(AuditEvent.action != AuditAction.DEMO_LOADED)
    found["audit_event"] = [repr(tuple(row)) for row in db.session.execute(actions.order_by(AuditEvent.seq))]
    return found


def test_the_same_arguments_give_the_same_register_at_whatever_time_and_in_whatever_database(
    register: Flask, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_clock() -> datetime:
        raise AssertionError("loading asks no clock")

    with register.app_context():
        one = _everything()
    monkeypatch.setattr(clock, "now", no_clock)
    with app.app_context():
        _load(CUSTOMERS, now=NOW + timedelta(days=100, hours=9), today=date(2026, 11, 24))
        other = _everything()
        db.session.remove()
    assert {name for name, rows in one.items() if rows != other[name]} == set()
    assert sum(map(len, one.values())) > 4_000
    assert [name for name, rows in one.items() if not rows] == []


def test_another_seed_gives_another_register_and_the_first_customers_keep_their_names(loaded: Flask) -> None:
    one, other = ([_drawn(index, seed) for index in range(16)] for seed in (1, 2))
    assert [name for name, _ in one][:11] == [name for name, _ in other][:11]
    assert [rows for _, rows in one] != [rows for _, rows in other]


def _drawn(index: int, seed: int) -> tuple[str, list[int]]:
    drawing = draw(index, random_seed=seed, today=TODAY, taken=set())
    return drawing.customer.name, [row.get("kwh", 0) for rows in drawing.rows.values() for row in rows]


def test_a_customer_is_the_same_in_a_small_and_in_a_large_register(loaded: Flask) -> None:
    alone = draw(20, random_seed=1, today=TODAY, taken=set())
    among = [draw(index, random_seed=1, today=TODAY, taken=set()) for index in range(25)][20]
    assert alone.rows == among.rows


def test_loading_again_changes_nothing_and_other_arguments_are_refused(context: Flask) -> None:
    told: list[int] = []
    assert _load(3, progress=told.append).is_new
    assert sum(told) == 3
    assert not _load(3).is_new
    for other in ({"customers": 4}, {"customers": 3, "random_seed": 2}, {"customers": 3, "today": date(2026, 11, 23)}):
        with pytest.raises(DemoRefused):
            _load(**other)


def test_the_demo_is_not_loaded_among_real_customers(context: Flask) -> None:
    make_customer()
    with pytest.raises(DemoRefused):
        _load()


def test_the_demo_is_not_loaded_in_production(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    production = replace(context.extensions[EXTENSION], mode="production")
    monkeypatch.setitem(context.extensions, EXTENSION, production)
    with pytest.raises(DemoRefused):
        _load()


def test_an_interrupted_load_leaves_nothing(context: Flask) -> None:
    def stop(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _load(3, progress=stop)
    db.session.rollback()
    assert loading.is_empty()
