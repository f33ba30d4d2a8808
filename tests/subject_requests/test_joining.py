"""A request without an account is joined to its customer once it is known who asks, and never by what it says."""

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from portal.config import LOCALES
from portal.core import audit, clock
from portal.core.audit import Actor, AuditAction
from portal.core.errors import RuleViolation
from portal.register.models import Customer
from portal.subject_requests import deciding, handling, identifying, queries, services, strangers
from portal.subject_requests.arriving import Arrival
from portal.subject_requests.guards import Problem
from portal.subject_requests.kinds import (
    Channel,
    DocumentType,
    IdentityFact,
    IdentityLevel,
    IdentityMethod,
    Kind,
    Outcome,
    Status,
)
from portal.subject_requests.models import SubjectRequest
from portal.subject_requests.problem_labels import PROBLEMS
from portal.subject_requests.strangers import Told
from portal.subject_requests.workflow import StepName
from tests.factories import make_customer
from tests.subject_requests.people import CLERK, DECIDER, everything_restricted_by, phone_correction

NOTE = "Passport seen at the counter."


@pytest.fixture
def customer(context: Flask) -> Customer:
    return make_customer()


def asked() -> SubjectRequest:
    told = Told(name="Testi Testinen", contact="t@example.com", text="Kaikki tiedot.", customer_number="10000001")
    return strangers.submit(Kind.ACCESS, told, language="en", now=clock.now())


def answered(case: SubjectRequest, number: str, *, actor: Actor = CLERK, **told: object) -> None:
    values: dict[str, object] = {
        "note": NOTE,
        "method": IdentityMethod.ID_DOCUMENT,
        "document_type": DocumentType.PASSPORT,
    } | told
    identifying.identity_answered(
        public_id=case.public_id,
        customer_number=number,
        actor=actor,
        now=clock.now(),
        **values,  # type: ignore[arg-type]
    )


def now_of(case: SubjectRequest) -> SubjectRequest:
    return queries.cases.found(case.public_id, actor=CLERK)


def test_who_shows_a_document_is_joined_and_the_trail_tells_whose_it_is(customer: Customer) -> None:
    case = asked()
    answered(case, f" {customer.number} ", document_type=DocumentType.PASSPORT)
    found = now_of(case)
    assert (found.customer_id, found.status, found.paused_from) == (customer.id, Status.IN_REVIEW, None)
    assert (found.identity_level, found.document_type) == (IdentityLevel.STRONG, DocumentType.PASSPORT)
    view = queries.view_of(found, actor=CLERK, today=date(2026, 11, 24))
    assert [event.step for event in view.events] == ["submit", "ask-identity", "identity-answered", "join-customer"]
    joined = next(one for one in audit.latest(limit=20) if one.detail and one.detail.purpose == "join-customer")
    assert joined.event.action is AuditAction.REQUEST_STEP
    assert joined.detail is not None
    assert (joined.detail.subject, joined.detail.case) == (customer.id, case.public_id)


def test_a_caller_is_joined_with_two_facts_only(customer: Customer) -> None:
    arrival = Arrival(channel=Channel.PHONE, received_on=date(2026, 11, 24))
    case = services.submit(
        Kind.OBJECTION,
        customer_id=None,
        text="Ei.",
        contact="t@example.com",
        arrival=arrival,
        actor=CLERK,
        now=clock.now(),
    )
    ask = {"reason": "Unknown caller.", "question": "Who?", "actor": CLERK, "now": clock.now()}
    identifying.ask_identity(public_id=case.public_id, **ask)  # type: ignore[arg-type]
    call = {"method": IdentityMethod.CALL_BACK, "note": "Called back."}
    with pytest.raises(RuleViolation) as caught:
        answered(case, customer.number, facts=[IdentityFact.CONTRACT], **call)
    assert caught.value.code is Problem.WEAK_IDENTITY
    assert (now_of(case).customer_id, now_of(case).status) == (None, Status.IDENTITY_PENDING)
    answered(case, customer.number, facts=[IdentityFact.CONTRACT, IdentityFact.LAST_INVOICE], **call)
    assert now_of(case).customer_id == customer.id
    assert everything_restricted_by(customer.id) == [case.public_id], "what is objected to is not used meanwhile"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"number": "99999999"}, Problem.UNKNOWN_CUSTOMER),
        ({"method": None}, Problem.NO_METHOD),
        ({"method": IdentityMethod.CONTACT_CODE}, Problem.WEAK_IDENTITY),
        ({"is_own": True}, Problem.OWN_CASE),
    ],
)
def test_nobody_is_joined_by_less(customer: Customer, change: dict[str, object], problem: Problem) -> None:
    case = asked()
    told = dict(change)
    number = str(told.pop("number", customer.number))
    own = Actor(account_id=11, role=CLERK.role, unit="customer-service", customer_id=customer.id)
    actor = own if told.pop("is_own", False) else CLERK
    with pytest.raises(RuleViolation) as caught:
        answered(case, number, actor=actor, **told)
    assert caught.value.code is problem
    found = now_of(case)
    assert (found.customer_id, found.status) == (None, Status.IDENTITY_PENDING), "nothing is half done"
    for language in LOCALES:
        assert PROBLEMS[problem], language


def test_a_request_of_somebody_is_not_joined_to_another(customer: Customer) -> None:
    case = phone_correction(customer.id, clock.now())
    with pytest.raises(RuleViolation) as caught:
        identifying.join_customer(
            public_id=case.public_id, customer_number=make_customer().number, note=NOTE, actor=DECIDER, now=clock.now()
        )
    assert caught.value.code is Problem.ALREADY_JOINED
    view = queries.case_view(case.public_id, actor=CLERK, today=date(2026, 11, 24))
    assert not view.may(StepName.JOIN_CUSTOMER)


def test_a_visitor_known_by_a_document_is_joined_later_and_a_note_tells_how(customer: Customer) -> None:
    arrival = Arrival(
        channel=Channel.VISIT,
        received_on=date(2026, 11, 24),
        identity_method=IdentityMethod.ID_DOCUMENT,
        document_type=DocumentType.PASSPORT,
        checked_by="Testi Tekijä",
    )
    case = services.submit(
        Kind.ACCESS, customer_id=None, text="", contact="t@example.com", arrival=arrival, actor=CLERK, now=clock.now()
    )
    join = {"public_id": case.public_id, "customer_number": customer.number, "actor": CLERK, "now": clock.now()}
    with pytest.raises(RuleViolation) as caught:
        identifying.join_customer(note=" ", **join)  # type: ignore[arg-type]
    assert caught.value.code is Problem.NO_NOTE
    identifying.join_customer(note="Same name and address as in the register.", **join)  # type: ignore[arg-type]
    view = queries.case_view(case.public_id, actor=CLERK, today=date(2026, 11, 24))
    assert view.case.customer_id == customer.id
    assert [note.text for note in view.notes] == ["Same name and address as in the register."]


def test_a_proposal_to_erase_a_strangers_data_ends_when_it_turns_out_whose_they_are(customer: Customer) -> None:
    """Four eyes: who proposed it knew of no customer, so the second one alone would have decided."""
    arrival = Arrival(
        channel=Channel.VISIT,
        received_on=date(2026, 11, 24),
        identity_method=IdentityMethod.ID_DOCUMENT,
        document_type=DocumentType.PASSPORT,
        checked_by="Kaisa Neuvoja",
    )
    case = services.submit(
        Kind.ERASURE,
        customer_id=None,
        text="Everything.",
        contact="t@example.com",
        arrival=arrival,
        actor=CLERK,
        now=clock.now(),
    )
    handling.take(public_id=case.public_id, actor=CLERK, now=clock.now())
    granted = {0: deciding.ItemDecision(outcome=Outcome.GRANT)}
    deciding.decide(public_id=case.public_id, decisions=granted, actor=DECIDER, now=clock.now())
    assert now_of(case).is_proposed
    told = {"customer_number": customer.number, "note": NOTE, "actor": CLERK, "now": clock.now()}
    identifying.join_customer(public_id=case.public_id, **told)  # type: ignore[arg-type]
    with pytest.raises(RuleViolation) as caught:
        deciding.approve(public_id=case.public_id, actor=replace(DECIDER, account_id=77), now=clock.now())
    assert caught.value.code is Problem.NO_PROPOSAL
