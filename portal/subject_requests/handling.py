"""What staff do with a case: each function is one step, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.accounts import directory
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.db import db, random_id, row_id, transaction
from portal.core.errors import Forbidden, NotFound, RuleViolation
from portal.core.roles import GRANTS, Permission
from portal.customer_accounts import contact
from portal.subject_requests import answering, cases, corrections, letters, workflow
from portal.subject_requests.kinds import (
    ENDED,
    LEVEL_OF,
    NEEDED_LEVEL,
    ExtensionReason,
    Ground,
    IdentityMethod,
    Kind,
    Outcome,
    Sender,
    Status,
    TaskOutcome,
)
from portal.subject_requests.models import (
    LONGEST_TEXT,
    Letter,
    RecipientTask,
    RequestItem,
    SubjectRequest,
)
from portal.subject_requests.workflow import Facts, Problem, StepName

# Granted, but carried out by hand in the register: the case stays open until somebody says it is done.
BY_HAND = frozenset({Kind.ERASURE, Kind.RESTRICTION, Kind.OBJECTION, Kind.PORTABILITY})


@dataclass(frozen=True, kw_only=True)
class ItemDecision:
    """The decision on one item. `seen_mark` stands for the changed value the reviewer chose to replace."""

    outcome: Outcome | None
    ground: Ground | None = None
    reasons: str = ""
    seen_mark: str = ""


@dataclass(frozen=True, kw_only=True)
class TaskReport:
    outcome: TaskOutcome | None
    note: str = ""


def open_case(*, public_id: str, actor: Actor, now: datetime) -> SubjectRequest:
    """The case for the desk; opening it is a viewing of the customer that the customer can see (S13).

    Raises Forbidden for one's own.
    """
    with transaction():
        case = cases.found(public_id, actor=actor)
        if actor.is_staffs_own(case.customer_id):
            raise Forbidden
        if case.customer_id is not None:
            audit.record(
                AuditAction.CUSTOMER_VIEWED,
                actor=actor,
                now=now,
                subject=case.customer_id,
                case=case.public_id,
                object=f"subject_request:{case.id}",
                purpose="case",
            )
        return case


def take(*, public_id: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """Begin the review, with oneself as the one who answers for it."""
    with cases.at_work(public_id, StepName.TAKE, actor=actor, now=now, version=version) as case:
        if case.assignee_account_id is None or case.status is Status.RECEIVED:
            case.assignee_account_id = actor.account_id
        workflow.move(case, StepName.TAKE, facts=Facts(actor=actor, today=local_date(now)), now=now)


def assign(*, public_id: str, assignee: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """Hand the case to a member of staff who may handle requests: an account's id or user name."""
    with cases.at_work(public_id, "assign", actor=actor, now=now, version=version) as case:
        if case.status in ENDED:
            raise RuleViolation(Problem.ENDED)
        case.assignee_account_id = _handler(assignee)
        case.version += 1
        workflow.record_act(case, "assign", actor=actor, now=now)


def _handler(assignee: str) -> int:
    name = assignee.strip()
    account_id = row_id(name)
    try:
        account = directory.by_username(name) if account_id is None else directory.account_of(account_id)
    except NotFound:
        account = None
    if account is None or account.is_locked or Permission.REQUESTS_HANDLE not in GRANTS[account.role]:
        raise RuleViolation(Problem.UNKNOWN_ASSIGNEE, field="assignee")
    return account.id


def ask_identity(*, public_id: str, reason: str, question: str, actor: Actor, now: datetime) -> None:
    """Stop the clock while a reasonable doubt about identity is cleared (article 12(6), L7, L10)."""
    with cases.at_work(public_id, StepName.ASK_IDENTITY, actor=actor, now=now) as case:
        is_told = bool(question.strip())
        facts = Facts(actor=actor, text=reason, is_customer_told=is_told, today=local_date(now))
        workflow.move(case, StepName.ASK_IDENTITY, facts=facts, now=now)
        case.paused_from = local_date(now)
        cases.add_message(case, question.strip(), sender=Sender.STAFF, actor=actor, now=now)
        answering.add_note(case, reason, actor=actor, now=now)
        cases.mail_customer(case, "identity", actor=actor, now=now, question=question.strip())


def identity_answered(
    *, public_id: str, note: str, actor: Actor, now: datetime, method: IdentityMethod | None = None
) -> None:
    """The clock goes on; the note says how identity was shown. Every date moves by the days asked for."""
    with cases.at_work(public_id, StepName.IDENTITY_ANSWERED, actor=actor, now=now) as case:
        if not note.strip():
            raise RuleViolation(Problem.NO_NOTE, field="note")
        shown = LEVEL_OF[method] if method is not None else NEEDED_LEVEL[case.kind]
        if case.paused_from is not None:
            case.paused_days += (local_date(now) - case.paused_from).days
            case.paused_from = None
        case.identity_level = max(case.identity_level, shown)
        case.identity_method = method or case.identity_method
        cases.count_dates(case)
        facts = Facts(actor=actor, text=note, today=local_date(now))
        workflow.move(case, StepName.IDENTITY_ANSWERED, facts=facts, now=now)
        answering.add_note(case, note, actor=actor, now=now)


def extend(*, public_id: str, reason: ExtensionReason | None, explanation: str, actor: Actor, now: datetime) -> None:
    """Two further months, once, with a reason the law knows, and the customer told at the same moment (L2)."""
    with cases.at_work(public_id, StepName.EXTEND, actor=actor, now=now) as case:
        facts = Facts(actor=actor, reason=reason, text=explanation, is_customer_told=True, today=local_date(now))
        workflow.move(case, StepName.EXTEND, facts=facts, now=now)
        case.extension_reason = reason
        cases.count_dates(case)
        limit = letters.written_date(case.legal_limit, case.language)
        subject, body = letters.mail(
            "extended", case.language, reference=case.public_id, limit=limit, explanation=explanation.strip()
        )
        cases.add_message(case, f"{subject}\n\n{body}", sender=Sender.STAFF, actor=actor, now=now)
        cases.mail_customer(case, "extended", actor=actor, now=now, limit=limit, explanation=explanation.strip())


def decide(
    *,
    public_id: str,
    decisions: Mapping[int, ItemDecision],
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> None:
    """Decide every item; what is granted is written into the register in this same transaction.

    Raises RuleViolation: an item without outcome, a refusal without ground or reasons, a decision that belongs to
    another role, a value that has changed since the customer saw it and was not chosen again.
    """
    with cases.at_work(public_id, StepName.DECIDE, actor=actor, now=now, version=version) as case:
        items = cases.items_of(case)
        if case.customer_id is not None and case.kind is Kind.CORRECTION:
            contact.hold(case.customer_id)
        is_unidentified = case.status is Status.IDENTITY_PENDING
        _note_decisions(items, decisions)
        comparisons = corrections.compared(case, items)
        marks = {position: decision.seen_mark for position, decision in decisions.items()}
        facts = Facts(
            items=items,
            stale_positions=corrections.stale_positions(comparisons, marks=marks),
            is_reserved=case.kind is not Kind.ACCESS and not corrections.is_own_contact(items),
            actor=actor,
            today=local_date(now),
        )
        step = StepName.REFUSE_UNIDENTIFIED if is_unidentified else StepName.DECIDE
        workflow.move(case, step, facts=facts, now=now)
        case.outcome = overall(items)
        case.decided_at = now
        case.decided_by_account_id = actor.account_id
        corrections.apply(case, comparisons, actor=actor, now=now)
        corrections.open_tasks(case, items, now=now)
        if _is_done_by_hand(case, items):
            db.session.add(RecipientTask(id=random_id(), request_id=case.id, recipient=None, opened_at=now))


def _is_done_by_hand(case: SubjectRequest, items: Sequence[RequestItem]) -> bool:
    """Something was granted that the portal does not carry out itself; a correction told in words is one."""
    if case.outcome is Outcome.REFUSE:
        return False
    return case.kind in BY_HAND or (case.kind is Kind.CORRECTION and any(item.field is None for item in items))


def _note_decisions(items: Sequence[RequestItem], decisions: Mapping[int, ItemDecision]) -> None:
    for item in items:
        decision = decisions.get(item.position)
        if decision is None:
            continue
        if len(decision.reasons) > LONGEST_TEXT:
            raise RuleViolation(Problem.TOO_LONG, field=f"items-{item.position}-reasons")
        is_granted = decision.outcome is Outcome.GRANT
        item.outcome = decision.outcome
        item.ground = None if is_granted else decision.ground
        item.reasons = decision.reasons.strip() or None


def overall(items: Sequence[RequestItem]) -> Outcome:
    outcomes = {item.outcome for item in items}
    if outcomes == {Outcome.GRANT}:
        return Outcome.GRANT
    return Outcome.REFUSE if outcomes == {Outcome.REFUSE} else Outcome.PARTLY


def answer(*, public_id: str, actor: Actor, now: datetime, version: int | None = None) -> Letter:
    """Make the letter and send the answer; raises RuleViolation where nothing has been decided."""
    with cases.at_work(public_id, StepName.ANSWER, actor=actor, now=now, version=version) as case:
        if refusal := workflow.why_not(case, StepName.ANSWER, actor):
            raise refusal
        return answering.answer_case(case, cases.items_of(case), actor=actor, now=now)


def close(*, public_id: str, reports: Mapping[int, TaskReport], actor: Actor, now: datetime) -> None:
    """End the case once every recipient has been told, or it is said why not (article 19)."""
    with cases.at_work(public_id, StepName.CLOSE, actor=actor, now=now) as case:
        tasks = cases.tasks_of(case)
        for position, task in enumerate(tasks):
            if report := reports.get(position):
                _close_task(task, position, report, actor=actor, now=now)
        open_tasks = sum(task.closed_at is None for task in tasks)
        facts = Facts(actor=actor, open_tasks=open_tasks, today=local_date(now))
        workflow.move(case, StepName.CLOSE, facts=facts, now=now)


def _close_task(task: RecipientTask, position: int, report: TaskReport, *, actor: Actor, now: datetime) -> None:
    if task.closed_at is not None or report.outcome is None:
        return
    if report.outcome is not TaskOutcome.DONE and not report.note.strip():
        raise RuleViolation(Problem.NO_REASONS, field=f"tasks-{position}-note")
    if len(report.note) > 1000:
        raise RuleViolation(Problem.TOO_LONG, field=f"tasks-{position}-note")
    task.outcome = report.outcome
    task.note = report.note.strip() or None
    task.closed_at = now
    task.closed_by_account_id = actor.account_id


def message(*, public_id: str, text: str, actor: Actor, now: datetime) -> None:
    """Write to the customer: in the case, with a mail that tells it is there."""
    with cases.at_work(public_id, "message", actor=actor, now=now) as case:
        cases.check_text(text, field="text")
        cases.add_message(case, text.strip(), sender=Sender.STAFF, actor=actor, now=now)
        workflow.record_act(case, "message", actor=actor, now=now)
        cases.mail_customer(case, "message", actor=actor, now=now)


def note(*, public_id: str, text: str, actor: Actor, now: datetime) -> None:
    """A note for staff only."""
    with cases.at_work(public_id, "note", actor=actor, now=now) as case:
        cases.check_text(text, field="text")
        answering.add_note(case, text, actor=actor, now=now)
        workflow.record_act(case, "note", actor=actor, now=now)
