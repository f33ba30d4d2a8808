"""What must hold before a case takes a step: one guard for each rule of the table in `workflow`."""
# ruff: noqa: ARG001 - every guard takes the same two arguments

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeAlias

from portal.core import audit
from portal.core.audit import Actor
from portal.core.errors import RuleViolation
from portal.core.roles import Role
from portal.subject_requests.kinds import (
    AT_ONCE,
    ELECTRONIC,
    ENDED,
    NEEDED_LEVEL,
    UNDECIDED,
    WITHHELD,
    Channel,
    ExtensionReason,
    Ground,
    IdentityLevel,
    IdentityMethod,
    Kind,
    Outcome,
)
from portal.subject_requests.models import Letter, RequestItem, SubjectRequest

IDENTITY_WAIT = timedelta(days=30)  # how long an unanswered identity question is waited for before a refusal
# Decided category by category where one answer does not fit all (L19, L24).
BY_CATEGORY = frozenset({Kind.ACCESS, Kind.PORTABILITY, Kind.ERASURE, Kind.RESTRICTION})


class Who(StrEnum):
    CUSTOMER = "customer"
    CLERK = "clerk"
    DECISION_MAKER = "decision-maker"
    SYSTEM = "system"


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
    NOTHING_DONE = "nothing-done"
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
    KNOWN_ALREADY = "known-already"
    COPY_NEEDS_STRONG = "copy-needs-strong"
    NOT_REACHED = "not-reached"
    NOTHING_UNREAD = "nothing-unread"
    PAPER_NOT_ASKED = "paper-not-asked"
    # found by services while they prepare a step
    EMPTY = "empty"
    TOO_LONG = "too-long"
    UNCHANGED = "unchanged"
    NOT_CORRECTABLE = "not-correctable"
    INVALID_VALUE = "invalid-value"
    CHANNEL_UNFIT = "channel-unfit"
    UNREADABLE = "unreadable"
    NO_CUSTOMER = "no-customer"
    UNKNOWN_CUSTOMER = "unknown-customer"
    UNKNOWN_ASSIGNEE = "unknown-assignee"
    FILE_UNFIT = "file-unfit"
    FILE_TOO_LARGE = "file-too-large"
    TOO_MANY_FILES = "too-many-files"
    NOTHING_TO_POST = "nothing-to-post"
    NO_CATEGORY = "no-category"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the guards look at beside the case. The service has done its part before it moves the case."""

    items: Sequence[RequestItem] = ()
    stale_positions: frozenset[int] = frozenset()
    is_reserved: bool = False
    letter: Letter | None = None
    is_letter_sent: bool = False
    open_tasks: Sequence[int] = ()  # by their place among all
    recorded_tasks: int = 0
    text: str = ""
    reason: ExtensionReason | None = None
    assessment: str = ""
    is_customer_told: bool = False
    is_restricted: bool = False
    target: SubjectRequest | None = None
    has_same_scope: bool = True
    shown: IdentityLevel | None = None  # what has been shown now
    is_copy_given: bool = False
    is_newest_seen: bool = True  # whether who acts has seen what the customer wrote last
    answer_channel: Channel | None = None  # chosen by hand
    reachable_by: frozenset[Channel] = frozenset()
    joins: int | None = None  # the customer whose request it turns out to be
    evidence: str | None = None  # what the audit event is about, beside the case
    actor: Actor = field(default=audit.SYSTEM)
    today: date = date.max


Guard: TypeAlias = Callable[[SubjectRequest, Facts], RuleViolation | None]


def arrived_by_today(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    if case.received_on > facts.today:
        return RuleViolation(Problem.FUTURE_ARRIVAL, field="received_on")
    return None


def visit_checked(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """R98: who comes in person shows a document; its type and who checked it are kept, no copy (L10)."""
    if case.channel is Channel.VISIT and case.identity_method is IdentityMethod.ID_DOCUMENT:
        if case.document_type is None:
            return RuleViolation(Problem.VISIT_WITHOUT_DOCUMENT, field="document_type")
        if not case.document_checked_by:
            return RuleViolation(Problem.VISIT_WITHOUT_DOCUMENT, field="checked_by")
    return None


def identified(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    if case.identity_level < NEEDED_LEVEL[case.kind]:
        return RuleViolation(Problem.WEAK_IDENTITY)
    return None


def better_known(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """Who has shown more than before; the document is named, and who saw it, and no copy is kept (L10, R98)."""
    if facts.shown is None:
        return RuleViolation(Problem.NO_METHOD, field="method")
    if facts.shown <= case.identity_level:
        return RuleViolation(Problem.KNOWN_ALREADY, field="method")
    return None


def document_named(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    is_document = facts.shown is IdentityLevel.STRONG and case.identity_method is IdentityMethod.ID_DOCUMENT
    if is_document and case.document_type is None:
        return RuleViolation(Problem.VISIT_WITHOUT_DOCUMENT, field="document_type")
    return None


def copy_goes_to_the_known(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """Outside the portal, by post or by mail, a copy goes only to who has shown a document (decision 26)."""
    if facts.is_copy_given and case.identity_level < IdentityLevel.STRONG:
        return RuleViolation(Problem.COPY_NEEDS_STRONG)
    return None


def answered_where_asked(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """L8: who asked electronically gets paper only on their own word; nobody is answered where they cannot look."""
    channel = facts.answer_channel
    if channel is None:
        return None
    if channel not in facts.reachable_by:
        return RuleViolation(Problem.NOT_REACHED, field="channel")
    if channel is Channel.LETTER and case.channel in ELECTRONIC and not facts.text.strip():
        return RuleViolation(Problem.PAPER_NOT_ASKED, field="wish")
    return None


def assigned(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if case.assignee_account_id is not None else RuleViolation(Problem.NO_ASSIGNEE, field="assignee")


def not_at_once(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """L27, L29: no pause, no extension, no refusal."""
    return RuleViolation(Problem.NEVER_FOR_AT_ONCE) if case.kind in AT_ONCE else None


def at_once(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if case.kind in AT_ONCE else RuleViolation(Problem.NOT_AT_ONCE)


def reason_given(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if facts.text.strip() else RuleViolation(Problem.NO_REASON, field="reason")


def customer_told(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if facts.is_customer_told else RuleViolation(Problem.NO_QUESTION, field="question")


def not_paused(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return RuleViolation(Problem.ALREADY_PAUSED) if case.paused_from is not None else None


def pause_closed(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return RuleViolation(Problem.PAUSE_OPEN) if case.paused_from is not None else None


def waited(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    if case.paused_from is None or facts.today < case.paused_from + IDENTITY_WAIT:
        return RuleViolation(Problem.WAIT_NOT_OVER)
    return None


def extendable(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """L2: once, while the first limit runs."""
    if case.extension_reason is not None:
        return RuleViolation(Problem.ALREADY_EXTENDED)
    return RuleViolation(Problem.TOO_LATE_TO_EXTEND) if facts.today > case.statutory_on else None


def extension_told(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """L2: for a reason of article 12(3), and the customer is told."""
    if facts.reason is None:
        return RuleViolation(Problem.NO_REASON, field="reason")
    if not facts.text.strip() or not facts.is_customer_told:
        return RuleViolation(Problem.NO_REASONS, field="explanation")
    return None


def not_own(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """S13: nobody on the desk handles their own case."""
    is_own = facts.actor.is_staffs_own(case.customer_id)
    return RuleViolation(Problem.OWN_CASE) if is_own else None


def every_item_decided(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
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
    return every_item_decided(case, Facts(items=items))


def competent(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """K grants corrections of own contact data and access; the rest is the decision-maker's."""
    if acts_as(facts.actor, Who.DECISION_MAKER):
        return None
    granted = all(item.outcome is Outcome.GRANT for item in facts.items)
    if not granted or facts.is_reserved or case.kind not in (Kind.CORRECTION, Kind.ACCESS):
        return RuleViolation(Problem.RESERVED)
    return None


def two_decide(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """What deletes data takes two people; to refuse it, one is enough (decision 20)."""
    is_needed = case.kind is Kind.ERASURE and any(item.outcome is not Outcome.REFUSE for item in facts.items)
    return None if is_needed else RuleViolation(Problem.ONE_DECIDES)


def one_decides(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return RuleViolation(Problem.NEEDS_TWO) if two_decide(case, facts) is None else None


def proposed_by_another(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    if not case.is_proposed:
        return RuleViolation(Problem.NO_PROPOSAL)
    is_same = case.proposed_by_account_id == facts.actor.account_id
    return RuleViolation(Problem.SAME_PERSON) if is_same else None


def assessed(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """L9, L28: a refusal of these kinds rests on a written assessment."""
    is_unfounded = any(item.ground is Ground.UNFOUNDED_OR_EXCESSIVE for item in facts.items)
    is_objection_refused = case.kind is Kind.OBJECTION and any(
        item.outcome is not Outcome.GRANT for item in facts.items
    )
    if (is_unfounded or is_objection_refused) and not facts.assessment.strip():
        return RuleViolation(Problem.NO_ASSESSMENT, field="assessment")
    return None


def reminded(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """L12: nobody is refused before they had the chance to give what identifies them."""
    return None if case.identity_reminded_at is not None else RuleViolation(Problem.NOT_REMINDED)


def refused_as_unidentified(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    for item in facts.items:
        if item.outcome is not Outcome.REFUSE or item.ground is not Ground.NOT_IDENTIFIED:
            return RuleViolation(Problem.WEAK_IDENTITY, field=f"items-{item.position}-ground")
    return None


def something_withheld(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    found = any(item.ground in WITHHELD for item in facts.items)
    return None if found else RuleViolation(Problem.NOTHING_WITHHELD)


def restricted(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if facts.is_restricted else RuleViolation(Problem.NOT_RESTRICTED)


def belongs_to_nobody(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """Once it is somebody's request it stays theirs; and nobody on the desk makes a stranger's request their own."""
    if case.customer_id is not None or facts.joins is None:
        return RuleViolation(Problem.ALREADY_JOINED, field="customer_number")
    is_own = facts.actor.is_staffs_own(facts.joins)
    return RuleViolation(Problem.OWN_CASE, field="customer_number") if is_own else None


def by_category(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if case.kind in BY_CATEGORY else RuleViolation(Problem.NOT_BY_CATEGORY)


def nothing_stale(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    if facts.stale_positions:
        return RuleViolation(Problem.STALE_VALUE, field=f"items-{min(facts.stale_positions)}-outcome")
    return None


def something_unread(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if case.unread_since is not None else RuleViolation(Problem.NOTHING_UNREAD)


def has_letter(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if facts.letter is not None and facts.letter.sha256 else RuleViolation(Problem.NO_LETTER)


def on_paper(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """What goes through the portal or by mail is posted by nobody, and nothing is posted twice."""
    if case.answer_channel is not Channel.LETTER or facts.is_letter_sent:
        return RuleViolation(Problem.NOTHING_TO_POST)
    return None


def tasks_done(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return RuleViolation(Problem.OPEN_TASKS, field=_first_open(facts)) if facts.open_tasks else None


def something_done(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    return None if facts.recorded_tasks else RuleViolation(Problem.NOTHING_DONE, field=_first_open(facts))


def _first_open(facts: Facts) -> str | None:
    return f"tasks-{facts.open_tasks[0]}-outcome" if facts.open_tasks else None


def noted_by_staff(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    """Staff withdraw only on the customer's word, and say how it was given."""
    if facts.actor.role is not None and facts.actor.role.is_staff and not facts.text.strip():
        return RuleViolation(Problem.NO_NOTE, field="note")
    return None


def mergeable(case: SubjectRequest, facts: Facts) -> RuleViolation | None:
    target = facts.target
    if (
        target is None
        or target.id == case.id
        or target.status in ENDED
        or target.kind is not case.kind
        or case.customer_id is None
        or target.customer_id != case.customer_id
        or target.status not in UNDECIDED
        or not facts.has_same_scope
        or target.identity_level < NEEDED_LEVEL[target.kind]
    ):
        return RuleViolation(Problem.NOT_MERGEABLE, field="target")
    return None


def acts_as(actor: Actor, who: Who) -> bool:
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
