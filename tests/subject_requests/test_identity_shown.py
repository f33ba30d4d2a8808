"""Who shows who they are unasked, who gets a copy outside the portal, and how the answer goes (L8, L10)."""

from datetime import date

import pytest
from flask import Flask

from portal.core.audit import Actor
from portal.core.errors import RuleViolation
from portal.register import restrictions
from portal.register.models import Customer
from portal.subject_requests import cases, handling, identifying, opting_out, queries, services
from portal.subject_requests.arriving import Arrival
from portal.subject_requests.guards import Problem
from portal.subject_requests.handling import TaskReport
from portal.subject_requests.kinds import (
    Channel,
    DocumentType,
    IdentityFact,
    IdentityLevel,
    IdentityMethod,
    Kind,
    Outcome,
    Status,
    TaskKind,
    TaskOutcome,
)
from portal.subject_requests.models import SubjectRequest
from tests.conftest import START
from tests.factories import make_account, make_customer
from tests.subject_requests.people import CLERK, DECIDER, answer, decide, phone_correction
from tests.subject_requests.test_pages import SignIn, step

TODAY = date(2026, 11, 24)


@pytest.fixture
def customer(context: Flask) -> Customer:
    return make_customer()


def by_letter(customer_id: int | None, kind: Kind = Kind.ACCESS, **told: object) -> SubjectRequest:
    arrival = Arrival(channel=Channel.LETTER, received_on=TODAY)
    return services.submit(kind, customer_id=customer_id, text="All.", arrival=arrival, actor=CLERK, now=START, **told)  # type: ignore[arg-type]


def shown(case: SubjectRequest, method: IdentityMethod | None = IdentityMethod.ID_DOCUMENT, **told: object) -> None:
    values: dict[str, object] = {"note": "At the counter.", "document_type": DocumentType.PASSPORT} | told
    identifying.show_identity(public_id=case.public_id, method=method, actor=CLERK, now=START, **values)  # type: ignore[arg-type]


def test_a_document_shown_unasked_lets_the_case_be_taken_and_moves_no_date(customer: Customer) -> None:
    case = by_letter(customer.id)
    with pytest.raises(RuleViolation) as caught:
        handling.take(public_id=case.public_id, actor=CLERK, now=START)
    assert caught.value.code is Problem.WEAK_IDENTITY
    before = (case.status, case.received_on, case.work_by, case.statutory_on, case.paused_days)
    shown(case)
    assert (case.status, case.received_on, case.work_by, case.statutory_on, case.paused_days) == before
    assert (case.identity_level, case.document_type) == (IdentityLevel.STRONG, DocumentType.PASSPORT)
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    assert case.status is Status.IN_REVIEW
    view = queries.view_of(case, actor=CLERK, today=TODAY)
    assert [event.step for event in view.events] == ["submit", "show-identity", "take"]
    assert [note.text for note in view.notes] == ["At the counter."]


def test_nobody_shows_staff_that_they_signed_in_to_the_portal(customer: Customer) -> None:
    """The form does not offer it, and whoever sends it all the same gives the case no level."""
    case = by_letter(customer.id)
    with pytest.raises(RuleViolation) as caught:
        shown(case, IdentityMethod.PORTAL, document_type=None)
    assert caught.value.code is Problem.NO_METHOD
    assert case.identity_level is IdentityLevel.UNKNOWN


def test_who_saw_the_document_is_kept_and_no_copy(context: Flask) -> None:
    clerk = make_account("clerk", display_name="Kaisa Neuvoja")
    case = by_letter(make_customer().id)
    identifying.show_identity(
        public_id=case.public_id,
        method=IdentityMethod.ID_DOCUMENT,
        document_type=DocumentType.IDENTITY_CARD,
        note="At the counter.",
        actor=Actor(account_id=clerk.account_id, role=CLERK.role, unit="customer-service"),
        now=START,
    )
    assert (case.document_type, case.document_checked_by) == (DocumentType.IDENTITY_CARD, "Kaisa Neuvoja")


def test_a_stranger_who_shows_a_document_is_joined_and_what_is_objected_to_rests(customer: Customer) -> None:
    case = by_letter(None, Kind.OBJECTION, contact="t@example.com")
    shown(case, customer_number=customer.number)
    assert case.customer_id == customer.id
    assert [mark.case for mark in restrictions.of_customer(customer.id)] == [case.public_id]


@pytest.mark.parametrize(
    ("told", "problem", "field"),
    [
        ({"method": None}, Problem.NO_METHOD, "method"),
        ({"document_type": None}, Problem.VISIT_WITHOUT_DOCUMENT, "document_type"),
        ({"note": " "}, Problem.NO_NOTE, "note"),
        ({"method": IdentityMethod.NONE}, Problem.KNOWN_ALREADY, "method"),
    ],
)
def test_less_is_no_identity(customer: Customer, told: dict[str, object], problem: Problem, field: str) -> None:
    case = by_letter(customer.id)
    with pytest.raises(RuleViolation) as caught:
        shown(case, **told)
    assert (caught.value.code, caught.value.field) == (problem, field)
    case = cases.found(case.public_id, actor=CLERK)
    assert (case.identity_level, case.document_type) == (IdentityLevel.UNKNOWN, None)


def test_whoever_was_asked_answers_the_question_and_the_clock_is_counted(customer: Customer) -> None:
    case = phone_correction(customer.id, START)
    identifying.ask_identity(public_id=case.public_id, reason="Doubt.", question="Who?", actor=CLERK, now=START)
    with pytest.raises(RuleViolation) as caught:
        shown(case)
    assert caught.value.code is Problem.WRONG_STATUS


def answered_access(customer_id: int, method: IdentityMethod = IdentityMethod.CALL_BACK) -> SubjectRequest:
    """By phone, raised to the level that a decision needs, and granted."""
    facts = (IdentityFact.CONTRACT, IdentityFact.LAST_INVOICE)
    arrival = Arrival(channel=Channel.PHONE, received_on=TODAY, identity_method=method, identity_facts=facts)
    case = services.submit(Kind.ACCESS, customer_id=customer_id, text="", arrival=arrival, actor=CLERK, now=START)
    identifying.ask_identity(public_id=case.public_id, reason="Level.", question="Sign in?", actor=CLERK, now=START)
    identifying.identity_answered(public_id=case.public_id, note="Told by mail.", actor=CLERK, now=START)
    decide(case, Outcome.GRANT, START, actor=DECIDER)
    handling.answer(public_id=case.public_id, actor=CLERK, now=START)
    return case


def test_a_copy_leaves_the_portal_only_for_who_has_shown_a_document(customer: Customer) -> None:
    case = answered_access(customer.id)
    assert case.identity_level is IdentityLevel.PORTAL
    assert [task.kind for task in cases.tasks_of(case)] == [TaskKind.BY_HAND], "no account: the copy is given by hand"
    given = {0: TaskReport(outcome=TaskOutcome.DONE)}
    with pytest.raises(RuleViolation) as caught:
        handling.close(public_id=case.public_id, reports=given, actor=CLERK, now=START)
    assert caught.value.code is Problem.COPY_NEEDS_STRONG
    case = cases.found(case.public_id, actor=CLERK)
    assert [task.closed_at for task in cases.tasks_of(case)] == [None], "nothing is half done"
    shown(case)
    handling.close(public_id=case.public_id, reports=given, actor=CLERK, now=START)
    assert case.status is Status.CLOSED


def test_no_copy_waits_for_who_has_an_account(customer: Customer) -> None:
    make_account(customer_id=customer.id)
    assert cases.tasks_of(answered_access(customer.id)) == []


def phone_opt_out(customer_id: int) -> SubjectRequest:
    return opting_out.opt_out(
        customer_id=customer_id, arrival=Arrival(channel=Channel.PHONE, received_on=TODAY), actor=CLERK, now=START
    )


@pytest.mark.parametrize(
    ("has_account", "email", "channel"),
    [
        (True, None, Channel.PORTAL),
        (False, None, Channel.EMAIL),
        (False, "", Channel.LETTER),
        (True, "", Channel.LETTER),
    ],
)
def test_an_opt_out_by_phone_is_confirmed_where_its_mail_has_gone(
    context: Flask, has_account: bool, email: str | None, channel: Channel
) -> None:
    """Nothing is posted to a caller who has been told by mail already; to nobody else is anything but paper known."""
    customer = make_customer(email=email)
    if has_account:
        make_account(customer_id=customer.id)
    assert phone_opt_out(customer.id).answer_channel is channel


def granted(customer_id: int) -> SubjectRequest:
    case = phone_correction(customer_id, START)
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    decide(case, Outcome.GRANT, START)
    return case


def test_who_asked_electronically_gets_paper_only_on_their_own_word(customer: Customer) -> None:
    make_account(customer_id=customer.id)
    case = granted(customer.id)
    answer = {"public_id": case.public_id, "actor": CLERK, "now": START}
    with pytest.raises(RuleViolation) as caught:
        handling.answer(**answer, channel=Channel.LETTER)  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.field) == (Problem.PAPER_NOT_ASKED, "wish")
    handling.answer(**answer, channel=Channel.LETTER, wish="Asked on the phone today.")  # type: ignore[arg-type]
    case = cases.found(case.public_id, actor=CLERK)
    assert case.answer_channel is Channel.LETTER
    view = queries.view_of(case, actor=CLERK, today=TODAY)
    assert [note.text for note in view.notes] == ["Asked on the phone today."]


def test_nobody_is_answered_where_they_cannot_look(customer: Customer) -> None:
    case = answered_by_visit(customer.id)
    with pytest.raises(RuleViolation) as caught:
        handling.answer(public_id=case.public_id, channel=Channel.PORTAL, actor=CLERK, now=START)
    assert (caught.value.code, caught.value.field) == (Problem.NOT_REACHED, "channel")
    make_account(customer_id=customer.id)
    handling.answer(public_id=case.public_id, channel=Channel.PORTAL, actor=CLERK, now=START)
    assert cases.found(case.public_id, actor=CLERK).answer_channel is Channel.PORTAL


def answered_by_visit(customer_id: int) -> SubjectRequest:
    arrival = Arrival(
        channel=Channel.VISIT,
        received_on=TODAY,
        identity_method=IdentityMethod.ID_DOCUMENT,
        document_type=DocumentType.PASSPORT,
        checked_by="Kaisa Neuvoja",
    )
    case = services.submit(Kind.ACCESS, customer_id=customer_id, text="", arrival=arrival, actor=CLERK, now=START)
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    decide(case, Outcome.GRANT, START, actor=DECIDER)
    return case


def test_the_page_of_a_letter_offers_both_ways_alike_and_tells_the_rule_once(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        public_id = by_letter(make_customer().id).public_id
    page = sign_in("clerk").get(f"/en/desk/requests/{public_id}")
    (panel,) = page.all("section", id="next")
    folds = [" ".join("".join(fold.itertext()).split()) for fold in panel.iter("summary")]
    assert folds == ["The person is known already", "Ask the person to show who they are"]
    assert not [button for button in panel.iter("button") if "primary" in button.get("class", "").split()]
    assert page.text.count("reasonable doubt") == 1
    need = "Needed for this kind of request: signing in to this service, or a proof of identity seen."
    assert page.text.count(need) == 1
    assert "L0" not in page.text and "L2" not in page.text


def test_each_field_of_how_identity_was_shown_says_which_way_it_belongs_to(app: Flask, sign_in: SignIn) -> None:
    """The style sheet hides those of another way; they are understood without it too."""
    with app.app_context():
        public_id = by_letter(make_customer().id).public_id
    page = sign_in("clerk").get(f"/en/desk/requests/{public_id}")
    (contact,), (document,) = (page.all("div", class_=f"only-{way}") for way in ("contact", "document"))
    assert "After a call back or a code: what could the person tell?" in "".join(contact.itertext())
    assert "Which proof of identity was seen?" in "".join(document.itertext())


def test_a_letter_is_marked_as_posted_once(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        case = by_letter(make_customer().id)
        shown(case)
        answer(case)
        public_id = case.public_id
    clerk = sign_in("clerk")
    path = f"/en/desk/requests/{public_id}"
    assert "print the letter and post it" in clerk.get(path).text
    page = clerk.follow(step(clerk, public_id, "send-letter"))
    assert "It is on record that the letter has gone." in page.text
    assert "print the letter and post it" not in page.text and "Mark as posted" not in page.text
    assert "The letter was posted or handed over 24 November 2026, 10:00." in page.text
    assert "Letter posted or handed over" in page.text, "in the history"
    again = step(clerk, public_id, "send-letter")
    assert (again.status, "No letter of this request waits to be posted." in again.text) == (422, True)


def test_what_is_answered_in_the_portal_is_posted_by_nobody(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        person = make_account("customer")
        assert person.customer_id is not None
        case = phone_correction(person.customer_id, START)
        answer(case)
        public_id = case.public_id
    clerk = sign_in("clerk")
    assert "Mark as posted" not in clerk.get(f"/en/desk/requests/{public_id}").text
    assert step(clerk, public_id, "send-letter").status == 422
