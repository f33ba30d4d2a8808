"""What people and staff did in the invented register: requests, choices, viewings, and what waits."""

from collections import Counter
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Account
from portal.consents import services as consents
from portal.core import audit
from portal.core.audit import AuditDetail, AuditEvent
from portal.core.db import db
from portal.demo.accounts import SIGN_INS, sign_ins
from portal.register import conflicts, restrictions, services
from portal.register.care import contact_log, mandates, manual_material
from portal.register.models import Customer, Feedback
from portal.register.searching import search
from portal.subject_requests.models import SubjectRequest
from portal.subject_requests.queries import of_customer

pytestmark = pytest.mark.usefixtures("loaded")


def account(username: str) -> Account:
    return db.session.scalars(select(Account).where(Account.username == username)).one()


def case_of(name: str, kind: str) -> SubjectRequest:
    customer = db.session.scalars(select(Customer).where(Customer.name == name)).one()
    return next(case for case in of_customer(customer.id) if case.kind.value == kind)


def test_demo_sign_ins_cover_every_role_from_twenty_customers_up() -> None:
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
    assert [s.username for s in SIGN_INS if s.role.is_staff and not s.has_accepted_commitment] == ["clerk3"]
    assert account("clerk3").commitment_accepted_at is None and account("clerk1").commitment_accepted_at


@pytest.mark.parametrize(
    ("name", "kind", "received", "work_by", "statutory"),
    [
        ("Aino Kuusilampi", "access", "2026-01-31", "2026-03-02", "2026-03-02"),
        ("Eero Harjunmaa", "portability", "2026-03-05", "2026-04-02", "2026-04-07"),
        ("Åsa Öström-Ängslund", "correction", "2026-05-20", "2026-06-18", "2026-06-22"),
        ("Oliver O’Hara-Finch", "access", "2025-11-25", "2025-12-23", "2025-12-29"),
        ("Toivo Usvaniitty", "access", "2026-03-05", "2026-04-13", "2026-04-14"),  # paused nine days
    ],
)
def test_requests_of_awkward_days_were_answered_in_time(
    name: str, kind: str, received: str, work_by: str, statutory: str
) -> None:
    found = db.session.scalars(select(SubjectRequest).join(Customer, Customer.id == SubjectRequest.customer_id))
    case = next(case for case in found if case.received_on.isoformat() == received and _name(case) == name)
    assert (case.kind.value, case.work_by.isoformat(), case.statutory_on.isoformat()) == (kind, work_by, statutory)
    assert case.status.value in ("answered", "closed")
    assert case.answered_at and case.answered_at.date() <= case.work_by


def _name(case: SubjectRequest) -> str:
    customer = db.session.get(Customer, case.customer_id)
    assert customer is not None
    return customer.name


def test_an_unsigned_letter_waits_like_any_other() -> None:
    case = case_of("Urho Tervaharju", "access")
    assert (case.channel.value, case.is_signed, case.status.value) == ("letter", False, "received")


def test_the_desk_has_cases_in_every_state_and_none_is_overdue() -> None:
    cases = db.session.scalars(select(SubjectRequest)).all()
    states = Counter(case.status.value for case in cases)
    assert states.keys() == {
        "received",
        "in-review",
        "identity-pending",
        "answered",
        "closed",
        "withdrawn",
    }
    assert states["received"] == 5 and states["in-review"] == 3 and states.total() > 25
    assert {case.kind.value for case in cases} == {
        "access",
        "portability",
        "correction",
        "erasure",
        "restriction",
        "objection",
        "opt-out",
        "consent-withdrawal",
    }
    assert {case.channel.value for case in cases} == {"portal", "letter", "visit", "phone", "email"}
    open_ones = [case for case in cases if case.answered_at is None and case.ended_at is None]
    assert all(case.work_by.isoformat() >= "2026-11-24" for case in open_ones)
    assert [case.extension_reason for case in open_ones if case.extension_reason] == ["complexity"]


def test_an_erasure_waits_for_a_second_person_and_another_was_carried_out_in_part() -> None:
    """What a law keeps is still there (L24)."""
    waiting = case_of("Venla Kaukametsänreunanpeltosaarenlahdenharjula", "erasure")
    assert (waiting.status.value, waiting.is_proposed) == ("in-review", True)
    done = case_of("Veikko Sarapelto", "erasure")
    assert done.outcome and done.outcome.value == "partly" and done.answered_at
    left = db.session.scalars(select(Customer).where(Customer.name == "Veikko Sarapelto")).one()
    assert left.contract_ended_on and not list(
        db.session.scalars(select(Feedback).where(Feedback.customer_id == left.id))
    )


def test_nothing_that_the_four_have_asked_for_keeps_marketing_from_them() -> None:
    for username in ("aino", "oliver", "asa", "eero"):
        customer_id = account(username).customer_id
        assert customer_id is not None
        kept = {(mark.field_key, mark.ground.value) for mark in restrictions.of_customer(customer_id)}
        assert kept <= {("estimate_kwh", "accuracy-contested"), ("main_fuse", "accuracy-contested")}


def test_contacts_a_mandate_and_papers_are_on_record() -> None:
    urho = db.session.scalars(select(Customer).where(Customer.name == "Urho Tervaharju")).one()
    assert [mandate.name for mandate in mandates.in_force(urho.id, date(2026, 11, 24))] == ["Siiri Pajuluoto"]
    assert [paper.room for paper in manual_material.of_customer(urho.id)] == ["Arkisto 1"]
    assert [entry.topic.value for entry in contact_log.of_customer(urho.id)] == ["invoice"]


def test_a_hidden_customer_is_kept_by_a_request_that_waits() -> None:
    assert case_of("Onni Kaislaranta", "access").status.value == "received"
    assert search("Onni Kaislaranta").rows == []


def test_the_four_have_made_choices_of_their_own_with_the_words_they_saw() -> None:
    chosen = {name: consents.choices_of(account(name).id) for name in ("aino", "oliver", "asa", "eero")}
    methods = {name: [choice.method.value for choice in choices] for name, choices in chosen.items()}
    assert methods == {
        "aino": ["save", "accept-all"],
        "oliver": ["necessary-only"],
        "asa": ["save"],
        "eero": ["remember-tick"],
    }
    assert {choice.language for choice in chosen["oliver"]} == {"en"}
    assert all(choice.texts for choices in chosen.values() for choice in choices)
    aino = chosen["aino"]
    assert [answer.value for answer in aino[0].answers.values()] == ["yes", "yes", "no"]
    assert aino[0].given_at > aino[1].given_at


def test_customers_can_see_who_has_looked_at_their_data_and_why(register: Flask) -> None:
    for username, purposes in (
        ("aino", {"contract", "invoice", "fault", "case"}),
        ("oliver", {"contract", "contact", "case"}),
        ("eero", {"invoice", "case"}),
    ):
        customer_id = account(username).customer_id
        assert customer_id is not None
        assert {entry.detail.purpose for entry in audit.viewings_of(customer_id) if entry.detail} == purposes


def test_the_audit_trail_is_whole_and_goes_forward_in_time() -> None:
    assert audit.verify().ok
    moments = list(db.session.scalars(select(AuditEvent.at).order_by(AuditEvent.seq)))
    assert moments == sorted(moments) and len(moments) > 300
    assert len(list(db.session.scalars(select(AuditDetail.seq)))) == len(moments)


def test_differing_values_wait_to_be_compared_and_one_has_been() -> None:
    waiting = conflicts.waiting(limit=10)
    assert [(line.customer_number, line.spec.key) for line in waiting] == [("10001277", "phone"), ("10001280", "phone")]
    venla = db.session.scalars(select(Customer).where(Customer.number == "10001293")).one()
    (compared,) = conflicts.of_customer(venla.id)
    assert compared.kept_at and (compared.ours, compared.theirs) == ("+358440009906", "+358440001835")


def test_corrections_wait_for_the_customer_information_system() -> None:
    changed = [(change.customer_number, change.field_key) for change in services.changes()]
    assert ("10001277", "phone") in changed and len(changed) > 5
