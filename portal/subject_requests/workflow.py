"""The life of a request: one table of steps, and the only function that changes a status."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, select

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import db
from portal.core.errors import RuleViolation
from portal.core.roles import Role
from portal.subject_requests import guards
from portal.subject_requests.guards import BY_CATEGORY, Facts, Guard, Problem, Who, acts_as
from portal.subject_requests.kinds import (
    AT_ONCE,
    ENDED,
    UNDECIDED,
    Kind,
    Status,
)
from portal.subject_requests.models import CaseEvent, SubjectRequest


class StepName(StrEnum):
    SUBMIT = "submit"
    TAKE = "take"
    ASK_IDENTITY = "ask-identity"
    IDENTITY_ANSWERED = "identity-answered"
    REFUSE_UNIDENTIFIED = "refuse-unidentified"
    EXTEND = "extend"
    DECIDE = "decide"
    PROPOSE = "propose"
    APPROVE = "approve"
    GRANT_AT_ONCE = "grant-at-once"
    ANSWER = "answer"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    MERGE = "merge"
    # these leave the status as it is
    ASSIGN = "assign"
    MESSAGE = "message"
    NOTE = "note"
    SPLIT = "split"
    CHANGE_ARRIVAL = "change-arrival"
    REMIND_IDENTITY = "remind-identity"
    HOLD = "hold"
    RECOUNT = "recount"
    ABSORB = "absorb"
    ASK_OMBUDSMAN = "ask-ombudsman"
    LIFT_RESTRICTION = "lift-restriction"
    JOIN_CUSTOMER = "join-customer"
    SHOW_IDENTITY = "show-identity"
    RECORD_TASKS = "record-tasks"
    MARK_READ = "mark-read"
    SEND_LETTER = "send-letter"


@dataclass(frozen=True)
class Step:
    """A row of the table. No source means that the case begins with it, no target that the status stays."""

    name: StepName
    sources: frozenset[Status]
    target: Status | None
    who: frozenset[Who]
    guards: tuple[Guard, ...] = ()


_C, _K, _D, _S = Who.CUSTOMER, Who.CLERK, Who.DECISION_MAKER, Who.SYSTEM
_UNDECIDED = frozenset(UNDECIDED)


def _step(
    name: StepName, sources: set[Status] | frozenset[Status], target: Status | None, who: set[Who], *guards: Guard
) -> Step:
    return Step(name, frozenset(sources), target, frozenset(who), guards)


_ALL = frozenset(Status)
_WAITING = _UNDECIDED | {Status.DECIDED}
TABLE = {
    step.name: step
    for step in (
        _step(StepName.SUBMIT, set(), Status.RECEIVED, {_C, _K, _S}, guards.arrived_by_today, guards.visit_checked),
        _step(
            StepName.TAKE, {Status.RECEIVED}, Status.IN_REVIEW, {_K}, guards.not_own, guards.assigned, guards.identified
        ),
        _step(
            StepName.ASK_IDENTITY,
            {Status.RECEIVED, Status.IN_REVIEW},
            Status.IDENTITY_PENDING,
            {_K, _S},
            guards.not_own,
            guards.not_at_once,
            guards.reason_given,
            guards.customer_told,
            guards.not_paused,
        ),
        _step(
            StepName.IDENTITY_ANSWERED,
            {Status.IDENTITY_PENDING},
            Status.IN_REVIEW,
            {_C, _K, _S},
            guards.not_own,
            guards.pause_closed,
            guards.document_named,
            guards.identified,
        ),
        _step(
            StepName.REFUSE_UNIDENTIFIED,
            {Status.IDENTITY_PENDING},
            Status.DECIDED,
            {_D},
            guards.not_own,
            guards.waited,
            guards.reminded,
            guards.every_item_decided,
            guards.refused_as_unidentified,
        ),
        _step(
            StepName.EXTEND,
            {Status.IN_REVIEW},
            Status.IN_REVIEW,
            {_D},
            guards.not_own,
            guards.not_at_once,
            guards.extendable,
            guards.extension_told,
        ),
        _step(
            StepName.DECIDE,
            {Status.IN_REVIEW},
            Status.DECIDED,
            {_K, _D},
            guards.not_own,
            guards.not_at_once,
            guards.identified,
            guards.every_item_decided,
            guards.competent,
            guards.assessed,
            guards.one_decides,
            guards.nothing_stale,
        ),
        _step(
            StepName.PROPOSE,
            {Status.IN_REVIEW},
            Status.IN_REVIEW,
            {_D},
            guards.not_own,
            guards.identified,
            guards.every_item_decided,
            guards.assessed,
            guards.two_decide,
        ),
        _step(
            StepName.APPROVE,
            {Status.IN_REVIEW},
            Status.DECIDED,
            {_D},
            guards.not_own,
            guards.identified,
            guards.proposed_by_another,
            guards.every_item_decided,
            guards.two_decide,
        ),
        _step(StepName.GRANT_AT_ONCE, {Status.RECEIVED}, Status.DECIDED, {_C, _K, _S}, guards.at_once),
        _step(
            StepName.ANSWER,
            {Status.DECIDED},
            Status.ANSWERED,
            {_K, _S},
            guards.not_own,
            guards.has_letter,
            guards.answered_where_asked,
        ),
        _step(
            StepName.CLOSE,
            {Status.ANSWERED},
            Status.CLOSED,
            {_K, _S},
            guards.not_own,
            guards.tasks_done,
            guards.copy_goes_to_the_known,
        ),
        _step(
            StepName.WITHDRAW,
            _UNDECIDED,
            Status.WITHDRAWN,
            {_C, _K},
            guards.not_own,
            guards.not_at_once,
            guards.noted_by_staff,
        ),
        _step(
            StepName.MERGE, {Status.RECEIVED}, Status.MERGED, {_K}, guards.not_own, guards.identified, guards.mergeable
        ),
        _step(StepName.ASSIGN, _WAITING | {Status.ANSWERED}, None, {_K}),
        _step(StepName.MESSAGE, _ALL, None, {_C, _K, _S}),
        _step(StepName.NOTE, _ALL, None, {_K}),
        _step(StepName.SPLIT, {Status.IN_REVIEW}, None, {_K}, guards.not_own, guards.by_category),
        _step(
            StepName.CHANGE_ARRIVAL,
            _UNDECIDED,
            None,
            {_D},
            guards.not_own,
            guards.reason_given,
            guards.arrived_by_today,
        ),
        _step(StepName.REMIND_IDENTITY, {Status.IDENTITY_PENDING}, None, {_K, _S}, guards.noted_by_staff),
        _step(StepName.HOLD, _WAITING, None, {_K}, guards.customer_told),
        _step(StepName.RECOUNT, _WAITING, None, {_S}),
        _step(StepName.ABSORB, _UNDECIDED, None, {_K}, guards.not_own),
        _step(StepName.ASK_OMBUDSMAN, {Status.DECIDED, Status.ANSWERED}, None, {_C, _K}, guards.something_withheld),
        _step(
            StepName.LIFT_RESTRICTION,
            {Status.ANSWERED, Status.CLOSED},
            None,
            {_D},
            guards.not_own,
            guards.restricted,
            guards.reason_given,
            guards.customer_told,
        ),
        _step(
            StepName.JOIN_CUSTOMER,
            _UNDECIDED,
            None,
            {_K},
            guards.belongs_to_nobody,
            guards.identified,
            guards.noted_by_staff,
        ),
        # nobody was asked, so no clock stands still: whoever was asked answers by `identity-answered`
        _step(
            StepName.SHOW_IDENTITY,
            {Status.RECEIVED, Status.IN_REVIEW, Status.DECIDED, Status.ANSWERED},
            None,
            {_K},
            guards.not_own,
            guards.noted_by_staff,
            guards.better_known,
            guards.document_named,
        ),
        _step(
            StepName.RECORD_TASKS,
            {Status.ANSWERED},
            None,
            {_K},
            guards.not_own,
            guards.something_done,
            guards.copy_goes_to_the_known,
        ),
        _step(StepName.MARK_READ, _ALL, None, {_K}, guards.not_own, guards.something_unread),
        _step(StepName.SEND_LETTER, {Status.ANSWERED}, None, {_K}, guards.not_own, guards.on_paper),
    )
}
# By these a person of staff answers what the customer wrote; a holding message says nothing about it.
_SETTLES_MESSAGES = frozenset(
    {
        StepName.MESSAGE,
        StepName.ASK_IDENTITY,
        StepName.EXTEND,
        StepName.ANSWER,
        StepName.LIFT_RESTRICTION,
        StepName.MARK_READ,
    }
)
_UNNOTICED = frozenset({StepName.NOTE, StepName.MARK_READ})  # by somebody else: makes nobody's decision out of date


def move(case: SubjectRequest, name: StepName, *, facts: Facts, now: datetime) -> CaseEvent:
    """Take one step: check the table and the guards, change the status, write history and audit.

    Nothing else writes a case's status. Raises RuleViolation and changes nothing when the table or a guard refuses.
    """
    step = TABLE[name]
    refusal = why_not(case, name, facts.actor) or next(
        (found for guard in step.guards if (found := guard(case, facts)) is not None), None
    )
    if refusal is not None:
        raise refusal
    before: Status | None = case.status  # None of a case that begins
    if step.target is not None:
        case.previous_status, case.status = before, step.target
    if name not in _UNNOTICED:
        case.version += 1
    _count_unread(case, name, facts, now)
    if step.target in ENDED:
        case.ended_at = now
    db.session.flush()  # the history points to the case
    audit.record(
        AuditAction.REQUEST_STEP if step.sources else AuditAction.REQUEST_RECEIVED,
        actor=facts.actor,
        now=now,
        subject=case.customer_id or facts.joins,
        case=case.public_id,
        object=facts.evidence,
        purpose=name.value,
    )
    return _log(case, name.value, from_status=before, actor=facts.actor, now=now)


def _count_unread(case: SubjectRequest, name: StepName, facts: Facts, now: datetime) -> None:
    """What the customer writes waits until somebody on staff who has seen it answers it or marks it as read."""
    role = facts.actor.role
    if role is Role.CUSTOMER and name is StepName.MESSAGE:
        case.unread_since = case.unread_since or now
    elif role is not None and role.is_staff and name in _SETTLES_MESSAGES and facts.is_newest_seen:
        case.unread_since = None


def _log(case: SubjectRequest, step: str, *, from_status: Status | None, actor: Actor, now: datetime) -> CaseEvent:
    """A line of the case's history."""
    last = db.session.scalar(select(func.max(CaseEvent.sequence)).where(CaseEvent.request_id == case.id)) or 0
    event = CaseEvent(
        request_id=case.id,
        sequence=last + 1,
        step=step,
        from_status=from_status,
        to_status=case.status,
        at=now,
        account_id=actor.account_id,
        unit=actor.unit,
    )
    db.session.add(event)
    return event


def has_taken(case: SubjectRequest, name: StepName) -> bool:
    """Whether the step is in the case's history."""
    taken = select(CaseEvent.id).where(CaseEvent.request_id == case.id, CaseEvent.step == name.value)
    return db.session.scalar(taken.limit(1)) is not None


def why_not(case: SubjectRequest, name: StepName, actor: Actor) -> RuleViolation | None:
    """Whether the table itself refuses this step now to this actor; guards are asked only by `move`."""
    step = TABLE[name]
    if step.sources and case.status not in step.sources:
        return RuleViolation(Problem.ENDED if case.status in ENDED else Problem.WRONG_STATUS)
    if not any(acts_as(actor, who) for who in step.who):
        return RuleViolation(Problem.WRONG_ROLE)
    return None


# What is decided is one of three rows: carried out, proposed, or refused to somebody unknown.
_ROWS = {StepName.DECIDE: (StepName.DECIDE, StepName.PROPOSE, StepName.REFUSE_UNIDENTIFIED)}


def out_of_question(case: SubjectRequest, name: StepName, actor: Actor) -> RuleViolation | None:
    """What the table says before anything that was sent with the step is looked at."""
    refusals = [why_not(case, row, actor) for row in _ROWS.get(name, (name,))]
    return None if None in refusals else refusals[0]


def offered(case: SubjectRequest, actor: Actor) -> list[StepName]:
    """The steps that the table allows this actor now."""
    at_once = case.kind in AT_ONCE
    return [
        step.name
        for step in TABLE.values()
        if step.sources
        and why_not(case, step.name, actor) is None
        and not (guards.not_at_once in step.guards and at_once)
        and not (guards.at_once in step.guards and not at_once)
        and not (guards.by_category in step.guards and case.kind not in BY_CATEGORY)
        and not (guards.proposed_by_another in step.guards and guards.proposed_by_another(case, Facts(actor=actor)))
        and not (guards.two_decide in step.guards and case.kind is not Kind.ERASURE)
        and not (guards.belongs_to_nobody in step.guards and case.customer_id is not None)
    ]


# Guards that look at the case as it stands, and not at what is sent with the step.
_STANDING = frozenset(
    {
        guards.identified,
        guards.not_paused,
        guards.waited,
        guards.reminded,
        guards.extendable,
        guards.proposed_by_another,
    }
)


def obstacles(case: SubjectRequest, actor: Actor, today: date) -> dict[StepName, RuleViolation]:
    """Steps that the case's status would allow, with what forbids them now: the actor's role, or the case itself."""
    facts = Facts(actor=actor, today=today)
    found: dict[StepName, RuleViolation] = {}
    for step in TABLE.values():
        if case.status not in step.sources or (guards.not_at_once in step.guards and case.kind in AT_ONCE):
            continue
        asked = step.guards if step.name is not StepName.IDENTITY_ANSWERED else ()  # it is what brings the identity
        standing = (guard(case, facts) for guard in asked if guard in _STANDING)
        refusal = why_not(case, step.name, actor) or next((one for one in standing if one is not None), None)
        if refusal is not None:
            found[step.name] = refusal
    return found
