"""What permissions need to know of a customer.

The register lies above this package and is not imported: its few columns are named here, like a foreign key is.
"""

from dataclasses import dataclass

from sqlalchemy import String, column, select, table

from portal.core.db import BigInt, db
from portal.core.errors import NotFound
from portal.permissions.models import Channel, HolderKind

CUSTOMER = table(
    "customer",
    column("id", BigInt),
    column("kind", String),
    column("status", String),
    column("name", String),
    column("phone", String),
    column("email", String),
)
BILLING = table(
    "billing",
    column("customer_id", BigInt),
    column("street", String),
    column("postal_code", String),
)


@dataclass(frozen=True)
class Holder:
    """Whose permissions they are, with the contact points that a prohibition must cover."""

    customer_id: int
    kind: HolderKind
    contact_points: dict[Channel, str]


def holder(customer_id: int) -> Holder:
    """The holder; raises NotFound."""
    row = db.session.execute(
        select(CUSTOMER, BILLING.c.street, BILLING.c.postal_code)
        .select_from(CUSTOMER.outerjoin(BILLING, BILLING.c.customer_id == CUSTOMER.c.id))
        .where(CUSTOMER.c.id == customer_id)
    ).first()
    if row is None:
        raise NotFound
    points = {
        Channel.PHONE: row.phone,
        Channel.SMS: row.phone,
        Channel.EMAIL: row.email,
        Channel.POST: postal_contact(row.name, row.street, row.postal_code) if row.street else None,
    }
    return Holder(
        customer_id=customer_id,
        kind=holder_kind(kind=row.kind, status=row.status),
        contact_points={channel: point for channel, point in points.items() if point},
    )


def holder_kind(*, kind: str, status: str) -> HolderKind:
    """Potential customers are one kind whether they are people or organisations."""
    return HolderKind.POTENTIAL if status == "potential" else HolderKind(kind)


def postal_contact(name: str, street: str, postal_code: str) -> str:
    """One line that stands for a postal contact point."""
    return f"{name}, {street}, {postal_code}"
