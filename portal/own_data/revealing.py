"""Showing one masked value in full, once: identity code and account number (S4, S15)."""

from datetime import datetime

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import transaction
from portal.core.errors import NotFound
from portal.register import services as register
from portal.register.services import FieldReference


def masked_field(field: str, record: str, *, customer_id: int) -> FieldReference:
    """The masked field that is asked for; raises NotFound for anything else, and for anybody else's."""
    reference = register.field_reference(f"{field}:{record}" if record else field)
    if not reference.spec.is_masked:
        raise NotFound
    if not register.current_value(customer_id, reference.spec.key, reference.record_id):
        raise NotFound
    return reference


def reveal(reference: FieldReference, *, customer_id: int, actor: Actor, now: datetime) -> None:
    """Put on the audit trail that the person sees the value in full; which value it is, is not told there."""
    with transaction():
        audit.record(
            AuditAction.FIELD_REVEALED,
            actor=actor,
            now=now,
            subject=customer_id,
            object=f"customer:{customer_id}",
            purpose=str(reference),
        )
