"""Values of the customer information system that a customer's own corrected value kept out: a clerk compares."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select

from portal.catalogues.fields import ADDRESS_FIELDS, BY_KEY, CATEGORIES, Check, FieldSpec
from portal.catalogues.sources import Source
from portal.core import audit, crypto
from portal.core.audit import Actor, AuditAction
from portal.core.crypto import DAMAGED, readable
from portal.core.db import LARGEST_ID, db, transaction
from portal.core.errors import Forbidden, NotFound, Stale
from portal.core.settings import settings
from portal.register import services
from portal.register.importing.readers import reader_of
from portal.register.models import Customer, FieldProvenance, RegisterConflict
from portal.register.openings import ViewPurpose
from portal.register.postal_codes import OTHER_HALF, is_mismatched_beside
from portal.register.services import Origin
from portal.register.values import Value


class ConflictChoice(StrEnum):
    KEEP = "keep"
    TAKE = "take"


@dataclass(frozen=True)
class Waiting:
    """A line of the list: whose and which field, never the values (L40)."""

    id: int
    customer_number: str
    spec: FieldSpec
    found_at: datetime
    corrected_on: date | None


@dataclass(frozen=True)
class Conflict:
    """Both values as text, and where each comes from. `ours` is None when the record is gone.

    `seen` stands for the two values without carrying them: sent back with the decision.
    """

    id: int
    customer_number: str
    spec: FieldSpec
    record: str | None
    ours: str | None
    theirs: str
    source: Source
    source_on: date
    found_at: datetime
    kept_at: datetime | None
    corrected_on: date | None
    request_id: str | None
    seen: str
    is_protected: bool = False  # an address that a non-disclosure order protects (L40)
    is_hidden: bool = False  # its values are left out until they are asked for
    is_mismatched: bool = False  # taking theirs would leave a postal code with another's post office (R29)

    @property
    def may_be_taken(self) -> bool:
        return self.ours is not None and self.theirs != DAMAGED


def waiting_count() -> int:
    return db.session.scalar(select(func.count()).select_from(_waiting().subquery())) or 0


def waiting(*, limit: int, offset: int = 0) -> list[Waiting]:
    """What nobody has compared yet, oldest first."""
    query = _waiting().order_by(RegisterConflict.found_at, RegisterConflict.id).limit(limit).offset(offset)
    return [
        Waiting(row.id, number, BY_KEY[row.field_key], row.found_at, origin.source_on if origin else None)
        for row, number, origin in db.session.execute(query)
    ]


def _waiting() -> Select[Any]:
    return _conflicts().where(RegisterConflict.kept_at.is_(None), services.is_visible())


def _conflicts() -> Select[Any]:
    entities: tuple[Any, ...] = (RegisterConflict, Customer.number, FieldProvenance)
    return (
        select(*entities)
        .join(Customer, Customer.id == RegisterConflict.customer_id)
        .join(
            FieldProvenance,
            (FieldProvenance.record_id == RegisterConflict.record_id)
            & (FieldProvenance.field_key == RegisterConflict.field_key),
            isouter=True,
        )
    )


def of_customer(customer_id: int) -> Sequence[Conflict]:
    """Those of one customer, the compared ones too, oldest first."""
    query = _conflicts().where(RegisterConflict.customer_id == customer_id).order_by(RegisterConflict.found_at)
    return [_conflict(*found) for found in db.session.execute(query)]


def opened(conflict_id: int, *, actor: Actor, now: datetime, with_address: bool = False) -> Conflict:
    """One that waits, with its values; the view is audited. Raises NotFound, or Forbidden for one's own data.

    A protected address is in it only `with_address`, which is a viewing of its own that the customer sees (L40).
    """
    with transaction():
        row, number, origin = _one(conflict_id, actor)
        audit.record(
            AuditAction.CUSTOMER_VIEWED,
            actor=actor,
            now=now,
            subject=row.customer_id,
            object=f"register_conflict:{row.id}",
            purpose=ViewPurpose.COMPARISON.value,
        )
        conflict = _conflict(row, number, origin)
        if not conflict.is_protected:
            return conflict
        if not with_address:
            ours = None if conflict.ours is None else ""
            return replace(conflict, ours=ours, theirs="", seen="", is_hidden=True)
        audit.record(
            AuditAction.ADDRESS_SHOWN,
            actor=actor,
            now=now,
            subject=row.customer_id,
            object=f"address:{row.customer_id}",
            purpose=ViewPurpose.COMPARISON.value,
        )
        return conflict


def _one(conflict_id: int, actor: Actor) -> tuple[RegisterConflict, str, FieldProvenance | None]:
    if conflict_id > LARGEST_ID:
        raise NotFound
    found = db.session.execute(_waiting().where(RegisterConflict.id == conflict_id)).first()
    if found is None:
        raise NotFound
    row, number, origin = found
    if actor.is_staffs_own(row.customer_id):
        raise Forbidden
    return row, number, origin


def _conflict(row: RegisterConflict, number: str, origin: FieldProvenance | None) -> Conflict:
    spec = BY_KEY[row.field_key]
    ours: str | None
    try:
        ours = services.current_value(row.customer_id, spec.key, row.record_id)
    except NotFound:
        ours = None
    theirs = str(readable(row, "theirs"))
    return Conflict(
        id=row.id,
        customer_number=number,
        spec=spec,
        record=None if CATEGORIES[spec.category].is_single else str(row.record_id),
        ours=ours,
        theirs=theirs,
        source=row.source,
        source_on=row.source_on,
        found_at=row.found_at,
        kept_at=row.kept_at,
        corrected_on=origin.source_on if origin else None,
        request_id=origin.request_id if origin else None,
        seen=crypto.blind_index(f"register_conflict.{row.id}", f"{ours}\0{theirs}")[:24],
        is_mismatched=ours is not None and _is_mismatched(row, theirs),
        is_protected=spec.key in ADDRESS_FIELDS and services.customer_of(row.customer_id).is_protected,
    )


def _is_mismatched(row: RegisterConflict, theirs: str) -> bool:
    other = OTHER_HALF.get(row.field_key)
    if other is None:
        return False
    return is_mismatched_beside(row.field_key, theirs, services.current_value(row.customer_id, other, row.record_id))


def decide(conflict_id: int, *, choice: ConflictChoice, seen: str, actor: Actor, now: datetime) -> None:
    """Keep our value, against this value of theirs for good; or take theirs, which goes to the changes feed.

    Raises NotFound, Forbidden, Stale when either value is another than the clerk saw, RuleViolation for a value that
    another customer has by now.
    """
    with transaction():
        row, number, origin = _one(conflict_id, actor)
        conflict = _conflict(row, number, origin)
        if seen != conflict.seen or (choice is ConflictChoice.TAKE and not conflict.may_be_taken):
            raise Stale(row.field_key)
        if choice is ConflictChoice.KEEP:
            row.kept_at = now
        else:
            services.take_imported(
                customer_id=row.customer_id,
                field_key=row.field_key,
                record_id=row.record_id,
                value=_value(conflict.spec, conflict.theirs),
                origin=Origin(row.source, row.source_on),
                actor=actor,
                now=now,
            )
        audit.record(
            AuditAction.CONFLICT_DECIDED,
            actor=actor,
            now=now,
            subject=row.customer_id,
            object=f"register_conflict:{conflict.id}",
            purpose=f"{row.field_key}:{choice.value}",
        )


def _value(spec: FieldSpec, text: str) -> Value:
    """The value that the import kept as text."""
    if not text:
        return None
    match spec.check:
        case Check.YES_NO:
            return text == "yes"
        case Check.WHOLE_NUMBER:
            return int(text)
        case _:
            return reader_of(spec, artificial=settings().is_demo)(text)
