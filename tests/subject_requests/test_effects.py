"""What a request does beside its case: restrictions, tasks for recipients, withdrawal of consent, a part kept back."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.catalogues.fields import Category
from portal.catalogues.recipients import Recipient
from portal.core.db import db, random_id, transaction
from portal.core.errors import RuleViolation
from portal.messages.models import Message
from portal.permissions import services as permissions
from portal.permissions.models import Channel as ContactChannel
from portal.permissions.models import Choice, MarketingType, State
from portal.permissions.rules import Reason
from portal.register import restrictions
from portal.register import services as register
from portal.register.marketing_list import marketing_list
from portal.register.models import Disclosure
from portal.register.reading import records_of
from portal.register.restrictions import RestrictionGround
from portal.subject_requests import cases, deciding, handling, identifying, intake, opting_out, queries, services
from portal.subject_requests.arriving import Arrival
from portal.subject_requests.guards import Problem
from portal.subject_requests.kinds import (
    Channel,
    Ground,
    IdentityFact,
    IdentityLevel,
    IdentityMethod,
    Kind,
    Outcome,
    Status,
    TaskKind,
    level_shown,
)
from portal.subject_requests.models import SubjectRequest
from tests.conftest import START
from tests.factories import make_customer
from tests.subject_requests.people import (
    CLERK,
    DECIDER,
    correction,
    customer_actor,
    decide,
    everything_restricted_by,
    phone_correction,
)

TODAY = START.date()


@pytest.fixture
def customer_id(context: Flask) -> int:
    return make_customer(preferred_language="en").id


def asked(customer_id: int, kind: Kind, text: str = "Please.") -> SubjectRequest:
    case = services.submit(kind, customer_id=customer_id, text=text, actor=customer_actor(customer_id), now=START)
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    return case


def answer(case: SubjectRequest) -> None:
    handling.answer(public_id=case.public_id, actor=CLERK, now=START)


def may_phone(customer_id: int) -> bool:
    return permissions.may_contact(
        customer_id=customer_id, type=MarketingType.DIRECT_ADVERTISING, channel=ContactChannel.PHONE
    )


def phoned() -> list[str]:
    made = marketing_list(type=MarketingType.DIRECT_ADVERTISING, channel=ContactChannel.PHONE, actor=CLERK, now=START)
    return [contact.contact for contact in made]


def disclosed(customer_id: int, recipient: Recipient, fields: str) -> None:
    with transaction() as session:
        session.add(
            Disclosure(
                id=random_id(),
                customer_id=customer_id,
                recipient=recipient,
                recipient_name=recipient.value,
                legal_ground="contract",
                field_keys=fields,
                disclosed_at=START,
            )
        )


def test_a_contested_number_is_on_no_list_until_the_answer_has_told(customer_id: int) -> None:
    assert phoned() == ["+358440001234"]
    case = phone_correction(customer_id, START)
    assert phoned() == []
    assert queries.contested_fields(customer_id) == {("phone", None): case.public_id}
    assert restrictions.blocked_of(customer_id).covers("phone")
    assert not restrictions.blocked_of(customer_id).covers("email")
    line = next(line for line in permissions.state_of(customer_id) if line.channel is ContactChannel.PHONE)
    assert line.assessment.reasons == (Reason.RESTRICTED,)
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    decide(case, Outcome.GRANT, START)
    assert phoned() == [], "the customer has not been told yet (article 18(3))"
    answer(case)
    assert phoned() == ["+358440009999"]
    assert queries.contested_fields(customer_id) == {}


def test_a_withdrawn_correction_contests_nothing_and_the_customer_is_told(customer_id: int) -> None:
    case = phone_correction(customer_id, START)
    services.withdraw(public_id=case.public_id, actor=customer_actor(customer_id), now=START)
    assert may_phone(customer_id)
    assert f"You have withdrawn your request {case.public_id}" in [
        m.subject for m in db.session.scalars(select(Message))
    ]


def test_whoever_has_not_shown_who_they_are_stops_nothing(customer_id: int) -> None:
    case = services.submit(
        Kind.OBJECTION,
        customer_id=customer_id,
        text="Stop.",
        actor=CLERK,
        now=START,
        arrival=Arrival(channel=Channel.PHONE, received_on=TODAY),
    )
    assert may_phone(customer_id)
    identifying.ask_identity(public_id=case.public_id, reason="unknown voice", question="Who?", actor=CLERK, now=START)
    identifying.identity_answered(
        public_id=case.public_id,
        note="called back",
        method=IdentityMethod.CALL_BACK,
        facts=(IdentityFact.METERING_POINT, IdentityFact.LAST_INVOICE),
        actor=CLERK,
        now=START,
    )
    assert not may_phone(customer_id)


@pytest.mark.parametrize(("outcome", "is_free"), [(Outcome.REFUSE, True), (Outcome.GRANT, False)])
def test_an_objection_restricts_everything_until_it_is_refused(
    customer_id: int, outcome: Outcome, is_free: bool
) -> None:
    case = asked(customer_id, Kind.OBJECTION)
    assert everything_restricted_by(customer_id) == [case.public_id]
    decision = deciding.ItemDecision(outcome=outcome, ground=Ground.COMPELLING_GROUNDS, reasons="The network.")
    deciding.decide(public_id=case.public_id, decisions={0: decision}, assessment="Weighed.", actor=DECIDER, now=START)
    assert not may_phone(customer_id)
    answer(case)
    assert may_phone(customer_id) is is_free
    grounds = [mark.ground for mark in restrictions.of_customer(customer_id)]
    assert grounds == ([] if is_free else [RestrictionGround.OBJECTION_UPHELD])


def test_a_restriction_holds_from_the_decision_until_the_customer_is_told_that_it_ends(customer_id: int) -> None:
    case = asked(customer_id, Kind.RESTRICTION)
    assert may_phone(customer_id)
    decide(case, Outcome.GRANT, START, actor=DECIDER)
    assert everything_restricted_by(customer_id) == [case.public_id]
    answer(case)
    assert not may_phone(customer_id)

    def lift(explanation: str) -> None:
        handling.lift_restriction(public_id=case.public_id, explanation=explanation, actor=DECIDER, now=START)

    with pytest.raises(RuleViolation):
        lift(" ")
    lift("The matter is settled.")
    assert may_phone(customer_id)
    view = queries.case_view(case.public_id, actor=DECIDER, today=TODAY)
    assert "The matter is settled." in (view.messages[-1].text or "")
    with pytest.raises(RuleViolation) as caught:
        lift("Again.")
    assert caught.value.code is Problem.NOT_RESTRICTED


def test_a_restriction_of_some_categories_leaves_the_others(customer_id: int) -> None:
    case = asked(customer_id, Kind.RESTRICTION)
    deciding.split(public_id=case.public_id, categories=[Category.BILLING], actor=CLERK, now=START)
    refuse = deciding.ItemDecision(outcome=Outcome.REFUSE, ground=Ground.LEGAL_OBLIGATION, reasons="Needed.")
    decisions = {0: refuse, 1: deciding.ItemDecision(outcome=Outcome.GRANT)}
    deciding.decide(public_id=case.public_id, decisions=decisions, actor=DECIDER, now=START)
    blocked = restrictions.blocked([customer_id])[customer_id]
    assert blocked.covers("iban")
    assert not blocked.covers("phone")
    assert may_phone(customer_id)


def test_recipients_are_told_only_of_what_they_were_given(customer_id: int) -> None:
    disclosed(customer_id, Recipient.INVOICING_AND_COLLECTION, "name phone")
    disclosed(customer_id, Recipient.CREDIT_INFORMATION, "name identity_code")
    case = phone_correction(customer_id, START)
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    decide(case, Outcome.GRANT, START)
    assert [(task.kind, task.recipient) for task in cases.tasks_of(case)] == [
        (TaskKind.RECIPIENT, Recipient.INVOICING_AND_COLLECTION)
    ]


def test_what_the_datahub_feeds_is_corrected_there_too(customer_id: int) -> None:
    site = next(group for group in records_of(customer_id) if group.spec.category is Category.SITE).records[0]
    case = correction(customer_id, START, site.reference("main_fuse"), None, "3x35 A")
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    decide(case, Outcome.GRANT, START, actor=DECIDER)
    assert TaskKind.DATAHUB in {task.kind for task in cases.tasks_of(case)}
    assert [change.request_id for change in register.changes()] == [case.public_id]


@pytest.mark.parametrize("outcome", ["impossible", "disproportionate"])
def test_a_recipient_not_told_needs_the_reason(customer_id: int, outcome: str) -> None:
    disclosed(customer_id, Recipient.AUTHORISED_PARTNER, "phone")
    case = phone_correction(customer_id, START)
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    decide(case, Outcome.GRANT, START)
    answer(case)

    def close(note: str) -> None:
        report = handling.TaskReport(outcome=handling.TaskOutcome(outcome), note=note)
        handling.close(public_id=case.public_id, reports={0: report}, actor=CLERK, now=START)

    with pytest.raises(RuleViolation) as caught:
        close("")
    assert (caught.value.code, caught.value.field) == (Problem.NO_REASONS, "tasks-0-note")
    close("The company has ceased.")
    assert case.status is Status.CLOSED


def test_one_recipient_is_told_today_and_the_other_tomorrow(customer_id: int) -> None:
    disclosed(customer_id, Recipient.AUTHORISED_PARTNER, "phone")
    disclosed(customer_id, Recipient.INVOICING_AND_COLLECTION, "phone")
    case = phone_correction(customer_id, START)
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    decide(case, Outcome.GRANT, START)
    answer(case)
    done = handling.TaskReport(outcome=handling.TaskOutcome.DONE, note="By phone")

    def record(reports: dict[int, handling.TaskReport], now: datetime) -> None:
        handling.record_tasks(public_id=case.public_id, reports=reports, actor=CLERK, now=now)

    with pytest.raises(RuleViolation) as caught:
        record({}, START)
    assert caught.value.code is Problem.NOTHING_DONE
    record({1: done}, START)
    told = [(task.outcome, task.closed_at) for task in cases.tasks_of(case)]
    assert told == [(None, None), (handling.TaskOutcome.DONE, START)]
    assert case.status is Status.ANSWERED
    with pytest.raises(RuleViolation):  # what is recorded stays as it is
        record({1: handling.TaskReport(outcome=handling.TaskOutcome.IMPOSSIBLE, note="No")}, START)
    tomorrow = START + timedelta(days=1)
    handling.close(public_id=case.public_id, reports={0: done}, actor=CLERK, now=tomorrow)
    assert [task.closed_at for task in cases.tasks_of(case)] == [tomorrow, START]
    assert case.status is Status.CLOSED


@pytest.mark.parametrize("channel", [Channel.LETTER, Channel.PHONE, Channel.EMAIL])
@pytest.mark.parametrize("by_contact", [True, False])
def test_consent_is_withdrawn_at_once_through_every_channel(
    customer_id: int, channel: Channel, by_contact: bool
) -> None:
    customer = register.customer_of(customer_id)
    line = {"type": MarketingType.DIRECT_ADVERTISING, "channel": ContactChannel.EMAIL}
    permissions.choose(
        customer_id=customer_id,
        choice=Choice.ALLOW,
        source=services.Source.OWN_CHANGE,
        actor=customer_actor(customer_id),
        now=START - timedelta(days=1),
        **line,  # type: ignore[arg-type]
    )
    case = intake.record(
        intake.Details(
            arrival=Arrival(channel=channel, received_on=TODAY),
            kind=Kind.CONSENT_WITHDRAWAL,
            customer_number="" if by_contact else customer.number,
            contact=(customer.email or "").upper() if by_contact else "",
            text="",
            language="en",
        ),
        actor=CLERK,
        now=START,
    )
    assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.GRANT)
    state = next(found for found in permissions.state_of(customer_id) if found.channel is ContactChannel.EMAIL)
    assert state.state is State.NONE
    mail = db.session.scalars(select(Message).where(Message.subject.contains("withdrawn your consent"))).one()
    assert "24 November 2026 at 10:00." in (mail.body or "")


def test_a_part_is_kept_back_only_of_access_and_goes_to_the_ombudsman_when_asked(customer_id: int) -> None:
    case = asked(customer_id, Kind.ACCESS)
    deciding.split(public_id=case.public_id, categories=[Category.CALLS], actor=CLERK, now=START)
    kept = deciding.ItemDecision(
        outcome=Outcome.REFUSE, ground=Ground.WITHHELD_HARM, reasons="A third person.", keeps_reasons_back=True
    )
    decisions = {0: deciding.ItemDecision(outcome=Outcome.GRANT), 1: kept}
    with pytest.raises(RuleViolation) as caught:
        deciding.decide(public_id=case.public_id, decisions=decisions, actor=CLERK, now=START)
    assert caught.value.code is Problem.RESERVED
    deciding.decide(public_id=case.public_id, decisions=decisions, actor=DECIDER, now=START)
    assert case.outcome is Outcome.PARTLY
    for _ in range(2):
        services.ask_ombudsman(public_id=case.public_id, actor=customer_actor(customer_id), now=START)
    kinds = [task.kind for task in cases.tasks_of(case)]
    assert kinds == [TaskKind.BY_HAND, TaskKind.OMBUDSMAN], "the copy, for whoever has no account, and once the rest"


def test_grounds_of_the_data_protection_act_do_not_fit_other_kinds(customer_id: int) -> None:
    case = phone_correction(customer_id, START)
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    with pytest.raises(RuleViolation) as caught:
        decide(case, Outcome.REFUSE, START, actor=DECIDER, ground=Ground.WITHHELD_SECURITY, reasons="No.")
    assert caught.value.code is Problem.GROUND_UNFIT
    with pytest.raises(RuleViolation) as caught:
        services.ask_ombudsman(public_id=case.public_id, actor=customer_actor(customer_id), now=START)
    assert caught.value.code is Problem.WRONG_STATUS


@pytest.mark.parametrize(
    ("channel", "method", "facts", "level"),
    [
        (Channel.PHONE, IdentityMethod.CALL_BACK, (), IdentityLevel.UNKNOWN),
        (Channel.PHONE, IdentityMethod.CALL_BACK, (IdentityFact.CONTRACT,) * 2, IdentityLevel.UNKNOWN),
        (Channel.PHONE, IdentityMethod.CONTACT_CODE, tuple(IdentityFact)[:2], IdentityLevel.CONTACT),
        (Channel.EMAIL, IdentityMethod.CONTACT_CODE, (), IdentityLevel.CONTACT),
        (Channel.PORTAL, IdentityMethod.PORTAL, (), IdentityLevel.PORTAL),
        (Channel.VISIT, IdentityMethod.ID_DOCUMENT, (), IdentityLevel.STRONG),
        (Channel.LETTER, IdentityMethod.NONE, (), IdentityLevel.UNKNOWN),
    ],
)
def test_what_identifies_a_person(
    channel: Channel, method: IdentityMethod, facts: tuple[IdentityFact, ...], level: IdentityLevel
) -> None:
    assert level_shown(channel, method, facts) is level


def test_no_method_and_no_fact_is_the_identity_code_or_the_name() -> None:
    """Data Protection Act 29 §: identity is never confirmed by the code alone, or by the code and the name (L13)."""
    assert {method.value for method in IdentityMethod} == {
        "none",
        "contact-code",
        "call-back",
        "portal",
        "id-document",
    }
    assert {fact.value for fact in IdentityFact} == {"customer-number", "metering-point", "last-invoice", "contract"}


def test_merging_keeps_the_earlier_day_the_restriction_and_tells_the_customer(customer_id: int) -> None:
    now = START + timedelta(days=3)
    first, second = phone_correction(customer_id, START), phone_correction(customer_id, now)
    view = queries.case_view(second.public_id, actor=CLERK, today=now.date())
    assert [found.public_id for found in view.duplicates] == [first.public_id]
    handling.merge(public_id=first.public_id, target=second.public_id.lower(), actor=CLERK, now=now)
    assert (first.status, first.merged_into_id) == (Status.MERGED, second.id)
    assert (second.received_on, second.promise_on) == (TODAY, TODAY + timedelta(days=30))
    assert set(queries.contested_fields(customer_id).values()) == {second.public_id}
    subjects = [mail.subject for mail in db.session.scalars(select(Message))]
    assert f"Your request {first.public_id} goes on as {second.public_id}" in subjects


@pytest.mark.parametrize("target", ["itself", "another field", "another person", "unidentified", "nothing", "ended"])
def test_what_is_not_the_same_request_is_not_merged(customer_id: int, target: str) -> None:
    case = phone_correction(customer_id, START)
    others = {
        "itself": lambda: case,
        "another field": lambda: correction(customer_id, START, "email", None, "new@example.org"),
        "another person": lambda: phone_correction(make_customer().id, START),
        "unidentified": lambda: services.submit(
            Kind.CORRECTION,
            customer_id=customer_id,
            text="x",
            actor=CLERK,
            now=START,
            arrival=Arrival(channel=Channel.PHONE, received_on=TODAY),
        ),
        "ended": lambda: phone_correction(customer_id, START),
    }
    other = others[target]() if target in others else None
    if target == "ended" and other is not None:
        services.withdraw(public_id=other.public_id, actor=customer_actor(customer_id), now=START)
    with pytest.raises(RuleViolation) as caught:
        handling.merge(
            public_id=case.public_id, target=other.public_id if other else "nonsense", actor=CLERK, now=START
        )
    assert (caught.value.code, caught.value.field) == (Problem.NOT_MERGEABLE, "target")
    db.session.expire_all()
    assert case.status is Status.RECEIVED


def test_a_stranger_who_asks_twice_is_found_by_the_contact(context: Flask) -> None:
    made = [
        services.submit(
            Kind.ACCESS,
            customer_id=None,
            contact=contact,
            text="All.",
            actor=CLERK,
            now=START,
            arrival=Arrival(channel=Channel.EMAIL, received_on=TODAY),
        )
        for contact in ("who@example.com", "WHO@example.com ", "other@example.com")
    ]
    assert [found.id for found in queries.likely_duplicates(made[0])] == [made[1].id]


def test_earlier_requests_within_a_year_are_counted_but_not_opt_outs(customer_id: int) -> None:
    for days in (800, 200, 10):
        at = START - timedelta(days=days)
        services.submit(Kind.ACCESS, customer_id=customer_id, text="", actor=customer_actor(customer_id), now=at)
    opting_out.opt_out(customer_id=customer_id, actor=customer_actor(customer_id), now=START)
    assert queries.earlier_requests(phone_correction(customer_id, START)) == 2
