"""Reading cases: the queue, one case with all that belongs to it, and a customer's own."""

from collections.abc import Mapping, Sequence
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
    or_,
    select,
    true,
    union_all,
)

from portal.accounts import directory
from portal.core.audit import Actor
from portal.core.crypto import DAMAGED, readable
from portal.core.db import db, row_id
from portal.core.errors import RuleViolation
from portal.register import restrictions
from portal.register.care.models import Mandate
from portal.register.models import Customer, folded
from portal.register.searching import has_name
from portal.subject_requests import answering, cases, corrections, effects, workflow
from portal.subject_requests.corrections import Comparison
from portal.subject_requests.deadlines import CountStep, add_months, counting, working_days_after
from portal.subject_requests.identifying import PROMPT_DAYS
from portal.subject_requests.kinds import (
    AT_ONCE,
    COPIES,
    DECIDED,
    NEEDED_LEVEL,
    OPEN,
    UNDECIDED,
    Channel,
    IdentityLevel,
    Kind,
    Status,
    TaskKind,
)
from portal.subject_requests.models import (
    CaseEvent,
    CaseMessage,
    CaseNote,
    Letter,
    RecipientTask,
    RequestItem,
    SubjectRequest,
)
from portal.subject_requests.workflow import StepName

PAGE_SIZE = 25
SOON = timedelta(days=5)
MOST_COMPARED = 200  # contacts are encrypted: each that is compared has to be opened


class Due(StrEnum):
    """How near the end of the time is."""

    OVERDUE = "overdue"
    LATE = "late"
    SOON = "soon"
    LATER = "later"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """`assignee`: an account id, `me` is resolved by the view, `none` for nobody. No status means open cases."""

    status: Status | None = None
    kind: Kind | None = None
    channel: Channel | None = None
    assignee: str = ""
    due: Due | None = None
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
    """`following` is how many of `total` are answered and on the list only for a task that is still open."""

    lines: Sequence[QueueLine]
    total: int
    following: int
    number: int
    size: int


@dataclass(frozen=True)
class CaseView:
    """A case with everything its page shows; `linked` are the cases it repairs, is repaired by, or was merged with."""

    case: SubjectRequest
    items: Sequence[RequestItem]
    comparisons: dict[int, Comparison]
    mismatched: frozenset[int]
    messages: Sequence[CaseMessage]
    notes: Sequence[CaseNote]
    events: Sequence[CaseEvent]
    tasks: Sequence[RecipientTask]
    letter: Letter | None
    customer: Customer | None
    names: dict[int, str]
    steps: Sequence[StepName]
    counting: Sequence[CountStep]
    due: Due | None
    days_left: int
    earlier_requests: int
    duplicates: Sequence[SubjectRequest]
    linked: Sequence[SubjectRequest]
    is_question_late: bool
    is_restricted: bool
    obstacles: Mapping[StepName, RuleViolation]
    mandate: Mandate | None
    usual_channel: Channel | None
    answer_ways: frozenset[Channel]
    has_account: bool

    @property
    def open_tasks(self) -> int:
        return sum(task.closed_at is None for task in self.tasks)

    @property
    def is_copy_unsafe(self) -> bool:
        """Whether a copy waits to be given outside the portal to somebody who has not shown a document."""
        is_waiting = any(task.kind is TaskKind.BY_HAND and task.closed_at is None for task in self.tasks)
        return is_waiting and self.case.kind in COPIES and self.case.identity_level < IdentityLevel.STRONG

    @property
    def is_better_known_needed(self) -> bool:
        """Whether more about the person's identity would let the case go on."""
        return self.is_copy_unsafe or self.case.identity_level < self.needed_level

    @property
    def needed_level(self) -> IdentityLevel:
        return NEEDED_LEVEL[self.case.kind]

    @property
    def may_be_repaired(self) -> bool:
        """Whether a mistake in it is put right by a new, linked request."""
        return self.case.status in DECIDED and self.case.kind not in AT_ONCE

    def may(self, step: str) -> bool:
        """Whether the step is offered: the table allows it, and nothing about the case as it stands forbids it."""
        return step in self.steps and step not in self.obstacles


def queue(filters: Filters, *, page: int, today: date, size: int = PAGE_SIZE) -> QueuePage:
    """Cases by the day staff must have answered; each page costs the same whatever the length of the queue."""
    parts = [_matching(part, filters, today) for part in _parts(filters)]
    counts = db.session.execute(select(*map(_counted, parts))).one()
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
            _days_left(row, today),
            names.get(row.assignee_account_id or 0),
            numbers.get(row.customer_id or 0),
            tasks.get(row.id, 0),
        )
        for row in rows
    ]
    return QueuePage(lines, total, sum(counts[1:]), number, size)


_ORDER = (SubjectRequest.work_by, SubjectRequest.recorded_at, SubjectRequest.id)


def _parts(filters: Filters) -> list[ColumnElement[bool]]:
    """What is looked through. Without a status or a search: what waits for an answer, and what still has tasks."""
    if filters.status is not None:
        return [SubjectRequest.status == filters.status]
    return [true()] if filters.q.strip() else [_is_unanswered(), _has_open_task()]


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


def of_customer(customer_id: int) -> Sequence[SubjectRequest]:
    """A customer's requests, newest first."""
    return db.session.scalars(
        select(SubjectRequest)
        .where(SubjectRequest.customer_id == customer_id)
        .order_by(SubjectRequest.recorded_at.desc(), SubjectRequest.id)
    ).all()


def undecided_of(customer_id: int) -> Sequence[SubjectRequest]:
    """The customer's requests that nobody has decided yet, oldest first."""
    query = select(SubjectRequest).where(
        SubjectRequest.customer_id == customer_id, SubjectRequest.status.in_(UNDECIDED)
    )
    return db.session.scalars(query.order_by(SubjectRequest.received_on, SubjectRequest.id)).all()


@dataclass(frozen=True)
class Workload:
    """What the desk looks at first: how many cases are late or nearly so, and who has them."""

    overdue: int
    late: int
    soon: int
    unassigned: int
    mine: int


def workload(*, account_id: int | None, today: date) -> Workload:
    """Counted among the cases that still wait for an answer, in one query; each figure in its part of an index."""
    mine = SubjectRequest.assignee_account_id == account_id
    conditions = (*(_is_due(due, today) for due in (Due.OVERDUE, Due.LATE, Due.SOON)), _is_nobodys(), mine)
    counts = [_counted(select(SubjectRequest).where(_is_unanswered(), condition)) for condition in conditions]
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


def contested_fields(customer_id: int) -> dict[tuple[str, int | None], str]:
    """Fields and records of which a correction is asked for and not decided, with the id of its request (L21)."""
    return restrictions.contested_fields(customer_id)


def earlier_requests(case: SubjectRequest) -> int:
    """How many other requests the same customer has made in the twelve months before this one (L9)."""
    if case.customer_id is None:
        return 0
    query = select(func.count()).where(
        SubjectRequest.customer_id == case.customer_id,
        SubjectRequest.id != case.id,
        SubjectRequest.kind.not_in(AT_ONCE),  # to forbid or take back again is nobody's burden
        SubjectRequest.received_on > add_months(case.received_on, -12),
        SubjectRequest.received_on <= case.received_on,
    )
    return db.session.scalar(query) or 0


def likely_duplicates(case: SubjectRequest) -> Sequence[SubjectRequest]:
    """Other undecided requests of the same kind by the same customer, or with the same contact (row 11)."""
    others = (
        select(SubjectRequest)
        .where(SubjectRequest.kind == case.kind, SubjectRequest.id != case.id, SubjectRequest.status.in_(UNDECIDED))
        .order_by(SubjectRequest.received_on, SubjectRequest.id)
    )
    if case.customer_id is not None:
        return db.session.scalars(others.where(SubjectRequest.customer_id == case.customer_id)).all()
    wanted = _comparable(case)
    if wanted is None:
        return []
    unknown = others.where(SubjectRequest.customer_id.is_(None)).limit(MOST_COMPARED)
    return [other for other in db.session.scalars(unknown) if _comparable(other) == wanted]


def _comparable(case: SubjectRequest) -> str | None:
    contact = readable(case, "contact")
    return None if not contact or contact == DAMAGED else folded(contact)


def view_of(case: SubjectRequest, *, actor: Actor, today: date) -> CaseView:
    """Everything about a case; who is asking decides which steps are offered."""
    items = cases.items_of(case)
    events = _rows(CaseEvent, case, CaseEvent.sequence)
    messages = _rows(CaseMessage, case, CaseMessage.at)
    notes = _rows(CaseNote, case, CaseNote.at)
    people = {row.account_id for row in [*events, *messages, *notes] if row.account_id}
    people |= {person for person in _named_in(case) if person}
    is_decided = case.decided_at is not None
    return CaseView(
        case=case,
        items=items,
        comparisons={} if is_decided else {c.item.position: c for c in corrections.compared(case, items)},
        mismatched=frozenset() if is_decided else corrections.mismatched(case, items),
        messages=messages,
        notes=notes,
        events=events,
        tasks=cases.tasks_of(case),
        letter=cases.letter_of(case),
        customer=cases.customer_of(case),
        names=directory.display_names(people),
        steps=workflow.offered(case, actor),
        counting=counting(cases.dates_of(case), is_extended=case.extension_reason is not None),
        due=due_of(case, today),
        days_left=_days_left(case, today),
        earlier_requests=earlier_requests(case),
        duplicates=likely_duplicates(case) if case.status in UNDECIDED else [],
        linked=_linked(case),
        is_question_late=today > working_days_after(case.received_on, PROMPT_DAYS),
        is_restricted=effects.is_restricted_by(case),
        obstacles=workflow.obstacles(case, actor, today),
        mandate=cases.mandate_of(case),
        usual_channel=answering.usual_channel(case) if case.status is Status.DECIDED else None,
        answer_ways=answering.reachable_by(case) if case.status is Status.DECIDED else frozenset(),
        has_account=answering.has_account(case),
    )


def _named_in(case: SubjectRequest) -> tuple[int | None, ...]:
    return (case.assignee_account_id, case.proposed_by_account_id, case.decided_by_account_id)


def _linked(case: SubjectRequest) -> Sequence[SubjectRequest]:
    """The request that this one repairs or was merged into, and those that repair it or were merged into it."""
    ours = [found for found in (case.linked_to_id, case.merged_into_id) if found is not None]
    is_linked = or_(
        SubjectRequest.id.in_(ours),
        SubjectRequest.linked_to_id == case.id,
        SubjectRequest.merged_into_id == case.id,
    )
    return db.session.scalars(select(SubjectRequest).where(is_linked).order_by(SubjectRequest.recorded_at)).all()


def case_view(public_id: str, *, actor: Actor, today: date) -> CaseView:
    """Raises NotFound; a customer finds only their own."""
    return view_of(cases.found(public_id, actor=actor), actor=actor, today=today)


def has_mismatch(case: SubjectRequest) -> bool:
    """Whether what is proposed would leave a postal code with another's post office (R29)."""
    return bool(corrections.mismatched(case, cases.items_of(case)))


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


def _days_left(case: SubjectRequest, today: date) -> int:
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


def _rows(model: Any, case: SubjectRequest, order: Any) -> Sequence[Any]:
    return db.session.scalars(select(model).where(model.request_id == case.id).order_by(order, model.id)).all()
