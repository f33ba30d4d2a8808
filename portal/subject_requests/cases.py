"""What every service of this package does with a case: find it, count its dates, tell the customer."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from sqlalchemy import select

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.crypto import readable
from portal.core.db import db, in_transaction, random_id, transaction
from portal.core.errors import NotFound, RuleViolation, Stale
from portal.core.roles import Role
from portal.core.settings import settings
from portal.messages import services as outbox
from portal.register import services as register
from portal.register.models import Customer
from portal.subject_requests import deadlines, letters
from portal.subject_requests.kinds import Sender, Status
from portal.subject_requests.models import (
    ID_ALPHABET,
    LONGEST_TEXT,
    CaseMessage,
    Letter,
    RecipientTask,
    RequestItem,
    SubjectRequest,
)
from portal.subject_requests.workflow import Problem

PUBLIC_ID = re.compile(f"[{ID_ALPHABET}]{{4}}-[{ID_ALPHABET}]{{4}}")


@contextmanager
def at_work(
    public_id: str, step: str, *, actor: Actor, now: datetime, version: int | None = None
) -> Iterator[SubjectRequest]:
    """The case, locked, in a transaction. A refused step is rolled back and told to the audit trail.

    `version` is the one the person looked at, where the form carries it; raises Stale when the case has moved on.
    """
    try:
        with transaction():
            case = found(public_id, actor=actor, is_locked=True)
            if version is not None and version != case.version:
                raise Stale(public_id)
            if actor.is_staffs_own(case.customer_id):
                raise RuleViolation(Problem.OWN_CASE)
            yield case
    except RuleViolation as refusal:
        if not in_transaction():
            _record_refusal(public_id, step, refusal, actor=actor, now=now)
        raise


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
        select(RecipientTask).where(RecipientTask.request_id == case.id).order_by(RecipientTask.recipient)
    ).all()


def customer_of(case: SubjectRequest) -> Customer | None:
    if case.customer_id is None:
        return None
    try:
        return register.customer_of(case.customer_id)
    except NotFound:
        return None


def count_dates(case: SubjectRequest) -> None:
    """Set every date of the case from its arrival, its pauses and its extension."""
    dates = dates_of(case)
    case.promise_on = dates.promise
    case.statutory_on = dates.statutory
    case.extended_on = dates.extended if case.extension_reason is not None else None
    case.work_by = dates.work_by if case.extension_reason is None else dates.work_by_when_extended
    case.holiday_table_version = deadlines.HOLIDAY_TABLE


def dates_of(case: SubjectRequest) -> deadlines.Deadlines:
    return deadlines.count(case.received_on, paused_days=case.paused_days)


def is_overdue(case: SubjectRequest, today: date) -> bool:
    """Today is past the legal limit of a case that still waits for its answer (a running pause moves it)."""
    if case.status not in (Status.RECEIVED, Status.IN_REVIEW, Status.IDENTITY_PENDING, Status.DECIDED):
        return False
    paused = today - case.paused_from if case.paused_from else timedelta(0)
    return today > case.legal_limit + paused


def add_message(case: SubjectRequest, text: str, *, sender: Sender, actor: Actor, now: datetime) -> CaseMessage:
    message = CaseMessage(id=random_id(), request_id=case.id, sender=sender, account_id=actor.account_id, at=now)
    message.text = text
    db.session.add(message)
    return message


def mail_customer(case: SubjectRequest, name: str, *, actor: Actor, now: datetime, **values: str) -> bool:
    """Queue a mail about the case; False where no address is known (the answer then goes by letter)."""
    address = _address(case)
    if address is None:
        return False
    subject, body = letters.mail(
        name,
        case.language,
        reference=case.public_id,
        link=f"{settings().base_url}/{case.language}/my/requests/{case.public_id}",
        **values,
    )
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


def _address(case: SubjectRequest) -> str | None:
    customer = customer_of(case)
    if customer is not None and customer.email:
        return customer.email
    contact = readable(case, "contact") or ""
    return contact if "@" in contact and not any(c.isspace() for c in contact) else None
