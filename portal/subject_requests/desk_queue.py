"""The desk's queue: what waits, how near the end of its time, in pages that cost the same however long it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    and_,
    exists,
    func,
    not_,
    or_,
    select,
    true,
    union_all,
)

from portal.accounts import directory
from portal.core.db import db, row_id
from portal.register.models import Customer
from portal.register.searching import has_name
from portal.subject_requests import cases
from portal.subject_requests.kinds import OPEN, Channel, Kind, Status
from portal.subject_requests.models import RecipientTask, SubjectRequest

PAGE_SIZE = 25
SOON = timedelta(days=5)
_ORDER = (SubjectRequest.work_by, SubjectRequest.recorded_at, SubjectRequest.id)


class Due(StrEnum):
    """How near the end of the time is."""

    OVERDUE = "overdue"
    LATE = "late"
    SOON = "soon"
    LATER = "later"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """`assignee`: an account id, `me` is resolved by the view, `none` for nobody. No status means open cases.

    `unread`: the customer has written, and staff have neither answered nor marked it as read; whatever the status.
    """

    status: Status | None = None
    kind: Kind | None = None
    channel: Channel | None = None
    assignee: str = ""
    due: Due | None = None
    unread: bool = False
    q: str = ""


@dataclass(frozen=True)
class QueueLine:
    case: SubjectRequest
    due: Due | None
    days_left: int
    assignee: str | None
    customer_number: str | None
    open_tasks: int


@dataclass(frozen=True)
class QueuePage:
    """`following` is how many of `total` are answered and on the list only for a task that is still open.

    `returned` is how many are done with, and on the list only because the customer has written since.
    """

    lines: Sequence[QueueLine]
    total: int
    following: int
    returned: int
    number: int
    size: int


def queue(filters: Filters, *, page: int, today: date, size: int = PAGE_SIZE) -> QueuePage:
    """Cases by the day staff must have answered; each page costs the same whatever the length of the queue."""
    parts = [_matching(part, filters, today) for part in _parts(filters)]
    counts = list(db.session.execute(select(*map(_counted, parts))).one())
    total = sum(counts)
    number = min(max(page, 1), max(1, -(-total // size)))
    ids = [row.id for row in db.session.execute(_page_of(parts, size=size, offset=(number - 1) * size))]
    found = {row.id: row for row in db.session.scalars(select(SubjectRequest).where(SubjectRequest.id.in_(ids)))}
    rows = [found[row_id] for row_id in ids]
    tasks = _open_tasks(ids)
    names = directory.display_names({row.assignee_account_id for row in rows if row.assignee_account_id})
    numbers = _customer_numbers({row.customer_id for row in rows if row.customer_id})
    lines = [
        QueueLine(
            row,
            due_of(row, today),
            days_left(row, today),
            names.get(row.assignee_account_id or 0),
            numbers.get(row.customer_id or 0),
            tasks.get(row.id, 0),
        )
        for row in rows
    ]
    _waiting, following, returned = counts if len(parts) > 1 else (total, 0, 0)
    return QueuePage(lines, total, following, returned, number, size)


def _parts(filters: Filters) -> list[ColumnElement[bool]]:
    """What is looked through.

    Without a status or a search: what waits for an answer, what still has tasks, and what customers have come back to.
    """
    if filters.status is not None:
        return [SubjectRequest.status == filters.status]
    if filters.unread or filters.q.strip():
        return [true()]
    return [_is_unanswered(), _has_open_task(), _has_returned()]


def _matching(part: ColumnElement[bool], filters: Filters, today: date) -> Select[Any]:
    columns: tuple[Any, ...] = _ORDER
    return _filtered(select(*columns).where(part), filters, today)


def _page_of(parts: Sequence[Select[Any]], *, size: int, offset: int) -> Select[Any] | CompoundSelect[Any]:
    """Each part is read in the order of an index, and only as far as the page reaches."""
    if len(parts) == 1:
        return parts[0].order_by(*_ORDER).limit(size).offset(offset)
    return union_all(*parts).order_by("work_by", "recorded_at", "id").limit(size).offset(offset)


def _counted(query: Select[Any]) -> ScalarSelect[int]:
    return query.with_only_columns(func.count()).select_from(SubjectRequest).scalar_subquery()


def _open_tasks(ids: Sequence[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(RecipientTask.request_id, func.count())
        .where(RecipientTask.request_id.in_(ids), RecipientTask.closed_at.is_(None))
        .group_by(RecipientTask.request_id)
    )
    return {row[0]: row[1] for row in rows}


def counts_by_status() -> dict[Status, int]:
    """Each is counted in its part of an index."""
    counts = [_counted(select(SubjectRequest).where(SubjectRequest.status == status)) for status in Status]
    return dict(zip(Status, db.session.execute(select(*counts)).one(), strict=True))


def all_cases(*, with_ended: bool = False) -> Sequence[SubjectRequest]:
    """For the command line: open cases by work-by date, or every case."""
    query = select(SubjectRequest).order_by(SubjectRequest.work_by, SubjectRequest.id)
    if not with_ended:
        query = query.where(or_(_is_unanswered(), _has_open_task()))
    return db.session.scalars(query).all()


@dataclass(frozen=True)
class Workload:
    """What the desk looks at first: how many cases are late or nearly so, and who has them."""

    overdue: int
    late: int
    soon: int
    unread: int
    unassigned: int
    mine: int


def workload(*, account_id: int | None, today: date) -> Workload:
    """Counted in one query, each figure in its part of an index; unread are cases of any status, the rest wait."""
    mine = SubjectRequest.assignee_account_id == account_id
    dues = [and_(_is_unanswered(), _is_due(due, today)) for due in (Due.OVERDUE, Due.LATE, Due.SOON)]
    conditions = (*dues, _is_unread(), and_(_is_unanswered(), _is_nobodys()), and_(_is_unanswered(), mine))
    counts = [_counted(select(SubjectRequest).where(condition)) for condition in conditions]
    found: Any = db.session.execute(select(*counts)).one()
    return Workload(*found)


def waiting_for_approval(account_id: int | None) -> Sequence[SubjectRequest]:
    """Decisions that somebody else than this decision-maker has proposed, those due first."""
    return db.session.scalars(
        select(SubjectRequest)
        .where(
            SubjectRequest.status == Status.IN_REVIEW,
            SubjectRequest.proposed_by_account_id.is_not(None),
            SubjectRequest.decided_at.is_(None),
            SubjectRequest.proposed_by_account_id != account_id,
        )
        .order_by(SubjectRequest.work_by, SubjectRequest.id)
        .limit(PAGE_SIZE)
    ).all()


def due_of(case: SubjectRequest, today: date) -> Due | None:
    """None where nothing is waited for any more."""
    if case.status not in OPEN:
        return None
    if cases.is_overdue(case, today):
        return Due.OVERDUE
    if case.work_by < cases.counted_on(case, today):
        return Due.LATE
    is_soon = case.paused_from is None and case.work_by - today <= SOON
    return Due.SOON if is_soon else Due.LATER


def days_left(case: SubjectRequest, today: date) -> int:
    return (case.work_by - cases.counted_on(case, today)).days


def _filtered(query: Select[Any], filters: Filters, today: date) -> Select[Any]:
    if filters.kind is not None:
        query = query.where(SubjectRequest.kind == filters.kind)
    if filters.channel is not None:
        query = query.where(SubjectRequest.channel == filters.channel)
    if filters.assignee == "none":
        query = query.where(_is_nobodys(), _is_unanswered())
    elif filters.assignee:
        query = query.where(SubjectRequest.assignee_account_id == (row_id(filters.assignee) or -1))
    if filters.due is not None:
        query = query.where(_is_unanswered(), _is_due(filters.due, today))
    if filters.unread:
        query = query.where(_is_unread())
    if wanted := filters.q.strip():
        query = query.where(_says(wanted))
    return query


def _is_unanswered() -> ColumnElement[bool]:
    """The same as a status in OPEN, in the words of the index that holds those alone."""
    return and_(SubjectRequest.answered_at.is_(None), SubjectRequest.ended_at.is_(None))


def _has_open_task() -> ColumnElement[bool]:
    """Answered, with something still to be done."""
    with_open_task = select(RecipientTask.request_id).where(RecipientTask.closed_at.is_(None))
    return and_(SubjectRequest.status == Status.ANSWERED, SubjectRequest.id.in_(with_open_task))


def _is_unread() -> ColumnElement[bool]:
    return SubjectRequest.unread_since.is_not(None)


def _has_returned() -> ColumnElement[bool]:
    """Answered or ended, nothing left to be done, and the customer has written since."""
    is_done = or_(SubjectRequest.answered_at.is_not(None), SubjectRequest.ended_at.is_not(None))
    return and_(_is_unread(), is_done, not_(_has_open_task()))


def _is_nobodys() -> ColumnElement[bool]:
    return SubjectRequest.assignee_account_id.is_(None)


def _is_due(due: Due, today: date) -> ColumnElement[bool]:
    """The same as `due_of`, for the database: a clock that stands still is counted on the day it was stopped.

    Nobody has longer than the law gives, and no clock was stopped tomorrow: what is past either has a `work_by` before
    today, which is where the index is read.
    """
    row = SubjectRequest
    limit = func.coalesce(row.extended_on, row.statutory_on)
    counted_on = func.coalesce(row.paused_from, today)
    match due:
        case Due.OVERDUE:
            return and_(row.work_by < today, limit < counted_on)
        case Due.LATE:
            return and_(row.work_by < today, row.work_by < counted_on, limit >= counted_on)
        case Due.SOON:
            return and_(row.work_by.between(today, today + SOON), row.paused_from.is_(None))
        case Due.LATER:
            is_later = and_(row.paused_from.is_(None), row.work_by > today + SOON)
            return or_(is_later, row.work_by >= row.paused_from)


def _says(wanted: str) -> ColumnElement[bool]:
    """A case by its id, or by the customer's number or name; of the customers, only those with cases are read."""
    named = has_name(wanted)
    is_customer = exists().where(
        Customer.id == SubjectRequest.customer_id,
        Customer.number == wanted if named is None else or_(Customer.number == wanted, named),
    )
    return or_(SubjectRequest.public_id.startswith(wanted.upper(), autoescape=True), is_customer)


def _customer_numbers(ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(select(Customer.id, Customer.number).where(Customer.id.in_(ids)))
    return {row[0]: row[1] for row in rows}
