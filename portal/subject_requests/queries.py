"""Reading cases: one with all that belongs to it, and a customer's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select

from portal.accounts import directory
from portal.core.audit import Actor
from portal.core.crypto import DAMAGED, readable
from portal.core.db import db
from portal.core.errors import RuleViolation
from portal.register import restrictions
from portal.register.care.models import Mandate
from portal.register.models import Customer, folded
from portal.subject_requests import answering, cases, corrections, effects, guards, holds, workflow
from portal.subject_requests.corrections import Comparison
from portal.subject_requests.deadlines import CountStep, add_months, counting, working_days_after
from portal.subject_requests.desk_queue import Due, days_left, due_of
from portal.subject_requests.identifying import PROMPT_DAYS
from portal.subject_requests.kinds import (
    AT_ONCE,
    COPIES,
    DECIDED,
    NEEDED_LEVEL,
    UNDECIDED,
    Channel,
    IdentityLevel,
    Kind,
    Sender,
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

MOST_COMPARED = 200  # contacts are encrypted: each that is compared has to be opened


@dataclass(frozen=True)
class CaseView:
    """A case with everything its page shows.

    `linked` are the cases it repairs, is repaired by, or was merged with; `answered_before` are those that may need the
    data which it would erase.
    """

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
    answered_before: Sequence[str]
    linked: Sequence[SubjectRequest]
    is_question_late: bool
    is_restricted: bool
    is_reserved: bool
    is_decision_maker: bool  # who reads it
    obstacles: Mapping[StepName, RuleViolation]
    mandate: Mandate | None
    usual_channel: Channel | None
    answer_ways: frozenset[Channel]
    has_account: bool
    reader_account_id: int | None

    @property
    def open_tasks(self) -> int:
        return sum(task.closed_at is None for task in self.tasks)

    @property
    def letter_sent_at(self) -> datetime | None:
        """When the letter of an answer on paper was posted or handed over, as far as staff have told."""
        return next((event.at for event in self.events if event.step == StepName.SEND_LETTER), None)

    @property
    def is_letter_to_send(self) -> bool:
        """Whether it waits for that. What ends at once is told by phone or by mail already."""
        is_waiting = self.case.status is Status.ANSWERED and self.case.answer_channel is Channel.LETTER
        return is_waiting and self.letter is not None and self.letter_sent_at is None and not self.is_told_on_phone

    @property
    def is_told_on_phone(self) -> bool:
        """Whether it was in force at once for a caller whom the register does not know."""
        return self.case.kind in AT_ONCE and self.case.channel is Channel.PHONE and self.customer is None

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
    def first_unread(self) -> CaseMessage | None:
        """The customer's message that staff have waited with longest."""
        since = self.case.unread_since
        return next((one for one in self.messages if since and _is_customers(one) and one.at >= since), None)

    @property
    def marked_read(self) -> CaseEvent | None:
        """By whom and when the customer's last word was marked as read, where it was not answered."""
        if self.case.unread_since or not self.messages or not _is_customers(self.messages[-1]):
            return None
        newest = self.messages[-1].at
        marks = (one for one in reversed(self.events) if one.step == StepName.MARK_READ and one.at >= newest)
        return next(marks, None)

    @property
    def goes_on(self) -> SubjectRequest | None:
        """The request that this one was merged into."""
        return next((one for one in self.linked if one.id == self.case.merged_into_id), None)

    @property
    def needed_level(self) -> IdentityLevel:
        return NEEDED_LEVEL[self.case.kind]

    @property
    def question(self) -> CaseMessage | None:
        """What was asked about identity and waits for its answer; a reminder of it is another message."""
        asked_at = [event.at for event in self.events if event.step == StepName.ASK_IDENTITY]
        if self.case.status is not Status.IDENTITY_PENDING or not asked_at:
            return None
        return next((message for message in self.messages if message.at == asked_at[-1]), None)

    @property
    def may_be_repaired(self) -> bool:
        """Whether a mistake in it is put right by a new, linked request."""
        return self.case.status in DECIDED and self.case.kind not in AT_ONCE

    def may(self, step: str) -> bool:
        """Whether the step is offered: the table allows it, and nothing about the case as it stands forbids it."""
        return step in self.steps and step not in self.obstacles


def _is_customers(message: CaseMessage) -> bool:
    return message.sender is Sender.CUSTOMER


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
        days_left=days_left(case, today),
        earlier_requests=earlier_requests(case),
        duplicates=likely_duplicates(case) if case.status in UNDECIDED else [],
        answered_before=_answered_before(case),
        linked=_linked(case),
        is_question_late=today > working_days_after(case.received_on, PROMPT_DAYS),
        is_restricted=effects.is_restricted_by(case),
        is_reserved=corrections.is_reserved(case, items),
        is_decision_maker=guards.acts_as(actor, guards.Who.DECISION_MAKER),
        obstacles=workflow.obstacles(case, actor, today),
        mandate=cases.mandate_of(case),
        usual_channel=answering.usual_channel(case) if case.status is Status.DECIDED else None,
        answer_ways=answering.reachable_by(case) if case.status is Status.DECIDED else frozenset(),
        has_account=answering.has_account(case),
        reader_account_id=actor.account_id,
    )


def _named_in(case: SubjectRequest) -> tuple[int | None, ...]:
    return (case.assignee_account_id, case.proposed_by_account_id, case.decided_by_account_id)


def _answered_before(case: SubjectRequest) -> Sequence[str]:
    """The customer's other open requests, which keep an erasure from being carried out."""
    if case.kind is not Kind.ERASURE or case.status not in UNDECIDED or case.customer_id is None:
        return ()
    return holds.open_cases(case.customer_id, but=case.public_id)


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


def _rows(model: Any, case: SubjectRequest, order: Any) -> Sequence[Any]:
    return db.session.scalars(select(model).where(model.request_id == case.id).order_by(order, model.id)).all()
