"""A protected address (turvakielto): who marks it, and the one step in which a clerk sees it (L40)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from portal.catalogues.sources import Source
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import db, serialise, transaction
from portal.core.errors import NotFound
from portal.register import openings
from portal.register.care.kinds import LIFTS_PROTECTION, AddressPurpose, ProtectionReason
from portal.register.models import Customer, CustomerOpening, FieldProvenance
from portal.register.reading import CategoryRecords, addresses_of
from portal.register.services import apply_correction

FIELD = "is_protected"
SHOWN_FOR = timedelta(minutes=10)

SOURCE_OF = {
    ProtectionReason.CUSTOMER_TOLD: Source.CUSTOMER_CONTACT,
    ProtectionReason.ORDER_SHOWN: Source.CUSTOMER_CONTACT,
    ProtectionReason.POPULATION_DATA: Source.POPULATION_DATA,
    ProtectionReason.ORDER_ENDED: Source.CUSTOMER_CONTACT,
    ProtectionReason.MISTAKE: Source.CUSTOMER_CONTACT,
}


@dataclass(frozen=True)
class ShownAddresses:
    """The addresses of a customer, and why they are shown."""

    categories: list[CategoryRecords]
    purpose: AddressPurpose
    until: datetime


def change(*, customer: Customer, reason: ProtectionReason, actor: Actor, now: datetime) -> None:
    """Set the mark or take it away, as the reason says; what holds already is left as it is.

    It is told to the customer information system like every correction.
    """
    is_protected = reason not in LIFTS_PROTECTION
    with transaction():
        serialise("audit")  # before the row, as every writer of the register
        db.session.refresh(customer)
        if customer.is_protected is is_protected:
            return
        apply_correction(
            customer_id=customer.id,
            field_key=FIELD,
            record_id=None,
            base_value="no" if is_protected else "yes",
            new_value="yes" if is_protected else "no",
            request_id=None,
            source=SOURCE_OF[reason],
            actor=actor,
            now=now,
        )
        audit.record(
            AuditAction.ADDRESS_PROTECTION_CHANGED,
            actor=actor,
            now=now,
            subject=customer.id,
            object=f"customer:{customer.id}",
            purpose=reason.value,
        )


def origin_of(customer: Customer) -> FieldProvenance | Customer:
    """Where the mark comes from and since when: a change of its own, or the record as a whole."""
    own = db.session.scalar(
        select(FieldProvenance).where(FieldProvenance.record_id == customer.id, FieldProvenance.field_key == FIELD)
    )
    return own or customer


def ask(*, number: str, purpose: AddressPurpose, actor: Actor, now: datetime) -> bool:
    """Let the address be shown for a while; False when the customer is not open. Raises NotFound."""
    with transaction():
        opened = openings.current(number=number, actor=actor, now=now)
        if opened is None:
            return False
        _customer, opening = opened
        opening.address_purpose, opening.address_asked_at = purpose.value, now
        return True


def shown(*, customer: Customer, opening: CustomerOpening, actor: Actor, now: datetime) -> ShownAddresses | None:
    """The addresses, on record; None when nobody has told a moment ago what they are needed for."""
    asked_at = opening.address_asked_at
    if opening.address_purpose is None or asked_at is None or not timedelta(0) <= now - asked_at <= SHOWN_FOR:
        return None
    if opening.customer_id != customer.id:
        raise NotFound
    purpose = AddressPurpose(opening.address_purpose)
    with transaction():
        audit.record(
            AuditAction.ADDRESS_SHOWN,
            actor=actor,
            now=now,
            subject=customer.id,
            case=opening.case,
            object=f"address:{customer.id}",
            purpose=purpose.value,
        )
    return ShownAddresses(addresses_of(customer.id), purpose, asked_at + SHOWN_FOR)
