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
    WITHHELD,
    Channel,
    ExtensionReason,
    Ground,
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
    NOT_REMINDED = "not-reminded"
    NEEDS_TWO = "needs-two"
    ONE_DECIDES = "one-decides"
    NO_PROPOSAL = "no-proposal"
    SAME_PERSON = "same-person"
    NO_ASSESSMENT = "no-assessment"
    GROUND_UNFIT = "ground-unfit"
    NOTHING_WITHHELD = "nothing-withheld"
    NOT_RESTRICTED = "not-restricted"
    NOT_BY_CATEGORY = "not-by-category"
    ALREADY_JOINED = "already-joined"
    NO_METHOD = "no-method"
    NO_MANDATE = "no-mandate"
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
    FILE_UNFIT = "file-unfit"
    FILE_TOO_LARGE = "file-too-large"
    TOO_MANY_FILES = "too-many-files"


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
    assessment: str = ""
    is_customer_told: bool = False
    is_restricted: bool = False
    target: SubjectRequest | None = None
    has_same_scope: bool = True
    joins: int | None = None  # the customer whose request it turns out to be
    evidence: str | None = None  # what the audit event is about, beside the case
    actor: Actor = field(default=audit.SYSTEM)
    today: date = date.max


Guard: TypeAlias = Callable[[SubjectRequest, Facts], RuleViolation | None]


@dataclass(frozen=True)
class Step:
    """A row of the table. No source means that the case begins with it, no target that the status stays."""

    name: StepName
    sources: frozenset[Status]
    target: Status | None
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
    """L2: once, while the first limit runs."""
    if case.extension_reason is not None:
        return RuleViolation(Problem.ALREADY_EXTENDED)
    return RuleViolation(Problem.TOO_LATE_TO_EXTEND) if facts.today > case.statutory_on else None


def _extension_told(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """L2: for a reason of article 12(3), and the customer is told."""
    if facts.reason is None:
        return RuleViolation(Problem.NO_REASON, field="reason")
    if not facts.text.strip() or not facts.is_customer_told:
        return RuleViolation(Problem.NO_REASONS, field="explanation")
    return None


def _not_own(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """S13: nobody on the desk handles their own case."""
    is_own = facts.actor.is_staffs_own(case.customer_id)
    return RuleViolation(Problem.OWN_CASE) if is_own else None


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
            if item.ground in WITHHELD and case.kind is not Kind.ACCESS:
                return RuleViolation(Problem.GROUND_UNFIT, field=f"{place}-ground")
    return None if facts.items else RuleViolation(Problem.NO_OUTCOME)


def undecided(case: SubjectRequest, items: Sequence[RequestItem]) -> RuleViolation | None:
    """What an item still lacks before its decision can be told."""
    return _every_item_decided(case, Facts(items=items))


def _competent(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """K grants corrections of own contact data and access; the rest is the decision-maker's."""
    if _acts_as(facts.actor, Who.DECISION_MAKER):
        return None
    granted = all(item.outcome is Outcome.GRANT for item in facts.items)
    if not granted or facts.is_reserved or case.kind not in (Kind.CORRECTION, Kind.ACCESS):
        return RuleViolation(Problem.RESERVED)
    return None


def _two_decide(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """What deletes data takes two people; to refuse it, one is enough (S27)."""
    is_needed = case.kind is Kind.ERASURE and any(item.outcome is not Outcome.REFUSE for item in facts.items)
    return None if is_needed else RuleViolation(Problem.ONE_DECIDES)


def _one_decides(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return RuleViolation(Problem.NEEDS_TWO) if _two_decide(case, facts) is None else None


def _proposed_by_another(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    if not case.is_proposed:
        return RuleViolation(Problem.NO_PROPOSAL)
    is_same = case.proposed_by_account_id == facts.actor.account_id
    return RuleViolation(Problem.SAME_PERSON) if is_same else None


def _assessed(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """L9, L28: a refusal of these kinds rests on a written assessment."""
    is_unfounded = any(item.ground is Ground.UNFOUNDED_OR_EXCESSIVE for item in facts.items)
    is_objection_refused = case.kind is Kind.OBJECTION and any(
        item.outcome is not Outcome.GRANT for item in facts.items
    )
    if (is_unfounded or is_objection_refused) and not facts.assessment.strip():
        return RuleViolation(Problem.NO_ASSESSMENT, field="assessment")
    return None


def _reminded(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """L12: nobody is refused before they had the chance to give what identifies them."""
    return None if case.identity_reminded_at is not None else RuleViolation(Problem.NOT_REMINDED)


def _refused_as_unidentified(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    for item in facts.items:
        if item.outcome is not Outcome.REFUSE or item.ground is not Ground.NOT_IDENTIFIED:
            return RuleViolation(Problem.WEAK_IDENTITY, field=f"items-{item.position}-ground")
    return None


def _something_withheld(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    found = any(item.ground in WITHHELD for item in facts.items)
    return None if found else RuleViolation(Problem.NOTHING_WITHHELD)


def _restricted(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if facts.is_restricted else RuleViolation(Problem.NOT_RESTRICTED)


def _belongs_to_nobody(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """Once it is somebody's request it stays theirs; and nobody on the desk makes a stranger's request their own."""
    if case.customer_id is not None or facts.joins is None:
        return RuleViolation(Problem.ALREADY_JOINED, field="customer_number")
    is_own = facts.actor.is_staffs_own(facts.joins)
    return RuleViolation(Problem.OWN_CASE, field="customer_number") if is_own else None


def _by_category(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if case.kind in BY_CATEGORY else RuleViolation(Problem.NOT_BY_CATEGORY)


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
        or target.status not in _UNDECIDED
        or not facts.has_same_scope
        or target.identity_level < NEEDED_LEVEL[target.kind]
    ):
        return RuleViolation(Problem.NOT_MERGEABLE, field="target")
    return None


# Decided category by category where one answer does not fit all (L19, L24).
BY_CATEGORY = frozenset({Kind.ACCESS, Kind.PORTABILITY, Kind.ERASURE, Kind.RESTRICTION})

_C, _K, _D, _S = Who.CUSTOMER, Who.CLERK, Who.DECISION_MAKER, Who.SYSTEM
_UNDECIDED = frozenset({Status.RECEIVED, Status.IN_REVIEW, Status.IDENTITY_PENDING})


def _step(
    name: StepName, sources: set[Status] | frozenset[Status], target: Status | None, who: set[Who], *guards: Guard
) -> Step:
    return Step(name, frozenset(sources), target, frozenset(who), guards)


_ALL = frozenset(Status)
_WAITING = _UNDECIDED | {Status.DECIDED}

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
            _not_own,
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
            _not_own,
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
            _reminded,
            _every_item_decided,
            _refused_as_unidentified,
        ),
        _step(
            StepName.EXTEND,
            {Status.IN_REVIEW},
            Status.IN_REVIEW,
            {_D},
            _not_own,
            _not_at_once,
            _extendable,
            _extension_told,
        ),
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
            _assessed,
            _one_decides,
            _nothing_stale,
        ),
        _step(
            StepName.PROPOSE,
            {Status.IN_REVIEW},
            Status.IN_REVIEW,
            {_D},
            _not_own,
            _identified,
            _every_item_decided,
            _assessed,
            _two_decide,
        ),
        _step(
            StepName.APPROVE,
            {Status.IN_REVIEW},
            Status.DECIDED,
            {_D},
            _not_own,
            _identified,
            _proposed_by_another,
            _every_item_decided,
            _two_decide,
        ),
        _step(StepName.GRANT_AT_ONCE, {Status.RECEIVED}, Status.DECIDED, {_C, _K, _S}, _at_once),
        _step(StepName.ANSWER, {Status.DECIDED}, Status.ANSWERED, {_K, _S}, _not_own, _has_letter),
        _step(StepName.CLOSE, {Status.ANSWERED}, Status.CLOSED, {_K, _S}, _not_own, _tasks_done),
        _step(StepName.WITHDRAW, _UNDECIDED, Status.WITHDRAWN, {_C, _K}, _not_own, _not_at_once, _noted_by_staff),
        _step(StepName.MERGE, {Status.RECEIVED}, Status.MERGED, {_K}, _not_own, _identified, _mergeable),
        _step(StepName.ASSIGN, _WAITING | {Status.ANSWERED}, None, {_K}),
        _step(StepName.MESSAGE, _ALL, None, {_C, _K, _S}),
        _step(StepName.NOTE, _ALL, None, {_K}),
        _step(StepName.SPLIT, {Status.IN_REVIEW}, None, {_K}, _not_own, _by_category),
        _step(StepName.CHANGE_ARRIVAL, _UNDECIDED, None, {_D}, _not_own, _reason_given, _arrived_by_today),
        _step(StepName.REMIND_IDENTITY, {Status.IDENTITY_PENDING}, None, {_K, _S}, _noted_by_staff),
        _step(StepName.HOLD, _WAITING, None, {_K}, _customer_told),
        _step(StepName.RECOUNT, _WAITING, None, {_S}),
        _step(StepName.ABSORB, _UNDECIDED, None, {_K}, _not_own),
        _step(StepName.ASK_OMBUDSMAN, {Status.DECIDED, Status.ANSWERED}, None, {_C, _K}, _something_withheld),
        _step(
            StepName.LIFT_RESTRICTION,
            {Status.ANSWERED, Status.CLOSED},
            None,
            {_D},
            _not_own,
            _restricted,
            _reason_given,
            _customer_told,
        ),
        _step(StepName.JOIN_CUSTOMER, _UNDECIDED, None, {_K}, _belongs_to_nobody, _identified, _noted_by_staff),
    )
}


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
    before = case.status if step.sources else None
    if step.target is not None:
        case.previous_status, case.status = before, step.target
    if name is not StepName.NOTE:  # somebody else's note makes nobody's decision out of date
        case.version += 1
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


def _log(case: SubjectRequest, step: str, *, from_status: Status | None, actor: Actor, now: datetime) -> CaseEvent:
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
    if step.sources and case.status not in step.sources:
        return RuleViolation(Problem.ENDED if case.status in ENDED else Problem.WRONG_STATUS)
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
        and not (_by_category in step.guards and case.kind not in BY_CATEGORY)
        and not (_proposed_by_another in step.guards and _proposed_by_another(case, Facts(actor=actor)))
        and not (_two_decide in step.guards and case.kind is not Kind.ERASURE)
        and not (_belongs_to_nobody in step.guards and case.customer_id is not None)
    ]


# Guards that look at the case as it stands, and not at what is sent with the step.
_STANDING = frozenset({_identified, _not_paused, _waited, _reminded, _extendable, _proposed_by_another})


def obstacles(case: SubjectRequest, actor: Actor, today: date) -> dict[StepName, RuleViolation]:
    """Steps that the case's status would allow, with what forbids them now: the actor's role, or the case itself."""
    facts = Facts(actor=actor, today=today)
    found: dict[StepName, RuleViolation] = {}
    for step in TABLE.values():
        if case.status not in step.sources or (_not_at_once in step.guards and case.kind in AT_ONCE):
            continue
        guards = step.guards if step.name is not StepName.IDENTITY_ANSWERED else ()  # it is what brings the identity
        standing = (guard(case, facts) for guard in guards if guard in _STANDING)
        refusal = why_not(case, step.name, actor) or next((one for one in standing if one is not None), None)
        if refusal is not None:
            found[step.name] = refusal
    return found


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
