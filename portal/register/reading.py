"""Everything held about one customer, by the field catalogue, in a number of queries that does not grow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.accounts.models import Account
from portal.catalogues.fields import ADDRESS_FIELDS, BY_CATEGORY, CATEGORIES, Category, CategorySpec, FieldSpec
from portal.catalogues.retention import ONE_DAY, RULES
from portal.catalogues.sources import Source
from portal.core.clock import local_date
from portal.core.crypto import readable
from portal.core.db import db
from portal.core.errors import NotFound
from portal.permissions.models import CurrentPermission
from portal.register.models import (
    Billing,
    Consumption,
    Customer,
    CustomerKind,
    Disclosure,
    Feedback,
    FieldProvenance,
    Invoice,
    MeteringSite,
    OtherDatum,
    Purchase,
    RecordedCall,
    Satisfaction,
    ServiceEvent,
)
from portal.register.values import Value

# Table, and the attribute by which its records are ordered, newest first where it is a date.
TABLES: Mapping[Category, tuple[type[Any], str]] = {
    Category.SITE: (MeteringSite, "contract_from"),
    Category.CONSUMPTION: (Consumption, "month"),
    Category.BILLING: (Billing, "updated_at"),
    Category.PAYMENTS: (Invoice, "issued_on"),
    Category.FEEDBACK: (Feedback, "received_on"),
    Category.CALLS: (RecordedCall, "started_at"),
    Category.SATISFACTION: (Satisfaction, "answered_on"),
    Category.SERVICE_USE: (ServiceEvent, "happened_at"),
    Category.PURCHASES: (Purchase, "ordered_on"),
    Category.OTHER: (OtherDatum, "source_on"),
}
# A natural person has no business ID and a legal person no identity code (R25).
NOT_OF_KIND = {CustomerKind.NATURAL: "business_id", CustomerKind.LEGAL: "identity_code"}
# Categories whose records are read one by one; the others are lists.
ONE_BY_ONE = frozenset({Category.CUSTOMER, Category.SITE, Category.BILLING, Category.ACCOUNT, Category.OTHER})


@dataclass(frozen=True)
class FieldValue:
    """A field of a record: what it holds, where that came from and how long it is kept."""

    key: str
    value: Value
    source: Source
    source_on: date
    updated_at: datetime
    kept_until: date | None
    spec: FieldSpec
    is_hidden: bool = False  # a protected address, from everybody but the person (L40)


@dataclass(frozen=True)
class Record:
    """One record of a category; `record_id` is None where a customer has only one."""

    record_id: int | None
    fields: tuple[FieldValue, ...]

    def value(self, key: str) -> Value:
        return next(field.value for field in self.fields if field.key == key)

    def reference(self, key: str) -> str:
        """How a correction names the field: `key`, or `key:record`."""
        return key if self.record_id is None else f"{key}:{self.record_id}"


@dataclass(frozen=True)
class CategoryRecords:
    """A category with its records, newest first."""

    spec: CategorySpec
    records: tuple[Record, ...]


def records_of(customer_id: int) -> list[CategoryRecords]:
    """All categories in the catalogue's order, empty ones too; raises NotFound."""
    customer = db.session.get(Customer, customer_id)
    if customer is None:
        raise NotFound
    provenance = _provenance(customer_id)
    rows: dict[Category, Sequence[Any]] = {Category.CUSTOMER: [customer]}
    for category, (model, order) in TABLES.items():
        rows[category] = db.session.scalars(
            select(model).where(model.customer_id == customer_id).order_by(getattr(model, order).desc(), model.id)
        ).all()
    gsrn = {site.id: site.gsrn for site in rows[Category.SITE]}
    skipped = NOT_OF_KIND[customer.kind]
    kept_until = kept_until_of(customer, rows)
    found = {
        category: [
            _record(category, row, provenance, skipped=skipped, gsrn=gsrn, kept_until=kept_until[row.id])
            for row in rows[category]
        ]
        for category in rows
    }
    found[Category.ACCOUNT] = [_account_record(row) for row in _accounts(customer_id)]
    found[Category.PERMISSIONS] = [_permission_record(row) for row in _permissions(customer_id)]
    return [CategoryRecords(CATEGORIES[category], tuple(found[category])) for category in Category]


def desk_records_of(customer: Customer) -> list[CategoryRecords]:
    """The same as staff see it: a protected address is not in it (L40). Raises NotFound."""
    held = records_of(customer.id)
    if not customer.is_protected:
        return held
    return [
        replace(group, records=tuple(_without_address(record) for record in group.records))
        if group.spec.category in (Category.SITE, Category.BILLING)
        else group
        for group in held
    ]


def _without_address(record: Record) -> Record:
    fields = (replace(f, value=None, is_hidden=True) if f.key in ADDRESS_FIELDS else f for f in record.fields)
    return replace(record, fields=tuple(fields))


def addresses_of(customer_id: int) -> list[CategoryRecords]:
    """The addresses alone, each with the metering point it belongs to. Raises NotFound."""
    return [
        replace(group, records=tuple(_address_alone(record) for record in group.records))
        for group in records_of(customer_id)
        if group.spec.category in (Category.SITE, Category.BILLING)
    ]


def _address_alone(record: Record) -> Record:
    return replace(record, fields=tuple(f for f in record.fields if f.key in ADDRESS_FIELDS or f.key == "gsrn"))


def disclosures_of(customer_id: int) -> Sequence[Disclosure]:
    """To whom the customer's data was disclosed, newest first (R69-R71)."""
    return db.session.scalars(
        select(Disclosure)
        .where(Disclosure.customer_id == customer_id)
        .order_by(Disclosure.disclosed_at.desc(), Disclosure.id)
    ).all()


def _provenance(customer_id: int) -> dict[tuple[int, str], FieldProvenance]:
    rows = db.session.scalars(select(FieldProvenance).where(FieldProvenance.customer_id == customer_id))
    return {(row.record_id, row.field_key): row for row in rows}


def _accounts(customer_id: int) -> Iterable[Account]:
    return db.session.scalars(select(Account).where(Account.customer_id == customer_id).order_by(Account.created_at))


def _permissions(customer_id: int) -> Iterable[CurrentPermission]:
    return db.session.scalars(
        select(CurrentPermission)
        .where(CurrentPermission.customer_id == customer_id)
        .order_by(CurrentPermission.type, CurrentPermission.channel)
    )


def _record(
    category: Category,
    row: Any,
    provenance: Mapping[tuple[int, str], FieldProvenance],
    *,
    skipped: str,
    gsrn: Mapping[int, str],
    kept_until: date | None,
) -> Record:
    shared = CATEGORIES[category]
    fields = []
    for spec in BY_CATEGORY[category]:
        if spec.key == skipped:
            continue
        value = gsrn[row.site_id] if spec.attribute == "site_gsrn" else readable(row, spec.attribute)
        origin = provenance.get((row.id, spec.key), row)
        fields.append(FieldValue(spec.key, value, origin.source, origin.source_on, origin.updated_at, kept_until, spec))
    return Record(None if shared.is_single else row.id, tuple(fields))


def _account_record(account: Account) -> Record:
    return _plain_record(Category.ACCOUNT, account, None, source=Source.CUSTOMER_CONTACT, at=account.created_at)


def _permission_record(permission: CurrentPermission) -> Record:
    return _plain_record(
        Category.PERMISSIONS, permission, permission.id, source=permission.source, at=permission.source_on
    )


def _plain_record(category: Category, row: Any, record_id: int | None, *, source: Source, at: datetime) -> Record:
    """A record of another package's table, which is never corrected field by field."""
    fields = tuple(
        FieldValue(spec.key, getattr(row, spec.attribute), source, local_date(at), at, None, spec)
        for spec in BY_CATEGORY[category]
    )
    return Record(record_id, fields)


def kept_until_of(customer: Customer, rows: Mapping[Category, Sequence[Any]]) -> dict[int, date | None]:
    """The last day on which each record is kept, by row id; None while what begins its period has not happened.

    `rows` are all records of the customer. A metering point stays as long as its consumption does, and the customer
    as long as anything that a name belongs to: `purges` deletes by the same days.
    """
    days = {
        row.id: _kept_until(CATEGORIES[category], row, customer)
        for category, records in rows.items()
        for row in records
        if category is not Category.CUSTOMER
    }
    for site in rows.get(Category.SITE, ()):
        months = (days[row.id] for row in rows.get(Category.CONSUMPTION, ()) if row.site_id == site.id)
        days[site.id] = _last([days[site.id], *months])
    own = _kept_until(CATEGORIES[Category.CUSTOMER], customer, customer)
    return {**days, customer.id: _last([own, *days.values()])}


def _last(days: Iterable[date | None]) -> date | None:
    """None is later than any day: it has not come into sight yet."""
    known: list[date] = []
    for day in days:
        if day is None:
            return None
        known.append(day)
    return max(known)


def _kept_until(spec: CategorySpec, row: Any, customer: Customer) -> date | None:
    if spec.deleted_on:
        day: date = getattr(row, spec.deleted_on)
        return day - ONE_DAY
    event = getattr(row, spec.event) if spec.event else None
    if event is None and spec.is_of_contract:
        event = customer.contract_ended_on
    if event is None:
        return None
    return RULES[spec.retention].kept_until(local_date(event) if isinstance(event, datetime) else event)
