"""The audit trail: append-only, hash-chained, written in the same transaction as what it tells (D10).

`audit_event` is the chain. What an event tells stands in `audit_detail`, of which the chain holds a salted digest:
a detail that retention must delete can go while the chain stays valid. Identifiers only, never values.
"""

import secrets
from collections.abc import Collection, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy import ColumnElement, ForeignKey, Index, String, func, literal_column, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import hash_chain
from portal.core.audit_actions import AuditAction
from portal.core.db import BigInt, Model, db, in_transaction, serialise, stored_enum
from portal.core.errors import Throttled
from portal.core.hash_chain import GENESIS, UNREADABLE
from portal.core.roles import Role

__all__ = ["SYSTEM", "Actor", "AuditAction", "AuditDetail", "AuditEvent", "Entry", "latest", "record", "verify"]

STRETCH = 1000  # events read at a time
SUCCESS = "success"
SMALLEST_SEQ = -(2**63)  # of a BIGINT: an event put before the first one is found too

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
recorded_here = Event()  # whether this process appended an event: it then owes a checkpoint when it stops


@dataclass(frozen=True)
class Actor:
    """Who acts. `unit` is what a customer is told instead of a name (L17).

    `customer_id` is of a customer, or whom a member of staff is as a customer.
    """

    account_id: int | None
    role: Role | None
    unit: str
    customer_id: int | None = None

    def is_staffs_own(self, customer_id: int | None) -> bool:
        """Whether staff would handle what is about themselves (S13)."""
        return self.role is not Role.CUSTOMER and customer_id is not None and customer_id == self.customer_id


SYSTEM = Actor(account_id=None, role=None, unit="system")
VISITOR = Actor(account_id=None, role=None, unit="visitor")


class AuditEvent(Model):
    """A link of the chain; the database refuses to change or remove it."""

    __tablename__ = "audit_event"
    __table_args__ = (Index(None, "at", "seq"), Index(None, "action", "seq"))

    seq: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    action: Mapped[AuditAction] = mapped_column(stored_enum(AuditAction))
    outcome: Mapped[str] = mapped_column(String(40))
    detail_digest: Mapped[str] = mapped_column(String(64))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


# written out, not sent beside the query: only so does a database see that the small index is enough
WAS_REFUSED = AuditEvent.outcome != literal_column(f"'{SUCCESS}'")
Index("ix_audit_event_refused", AuditEvent.seq, sqlite_where=WAS_REFUSED, postgresql_where=WAS_REFUSED)


class AuditDetail(Model):
    """What an event tells, by identifiers."""

    __tablename__ = "audit_detail"
    __table_args__ = (Index(None, "actor", "seq"),)

    seq: Mapped[int] = mapped_column(ForeignKey("audit_event.seq"), primary_key=True, autoincrement=False)
    salt: Mapped[str] = mapped_column(String(32))
    actor: Mapped[int | None]
    role: Mapped[Role | None] = mapped_column(stored_enum(Role))
    unit: Mapped[str] = mapped_column(String(40))
    subject: Mapped[int | None] = mapped_column(index=True)
    case: Mapped[str | None] = mapped_column("case_id", String(20), index=True)
    object: Mapped[str | None] = mapped_column("object_ref", String(120), index=True)
    purpose: Mapped[str | None] = mapped_column(String(80))
    request_id: Mapped[str | None] = mapped_column(String(40), index=True)


@dataclass(frozen=True)
class Entry:
    """An event with its detail (None where retention deleted it)."""

    event: AuditEvent
    detail: AuditDetail | None


def record(
    action: AuditAction,
    *,
    actor: Actor,
    now: datetime,
    subject: int | None = None,
    case: str | None = None,
    object: str | None = None,
    purpose: str | None = None,
    outcome: str = SUCCESS,
) -> int:
    """Append an event in the running transaction and return its sequence number.

    `subject` is a customer's row id, `case` a public request id, `object` is `table:id`.
    """
    if not in_transaction():
        raise RuntimeError("an audit event belongs to a transaction")
    serialise("audit")
    last = db.session.execute(select(AuditEvent.seq, AuditEvent.hash).order_by(AuditEvent.seq.desc()).limit(1)).first()
    seq, previous_hash = (last[0] + 1, last[1]) if last else (1, GENESIS)
    detail = AuditDetail(
        seq=seq,
        salt=secrets.token_hex(16),
        actor=actor.account_id,
        role=actor.role,
        unit=actor.unit,
        subject=subject,
        case=case,
        object=object,
        purpose=purpose,
        request_id=request_id.get(),
    )
    digest = _detail_digest(detail)
    event = AuditEvent(
        seq=seq,
        at=now,
        action=action,
        outcome=outcome,
        detail_digest=digest,
        previous_hash=previous_hash,
        hash="",
    )
    event.hash = _event_hash(event)
    db.session.add(event)
    db.session.flush()
    db.session.add(detail)
    recorded_here.set()
    return seq


def _detail_digest(detail: AuditDetail) -> str:
    told = [
        detail.seq,
        detail.salt,
        detail.actor,
        detail.role.value if detail.role else None,
        detail.unit,
        detail.subject,
        detail.case,
        detail.object,
        detail.purpose,
        detail.request_id,
    ]
    return hash_chain.digest(told)


def _event_hash(event: AuditEvent) -> str:
    at = hash_chain.moment(event.at)
    return hash_chain.digest(
        [event.seq, at, event.action.value, event.outcome, event.detail_digest, event.previous_hash]
    )


def latest(*, subject: int | None = None, limit: int = 50, offset: int = 0) -> Sequence[Entry]:
    """Events, newest first."""
    query = select(AuditEvent, AuditDetail).join(AuditDetail, AuditDetail.seq == AuditEvent.seq, isouter=True)
    if subject is not None:
        query = query.where(AuditDetail.subject == subject)
    rows = db.session.execute(query.order_by(AuditEvent.seq.desc()).limit(limit).offset(offset))
    return [Entry(event, detail) for event, detail in rows]


def viewings_of(customer_id: int, *, limit: int | None = None, offset: int = 0) -> Sequence[Entry]:
    """When staff opened this customer's data, newest first (L17)."""
    query = (
        select(AuditEvent, AuditDetail)
        .join(AuditDetail, AuditDetail.seq == AuditEvent.seq)
        .where(*_is_viewing(customer_id))
        .order_by(AuditEvent.seq.desc())
        .limit(limit)
        .offset(offset)
    )
    return [Entry(event, detail) for event, detail in db.session.execute(query)]


def viewings_count(customer_id: int) -> int:
    query = select(func.count()).select_from(AuditEvent).join(AuditDetail, AuditDetail.seq == AuditEvent.seq)
    return db.session.scalar(query.where(*_is_viewing(customer_id))) or 0


def viewing_of(customer_id: int, *, seq: int | None) -> Entry | None:
    """One viewing of this customer's data; of anybody else's there is none."""
    query = select(AuditEvent, AuditDetail).join(AuditDetail, AuditDetail.seq == AuditEvent.seq)
    row = db.session.execute(query.where(*_is_viewing(customer_id), AuditEvent.seq == seq)).first()
    return Entry(row[0], row[1]) if row else None


def _is_viewing(customer_id: int) -> tuple[ColumnElement[bool], ...]:
    shown = AuditEvent.action.in_((AuditAction.CUSTOMER_VIEWED, AuditAction.ADDRESS_SHOWN))
    return AuditDetail.subject == customer_id, shown


def check_pace(
    action: AuditAction,
    *,
    account_id: int | None,
    most: int,
    within: timedelta,
    now: datetime,
    purposes: Collection[str] | None = None,
) -> None:
    """Raise Throttled when an account has done this `most` times within that time, with one of the purposes if named.

    Counted where each of them stands, so for all workers and nodes together. Whoever goes on to record one holds
    `serialise("audit")` before asking.
    """
    done = (
        select(AuditEvent.at)
        .join(AuditDetail, AuditDetail.seq == AuditEvent.seq)
        .where(AuditDetail.actor == account_id, AuditEvent.action == action)
        .order_by(AuditEvent.seq.desc())
    )
    if purposes is not None:
        done = done.where(AuditDetail.purpose.in_(purposes))
    filling = db.session.scalar(done.offset(most - 1).limit(1))
    if filling is not None and now < filling + within:
        raise Throttled(filling + within - now)


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0


@dataclass(frozen=True)
class Verdict:
    """What `verify` found; `first_bad` is the first sequence number that does not fit."""

    ok: bool
    events: int
    first_bad: int | None = None
    reason: str | None = None


def verify() -> Verdict:
    """Recompute the chain and the digests of the details that are there."""
    events = 0
    previous_hash = GENESIS
    try:
        for event, detail in _in_order():
            events += 1
            reason = _flaw(event, detail, expected_seq=events, previous_hash=previous_hash)
            if reason:
                return Verdict(False, events, events, reason)
            previous_hash = event.hash
    except UNREADABLE:
        return Verdict(False, events + 1, events + 1, "unreadable")
    return Verdict(True, events)


def _in_order() -> Iterator[tuple[AuditEvent, AuditDetail | None]]:
    """The trail a stretch at a time; a stretch that cannot be read goes row by row, so that the bad one is named."""
    query = (
        select(AuditEvent, AuditDetail)
        .join(AuditDetail, AuditDetail.seq == AuditEvent.seq, isouter=True)
        .order_by(AuditEvent.seq)
        .execution_options(populate_existing=True)
    )
    last, stretch = SMALLEST_SEQ, STRETCH
    while True:
        try:
            rows = db.session.execute(query.where(AuditEvent.seq > last).limit(stretch)).all()
        except UNREADABLE:
            if stretch == 1:
                raise
            stretch = 1
            continue
        if not rows:
            return
        yield from ((event, detail) for event, detail in rows)
        last = rows[-1][0].seq


def _flaw(event: AuditEvent, detail: AuditDetail | None, *, expected_seq: int, previous_hash: str) -> str | None:
    if event.seq != expected_seq:
        return "missing"
    if event.previous_hash != previous_hash:
        return "chain broken"
    if event.hash != _event_hash(event):
        return "event changed"
    if detail is not None and _detail_digest(detail) != event.detail_digest:
        return "detail changed"
    return None
