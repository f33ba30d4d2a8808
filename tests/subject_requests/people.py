"""Actors and cases that the tests of requests share."""

from datetime import datetime

from portal.core import clock
from portal.core.audit import Actor
from portal.core.roles import Role
from portal.register import restrictions
from portal.register import services as register
from portal.subject_requests import deciding, handling, identifying, services
from portal.subject_requests.corrections import ProposedItem
from portal.subject_requests.deciding import ItemDecision
from portal.subject_requests.kinds import Ground, Outcome, Status
from portal.subject_requests.models import SubjectRequest
from tests.conftest import START

CLERK = Actor(account_id=11, role=Role.CLERK, unit="customer-service")
DECIDER = Actor(account_id=12, role=Role.DECISION_MAKER, unit="register-matters")
SECOND_DECIDER = Actor(account_id=21, role=Role.DECISION_MAKER, unit="register-matters")
MARKETER = Actor(account_id=13, role=Role.MARKETING, unit="marketing")


def customer_actor(customer_id: int) -> Actor:
    return Actor(account_id=14, role=Role.CUSTOMER, unit="customer", customer_id=customer_id)


def phone_correction(customer_id: int, now: datetime, proposed: str = "044 000 9999") -> SubjectRequest:
    """A clerk may grant it."""
    return correction(customer_id, now, "phone", "+358440001234", proposed)


def change_phone(customer_id: int, now: datetime) -> None:
    """By another request, to +358440005555."""
    register.apply_correction(
        customer_id=customer_id,
        field_key="phone",
        record_id=None,
        base_value="+358440001234",
        new_value="+358440005555",
        request_id="other",
        actor=CLERK,
        now=now,
    )


def correction(customer_id: int, now: datetime, field: str, seen: str | None, proposed: str) -> SubjectRequest:
    return services.submit_correction(
        customer_id=customer_id,
        items=[ProposedItem(field=field, value_seen=seen, proposed=proposed)],
        grounds="It changed last week.",
        actor=customer_actor(customer_id),
        now=now,
    )


def decide(
    case: SubjectRequest,
    outcome: Outcome | None,
    now: datetime,
    *,
    actor: Actor = CLERK,
    ground: Ground | None = None,
    reasons: str = "",
    seen_mark: str = "",
) -> None:
    decision = ItemDecision(outcome=outcome, ground=ground, reasons=reasons, seen_mark=seen_mark)
    deciding.decide(public_id=case.public_id, decisions={0: decision}, actor=actor, now=now)


def everything_restricted_by(customer_id: int) -> list[str]:
    """The requests by which all processing of the customer's data is restricted (article 18)."""
    return [mark.case for mark in restrictions.of_customer(customer_id) if mark.field_key is None]


def reach(customer_id: int, wanted: Status, now: datetime = START) -> SubjectRequest:
    """A case that has come to a status by lawful steps."""
    case = phone_correction(customer_id, now)
    public_id = case.public_id
    if wanted is Status.WITHDRAWN:
        services.withdraw(public_id=public_id, actor=customer_actor(customer_id), now=now)
    if wanted in (Status.RECEIVED, Status.WITHDRAWN):
        return case
    if wanted is Status.MERGED:
        target = phone_correction(customer_id, now).public_id
        handling.merge(public_id=public_id, target=target, actor=CLERK, now=now)
        return case
    handling.take(public_id=public_id, actor=CLERK, now=now)
    if wanted is Status.IDENTITY_PENDING:
        identifying.ask_identity(public_id=public_id, reason="doubt", question="Who are you?", actor=CLERK, now=now)
    if wanted in (Status.IN_REVIEW, Status.IDENTITY_PENDING):
        return case
    decide(case, Outcome.GRANT, now)
    if wanted is Status.DECIDED:
        return case
    handling.answer(public_id=public_id, actor=CLERK, now=now)
    if wanted is Status.CLOSED:
        handling.close(public_id=public_id, reports={}, actor=CLERK, now=now)
    return case


def answer(case: SubjectRequest) -> None:
    """Granted and answered at once, by a clerk."""
    handling.take(public_id=case.public_id, actor=CLERK, now=clock.now())
    deciding.decide(
        public_id=case.public_id,
        decisions={0: ItemDecision(outcome=Outcome.GRANT)},
        actor=CLERK,
        now=clock.now(),
    )
    handling.answer(public_id=case.public_id, actor=CLERK, now=clock.now())
