"""Finding customers and correcting what is held about them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select

from portal.catalogues.fields import BY_KEY, CATEGORIES, Category, FieldSpec
from portal.catalogues.sources import Source
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.crypto import DAMAGED, blind_indexes, readable
from portal.core.db import db, random_id, row_id, serialise, transaction
from portal.core.errors import NotFound, RuleViolation, Stale
from portal.core.settings import settings
from portal.permissions import services as permissions
from portal.permissions.holders import holder
from portal.permissions.models import CurrentPermission, State
from portal.register.models import (
    Customer,
    CustomerStatus,
    FieldProvenance,
    MeteringSite,
    RegisterChange,
    RegisterConflict,
)
from portal.register.reading import NOT_OF_KIND, TABLES
from portal.register.validators import ValueProblem
from portal.register.values import Value, as_text, masked_text, parsed

# What contact points are made of: a prohibition goes where they go.
CONTACT_FIELDS = frozenset({"name", "phone", "email", "billing_street", "billing_postal_code"})


def customer_of(customer_id: int) -> Customer:
    """A customer by row id; raises NotFound."""
    customer = db.session.get(Customer, customer_id)
    if customer is None:
        raise NotFound
    return customer


def customer_by_number(number: str) -> Customer:
    """A customer that is not hidden, by customer number; raises NotFound."""
    customer = db.session.scalar(select(Customer).where(Customer.number == number.strip(), is_visible()))
    if customer is None:
        raise NotFound
    return customer


def is_visible() -> ColumnElement[bool]:
    """A potential customer without a single permission left is hidden from everything at once (R60)."""
    holds_permission = exists().where(
        CurrentPermission.customer_id == Customer.id, CurrentPermission.state == State.PERMISSION
    )
    return or_(Customer.status == CustomerStatus.CUSTOMER, holds_permission)


def is_seen(customer_id: int) -> bool:
    """Whether the customer is there and not hidden."""
    return db.session.scalar(select(Customer.id).where(Customer.id == customer_id, is_visible())) is not None


@dataclass(frozen=True)
class FieldReference:
    """A field of one record; `record_id` is None where a customer has only one such record."""

    spec: FieldSpec
    record_id: int | None

    def __str__(self) -> str:
        return self.spec.key if self.record_id is None else f"{self.spec.key}:{self.record_id}"


def field_reference(text: str) -> FieldReference:
    """`key` or `key:record` as forms and addresses carry it; raises NotFound."""
    key, _, record = text.partition(":")
    spec = BY_KEY.get(key)
    if spec is None or CATEGORIES[spec.category].is_single is bool(record):
        raise NotFound
    record_id = row_id(record)
    if record and record_id is None:
        raise NotFound
    return FieldReference(spec, record_id)


def _row(customer_id: int, spec: FieldSpec, record_id: int | None) -> Any:
    """The customer's own record that holds the field; raises NotFound for anybody else's."""
    if spec.category is Category.CUSTOMER:
        return customer_of(customer_id)
    if spec.category not in TABLES:
        raise NotFound
    model = TABLES[spec.category][0]
    query = select(model).where(model.customer_id == customer_id)
    if not CATEGORIES[spec.category].is_single:
        query = query.where(model.id == record_id)
    row = db.session.scalar(query)
    if row is None:
        raise NotFound
    return row


def _value(row: Any, spec: FieldSpec) -> Value:
    if spec.attribute == "site_gsrn":
        return db.session.scalar(select(MeteringSite.gsrn).where(MeteringSite.id == row.site_id))
    value: Value = readable(row, spec.attribute)
    return value


def current_value(customer_id: int, field_key: str, record_id: int | None = None) -> str:
    """What the register holds now, as the text corrections are compared by; raises NotFound."""
    spec = _spec(field_key)
    return as_text(_value(_row(customer_id, spec, record_id), spec))


def shown_value(customer_id: int, field_key: str, record_id: int | None = None) -> str:
    """The same with identity code and account number masked, for prefilling a form; raises NotFound."""
    spec = _spec(field_key)
    return masked_text(spec, _value(_row(customer_id, spec, record_id), spec))


def _spec(field_key: str) -> FieldSpec:
    spec = BY_KEY.get(field_key)
    if spec is None:
        raise NotFound
    return spec


def checked_value(customer_id: int, field_key: str, new_value: str, record_id: int | None = None) -> str:
    """The proposed value in its normal form; raises RuleViolation or NotFound. Writes nothing."""
    spec = _spec(field_key)
    return as_text(_checked(_row(customer_id, spec, record_id), spec, new_value))


def _checked(row: Any, spec: FieldSpec, new_value: str) -> Value:
    value = parsed(spec, new_value, artificial=settings().is_demo)
    if spec.category is Category.CUSTOMER:
        _refuse_other_kind(row, spec, value)
        _refuse_taken_identity_code(row, spec, value)
    return value


def _refuse_other_kind(customer: Customer, spec: FieldSpec, value: Value) -> None:
    if spec.key == NOT_OF_KIND[customer.kind] and value is not None:
        raise RuleViolation(ValueProblem.OTHER_KIND)


def _refuse_taken_identity_code(customer: Customer, spec: FieldSpec, value: Value) -> None:
    if spec.key != "identity_code" or not isinstance(value, str):
        return
    indexes = blind_indexes("customer.identity_code", value)
    taken = select(Customer.id).where(Customer.identity_code_index.in_(indexes), Customer.id != customer.id)
    if db.session.scalar(taken.limit(1)) is not None:
        raise RuleViolation(ValueProblem.TAKEN)


def apply_correction(
    *,
    customer_id: int,
    field_key: str,
    record_id: int | None,
    base_value: str,
    new_value: str,
    request_id: str | None,
    actor: Actor,
    now: datetime,
    source: Source = Source.CORRECTION,
) -> None:
    """Write a corrected value with its provenance, and put it in the changes feed.

    `base_value` is what the decision was made on (masked text will do for masked fields); `request_id` is None for
    what customers change themselves. Raises Stale when the register holds something else now, RuleViolation for a
    value that does not fit, NotFound.
    """
    with transaction():
        serialise("audit")  # before the row, as imports do: two orders of locks would meet
        spec = _spec(field_key)
        row = _row(customer_id, spec, record_id)
        db.session.refresh(row, with_for_update={"key_share": True})
        old = _value(row, spec)
        if base_value not in (as_text(old), masked_text(spec, old)):
            raise Stale(field_key)
        origin = Origin(source, local_date(now), request_id)
        _replace(row, spec, _checked(row, spec, new_value), origin, customer_id=customer_id, actor=actor, now=now)


@dataclass(frozen=True)
class Origin:
    """Where a new value of one field comes from."""

    source: Source
    source_on: date
    request_id: str | None = None


def take_imported(
    *, customer_id: int, field_key: str, record_id: int, value: Value, origin: Origin, actor: Actor, now: datetime
) -> None:
    """Put the value of the customer information system in the place of a corrected one, and tell of it in the feed.

    The value is in its normal form already. Raises RuleViolation for one that another customer has, NotFound.
    """
    with transaction():
        serialise("audit")  # before the row, as imports do: two orders of locks would meet
        spec = _spec(field_key)
        row = _row(customer_id, spec, record_id)
        db.session.refresh(row, with_for_update={"key_share": True})
        if spec.category is Category.CUSTOMER:
            _refuse_taken_identity_code(row, spec, value)
        _replace(row, spec, value, origin, customer_id=customer_id, actor=actor, now=now)


def _replace(
    row: Any, spec: FieldSpec, new: Value, origin: Origin, *, customer_id: int, actor: Actor, now: datetime
) -> None:
    """The value with its provenance, the audit event and the change that the customer information system fetches."""
    old = _value(row, spec)
    before = holder(customer_id) if spec.key in CONTACT_FIELDS else None
    setattr(row, spec.attribute, new)
    if before is not None:
        permissions.contact_point_changed(customer_id, before=before)
    _write_provenance(row, spec, origin, customer_id=customer_id, now=now)
    _end_settled_conflict(row, spec, new)
    cursor = audit.record(
        AuditAction.REGISTER_CORRECTED,
        actor=actor,
        now=now,
        subject=customer_id,
        case=origin.request_id,
        object=f"{row.__tablename__}:{row.id}",
        purpose=spec.key,
    )
    change = RegisterChange(
        id=random_id(),
        cursor=cursor,
        at=now,
        customer_id=customer_id,
        record_id=None if CATEGORIES[spec.category].is_single else row.id,
        field_key=spec.key,
        request_id=origin.request_id,
    )
    change.old, change.new = as_text(old), as_text(new)
    db.session.add(change)


def _write_provenance(row: Any, spec: FieldSpec, origin: Origin, *, customer_id: int, now: datetime) -> None:
    provenance = db.session.scalar(
        select(FieldProvenance).where(FieldProvenance.record_id == row.id, FieldProvenance.field_key == spec.key)
    )
    if provenance is None:
        provenance = FieldProvenance(id=random_id(), customer_id=customer_id, record_id=row.id, field_key=spec.key)
        db.session.add(provenance)
    provenance.source = origin.source
    provenance.source_on = origin.source_on
    provenance.updated_at = now
    provenance.request_id = origin.request_id


def _end_settled_conflict(row: Any, spec: FieldSpec, new: Value) -> None:
    """When the register now says what the other system does, there is nothing left to compare."""
    conflict = db.session.scalar(
        select(RegisterConflict).where(RegisterConflict.record_id == row.id, RegisterConflict.field_key == spec.key)
    )
    if conflict is not None and readable(conflict, "theirs") == as_text(new):
        db.session.delete(conflict)


@dataclass(frozen=True)
class Change:
    """An applied correction as the customer information system fetches it.

    A value that cannot be read is None: no mark of ours may end up in another register.
    """

    cursor: int
    at: datetime
    customer_number: str
    record_id: int | None
    field_key: str
    old: str | None
    new: str | None
    request_id: str | None


def changes(*, since: int = 0, limit: int | None = None) -> list[Change]:
    """Applied corrections after a cursor, in order; the first `limit` of them."""
    rows = db.session.execute(
        select(RegisterChange, Customer.number)
        .join(Customer, Customer.id == RegisterChange.customer_id)
        .where(RegisterChange.cursor > since)
        .order_by(RegisterChange.cursor)
        .limit(limit)
    )
    return [
        Change(
            cursor=change.cursor,
            at=change.at,
            customer_number=number,
            record_id=change.record_id,
            field_key=change.field_key,
            old=_told(change, "old"),
            new=_told(change, "new"),
            request_id=change.request_id,
        )
        for change, number in rows
    ]


def _told(change: RegisterChange, attribute: str) -> str | None:
    text = readable(change, attribute) or ""
    return None if text == DAMAGED else text
