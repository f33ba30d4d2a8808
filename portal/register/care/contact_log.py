"""The contact log: what was said with a customer, when and by which way (R61). Entries are added, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import column, func, select, table

from portal.catalogues.retention import RULES, RetentionRule
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.db import db, random_id, serialise, transaction
from portal.core.errors import RuleViolation
from portal.core.identity_codes import holds_identity_code
from portal.core.once import made_before, once_key
from portal.register.care.kinds import CareProblem, ContactChannel, ContactDirection, ContactTopic
from portal.register.care.models import ContactEntry
from portal.register.care.rows import own_row

RULE = RULES[RetentionRule.CONTACTS]

# by name: requests stand above the register
_REQUESTS = table("subject_request", column("public_id"), column("customer_id"))


@dataclass(frozen=True, kw_only=True)
class NewContact:
    """What the clerk wrote down. `corrects` is the entry that this one puts right."""

    happened_at: datetime
    channel: ContactChannel
    direction: ContactDirection
    topic: ContactTopic
    note: str
    case: str
    is_recorded: bool
    corrects: int | None = None
    once: str | None = None


def count(customer_id: int) -> int:
    query = select(func.count()).select_from(ContactEntry).where(ContactEntry.customer_id == customer_id)
    return db.session.scalar(query) or 0


def of_customer(customer_id: int, *, limit: int | None = None, offset: int = 0) -> Sequence[ContactEntry]:
    """Newest first; corrected entries too, for what was recorded stays."""
    return db.session.scalars(
        select(ContactEntry)
        .where(ContactEntry.customer_id == customer_id)
        .order_by(ContactEntry.happened_at.desc(), ContactEntry.recorded_at.desc(), ContactEntry.id)
        .limit(limit)
        .offset(offset)
    ).all()


def corrected_among(entries: Sequence[ContactEntry]) -> dict[int, ContactEntry]:
    """The correction of each of these entries that has one, by the id of the entry."""
    ids = [entry.id for entry in entries]
    if not ids:
        return {}
    found = db.session.scalars(select(ContactEntry).where(ContactEntry.corrects_id.in_(ids)))
    return {entry.corrects_id: entry for entry in found if entry.corrects_id is not None}


def one(entry_id: int, *, customer_id: int) -> ContactEntry:
    """Raises NotFound for anybody else's."""
    return own_row(ContactEntry, entry_id, customer_id=customer_id)


def add(*, customer_id: int, told: NewContact, actor: Actor, now: datetime) -> ContactEntry:
    """Raises RuleViolation beside the field that is wrong, NotFound for a correction of anybody else's entry."""
    with transaction():
        serialise("audit")
        if made := made_before(ContactEntry, told.once, customer_id):
            return made
        if told.corrects is not None:
            one(told.corrects, customer_id=customer_id)
        _check(told, customer_id, now)
        entry = ContactEntry(
            id=random_id(),
            customer_id=customer_id,
            happened_at=told.happened_at,
            channel=told.channel,
            direction=told.direction,
            topic=told.topic,
            case=told.case.strip().upper() or None,
            is_recorded=told.is_recorded,
            unit=actor.unit,
            corrects_id=told.corrects,
            recorded_at=now,
            recorded_by_account_id=actor.account_id,
            once_key=once_key(told.once, customer_id),
        )
        entry.note = told.note.strip() or None
        db.session.add(entry)
        audit.record(
            AuditAction.CONTACT_RECORDED,
            actor=actor,
            now=now,
            subject=customer_id,
            case=entry.case,
            object=f"contact_entry:{entry.id}",
            purpose=f"{told.channel}/{told.topic}",
        )
        return entry


def _check(told: NewContact, customer_id: int, now: datetime) -> None:
    if told.happened_at > now:
        raise RuleViolation(CareProblem.FUTURE, field="happened_on")
    if holds_identity_code(told.note):
        raise RuleViolation(CareProblem.IDENTITY_CODE, field="note")
    if told.case.strip() and not _is_of_customer(told.case.strip().upper(), customer_id):
        raise RuleViolation(CareProblem.CASE_UNKNOWN, field="case")
    if told.corrects is not None and db.session.scalar(
        select(ContactEntry.id).where(ContactEntry.corrects_id == told.corrects)
    ):
        raise RuleViolation(CareProblem.ALREADY_CORRECTED)


def _is_of_customer(case: str, customer_id: int) -> bool:
    """Whatever else was typed must not stay on the audit trail (S16)."""
    query = select(_REQUESTS.c.public_id).where(_REQUESTS.c.public_id == case, _REQUESTS.c.customer_id == customer_id)
    return db.session.scalar(query) is not None


def kept_until(entry: ContactEntry) -> date | None:
    return RULE.kept_until(local_date(entry.happened_at))
