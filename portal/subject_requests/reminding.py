"""What the worker does about time: reminders, counting again, ending what is finished. Nothing lapses by itself.

Every function may be run by several workers at once: the case is locked, and what was done is written down with it.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from portal.accounts import directory
from portal.accounts.models import Account
from portal.core import audit
from portal.core.audit import Actor
from portal.core.clock import local_date
from portal.core.db import db, random_id, transaction
from portal.core.roles import Role
from portal.core.settings import settings
from portal.messages import services as outbox
from portal.subject_requests import answering, cases, deadlines, guards, letters, workflow
from portal.subject_requests.guards import Facts
from portal.subject_requests.kinds import OPEN, ReminderKind, Status
from portal.subject_requests.models import CaseReminder, RecipientTask, SubjectRequest
from portal.subject_requests.workflow import StepName

# Working days before staff must have answered, the nearest last.
STAGES = ((ReminderKind.TEN_DAYS, 10), (ReminderKind.FIVE_DAYS, 5), (ReminderKind.ONE_DAY, 1))
LONGEST_STAGE = timedelta(days=30)  # ten working days are never more than this
IDENTITY_REMINDED_AFTER = timedelta(days=14)
CLOSED_AFTER = timedelta(days=60)  # recordings in scope are kept until then (L18)


def work(now: datetime) -> None:
    """Everything that is due now."""
    recount(now)
    remind(now)
    remind_unidentified(now)
    close_finished(now)


def remind(now: datetime) -> int:
    """Remind who handles a case as its day comes near, and decision-makers once it has passed; returns how many.

    A clock that stands still reminds nobody.
    """
    today = local_date(now)
    query = select(SubjectRequest.public_id).where(
        SubjectRequest.status.in_(OPEN),
        SubjectRequest.paused_from.is_(None),
        SubjectRequest.work_by <= today + LONGEST_STAGE,
    )
    return sum(_remind(public_id, now) for public_id in _ids(query))


def _remind(public_id: str, now: datetime) -> bool:
    today = local_date(now)
    with transaction() as session:
        case = cases.found(public_id, actor=audit.SYSTEM, is_locked=True)
        due = _due(case, today)
        if due is None:
            return False
        kind, about_on = due
        is_done = select(CaseReminder.id).where(
            CaseReminder.request_id == case.id, CaseReminder.kind == kind, CaseReminder.about_on == about_on
        )
        if session.scalar(is_done) is not None:
            return False
        session.add(CaseReminder(id=random_id(), request_id=case.id, kind=kind, about_on=about_on, sent_at=now))
        for account in _told_of(case, kind):
            _mail_staff(account, case, kind, now=now)
        return True


def _due(case: SubjectRequest, today: date) -> tuple[ReminderKind, date] | None:
    """The last stage that has been reached; those before it are not made up for."""
    if case.status not in OPEN or case.paused_from is not None:
        return None
    if today > case.legal_limit:
        return ReminderKind.OVERDUE, today
    if today > case.work_by:
        return ReminderKind.LATE, case.work_by
    reached = [kind for kind, days in STAGES if today >= deadlines.working_days_before(case.work_by, days)]
    return (reached[-1], case.work_by) if reached else None


def _told_of(case: SubjectRequest, kind: ReminderKind) -> Sequence[Account]:
    """Who handles it; the decision-makers once it is late, or where nobody does (R6)."""
    if kind not in (ReminderKind.LATE, ReminderKind.OVERDUE) and case.assignee_account_id is not None:
        assignee = db.session.get(Account, case.assignee_account_id)
        if assignee is not None and not assignee.is_locked:
            return [assignee]
    return [directory.account_of(member.account_id) for member in directory.staff(Role.DECISION_MAKER)]


def _mail_staff(account: Account, case: SubjectRequest, kind: ReminderKind, *, now: datetime) -> None:
    """Without the customer: a mailbox is no place for who has asked for what."""
    if not account.email:
        return
    language = account.language
    subject, body = letters.mail(
        f"reminder-{kind.value if kind in (ReminderKind.LATE, ReminderKind.OVERDUE) else 'due'}",
        language,
        reference=case.public_id,
        due=letters.written_date(case.work_by, language),
        limit=letters.written_date(case.legal_limit, language),
        link=settings().page_address(language, f"desk/requests/{case.public_id}"),
    )
    outbox.queue(
        to=account.email,
        language=language,
        subject=subject,
        body=body,
        actor=audit.SYSTEM,
        now=now,
        case=case.public_id,
        is_to_staff=True,
    )


def remind_unidentified(now: datetime) -> int:
    """Ask once more who it is, half-way to the day when the request could be refused (L12); returns how many."""
    query = select(SubjectRequest.public_id).where(
        SubjectRequest.status == Status.IDENTITY_PENDING,
        SubjectRequest.identity_reminded_at.is_(None),
        SubjectRequest.paused_from <= local_date(now) - IDENTITY_REMINDED_AFTER,
    )
    done = 0
    for public_id in _ids(query):
        with transaction():
            case = cases.found(public_id, actor=audit.SYSTEM, is_locked=True)
            is_due = case.status is Status.IDENTITY_PENDING and case.identity_reminded_at is None
            # nobody whom no mail reaches counts as reminded: a clerk writes to them
            if is_due and cases.has_mail_address(case):
                remind_of_identity(case, note="", actor=audit.SYSTEM, now=now)
                done += 1
    return done


def remind_of_identity(case: SubjectRequest, *, note: str, actor: Actor, now: datetime) -> None:
    """Raises RuleViolation; belongs into a transaction that holds the case."""
    workflow.move(case, StepName.REMIND_IDENTITY, facts=Facts(actor=actor, text=note), now=now)
    case.identity_reminded_at = now
    since = case.paused_from or local_date(now)
    until = letters.written_date(since + guards.IDENTITY_WAIT, case.language)
    cases.tell_customer(case, "identity-reminder", actor=actor, now=now, until=until, link=cases.identity_link(case))
    if note.strip():
        answering.add_note(case, note, actor=actor, now=now)


def recount(now: datetime) -> int:
    """Count the dates of open cases again where the table of holidays is another one; returns how many moved.

    A date that moves is on the audit trail with both days.
    """
    query = select(SubjectRequest.public_id).where(
        SubjectRequest.status.in_(OPEN), SubjectRequest.holiday_table_version != deadlines.HOLIDAY_TABLE
    )
    return sum(_recount(public_id, now) for public_id in _ids(query))


def _recount(public_id: str, now: datetime) -> bool:
    with transaction():
        case = cases.found(public_id, actor=audit.SYSTEM, is_locked=True)
        if case.status not in OPEN or case.holiday_table_version == deadlines.HOLIDAY_TABLE:
            return False
        before = cases.due_dates(case)
        cases.count_dates(case)
        changed = [
            f"{name}:{old}>{new}"
            for (name, old), new in zip(before.items(), cases.due_dates(case).values(), strict=True)
            if old != new
        ]
        if not changed:
            return False
        workflow.move(case, StepName.RECOUNT, facts=Facts(actor=audit.SYSTEM, evidence=" ".join(changed)), now=now)
        return True


def close_finished(now: datetime) -> int:
    """End the cases that were answered long ago and wait for nothing; returns how many."""
    waiting = select(func.count()).where(
        RecipientTask.request_id == SubjectRequest.id, RecipientTask.closed_at.is_(None)
    )
    query = select(SubjectRequest.public_id).where(
        SubjectRequest.status == Status.ANSWERED,
        SubjectRequest.answered_at <= now - CLOSED_AFTER,
        waiting.scalar_subquery() == 0,
    )
    done = 0
    for public_id in _ids(query):
        with transaction():
            case = cases.found(public_id, actor=audit.SYSTEM, is_locked=True)
            open_tasks = sum(task.closed_at is None for task in cases.tasks_of(case))
            if case.status is Status.ANSWERED and not open_tasks:
                workflow.move(case, StepName.CLOSE, facts=Facts(actor=audit.SYSTEM), now=now)
                done += 1
    return done


def _ids(query: Select[Any]) -> Sequence[str]:
    return db.session.scalars(query).all()
