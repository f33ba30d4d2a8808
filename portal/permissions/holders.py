"""What permissions need to know of a customer.

The register lies above this package and is not imported: its few columns are named here, like a foreign key is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Date, Select, String, column, select, table

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
    return _holder(row)


def everybody() -> Iterator[Holder]:
    """Every holder, read now and made as asked for, by customer number."""
    rows = db.session.execute(_holders().order_by(CUSTOMER.c.number)).all()
    return map(_holder, rows)


def _holders() -> Select[Any]:
    return select(CUSTOMER, BILLING.c.street, BILLING.c.postal_code).select_from(
        CUSTOMER.outerjoin(BILLING, BILLING.c.customer_id == CUSTOMER.c.id)
    )


def _holder(row: Any) -> Holder:
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
    )


def holder_kind(*, kind: str, status: str) -> HolderKind:
    """Potential customers are one kind whether they are people or organisations."""
    return HolderKind.POTENTIAL if status == "potential" else HolderKind(kind)


def postal_contact(*parts: str) -> str:
    """One line that stands for a postal contact point: name, street and postal code, however they were parted."""
    return " ".join(" ".join(parts).replace(",", " ").split())
