"""What every service of this package does with a case: find it, count its dates, tell the customer."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import select

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.crypto import readable
from portal.core.db import db, in_transaction, random_id, transaction
from portal.core.errors import Forbidden, NotFound, RuleViolation, Stale
from portal.core.roles import Role
from portal.core.settings import settings
from portal.messages import services as outbox
from portal.register import services as register
from portal.register.care import mandates
from portal.register.care.models import Mandate
from portal.register.models import Customer
from portal.subject_requests import deadlines, letters, workflow
from portal.subject_requests.guards import Problem
from portal.subject_requests.kinds import OPEN, Sender
from portal.subject_requests.models import (
    ID_ALPHABET,
    LONGEST_TEXT,
    CaseMessage,
    Letter,
    RecipientTask,
    RequestItem,
    SubjectRequest,
)
from portal.subject_requests.workflow import StepName

NAMES = frozenset(step.value for step in StepName)
GDPR_APPLIES = date(2018, 5, 25)  # no request under it is older
PUBLIC_ID = re.compile(f"[{ID_ALPHABET}]{{4}}-[{ID_ALPHABET}]{{4}}")


@contextmanager
def at_work(
    public_id: str, step: str, *, actor: Actor, now: datetime, version: int | None = None, also: str | None = None
) -> Iterator[SubjectRequest]:
    """The case, locked, in a transaction. A refused step is rolled back and told to the audit trail.

    `version` is the one the person looked at, where the form carries it; raises Stale when the case has moved on.
    `also` names another case that the step writes to.
    """
    try:
        with transaction():
            if also is not None:
                _lock(public_id, also)
            case = found(public_id, actor=actor, is_locked=True)
            if version is not None and version != case.version:
                raise Stale(public_id)
            if actor.is_staffs_own(case.customer_id):
                raise RuleViolation(Problem.OWN_CASE)
            if step in NAMES and (refusal := workflow.out_of_question(case, StepName(step), actor)):
                raise refusal
            yield case
    except RuleViolation as refusal:
        if not in_transaction():
            _record_refusal(public_id, step, refusal, actor=actor, now=now)
        raise


def _lock(*public_ids: str) -> None:
    """Two cases in one order, so that nobody who wants the same two waits for us while we wait for them."""
    query = select(SubjectRequest.id).where(SubjectRequest.public_id.in_(public_ids)).order_by(SubjectRequest.id)
    db.session.scalars(query.with_for_update()).all()


def _record_refusal(public_id: str, step: str, refusal: RuleViolation, *, actor: Actor, now: datetime) -> None:
    with transaction():
        audit.record(
            AuditAction.REQUEST_STEP_REFUSED,
            actor=actor,
            now=now,
            case=public_id,
            purpose=step,
            outcome=refusal.code.value,
        )


def found(public_id: str, *, actor: Actor, is_locked: bool = False) -> SubjectRequest:
    """A case that the actor may see; somebody else's is not found."""
    if not PUBLIC_ID.fullmatch(public_id):
        raise NotFound
    query = select(SubjectRequest).where(SubjectRequest.public_id == public_id)
    if is_locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    case = db.session.scalar(query)
    if case is None or (actor.role is Role.CUSTOMER and case.customer_id != actor.customer_id):
        raise NotFound
    return case


def shown(public_id: str, *, actor: Actor) -> SubjectRequest:
    """A case for somebody who reads it: nobody of staff opens their own (S13). Raises NotFound, Forbidden."""
    case = found(public_id, actor=actor)
    if actor.is_staffs_own(case.customer_id):
        raise Forbidden(public_id)
    return case


def check_arrival_day(received_on: date, today: date) -> None:
    """A day that can be counted from; raises RuleViolation."""
    if received_on > today:
        raise RuleViolation(Problem.FUTURE_ARRIVAL, field="received_on")
    if received_on < GDPR_APPLIES:
        raise RuleViolation(Problem.INVALID_VALUE, field="received_on")


def check_text(text: str, *, field: str, is_needed: bool = True) -> None:
    """Raises RuleViolation beside the field."""
    if is_needed and not text.strip():
        raise RuleViolation(Problem.EMPTY, field=field)
    if len(text) > LONGEST_TEXT:
        raise RuleViolation(Problem.TOO_LONG, field=field)


def items_of(case: SubjectRequest) -> Sequence[RequestItem]:
    return db.session.scalars(
        select(RequestItem).where(RequestItem.request_id == case.id).order_by(RequestItem.position)
    ).all()


def letter_of(case: SubjectRequest) -> Letter | None:
    return db.session.scalar(select(Letter).where(Letter.request_id == case.id))


def tasks_of(case: SubjectRequest) -> Sequence[RecipientTask]:
    return db.session.scalars(
        select(RecipientTask)
        .where(RecipientTask.request_id == case.id)
        .order_by(RecipientTask.opened_at, RecipientTask.kind, RecipientTask.recipient, RecipientTask.id)
    ).all()


def customer_of(case: SubjectRequest) -> Customer | None:
    if case.customer_id is None:
        return None
    try:
        return register.customer_of(case.customer_id)
    except NotFound:
        return None


def mandate_of(case: SubjectRequest) -> Mandate | None:
    """Who spoke for the customer; None also once the mandate is no longer known."""
    if case.customer_id is None or case.mandate_id is None:
        return None
    try:
        return mandates.one(case.mandate_id, customer_id=case.customer_id)
    except NotFound:
        return None


def forget_proposal(case: SubjectRequest) -> None:
    """What was proposed was about another state of the case: nobody approves it any more."""
    case.proposed_by_account_id = case.proposed_at = None


def count_dates(case: SubjectRequest) -> None:
    """Set every date of the case from its arrival, its pauses and its extension."""
    dates = dates_of(case)
    case.promise_on = dates.promise
    case.statutory_on = dates.statutory
    case.extended_on = dates.extended if case.extension_reason is not None else None
    case.work_by = dates.work_by if case.extension_reason is None else dates.work_by_when_extended
    case.holiday_table_version = deadlines.HOLIDAY_TABLE


def due_dates(case: SubjectRequest) -> dict[str, date | None]:
    return {
        "promise": case.promise_on,
        "statutory": case.statutory_on,
        "extended": case.extended_on,
        "work_by": case.work_by,
    }


def dates_of(case: SubjectRequest) -> deadlines.Deadlines:
    return deadlines.count(case.received_on, paused_days=case.paused_days)


def counted_on(case: SubjectRequest, today: date) -> date:
    """The day by which a case is early or late: while its clock stands still, the day on which it was stopped."""
    return case.paused_from or today


def is_overdue(case: SubjectRequest, today: date) -> bool:
    """Whether the legal limit of a case that still waits for its answer has passed."""
    return case.status in OPEN and counted_on(case, today) > case.legal_limit


def close_pause(case: SubjectRequest, answered_on: date) -> None:
    """The clock goes on: from the question to the answer it stood still, and not a day longer (L7)."""
    if case.paused_from is None:
        return
    case.paused_days += (answered_on - case.paused_from).days
    case.paused_from = None
    case.identity_reminded_at = None
    count_dates(case)


def add_message(case: SubjectRequest, text: str, *, sender: Sender, actor: Actor, now: datetime) -> CaseMessage:
    message = CaseMessage(id=random_id(), request_id=case.id, sender=sender, account_id=actor.account_id, at=now)
    message.text = text
    db.session.add(message)
    return message


def tell_customer(case: SubjectRequest, name: str, *, actor: Actor, now: datetime, **values: str) -> None:
    """A mail that stays among the messages of the case too: not everybody has an address for mail."""
    subject, body = _mail(case, name, **values)
    add_message(case, f"{subject}\n\n{body}", sender=Sender.STAFF, actor=actor, now=now)
    mail_customer(case, name, actor=actor, now=now, **values)


def _mail(case: SubjectRequest, name: str, **values: str) -> tuple[str, str]:
    link = settings().page_address(case.language, f"my/requests/{case.public_id}")
    return letters.mail(name, case.language, **{"reference": case.public_id, "link": link, **values})


def identity_link(case: SubjectRequest) -> str:
    """Where to go on once signed in: a request that is nobody's yet has no page there, and is made again."""
    page = case.public_id if case.customer_id is not None else f"new/{case.kind.value}"
    return settings().page_address(case.language, f"my/requests/{page}")


def mail_customer(case: SubjectRequest, name: str, *, actor: Actor, now: datetime, **values: str) -> bool:
    """Queue a mail about the case; False where no address is known (the answer then goes by letter)."""
    address = _address(case)
    if address is None:
        return False
    subject, body = _mail(case, name, **values)
    outbox.queue(
        to=address,
        language=case.language,
        subject=subject,
        body=body,
        actor=actor,
        now=now,
        customer_id=case.customer_id,
        case=case.public_id,
    )
    return True


def has_mail_address(case: SubjectRequest) -> bool:
    return _address(case) is not None


def _address(case: SubjectRequest) -> str | None:
    customer = customer_of(case)
    if customer is not None and customer.email:
        return customer.email
    contact = readable(case, "contact") or ""
    return contact if "@" in contact and not any(c.isspace() for c in contact) else None
