"""The only way out of the register for marketing: it cannot be asked without the check of permissions (R13)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import db, transaction
from portal.permissions import services as permissions
from portal.permissions.models import Channel, MarketingType
from portal.permissions.opt_out_links import OptOutLink
from portal.register.models import Billing, Customer


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
    """
    with transaction():
        audit.record(
            AuditAction.MARKETING_LIST_MADE,
            actor=actor,
            now=now,
            purpose=f"{type.value}/{channel.value}",
        )
        return list(_contacts(permissions.allowed(type=type, channel=channel), channel))


def _contacts(allowed: Mapping[int, OptOutLink], channel: Channel) -> Iterator[Contact]:
    rows = db.session.execute(
        select(Customer, Billing)
        .join(Billing, Billing.customer_id == Customer.id, isouter=True)
        .order_by(Customer.number)
        .execution_options(yield_per=1000)
    )
    for customer, billing in rows:
        if link := allowed.get(customer.id):
            yield Contact(
                customer_number=customer.number,
                name=customer.name,
                contact=_contact(channel, customer, billing),
                opt_out_url=link.url(customer.letter_language),
            )


def _contact(channel: Channel, customer: Customer, billing: Billing) -> str:
    match channel:
        case Channel.EMAIL:
            return customer.email or ""
        case Channel.PHONE | Channel.SMS:
            return customer.phone or ""
        case Channel.POST:
            return f"{billing.street}, {billing.postal_code} {billing.city}"
