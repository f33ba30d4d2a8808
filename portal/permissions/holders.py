"""What permissions need to know of a customer.

The register lies above this package and is not imported: its few columns are named here, like a foreign key is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Date, Select, String, column, select, table, true

from portal.core.db import BigInt, db
from portal.core.errors import NotFound
from portal.permissions.models import Channel, HolderKind

CUSTOMER = table(
    "customer",
    column("id", BigInt),
    column("number", String),
    column("kind", String),
    column("status", String),
    column("name", String),
    column("phone", String),
    column("email", String),
    column("is_protected", Boolean),
    column("contract_ended_on", Date),
)
BILLING = table(
    "billing",
    column("customer_id", BigInt),
    column("street", String),
    column("postal_code", String),
)
RESTRICTION = table("processing_restriction", column("customer_id", BigInt), column("field_key", String))

# What a contested value keeps from being used; no field means that everything about the person is restricted.
USED_IN: Mapping[str | None, frozenset[Channel]] = {
    None: frozenset(Channel),
    "name": frozenset(Channel),
    "phone": frozenset({Channel.PHONE, Channel.SMS}),
    "email": frozenset({Channel.EMAIL}),
    "billing_street": frozenset({Channel.POST}),
    "billing_postal_code": frozenset({Channel.POST}),
    "billing_city": frozenset({Channel.POST}),
}


@dataclass(frozen=True)
class Holder:
    """Whose permissions they are, with the contact points that a prohibition must cover.

    `address` is the postal contact point without the name: somebody who gave none forbade it whoever lives there.
    """

    customer_id: int
    kind: HolderKind
    contact_points: Mapping[Channel, str]
    address: str | None = None
    is_protected: bool = False
    has_contract_ended: bool = False
    restricted: frozenset[Channel] = frozenset()

    def spellings(self, channel: Channel) -> list[str]:
        """Under what the contact point may be marked; empty when there is none."""
        contact = self.contact_points.get(channel)
        if contact is None:
            return []
        return [contact, self.address] if channel is Channel.POST and self.address else [contact]


def holder(customer_id: int) -> Holder:
    """The holder; raises NotFound."""
    row = db.session.execute(_holders().where(CUSTOMER.c.id == customer_id)).first()
    if row is None:
        raise NotFound
    return _holder(row, _restricted(RESTRICTION.c.customer_id == customer_id))


def everybody() -> Iterator[Holder]:
    """Every holder, read now and made as asked for, by customer number."""
    restricted = _restricted(true())
    rows = db.session.execute(_holders().order_by(CUSTOMER.c.number)).all()
    return (_holder(row, restricted) for row in rows)


def _restricted(whose: ColumnElement[bool]) -> Mapping[int, frozenset[Channel]]:
    """The channels that a restriction of processing closes, by customer."""
    found: dict[int, frozenset[Channel]] = {}
    for customer_id, field_key in db.session.execute(select(RESTRICTION).where(whose)):
        found[customer_id] = found.get(customer_id, frozenset()) | USED_IN.get(field_key, frozenset())
    return found


def _holders() -> Select[Any]:
    return select(CUSTOMER, BILLING.c.street, BILLING.c.postal_code).select_from(
        CUSTOMER.outerjoin(BILLING, BILLING.c.customer_id == CUSTOMER.c.id)
    )


def _holder(row: Any, restricted: Mapping[int, frozenset[Channel]]) -> Holder:
    points = {
        Channel.PHONE: row.phone,
        Channel.SMS: row.phone,
        Channel.EMAIL: row.email,
        Channel.POST: postal_contact(row.name, row.street, row.postal_code) if row.street else None,
    }
    return Holder(
        customer_id=row.id,
        kind=holder_kind(kind=row.kind, status=row.status),
        contact_points={channel: point for channel, point in points.items() if point},
        address=postal_contact(row.street, row.postal_code) if row.street else None,
        is_protected=row.is_protected,
        has_contract_ended=row.contract_ended_on is not None,
        restricted=restricted.get(row.id, frozenset()),
    )


def holder_kind(*, kind: str, status: str) -> HolderKind:
    """Potential customers are one kind whether they are people or organisations."""
    return HolderKind.POTENTIAL if status == "potential" else HolderKind(kind)


def postal_contact(*parts: str) -> str:
    """One line that stands for a postal contact point: name, street and postal code, however they were parted."""
    return " ".join(" ".join(parts).replace(",", " ").split())
