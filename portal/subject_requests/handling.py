"""What else staff do with a case: each function is one step, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portal.accounts import directory
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.db import row_id, transaction
from portal.core.errors import NotFound, RuleViolation
from portal.core.roles import GRANTS, Permission
from portal.register import restrictions
from portal.subject_requests import answering, cases, effects, letters, workflow
from portal.subject_requests.guards import Facts, Problem
from portal.subject_requests.kinds import (
    COPIES,
    Channel,
    ExtensionReason,
    Sender,
    Status,
    TaskKind,
    TaskOutcome,
)
from portal.subject_requests.models import (
    Letter,
    RecipientTask,
    RequestItem,
    SubjectRequest,
)
from portal.subject_requests.workflow import StepName


@dataclass(frozen=True, kw_only=True)
class TaskReport:
    outcome: TaskOutcome | None
    note: str = ""


def open_case(*, public_id: str, actor: Actor, now: datetime) -> SubjectRequest:
    """The case for the desk; opening it is a viewing of the customer that the customer can see (S13).

    Raises NotFound, and Forbidden for one's own.
    """
    with transaction():
        case = cases.shown(public_id, actor=actor)
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
    with cases.at_work(public_id, StepName.ASSIGN, actor=actor, now=now, version=version) as case:
        workflow.move(case, StepName.ASSIGN, facts=Facts(actor=actor), now=now)
        case.assignee_account_id = _handler(assignee, case)


def _handler(assignee: str, case: SubjectRequest) -> int:
    name = assignee.strip()
    account_id = row_id(name)
    try:
        account = directory.by_username(name) if account_id is None else directory.account_of(account_id)
    except NotFound:
        account = None
    if (
        account is None
        or account.is_locked
        or Permission.REQUESTS_HANDLE not in GRANTS[account.role]
        or account.actor.is_staffs_own(case.customer_id)
    ):
        raise RuleViolation(Problem.UNKNOWN_ASSIGNEE, field="assignee")
    return account.id


def change_arrival(
    *, public_id: str, received_on: date, reason: str, actor: Actor, now: datetime, version: int | None = None
) -> None:
    """Correct the day of arrival, from which every date is counted: never once the case has been decided.

    Both days stay on the audit trail, the reason among the notes.
    """
    with cases.at_work(public_id, StepName.CHANGE_ARRIVAL, actor=actor, now=now, version=version) as case:
        before = case.received_on
        cases.check_arrival_day(received_on, local_date(now))
        if received_on == before:
            raise RuleViolation(Problem.UNCHANGED, field="received_on")
        evidence = f"received_on:{before}>{received_on}"
        facts = Facts(actor=actor, text=reason, today=local_date(now), evidence=evidence)
        workflow.move(case, StepName.CHANGE_ARRIVAL, facts=facts, now=now)
        case.received_on = received_on
        cases.count_dates(case)
        answering.add_note(case, f"{before} → {received_on}: {reason.strip()}", actor=actor, now=now)


def extend(
    *,
    public_id: str,
    reason: ExtensionReason | None,
    explanation: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> None:
    """Two further months, once, with a reason the law knows, and the customer told at the same moment (L2)."""
    with cases.at_work(public_id, StepName.EXTEND, actor=actor, now=now, version=version) as case:
        facts = Facts(actor=actor, reason=reason, text=explanation, is_customer_told=True, today=local_date(now))
        workflow.move(case, StepName.EXTEND, facts=facts, now=now)
        case.extension_reason = reason
        cases.count_dates(case)
        limit = letters.written_date(case.legal_limit, case.language)
        cases.tell_customer(case, "extended", actor=actor, now=now, limit=limit, explanation=explanation.strip())


def hold(*, public_id: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """Tell the customer that the request is not forgotten; it changes no date."""
    with cases.at_work(public_id, StepName.HOLD, actor=actor, now=now, version=version) as case:
        workflow.move(case, StepName.HOLD, facts=Facts(actor=actor, is_customer_told=True), now=now)
        limit = letters.written_date(case.legal_limit, case.language)
        cases.tell_customer(case, "holding", actor=actor, now=now, limit=limit)


def answer(
    *,
    public_id: str,
    actor: Actor,
    now: datetime,
    channel: Channel | None = None,
    wish: str = "",
    version: int | None = None,
) -> Letter:
    """Make the letter and send the answer; raises RuleViolation where nothing has been decided.

    It goes the way it was asked for (L8), or by the `channel` that the customer has wished for, as `wish` tells.
    """
    with cases.at_work(public_id, StepName.ANSWER, actor=actor, now=now, version=version) as case:
        letter = answering.answer_case(
            case, cases.items_of(case), actor=actor, now=now, channel=channel, wish=wish.strip()
        )
        if wish.strip():
            answering.add_note(case, wish, actor=actor, now=now)
        return letter


def send_letter(*, public_id: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """Keep that the letter of an answer on paper has been posted, or handed over."""
    with cases.at_work(public_id, StepName.SEND_LETTER, actor=actor, now=now, version=version) as case:
        facts = Facts(actor=actor, is_letter_sent=workflow.has_taken(case, StepName.SEND_LETTER))
        workflow.move(case, StepName.SEND_LETTER, facts=facts, now=now)


def close(
    *,
    public_id: str,
    reports: Mapping[int, TaskReport],
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> None:
    """End the case once every recipient has been told, or it is said why not (article 19)."""
    _report(StepName.CLOSE, public_id, reports, actor=actor, now=now, version=version)


def record_tasks(
    *,
    public_id: str,
    reports: Mapping[int, TaskReport],
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> None:
    """Keep what has been done of what follows, while the case waits for the rest (article 19)."""
    _report(StepName.RECORD_TASKS, public_id, reports, actor=actor, now=now, version=version)


def _report(
    step: StepName,
    public_id: str,
    reports: Mapping[int, TaskReport],
    *,
    actor: Actor,
    now: datetime,
    version: int | None,
) -> None:
    with cases.at_work(public_id, step, actor=actor, now=now, version=version) as case:
        tasks = cases.tasks_of(case)
        open_before = sum(task.closed_at is None for task in tasks)
        for position, task in enumerate(tasks):
            if report := reports.get(position):
                _close_task(task, position, report, actor=actor, now=now)
        still_open = [position for position, task in enumerate(tasks) if task.closed_at is None]
        is_copy_given = case.kind in COPIES and any(
            task.kind is TaskKind.BY_HAND and task.outcome is TaskOutcome.DONE for task in tasks
        )
        facts = Facts(
            actor=actor,
            open_tasks=still_open,
            recorded_tasks=open_before - len(still_open),
            is_copy_given=is_copy_given,
            today=local_date(now),
        )
        workflow.move(case, step, facts=facts, now=now)


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


def merge(*, public_id: str, target: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """Go on with another request of the same person for the same; the earlier arrival governs both (row 11)."""
    wanted = target.strip().upper()
    is_id = bool(cases.PUBLIC_ID.fullmatch(wanted))
    also = wanted if is_id else None
    with cases.at_work(public_id, StepName.MERGE, actor=actor, now=now, version=version, also=also) as case:
        try:
            other = cases.found(wanted, actor=actor, is_locked=True)
        except NotFound:
            raise RuleViolation(Problem.NOT_MERGEABLE, field="target") from None
        facts = Facts(
            actor=actor,
            target=other,
            has_same_scope=_is_within(cases.items_of(case), cases.items_of(other)),
            evidence=f"subject_request:{other.id}",
            today=local_date(now),
        )
        workflow.move(case, StepName.MERGE, facts=facts, now=now)
        case.merged_into_id = other.id
        _take_over(other, case, actor=actor, now=now)
        cases.mail_customer(
            case,
            "merged",
            actor=actor,
            now=now,
            target=other.public_id,
            dates=letters.told_dates(
                promise=other.extended_on or other.promise_on, limit=other.legal_limit, language=case.language
            ),
        )


def _is_within(items: Sequence[RequestItem], others: Sequence[RequestItem]) -> bool:
    """Nothing that was asked for is lost: every field of the one is asked for in the other too."""
    return {(item.field, item.record_id) for item in items} <= {(item.field, item.record_id) for item in others}


def _take_over(other: SubjectRequest, case: SubjectRequest, *, actor: Actor, now: datetime) -> None:
    facts = Facts(actor=actor, evidence=f"received_on:{other.received_on}>{min(other.received_on, case.received_on)}")
    workflow.move(other, StepName.ABSORB, facts=facts, now=now)
    other.received_on = min(other.received_on, case.received_on)
    cases.count_dates(other)
    if case.customer_id is not None:
        restrictions.handed_over(customer_id=case.customer_id, case=case.public_id, to_case=other.public_id)


def lift_restriction(
    *, public_id: str, explanation: str, actor: Actor, now: datetime, version: int | None = None
) -> None:
    """End a restriction that a request was granted, after telling the customer (article 18(3))."""
    with cases.at_work(public_id, StepName.LIFT_RESTRICTION, actor=actor, now=now, version=version) as case:
        cases.check_text(explanation, field="explanation")
        facts = Facts(
            actor=actor, text=explanation, is_customer_told=True, is_restricted=effects.is_restricted_by(case)
        )
        workflow.move(case, StepName.LIFT_RESTRICTION, facts=facts, now=now)
        cases.tell_customer(case, "restriction-lifted", actor=actor, now=now, explanation=explanation.strip())
        effects.at_end(case, actor=actor, now=now)


def message(*, public_id: str, text: str, actor: Actor, now: datetime, seen_version: int | None = None) -> None:
    """Write to the customer: in the case, with a mail that tells it is there.

    Whoever wrote while the customer did (`seen_version` is older then) has sent it, and has not answered what came.
    """
    with cases.at_work(public_id, StepName.MESSAGE, actor=actor, now=now) as case:
        cases.check_text(text, field="text")
        cases.add_message(case, text.strip(), sender=Sender.STAFF, actor=actor, now=now)
        is_newest_seen = seen_version in (None, case.version)
        workflow.move(case, StepName.MESSAGE, facts=Facts(actor=actor, is_newest_seen=is_newest_seen), now=now)
        name = "message" if answering.has_account(case) else "message-apart"
        cases.mail_customer(case, name, actor=actor, now=now)


def mark_read(*, public_id: str, actor: Actor, now: datetime, version: int | None = None) -> None:
    """What the customer wrote needs no answer: who says so, and when, is in the history and on the audit trail."""
    with cases.at_work(public_id, StepName.MARK_READ, actor=actor, now=now, version=version) as case:
        workflow.move(case, StepName.MARK_READ, facts=Facts(actor=actor), now=now)


def note(*, public_id: str, text: str, actor: Actor, now: datetime) -> None:
    """A note for staff only."""
    with cases.at_work(public_id, StepName.NOTE, actor=actor, now=now) as case:
        cases.check_text(text, field="text")
        answering.add_note(case, text, actor=actor, now=now)
        workflow.move(case, StepName.NOTE, facts=Facts(actor=actor), now=now)
