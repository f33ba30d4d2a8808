"""What the register holds of the customers on a batch of lines, in a number of queries that does not grow with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import Select, select

from portal.catalogues.sources import Source
from portal.core import crypto
from portal.core.crypto import DamagedCiphertext, EncryptedText
from portal.core.db import db, table_of
from portal.register import erased
from portal.register.importing.checking import Draft
from portal.register.importing.shapes import SHAPES, Shape
from portal.register.models import (
    Customer,
    FieldProvenance,
    Invoice,
    MeteringSite,
    RegisterChange,
    RegisterConflict,
)

Row: TypeAlias = Any  # of SQLAlchemy Core: attributes named as columns
Key: TypeAlias = tuple[str, str]

IDENTITY_CODE = "customer.identity_code"
# A value from here is the person's own word and is not replaced without a clerk.
OWN_WORD = frozenset({Source.CORRECTION, Source.OWN_CHANGE})
CORRECTABLE_KEYS = frozenset(
    spec.key for shape in SHAPES for spec in shape.specs if spec.key in shape.keys and spec.is_correctable
)


@dataclass(frozen=True)
class Held:
    """`owners` tells whose a value is that only one customer may have; `originals` what corrected keys held before.

    `erased` are the days on which customers were erased, by number.
    """

    customers: Mapping[str, Row]
    records: Mapping[tuple[str, int], Sequence[Row]]
    owners: Mapping[Key, str]
    origins: Mapping[tuple[int, str], Row]
    conflicts: Mapping[tuple[int, str], Row]
    originals: Mapping[tuple[int, str], str]
    erased: Mapping[str, date]

    def is_own_word(self, record_id: int, key: str) -> bool:
        origin = self.origins.get((record_id, key))
        return origin is not None and origin.source in OWN_WORD


def read(drafts: Sequence[Draft], codes: Mapping[str, Sequence[str]], *, locks: bool) -> Held:
    """`codes` are the indexes of the identity codes by customer number, under every key.

    With `locks`, nobody else changes the rows until the transaction ends.
    """
    customers = {row.number: row for row in _rows(Customer, "number", [draft.number for draft in drafts], locks=locks)}
    ids = sorted(row.id for row in customers.values())
    records: dict[tuple[str, int], list[Row]] = {}
    for shape in _shapes_of(drafts):
        months = set(_told(drafts, "consumption", "consumption_month")) if shape.name == "consumption" else None
        for row in _rows(shape.model, "customer_id", ids, locks=locks, months=months):
            records.setdefault((shape.name, row.customer_id), []).append(row)
    origins = {(row.record_id, row.field_key): row for row in _rows(FieldProvenance, "customer_id", ids)}
    conflicts = {(row.record_id, row.field_key): row for row in _rows(RegisterConflict, "customer_id", ids)}
    owners = {
        **_owners("gsrn", MeteringSite, "gsrn", _told(drafts, "sites", "gsrn")),
        **_owners("invoice_number", Invoice, "number", _told(drafts, "invoices", "invoice_number")),
        **_code_owners(codes),
    }
    days_of_erasure = erased.days(draft.number for draft in drafts)
    return Held(customers, records, owners, origins, conflicts, _originals(origins), days_of_erasure)


def _rows(
    model: type[Any], column: str, values: Sequence[Any], *, locks: bool = False, months: set[Any] | None = None
) -> Sequence[Row]:
    if not values:
        return []
    table = table_of(model)
    query: Select[Any] = select(table).where(table.c[column].in_(values)).order_by(table.c.id)
    if months is not None:  # years of consumption may be there
        query = query.where(table.c.month.in_(months))
    if locks:
        # not the keys: a correction may meanwhile write rows that point here, and must not wait in a circle
        query = query.with_for_update(key_share=True)
    return db.session.execute(query).all()


def _shapes_of(drafts: Sequence[Draft]) -> list[Shape]:
    """The kinds of records told of, billing for the postal contact point, and sites for their consumption."""
    told = {record.shape.name for draft in drafts for record in draft.records} | {"billing"}
    if "consumption" in told:
        told.add("sites")
    return [shape for shape in SHAPES if shape.name in told]


def _told(drafts: Sequence[Draft], name: str, key: str) -> list[Any]:
    return [record.values[key] for draft in drafts for record in draft.records if record.shape.name == name]


def _owners(name: str, model: type[Any], column: str, values: Sequence[str]) -> dict[Key, str]:
    if not values:
        return {}
    table = table_of(model)
    rows = db.session.execute(
        select(table.c[column], Customer.number)
        .join(Customer, Customer.id == table.c.customer_id)
        .where(table.c[column].in_(values))
    )
    return {(name, value): number for value, number in rows}


def _code_owners(codes: Mapping[str, Sequence[str]]) -> dict[Key, str]:
    """By the index over all 11 characters: people may differ in the sign alone (D16)."""
    told = {known: (IDENTITY_CODE, indexes[0]) for indexes in codes.values() for known in indexes}
    if not told:
        return {}
    rows = db.session.execute(
        select(Customer.identity_code_index, Customer.number).where(Customer.identity_code_index.in_(told))
    )
    return {told[known]: number for known, number in rows if known is not None}


def _originals(origins: Mapping[tuple[int, str], Row]) -> dict[tuple[int, str], str]:
    """Another system goes on telling of a record by the values that it had before the customer corrected them."""
    corrected = {
        record_id for (record_id, key), row in origins.items() if row.source in OWN_WORD and key in CORRECTABLE_KEYS
    }
    if not corrected:
        return {}
    found: dict[tuple[int, str], str] = {}
    table = table_of(RegisterChange)
    query = select(table).where(table.c.record_id.in_(corrected)).order_by(table.c.cursor)
    for row in db.session.execute(query):
        old = opened(RegisterChange.old, "register_change", row.id, row.old_encrypted)
        if old is not None:
            found.setdefault((row.record_id, row.field_key), old)
    return found


def opened(secret: EncryptedText, table: str, row_id: int, stored: bytes | None) -> str | None:
    """The plain text of a row's column; None where there is none, or none that opens."""
    if stored is None:
        return None
    try:
        return crypto.decrypt(stored, bound_to=secret.bytes.place(table, row_id)).decode()
    except DamagedCiphertext:
        return None
