"""What people and staff did in the invented register: requests, choices, viewings, and what waits."""

from collections import Counter
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from portal import purging
from portal.accounts.models import Account
from portal.catalogues.recipients import Recipient
from portal.consents import services as consents
from portal.core import audit
from portal.core.audit import AuditDetail, AuditEvent
from portal.core.db import db
from portal.demo import care
from portal.demo.accounts import SIGN_INS, sign_ins
from portal.register import conflicts, recipients, restrictions, services
from portal.register.care import contact_log, mandates, manual_material
from portal.register.models import Customer, Feedback
from portal.register.reading import disclosures_of
from portal.register.searching import search
from portal.subject_requests.cases import items_of, tasks_of
from portal.subject_requests.models import CaseEvent, CaseMessage, SubjectRequest
from portal.subject_requests.queries import has_mismatch, of_customer
from tests.demo.conftest import NOW

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


def test_the_desk_has_cases_in_every_state() -> None:
    cases = db.session.scalars(select(SubjectRequest)).all()
    states = Counter(case.status.value for case in cases)
    assert states.keys() == {
        "received",
        "in-review",
        "identity-pending",
        "answered",
        "closed",
        "withdrawn",
        "merged",
    }
    assert states["received"] == 5 and states["in-review"] == 6 and states.total() > 25
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
    due = sorted((case.work_by.isoformat(), case.statutory_on.isoformat(), _name(case)) for case in open_ones)
    assert due[0] == ("2026-11-20", "2026-11-23", "Kimmo Haapakari"), "one is overdue"
    assert due[1][0] == "2026-11-24" and due[1][2] == "Eero Harjunmaa", "one is due today"
    assert due[2][0] > "2026-11-24"
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


def named(name: str) -> Customer:
    return db.session.scalars(select(Customer).where(Customer.name == name)).one()


def test_a_request_made_twice_goes_on_as_one() -> None:
    first, second = sorted(
        (case for case in of_customer(named("Eero Harjunmaa").id) if case.kind.value == "access"),
        key=lambda case: case.received_on,
    )
    assert (first.status.value, second.status.value, second.merged_into_id) == ("in-review", "merged", first.id)


def test_an_answered_request_waits_for_the_datahub_to_be_told() -> None:
    case = case_of("Toivo Usvaniitty", "correction")
    tasks = tasks_of(case)
    assert case.status.value == "answered"
    assert [(task.recipient and task.recipient.value, task.closed_at) for task in tasks] == [("datahub", None)]


def test_a_postal_code_of_another_post_office_is_a_warning() -> None:
    assert has_mismatch(case_of("Riikka Tuulensalmi", "correction"))


def test_there_are_words_in_both_directions_in_finnish_and_in_english() -> None:
    for username, kind in (("aino", "estimate_kwh"), ("oliver", "main_fuse")):
        customer_id = account(username).customer_id
        waiting = [case for case in of_customer(customer_id or 0) if case.status.value == "in-review"]
        (case,) = [case for case in waiting if items_of(case)[0].field == kind]
        messages = select(CaseMessage).where(CaseMessage.request_id == case.id).order_by(CaseMessage.at)
        senders = [message.sender.value for message in db.session.scalars(messages)]
        assert senders == ["staff", "customer"]


def test_a_message_waits_on_an_open_case_and_another_on_one_that_has_ended() -> None:
    """Neither for long; a third has been marked as read."""
    unread = db.session.scalars(select(SubjectRequest).where(SubjectRequest.unread_since.is_not(None))).all()
    waits = {_name(case): (case.status.value, (NOW - case.unread_since).days) for case in unread if case.unread_since}
    assert waits == {"Oliver O’Hara-Finch": ("in-review", 0), "Åsa Öström-Ängslund": ("withdrawn", 1)}
    aino = case_of("Aino Kuusilampi", "correction")
    steps = db.session.scalars(
        select(CaseEvent.step).where(CaseEvent.request_id == aino.id).order_by(CaseEvent.sequence)
    )
    assert list(steps)[-2:] == ["message", "mark-read"]


def test_a_protected_customer_has_a_guardian_and_others_narrower_or_ended_mandates() -> None:
    (guardian,) = mandates.of_customer(named("Saima Hallavaara").id)
    assert (guardian.kind.value, guardian.scope.value) == ("guardian", "all")
    (marketing,) = mandates.of_customer(named("Åsa Öström-Ängslund").id)
    assert (marketing.scope.value, marketing.is_in_force(date(2026, 11, 24))) == ("marketing", True)
    (ended,) = mandates.of_customer(named("Aino Kuusilampi").id)
    assert ended.end_reason and ended.end_reason.value == "withdrawn" and ended.ended_on == date(2026, 6, 5)


def test_the_contact_log_of_the_first_customer_is_long_with_a_correction_and_a_case() -> None:
    aino = named("Aino Kuusilampi")
    entries = contact_log.of_customer(aino.id)
    assert len(entries) == 9 and {entry.channel.value for entry in entries} == {"phone", "email", "visit"}
    (correction,) = contact_log.corrected_among(entries).values()
    assert correction.note and "väärän laskun" in correction.note
    assert [entry.case for entry in entries if entry.case] == [case_of("Aino Kuusilampi", "correction").public_id]


def test_a_paper_of_hers_has_been_destroyed() -> None:
    (paper,) = manual_material.of_customer(named("Aino Kuusilampi").id)
    assert (paper.kind.value, paper.destroyed_on) == ("contract", date(2026, 8, 20))


def test_authorities_were_given_data_by_the_law_that_they_named() -> None:
    law_of = {
        name: [row.legal_ground for row in disclosures_of(named(name).id) if row.recipient is Recipient.AUTHORITY]
        for name in ("Eero Harjunmaa", "Urho Tervaharju")
    }
    assert law_of == {"Eero Harjunmaa": ["police"], "Urho Tervaharju": ["enforcement"]}


def test_somebodys_disclosures_go_over_several_pages() -> None:
    assert len(disclosures_of(named("Åsa Öström-Ängslund").id)) > 50


def test_recipients_came_before_and_come_after_those_of_today() -> None:
    today = date(2026, 11, 24)
    rows = [(row.name, row.from_on, row.until_on) for row in recipients.all_holders() if not row.is_in_force(today)]
    assert rows == [
        ("Saatavapolku Oy", date(2027, 2, 1), None),
        ("Mittarihuolto Suokanto Oy", date(2018, 5, 25), date(2026, 5, 31)),
    ]
    aino = {row.recipient_name for row in disclosures_of(named("Aino Kuusilampi").id)}
    assert {"Mittarihuolto Suokanto Oy", "Verkkotyö Kallioniitty Oy", "Suomen Asiakastieto Oy"} <= aino


def test_nothing_has_been_kept_too_long_and_a_request_holds_one_recording() -> None:
    """Right after loading there is nothing to purge."""
    found = {row.rule.value: (row.deleted, row.held) for row in purging.apply(now=NOW, is_dry_run=True)}
    assert {rule: counts for rule, counts in found.items() if counts != (0, 0)} == {
        "recordings": (0, 1),
        "potential-customers": (0, 1),
    }


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
        ("aino", {"contract", "contact", "invoice", "fault", "case"}),
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


def test_what_puts_an_entry_right_comes_later_on_the_same_day_so_that_no_weekend_turns_them_round() -> None:
    for contact in care.CONTACTS:
        if contact.corrects is not None:
            wrong = [entry for entry in care.CONTACTS if (entry.whose, entry.days) == (contact.whose, contact.corrects)]
            assert [entry.hour < contact.hour for entry in wrong if entry is not contact] == [True]
            assert contact.days == contact.corrects
