"""The only way out of the register for marketing: it cannot be asked without the check of permissions (R13)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import db, transaction
from portal.permissions import services as permissions
from portal.permissions.models import Channel, MarketingType
from portal.permissions.opt_out_links import OptOutLink
from portal.register.models import Billing, Customer, letter_language


@dataclass(frozen=True)
class Contact:
    """Somebody who may be contacted, with the one contact point that was asked for.

    `opt_out_url` goes into the message: it forbids what the message is, without signing in (L34).
    """

    customer_number: str
    name: str
    contact: str
    opt_out_url: str


def marketing_list(*, type: MarketingType, channel: Channel, actor: Actor, now: datetime) -> list[Contact]:
    """Customers who may be contacted so, by customer number; making the list is audited.

    The event holds the lock under which permissions change: whoever has forbidden before this moment is not listed.
    Others who write wait only while the register is read.
    """
    with transaction():
        audit.record(
            AuditAction.MARKETING_LIST_MADE,
            actor=actor,
            now=now,
            purpose=f"{type.value}/{channel.value}",
        )
        allowed = permissions.allowed(type=type, channel=channel)
        rows = db.session.execute(_rows()).all()
    return list(_contacts(dict(allowed), rows, channel))


def _rows() -> Select[Any]:
    columns: tuple[Any, ...] = (
        *(Customer.id, Customer.number, Customer.name, Customer.preferred_language, Customer.phone, Customer.email),
        *(Billing.street, Billing.postal_code, Billing.city),
    )
    return select(*columns).join(Billing, Billing.customer_id == Customer.id, isouter=True).order_by(Customer.number)


def _contacts(allowed: Mapping[int, OptOutLink], rows: Sequence[Any], channel: Channel) -> Iterator[Contact]:
    for row in rows:
        if link := allowed.get(row.id):
            yield Contact(
                customer_number=row.number,
                name=row.name,
                contact=_contact(channel, row),
                opt_out_url=link.url(letter_language(row.preferred_language)),
            )


def _contact(channel: Channel, row: Any) -> str:
    match channel:
        case Channel.EMAIL:
            return row.email or ""
        case Channel.PHONE | Channel.SMS:
            return row.phone or ""
        case Channel.POST:
            return f"{row.street}, {row.postal_code} {row.city}"
