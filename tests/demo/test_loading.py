"""The invented register is the same each time, complete, and never mixed with a real one."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.core.db import db
from portal.core.settings import EXTENSION
from portal.demo import loading
from portal.demo.accounts import SIGN_INS, sign_ins
from portal.demo.loading import DemoRefused
from portal.permissions.models import CurrentPermission, PermissionEvent, State, Suppression
from portal.register import validators
from portal.register.models import Billing, Customer, Invoice, MeteringSite
from portal.register.reading import records_of
from portal.register.searching import search
from portal.subject_requests.models import SubjectRequest
from tests.conftest import EmptyDatabase
from tests.factories import make_customer

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def _load(customers: int = 30, **arguments: Any) -> loading.Loaded:
    return loading.load(now=NOW, customers=customers, **arguments)


def _everything() -> list[Any]:
    ids = db.session.scalars(select(Customer.id).order_by(Customer.number)).all()
    return [
        (group.spec.category, record.record_id, [(f.key, f.value, f.source, f.updated_at) for f in record.fields])
        for customer_id in ids
        for group in records_of(customer_id)
        for record in group.records
    ]


def test_the_same_arguments_give_the_same_register(installation: EmptyDatabase) -> None:
    registers = []
    for _ in range(2):
        installation.reset()
        with installation.app.app_context():
            _load(random_seed=7, today=date(2026, 11, 1))
            registers.append(_everything())
            db.session.remove()
    assert registers[0] == registers[1]
    assert len(registers[0]) > 500


def test_another_seed_gives_another_register(installation: EmptyDatabase) -> None:
    registers = []
    for seed in (1, 2):
        installation.reset()
        with installation.app.app_context():
            _load(random_seed=seed)
            registers.append(_everything())
            db.session.remove()
    assert registers[0] != registers[1]


def test_loading_again_changes_nothing_and_other_arguments_are_refused(context: Flask) -> None:
    assert _load().is_new
    assert not _load().is_new
    with pytest.raises(DemoRefused):
        _load(customers=31)


def test_the_demo_is_not_loaded_among_real_customers(context: Flask) -> None:
    make_customer()
    with pytest.raises(DemoRefused):
        _load()


def test_the_demo_is_not_loaded_in_production(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    production = replace(context.extensions[EXTENSION], mode="production")
    monkeypatch.setitem(context.extensions, EXTENSION, production)
    with pytest.raises(DemoRefused):
        _load()


def test_three_hundred_customers_are_220_natural_20_legal_and_60_potential(context: Flask) -> None:
    _load(customers=300)
    counts = db.session.execute(
        select(Customer.kind, Customer.status, func.count()).group_by(Customer.kind, Customer.status)
    ).all()
    assert {(kind.value, status.value): n for kind, status, n in counts} == {
        ("natural", "customer"): 220,
        ("legal", "customer"): 20,
        ("natural", "potential"): 60,
    }


def test_every_invented_identifier_is_valid_and_belongs_to_nobody(context: Flask) -> None:
    _load(customers=60)
    for customer in db.session.scalars(select(Customer)):
        assert validators.customer_number(customer.number)
        if customer.identity_code:
            assert validators.identity_code(customer.identity_code, artificial=True) == customer.identity_code
        if customer.business_id:
            assert validators.business_id(customer.business_id) == customer.business_id
        assert customer.phone and validators.phone(customer.phone) == customer.phone
        assert customer.email is None or validators.email(customer.email)
    for billing in db.session.scalars(select(Billing)):
        assert billing.iban and validators.iban(billing.iban) == billing.iban
    for site in db.session.scalars(select(MeteringSite)):
        assert validators.gsrn(site.gsrn)
        assert validators.main_fuse(site.main_fuse) == site.main_fuse
    for invoice in db.session.scalars(select(Invoice)):
        assert validators.reference(invoice.reference)


def test_every_potential_customer_but_the_one_who_withdrew_holds_a_permission(context: Flask) -> None:
    _load(customers=60)
    potential = db.session.scalars(select(Customer).where(Customer.status == "potential")).all()
    holders = set(
        db.session.scalars(select(CurrentPermission.customer_id).where(CurrentPermission.state == State.PERMISSION))
    )
    assert [customer.name for customer in potential if customer.id not in holders] == ["Onni Kaislaranta"]
    assert not search("Kaislaranta").rows


def test_the_hard_cases_are_there(context: Flask) -> None:
    _load(customers=20)
    names = db.session.scalars(select(Customer.name)).all()
    assert any(len(name.split()[1]) >= 40 for name in names)
    assert {"Åsa Öström-Ängslund", "Oliver O’Hara-Finch"} <= set(names)
    assert len(search("100190-999P").rows) == len(search("100190Y999P").rows) == 1
    assert db.session.scalar(select(Customer.name).where(Customer.email.is_(None))) == "Urho Tervaharju"


def test_the_ledger_leads_to_the_state_and_prohibitions_to_marks(context: Flask) -> None:
    _load(customers=60)
    last: dict[Any, State] = {}
    for event in db.session.scalars(select(PermissionEvent).order_by(PermissionEvent.at)):
        last[event.customer_id, event.type, event.channel] = event.new_state
    now = {(p.customer_id, p.type, p.channel): p.state for p in db.session.scalars(select(CurrentPermission))}
    assert last == now
    assert db.session.scalar(select(func.count()).select_from(Suppression))


def test_demo_sign_ins_cover_every_role_from_twenty_customers_up(context: Flask) -> None:
    _load(customers=20)
    rows = sign_ins()
    roles = [row["role"] for row in rows]
    assert {role: roles.count(role) for role in roles} == {
        "customer": 4,
        "clerk": 3,
        "decision-maker": 2,
        "marketing": 2,
        "administrator": 2,
    }
    assert sum(row["totp_secret"] is not None for row in rows[:4]) == 1
    assert all(row["customer_number"] for row in rows[:4]) and not any(row["customer_number"] for row in rows[4:])
    assert all(len(row["password"]) >= 15 for row in rows)


def test_the_third_clerk_has_not_accepted_the_commitment() -> None:
    waiting = [s.username for s in SIGN_INS if s.role.is_staff and not s.has_accepted_commitment]
    assert waiting == ["clerk3"]


def test_requests_from_awkward_days_were_answered_and_others_wait_at_the_desk(context: Flask) -> None:
    _load(customers=20)
    cases = db.session.scalars(select(SubjectRequest).order_by(SubjectRequest.received_on)).all()
    assert [(case.received_on.isoformat(), case.kind.value) for case in cases] == [
        ("2026-01-31", "correction"),
        ("2026-03-05", "correction"),
        ("2026-05-20", "correction"),
        ("2026-10-29", "correction"),
        ("2026-11-12", "erasure"),
        ("2026-11-15", "access"),
        ("2026-11-18", "access"),
        ("2026-11-21", "correction"),
        ("2026-11-22", "correction"),
        ("2026-11-23", "objection"),
    ]
    assert {case.status.value for case in cases[:3]} <= {"answered", "closed"}
    erasure, unsigned, by_phone = cases[4:7]
    assert {case.status.value for case in (cases[3], unsigned, *cases[7:])} == {"received"}
    assert erasure.is_proposed
    assert unsigned.is_signed is False
    assert by_phone.status.value == "identity-pending"
