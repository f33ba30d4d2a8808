"""The only way out of the register for marketing: it cannot be asked without the check of permissions (R13)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import db, transaction
from portal.permissions import suppression
from portal.permissions.holders import holder_kind, postal_contact
from portal.permissions.models import Channel, CurrentPermission, MarketingType, State
from portal.permissions.rules import is_allowed
from portal.register.models import Billing, Customer


@dataclass(frozen=True)
class Contact:
    """Somebody who may be contacted, with the one contact point that was asked for."""

    customer_number: str
    name: str
    contact: str


def marketing_list(*, type: MarketingType, channel: Channel, actor: Actor, now: datetime) -> list[Contact]:
    """Customers who may be contacted so, by customer number; making the list is audited."""
    with transaction():
        audit.record(
            AuditAction.MARKETING_LIST_MADE,
            actor=actor,
            now=now,
            purpose=f"{type.value}/{channel.value}",
        )
        return list(_allowed(type, channel))


def _allowed(type: MarketingType, channel: Channel) -> Iterator[Contact]:
    marks = suppression.suppressed_hashes(type=type, channel=channel)
    rows = db.session.execute(
        select(
            Customer.number,
            Customer.kind,
            Customer.status,
            Customer.name,
            Customer.phone,
            Customer.email,
            Customer.is_protected,
            Billing.street,
            Billing.postal_code,
            Billing.city,
            CurrentPermission.state,
        )
        .join(
            CurrentPermission,
            and_(
                CurrentPermission.customer_id == Customer.id,
                CurrentPermission.type == type,
                CurrentPermission.channel == channel,
            ),
            isouter=True,
        )
        .join(Billing, Billing.customer_id == Customer.id, isouter=True)
        .where(Customer.contract_ended_on.is_(None))
        .order_by(Customer.number)
        .execution_options(yield_per=1000)
    )
    for row in rows:
        kind = holder_kind(kind=row.kind.value, status=row.status.value)
        if not is_allowed(row.state or State.NONE, kind=kind, channel=channel):
            continue
        match channel:
            case Channel.EMAIL:
                shown = marked = row.email
            case Channel.PHONE | Channel.SMS:
                shown = marked = row.phone
            case Channel.POST:
                # A protected address is never handed out (L40).
                if row.is_protected or not row.street:
                    continue
                shown = f"{row.street}, {row.postal_code} {row.city}"
                marked = postal_contact(row.name, row.street, row.postal_code)
        if marked and not suppression.is_marked(marked, marks):
            yield Contact(row.number, row.name, shown)
