"""Requests without HTTP: corrections, opt-outs, the queue and the letters."""

import io
from datetime import date, timedelta

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from portal.core import audit
from portal.core.audit import VISITOR, AuditAction
from portal.core.db import db
from portal.core.errors import NotFound, RuleViolation, Stale
from portal.messages.models import Message
from portal.permissions import services as permissions
from portal.permissions import suppression
from portal.permissions.models import Channel as ContactChannel
from portal.permissions.models import MarketingType, State
from portal.register import services as register
from portal.subject_requests import (
    cases,
    corrections,
    deciding,
    desk_queue,
    handling,
    intake,
    opting_out,
    queries,
    services,
)
from portal.subject_requests.arriving import Arrival
from portal.subject_requests.corrections import ProposedItem
from portal.subject_requests.desk_queue import Due, Filters
from portal.subject_requests.guards import Problem
from portal.subject_requests.kinds import Channel, DocumentType, Ground, IdentityMethod, Kind, Outcome, Status
from portal.subject_requests.models import Letter, SubjectRequest
from tests.conftest import START
from tests.factories import make_account, make_customer
from tests.subject_requests.people import (
    CLERK,
    DECIDER,
    change_phone,
    correction,
    customer_actor,
    decide,
    phone_correction,
)

TODAY = date(2026, 11, 24)


@pytest.fixture
def customer_id(context: Flask) -> int:
    return make_customer(preferred_language="en").id


def in_review(case: SubjectRequest) -> SubjectRequest:
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    return case


def text_of(document: bytes) -> str:
    """The words of a PDF as one line."""
    pages = PdfReader(io.BytesIO(document)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_granted_correction_changes_the_register_with_the_decision(customer_id: int) -> None:
    case = in_review(phone_correction(customer_id, START))
    decide(case, Outcome.GRANT, START)
    assert register.current_value(customer_id, "phone") == "+358440009999"
    item = cases.items_of(case)[0]
    assert (item.value_before, item.value_after) == ("+358440001234", "+358440009999")
    assert [change.new for change in register.changes()] == ["+358440009999"]
    assert register.changes()[0].request_id == case.public_id


def test_a_refused_correction_leaves_the_register(customer_id: int) -> None:
    case = in_review(phone_correction(customer_id, START))
    decide(case, Outcome.REFUSE, START, actor=DECIDER, ground=Ground.DATA_CORRECT, reasons="We called the number.")
    assert register.current_value(customer_id, "phone") == "+358440001234"
    assert register.changes() == []


def test_a_value_changed_meanwhile_is_not_overwritten_unseen(customer_id: int) -> None:
    case = in_review(phone_correction(customer_id, START))
    change_phone(customer_id, START)
    with pytest.raises(RuleViolation) as caught:
        decide(case, Outcome.GRANT, START)
    assert caught.value.code is Problem.STALE_VALUE
    assert caught.value.field == "items-0-outcome"
    assert register.current_value(customer_id, "phone") == "+358440005555"
    comparison = corrections.compared(case, cases.items_of(case))[0]
    assert comparison.is_stale
    decide(case, Outcome.GRANT, START, seen_mark=comparison.seen_mark)
    assert register.current_value(customer_id, "phone") == "+358440009999"


def test_a_mark_of_an_older_value_does_not_overwrite_a_newer_one(customer_id: int) -> None:
    case = in_review(correction(customer_id, START, "phone", "+358440000000", "044 000 9999"))
    old = corrections.compared(case, cases.items_of(case))[0]
    assert old.is_stale, "what the customer saw is not what we hold"
    change_phone(customer_id, START)
    with pytest.raises(RuleViolation):
        decide(case, Outcome.GRANT, START, seen_mark=old.seen_mark)


@pytest.mark.parametrize("seen", ["omakotitalo-or-not", "detached house", "detached-house", None])
def test_what_was_seen_is_compared_by_meaning(customer_id: int, seen: str | None) -> None:
    record = next(c for c in services_records(customer_id) if c.spec.table == "metering_site").records[0]
    case = correction(customer_id, START, record.reference("housing"), seen, "terraced house")
    assert corrections.compared(case, cases.items_of(case))[0].is_stale is (seen == "omakotitalo-or-not")


def services_records(customer_id: int) -> list:  # type: ignore[type-arg]
    from portal.register.reading import records_of

    return records_of(customer_id)


@pytest.mark.parametrize(
    ("field", "proposed", "code", "beside"),
    [
        ("phone", "not a number", "phone", "items-0-proposed"),
        ("phone", "044 000 1234", "unchanged", "items-0-proposed"),
        ("customer_number", "1", "not-correctable", "items-0-field"),
        ("nothing", "1", "not-correctable", "items-0-field"),
        ("housing:1", "farm", "not-correctable", "items-0-field"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_beside_its_field(
    customer_id: int, field: str, proposed: str, code: str, beside: str
) -> None:
    with pytest.raises(RuleViolation) as caught:
        correction(customer_id, START, field, None, proposed)
    assert (caught.value.code, caught.value.field) == (code, beside)
    assert db.session.scalar(select(func.count()).select_from(SubjectRequest)) == 0


def test_somebody_elses_record_cannot_be_named(customer_id: int) -> None:
    other = make_customer().id
    record = next(c for c in services_records(other) if c.spec.table == "metering_site").records[0]
    with pytest.raises(RuleViolation):
        correction(customer_id, START, record.reference("housing"), None, "farm")


def test_the_iban_is_encrypted_in_the_case_and_masked_in_the_letter(customer_id: int) -> None:
    case = in_review(correction(customer_id, START, "iban", None, "FI21 1234 5600 0007 85"))
    decide(case, Outcome.GRANT, START, actor=DECIDER)
    letter = handling.answer(public_id=case.public_id, actor=CLERK, now=START)
    assert letter.document is not None
    words = text_of(letter.document)
    assert "FI21" not in words
    assert "1234 5600" not in words
    assert "FI**" in words


def test_an_opt_out_is_complete_at_once(customer_id: int) -> None:
    case = opting_out.opt_out(customer_id=customer_id, actor=customer_actor(customer_id), now=START)
    assert case.status is Status.ANSWERED
    assert case.outcome is Outcome.GRANT
    assert case.answered_at == START
    assert {line.state for line in permissions.state_of(customer_id)} == {State.PROHIBITION}
    letter = cases.letter_of(case)
    assert letter is not None
    assert letter.document is not None
    assert "24 November 2026 at 10:00" in text_of(letter.document)


def test_a_form_sent_twice_makes_one_case(customer_id: int) -> None:
    made = [
        services.submit(
            Kind.ACCESS, customer_id=customer_id, text="", actor=customer_actor(customer_id), now=START, once="x"
        ).public_id
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert len(queries.of_customer(customer_id)) == 1


def test_an_opt_out_by_email_finds_letters_that_fold_to_others(context: Flask) -> None:
    customer = make_customer(email="weiß@example.com")
    assert opting_out.customers_with("Weiß@example.com") == [customer.id]


def test_an_opt_out_by_contact_reaches_every_match_and_stays_for_strangers(context: Flask) -> None:
    one, two = make_customer(email="shared@example.com"), make_customer(email="shared@example.com")
    for contact in ("Shared@EXAMPLE.com", "stranger@example.com"):
        opting_out.opt_out_by_contact(contact, channels=list(ContactChannel), language="en", actor=VISITOR, now=START)
    for customer in (one, two):
        states = {line.channel: line.state for line in permissions.state_of(customer.id)}
        assert states[ContactChannel.EMAIL] is State.PROHIBITION
    for contact in ("shared@example.com", "stranger@example.com"):
        assert suppression.is_suppressed(contact, type=MarketingType.DIRECT_ADVERTISING, channel=ContactChannel.EMAIL)


@pytest.mark.parametrize("contact", ["", "   ", "nonsense", "a@b", "x" * 500 + "@example.com"])
def test_a_contact_that_is_none_is_refused(context: Flask, contact: str) -> None:
    with pytest.raises(RuleViolation) as caught:
        opting_out.opt_out_by_contact(contact, channels=list(ContactChannel), language="fi", actor=VISITOR, now=START)
    assert caught.value.field == "contact"


def test_a_postal_opt_out_finds_the_customer(context: Flask) -> None:
    customer = make_customer(name="Posti Asiakas")
    opting_out.opt_out_by_contact(
        "Posti Asiakas, Esimerkkikatu 3 A 4, 45100 Kouvola",
        channels=list(ContactChannel),
        language="fi",
        actor=VISITOR,
        now=START,
    )
    assert permissions.state_of(customer.id)[0].state is State.PROHIBITION


def test_another_customers_case_is_not_found(customer_id: int) -> None:
    case = phone_correction(customer_id, START)
    other = customer_actor(make_customer().id)
    for act in (
        lambda: services.withdraw(public_id=case.public_id, actor=other, now=START),
        lambda: services.letter(public_id=case.public_id, actor=other, now=START),
        lambda: services.message_from_customer(public_id=case.public_id, text="x", actor=other, now=START),
        lambda: queries.case_view(case.public_id, actor=other, today=TODAY),
        lambda: queries.case_view("'; --", actor=other, today=TODAY),
    ):
        with pytest.raises(NotFound):
            act()


def test_two_clerks_one_is_told(customer_id: int) -> None:
    case = in_review(phone_correction(customer_id, START))
    seen = case.version
    decisions = {0: deciding.ItemDecision(outcome=Outcome.GRANT)}
    deciding.decide(public_id=case.public_id, decisions=decisions, actor=CLERK, now=START, version=seen)
    with pytest.raises(Stale):
        deciding.decide(public_id=case.public_id, decisions=decisions, actor=DECIDER, now=START, version=seen)


def test_opening_a_case_is_a_viewing_that_the_customer_can_see(customer_id: int) -> None:
    case = phone_correction(customer_id, START)
    handling.open_case(public_id=case.public_id, actor=CLERK, now=START)
    entry = audit.viewings_of(customer_id)[0]
    assert entry.event.action is AuditAction.CUSTOMER_VIEWED
    assert entry.detail is not None
    assert entry.detail.case == case.public_id


@pytest.mark.parametrize(
    ("received_on", "late_reason", "code"),
    [
        (date(2026, 11, 25), None, Problem.FUTURE_ARRIVAL),
        (date(2026, 11, 20), None, Problem.LATE_WITHOUT_REASON),
        (date(2026, 11, 23), None, None),
        (date(2026, 11, 2), "The letter went to the wrong office.", None),
    ],
)
def test_the_clock_starts_on_arrival(
    customer_id: int, received_on: date, late_reason: str | None, code: Problem | None
) -> None:
    number = register.customer_of(customer_id).number
    details = intake.Details(
        arrival=Arrival(
            channel=Channel.LETTER,
            received_on=received_on,
            late_reason=late_reason,
            identity_method=IdentityMethod.CONTACT_CODE,
            is_signed=False,
        ),
        kind=Kind.ACCESS,
        customer_number=number,
        contact="",
        text="I want to know everything.",
        language="fi",
    )
    if code is not None:
        with pytest.raises(RuleViolation) as caught:
            intake.record(details, actor=CLERK, now=START)
        assert caught.value.code is code
        return
    case = intake.record(details, actor=CLERK, now=START)
    assert case.received_on == received_on
    assert case.promise_on == received_on + timedelta(days=30)


def test_a_weakly_identified_person_must_be_asked_first(customer_id: int) -> None:
    arrival = Arrival(channel=Channel.PHONE, received_on=TODAY)
    case = services.submit(Kind.ACCESS, customer_id=customer_id, text="", actor=CLERK, now=START, arrival=arrival)
    with pytest.raises(RuleViolation) as caught:
        handling.take(public_id=case.public_id, actor=CLERK, now=START)
    assert caught.value.code is Problem.WEAK_IDENTITY


def test_the_queue_is_sorted_by_the_day_staff_must_have_answered(customer_id: int) -> None:
    days = [20, 3, 40, 0, 10]
    for ago in days:
        services.submit(
            Kind.ACCESS,
            customer_id=customer_id,
            text="",
            actor=CLERK,
            now=START,
            arrival=Arrival(
                channel=Channel.LETTER, received_on=TODAY - timedelta(days=ago), late_reason="The post was late."
            ),
        )
    found = desk_queue.queue(Filters(), page=1, today=TODAY)
    assert [(TODAY - line.case.received_on).days for line in found.lines] == [40, 20, 10, 3, 0]
    assert found.lines[0].due is Due.OVERDUE
    assert desk_queue.queue(Filters(due=Due.OVERDUE), page=1, today=TODAY).total == 1
    assert desk_queue.queue(Filters(kind=Kind.ERASURE), page=1, today=TODAY).total == 0
    assert desk_queue.queue(Filters(q=register.customer_of(customer_id).number), page=1, today=TODAY).total == 5
    assert desk_queue.queue(Filters(assignee="9" * 30), page=1, today=TODAY).total == 0
    assert len(desk_queue.queue(Filters(), page=99, today=TODAY, size=2).lines) == 1


APPEAL = {
    "fi": ["tietosuojavaltuutetun", "kolmen kuukauden", "hallinto-oikeudelle", "Tieto on selvityksemme mukaan oikea"],
    "en": ["Data Protection Ombudsman", "three months", "administrative court", "The data is correct"],
}


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_letter_of_every_outcome_holds_its_mandatory_parts(context: Flask, language: str, outcome: Outcome) -> None:
    customer_id = make_customer(preferred_language=language, name="Äijö Ångström").id
    case = in_review(phone_correction(customer_id, START))
    decide(case, outcome, START, actor=DECIDER, ground=Ground.DATA_CORRECT, reasons="Soitimme numeroon #1 *heti*.")
    letter = handling.answer(public_id=case.public_id, actor=CLERK, now=START)
    assert letter.document is not None
    words = text_of(letter.document)
    reader = PdfReader(io.BytesIO(letter.document))
    assert reader.trailer["/Root"]["/Lang"] == language
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert case.public_id in words
    assert "Äijö Ångström" in words
    for part in APPEAL[language][:3]:
        assert part in words
    if outcome is not Outcome.GRANT:
        assert APPEAL[language][3] in words
        assert "Soitimme numeroon #1 *heti*." in words


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("fi", ["Käsittelyn tarkoitukset", "Henkilötietoryhmät", "Vastaanottajat", "Säilytysajat", "Oikeutesi"]),
        ("en", ["Purposes of the processing", "Categories of personal data", "Recipients", "Retention periods"]),
    ],
)
def test_an_access_answer_tells_what_article_15_wants(context: Flask, language: str, parts: list[str]) -> None:
    customer_id = make_customer(preferred_language=language).id
    case = in_review(
        services.submit(Kind.ACCESS, customer_id=customer_id, text="", actor=customer_actor(customer_id), now=START)
    )
    decide(case, Outcome.GRANT, START)
    letter = handling.answer(public_id=case.public_id, actor=CLERK, now=START)
    assert letter.document is not None
    words = text_of(letter.document)
    assert all(part in words for part in parts)


def test_a_protected_address_stays_out_of_the_letter(context: Flask) -> None:
    customer_id = make_customer(is_protected=True).id
    case = in_review(phone_correction(customer_id, START))
    decide(case, Outcome.GRANT, START)
    letter = handling.answer(public_id=case.public_id, actor=CLERK, now=START)
    assert letter.document is not None
    assert "Esimerkkikatu" not in text_of(letter.document)


def test_a_corrected_address_that_is_protected_is_in_no_letter(context: Flask) -> None:
    customer_id = make_customer(is_protected=True).id
    case = in_review(correction(customer_id, START, "billing_street", "Esimerkkikatu 3 A 4", "Toinen tie 5"))
    decide(case, Outcome.GRANT, START)
    letter = handling.answer(public_id=case.public_id, actor=CLERK, now=START)
    assert letter.document is not None
    words = text_of(letter.document)
    assert "Esimerkkikatu" not in words and "Toinen tie" not in words


def postal_correction(customer_id: int, field: str, proposed: str) -> SubjectRequest:
    return correction(customer_id, START, field, None, proposed)


@pytest.mark.parametrize(
    ("field", "proposed", "is_warned"),
    [
        ("billing_city", "Koria", True),
        ("billing_city", "kouvola", False),
        ("billing_postal_code", "45610", True),
        ("billing_postal_code", "45130", False),
        ("billing_postal_code", "00100", False),
        ("phone", "044 000 9999", False),
    ],
)
def test_a_post_office_of_another_code_is_a_warning_to_customer_and_clerk(
    customer_id: int, field: str, proposed: str, is_warned: bool
) -> None:
    case = postal_correction(customer_id, field, proposed)
    assert queries.has_mismatch(case) is is_warned
    assert queries.view_of(case, actor=CLERK, today=TODAY).mismatched == ({0} if is_warned else set())
    decide(in_review(case), Outcome.GRANT, START)
    assert case.outcome is Outcome.GRANT
    assert queries.view_of(case, actor=CLERK, today=TODAY).mismatched == set()


def test_code_and_post_office_that_change_together_are_compared_with_each_other(customer_id: int) -> None:
    items = [
        ProposedItem(field="billing_postal_code", value_seen=None, proposed="45610"),
        ProposedItem(field="billing_city", value_seen=None, proposed="Koria"),
    ]
    case = services.submit_correction(
        customer_id=customer_id, items=items, grounds="Muutin.", actor=customer_actor(customer_id), now=START
    )
    assert not queries.has_mismatch(case)


@pytest.mark.parametrize(
    ("is_protected", "has_account", "channel"),
    [(True, True, Channel.PORTAL), (True, False, Channel.LETTER), (False, True, Channel.LETTER)],
)
def test_nothing_is_posted_to_a_protected_address_that_can_go_through_the_portal(
    context: Flask, is_protected: bool, has_account: bool, channel: Channel
) -> None:
    customer_id = make_customer(is_protected=is_protected).id
    if has_account:
        make_account(customer_id=customer_id)
    arrival = Arrival(
        channel=Channel.VISIT,
        received_on=TODAY,
        identity_method=IdentityMethod.ID_DOCUMENT,
        document_type=DocumentType.PASSPORT,
        checked_by="Kaisa Neuvoja",
    )
    submitted = services.submit(Kind.ACCESS, customer_id=customer_id, text="", arrival=arrival, actor=CLERK, now=START)
    case = in_review(submitted)
    decide(case, Outcome.GRANT, START, actor=DECIDER)
    handling.answer(public_id=case.public_id, actor=CLERK, now=START)
    assert case.answer_channel is channel


def test_the_answer_is_mailed_with_a_link_and_the_letter_is_stored_encrypted(customer_id: int) -> None:
    case = in_review(phone_correction(customer_id, START))
    decide(case, Outcome.GRANT, START)
    handling.answer(public_id=case.public_id, actor=CLERK, now=START)
    subjects = [m.subject for m in db.session.scalars(select(Message).order_by(Message.queued_at))]
    assert sorted(subjects) == sorted(
        [
            f"We have received your request {case.public_id}",
            "Your phone number was changed",
            f"Answer to your request {case.public_id}",
        ]
    )
    stored = db.session.scalar(select(Letter).where(Letter.request_id == case.id))
    assert stored is not None
    assert b"%PDF" not in stored.document_encrypted
