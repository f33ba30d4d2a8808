"""The life of a request: one table of steps, and the only function that changes a status."""
# ruff: noqa: ARG001 - every guard takes the same two arguments

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import func, select

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import db, random_id
from portal.core.errors import RuleViolation
from portal.core.roles import Role
from portal.subject_requests.kinds import (
    AT_ONCE,
    ENDED,
    NEEDED_LEVEL,
    Channel,
    ExtensionReason,
    IdentityMethod,
    Kind,
    Outcome,
    Status,
)
from portal.subject_requests.models import CaseEvent, Letter, RequestItem, SubjectRequest

IDENTITY_WAIT = timedelta(days=30)  # how long an unanswered identity question is waited for before a refusal


class Who(StrEnum):
    CUSTOMER = "customer"
    CLERK = "clerk"
    DECISION_MAKER = "decision-maker"
    SYSTEM = "system"


class StepName(StrEnum):
    SUBMIT = "submit"
    TAKE = "take"
    ASK_IDENTITY = "ask-identity"
    IDENTITY_ANSWERED = "identity-answered"
    REFUSE_UNIDENTIFIED = "refuse-unidentified"
    EXTEND = "extend"
    DECIDE = "decide"
    GRANT_AT_ONCE = "grant-at-once"
    ANSWER = "answer"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    MERGE = "merge"


class Problem(StrEnum):
    """Why a step is refused; the words are in labels."""

    WRONG_STATUS = "wrong-status"
    ENDED = "ended"
    WRONG_ROLE = "wrong-role"
    OWN_CASE = "own-case"
    FUTURE_ARRIVAL = "future-arrival"
    LATE_WITHOUT_REASON = "late-without-reason"
    VISIT_WITHOUT_DOCUMENT = "visit-without-document"
    WEAK_IDENTITY = "weak-identity"
    NO_ASSIGNEE = "no-assignee"
    NO_REASON = "no-reason"
    NO_QUESTION = "no-question"
    ALREADY_PAUSED = "already-paused"
    PAUSE_OPEN = "pause-open"
    WAIT_NOT_OVER = "wait-not-over"
    ALREADY_EXTENDED = "already-extended"
    TOO_LATE_TO_EXTEND = "too-late-to-extend"
    NEVER_FOR_AT_ONCE = "never-for-at-once"
    NOT_AT_ONCE = "not-at-once"
    NO_OUTCOME = "no-outcome"
    NO_GROUND = "no-ground"
    NO_REASONS = "no-reasons"
    RESERVED = "reserved"
    STALE_VALUE = "stale-value"
    NO_LETTER = "no-letter"
    OPEN_TASKS = "open-tasks"
    NO_NOTE = "no-note"
    NOT_MERGEABLE = "not-mergeable"
    # found by services while they prepare a step
    EMPTY = "empty"
    TOO_LONG = "too-long"
    UNCHANGED = "unchanged"
    NOT_CORRECTABLE = "not-correctable"
    INVALID_VALUE = "invalid-value"
    UNREADABLE = "unreadable"
    NO_CUSTOMER = "no-customer"
    UNKNOWN_CUSTOMER = "unknown-customer"
    UNKNOWN_ASSIGNEE = "unknown-assignee"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the guards look at beside the case. The service has done its part before it moves the case."""

    items: Sequence[RequestItem] = ()
    stale_positions: frozenset[int] = frozenset()
    is_reserved: bool = False
    letter: Letter | None = None
    open_tasks: int = 0
    text: str = ""
    reason: ExtensionReason | None = None
    is_customer_told: bool = False
    target: SubjectRequest | None = None
    actor: Actor = field(default=audit.SYSTEM)
    today: date = date.max


Guard: TypeAlias = Callable[[SubjectRequest, Facts], RuleViolation | None]


@dataclass(frozen=True)
class Step:
    """A row of the table. No source means that the case begins with it."""

    name: StepName
    sources: frozenset[Status]
    target: Status
    who: frozenset[Who]
    guards: tuple[Guard, ...] = ()


def _arrived_by_today(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    if case.received_on > facts.today:
        return RuleViolation(Problem.FUTURE_ARRIVAL, field="received_on")
    return None


def _visit_checked(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """R98: who comes in person shows a document; its type and who checked it are kept, no copy (L10)."""
    if case.channel is Channel.VISIT and case.identity_method is IdentityMethod.ID_DOCUMENT:
        if case.document_type is None:
            return RuleViolation(Problem.VISIT_WITHOUT_DOCUMENT, field="document_type")
        if not case.document_checked_by:
            return RuleViolation(Problem.VISIT_WITHOUT_DOCUMENT, field="checked_by")
    return None


def _identified(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    if case.identity_level < NEEDED_LEVEL[case.kind]:
        return RuleViolation(Problem.WEAK_IDENTITY)
    return None


def _assigned(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if case.assignee_account_id is not None else RuleViolation(Problem.NO_ASSIGNEE, field="assignee")


def _not_at_once(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """L27, L29: no pause, no extension, no refusal."""
    return RuleViolation(Problem.NEVER_FOR_AT_ONCE) if case.kind in AT_ONCE else None


def _at_once(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if case.kind in AT_ONCE else RuleViolation(Problem.NOT_AT_ONCE)


def _reason_given(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if facts.text.strip() else RuleViolation(Problem.NO_REASON, field="reason")


def _customer_told(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if facts.is_customer_told else RuleViolation(Problem.NO_QUESTION, field="question")


def _not_paused(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return RuleViolation(Problem.ALREADY_PAUSED) if case.paused_from is not None else None


def _pause_closed(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return RuleViolation(Problem.PAUSE_OPEN) if case.paused_from is not None else None


def _waited(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    if case.paused_from is None or facts.today < case.paused_from + IDENTITY_WAIT:
        return RuleViolation(Problem.WAIT_NOT_OVER)
    return None


def _extendable(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """L2: once, for a reason of article 12(3), while the first limit runs, and the customer is told."""
    if case.extension_reason is not None:
        return RuleViolation(Problem.ALREADY_EXTENDED)
    if facts.today > case.statutory_on:
        return RuleViolation(Problem.TOO_LATE_TO_EXTEND)
    if facts.reason is None:
        return RuleViolation(Problem.NO_REASON, field="reason")
    if not facts.text.strip() or not facts.is_customer_told:
        return RuleViolation(Problem.NO_REASONS, field="explanation")
    return None


def _not_own(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """S13: nobody decides their own case."""
    own = facts.actor.customer_id is not None and facts.actor.customer_id == case.customer_id
    return RuleViolation(Problem.OWN_CASE) if own else None


def _every_item_decided(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """L3: what is not granted in full has a coded ground and reasons."""
    for item in facts.items:
        place = f"items-{item.position}"
        if item.outcome is None:
            return RuleViolation(Problem.NO_OUTCOME, field=f"{place}-outcome")
        if item.outcome is not Outcome.GRANT:
            if item.ground is None:
                return RuleViolation(Problem.NO_GROUND, field=f"{place}-ground")
            if not (item.reasons or "").strip():
                return RuleViolation(Problem.NO_REASONS, field=f"{place}-reasons")
    return None if facts.items else RuleViolation(Problem.NO_OUTCOME)


def _competent(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """K grants corrections of own contact data and access; the rest is the decision-maker's."""
    if _acts_as(facts.actor, Who.DECISION_MAKER):
        return None
    granted = all(item.outcome is Outcome.GRANT for item in facts.items)
    if not granted or facts.is_reserved or case.kind not in (Kind.CORRECTION, Kind.ACCESS):
        return RuleViolation(Problem.RESERVED)
    return None


def _nothing_stale(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    if facts.stale_positions:
        return RuleViolation(Problem.STALE_VALUE, field=f"items-{min(facts.stale_positions)}-outcome")
    return None


def _has_letter(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if facts.letter is not None and facts.letter.sha256 else RuleViolation(Problem.NO_LETTER)


def _tasks_done(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return RuleViolation(Problem.OPEN_TASKS) if facts.open_tasks else None


def _noted_by_staff(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """Staff withdraw only on the customer's word, and say how it was given."""
    if facts.actor.role is not None and facts.actor.role.is_staff and not facts.text.strip():
        return RuleViolation(Problem.NO_NOTE, field="note")
    return None


def _mergeable(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    target = facts.target
    if (
        target is None
        or target.id == case.id
        or target.status in ENDED
        or target.kind is not case.kind
        or case.customer_id is None
        or target.customer_id != case.customer_id
        or target.identity_level < NEEDED_LEVEL[target.kind]
    ):
        return RuleViolation(Problem.NOT_MERGEABLE, field="target")
    return None


_C, _K, _D, _S = Who.CUSTOMER, Who.CLERK, Who.DECISION_MAKER, Who.SYSTEM
_UNDECIDED = frozenset({Status.RECEIVED, Status.IN_REVIEW, Status.IDENTITY_PENDING})


def _step(
    name: StepName, sources: set[Status] | frozenset[Status], target: Status, who: set[Who], *guards: Guard
) -> Step:
    return Step(name, frozenset(sources), target, frozenset(who), guards)


TABLE = {
    step.name: step
    for step in (
        _step(StepName.SUBMIT, set(), Status.RECEIVED, {_C, _K, _S}, _arrived_by_today, _visit_checked),
        _step(StepName.TAKE, {Status.RECEIVED}, Status.IN_REVIEW, {_K}, _not_own, _assigned, _identified),
        _step(
            StepName.ASK_IDENTITY,
            {Status.RECEIVED, Status.IN_REVIEW},
            Status.IDENTITY_PENDING,
            {_K, _S},
            _not_at_once,
            _reason_given,
            _customer_told,
            _not_paused,
        ),
        _step(
            StepName.IDENTITY_ANSWERED,
            {Status.IDENTITY_PENDING},
            Status.IN_REVIEW,
            {_C, _K, _S},
            _pause_closed,
            _identified,
        ),
        _step(
            StepName.REFUSE_UNIDENTIFIED,
            {Status.IDENTITY_PENDING},
            Status.DECIDED,
            {_D},
            _not_own,
            _waited,
            _every_item_decided,
        ),
        _step(StepName.EXTEND, {Status.IN_REVIEW}, Status.IN_REVIEW, {_D}, _not_at_once, _extendable),
        _step(
            StepName.DECIDE,
            {Status.IN_REVIEW},
            Status.DECIDED,
            {_K, _D},
            _not_own,
            _not_at_once,
            _identified,
            _every_item_decided,
            _competent,
            _nothing_stale,
        ),
        _step(StepName.GRANT_AT_ONCE, {Status.RECEIVED}, Status.DECIDED, {_C, _K, _S}, _at_once),
        _step(StepName.ANSWER, {Status.DECIDED}, Status.ANSWERED, {_K, _S}, _has_letter),
        _step(StepName.CLOSE, {Status.ANSWERED}, Status.CLOSED, {_K, _S}, _tasks_done),
        _step(StepName.WITHDRAW, _UNDECIDED, Status.WITHDRAWN, {_C, _K}, _not_at_once, _noted_by_staff),
        _step(StepName.MERGE, {Status.RECEIVED}, Status.MERGED, {_K}, _identified, _mergeable),
    )
}


def move(case: SubjectRequest, name: StepName, *, facts: Facts, now: datetime) -> CaseEvent:
    """Take one step: check the table and the guards, change the status, write history and audit.

    Raises RuleViolation and changes nothing when the table or a guard refuses.
    """
    step = TABLE[name]
    refusal = why_not(case, name, facts.actor) or next(
        (found for guard in step.guards if (found := guard(case, facts)) is not None), None
    )
    if refusal is not None:
        raise refusal
    before = case.status if step.sources else None
    case.previous_status, case.status = before, step.target
    case.version += 1
    if step.target in ENDED:
        case.ended_at = now
    db.session.flush()  # the history points to the case
    audit.record(
        AuditAction.REQUEST_STEP if step.sources else AuditAction.REQUEST_RECEIVED,
        actor=facts.actor,
        now=now,
        subject=case.customer_id,
        case=case.public_id,
        purpose=name.value,
    )
    return log(case, name.value, from_status=before, actor=facts.actor, now=now)


def record_act(case: SubjectRequest, act: str, *, actor: Actor, now: datetime) -> None:
    """Something done to a case that leaves its status: on the audit trail and in the history."""
    audit.record(
        AuditAction.REQUEST_STEP, actor=actor, now=now, subject=case.customer_id, case=case.public_id, purpose=act
    )
    log(case, act, from_status=case.status, actor=actor, now=now)


def log(case: SubjectRequest, step: str, *, from_status: Status | None, actor: Actor, now: datetime) -> CaseEvent:
    """A line of the case's history."""
    last = db.session.scalar(select(func.max(CaseEvent.sequence)).where(CaseEvent.request_id == case.id)) or 0
    event = CaseEvent(
        id=random_id(),
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


def why_not(case: SubjectRequest, name: StepName, actor: Actor) -> RuleViolation | None:
    """Whether the table itself refuses this step now to this actor; guards are asked only by `move`."""
    step = TABLE[name]
    if step.sources and case.status in ENDED:
        return RuleViolation(Problem.ENDED)
    if step.sources and case.status not in step.sources:
        return RuleViolation(Problem.WRONG_STATUS)
    if not any(_acts_as(actor, who) for who in step.who):
        return RuleViolation(Problem.WRONG_ROLE)
    return None


def offered(case: SubjectRequest, actor: Actor) -> list[StepName]:
    """The steps that the table allows this actor now."""
    at_once = case.kind in AT_ONCE
    return [
        step.name
        for step in TABLE.values()
        if step.sources
        and why_not(case, step.name, actor) is None
        and not (_not_at_once in step.guards and at_once)
        and not (_at_once in step.guards and not at_once)
    ]


def _acts_as(actor: Actor, who: Who) -> bool:
    """The decision-maker may do what a clerk may; marketing and administrators have no case rights."""
    match actor.role:
        case Role.CUSTOMER:
            return who is Who.CUSTOMER
        case Role.CLERK:
            return who is Who.CLERK
        case Role.DECISION_MAKER:
            return who in (Who.CLERK, Who.DECISION_MAKER)
        case None:
            return who is Who.SYSTEM
        case _:
            return False
