"""Everything held about one customer as one document for scripts, with secrets masked (L14)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Date, String, column, select, table

from portal.accounts.models import Account
from portal.consents import services as consents
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import utc_text
from portal.core.db import BigInt, db, transaction
from portal.permissions import services as permissions
from portal.register import conflicts, documents
from portal.register.care import contact_log, mandates, manual_material
from portal.register.reading import FieldValue, disclosures_of, records_of
from portal.register.services import customer_of
from portal.register.values import as_json, masked_text

# by name: requests stand above the register
_REQUESTS = table(
    "subject_request",
    column("customer_id", BigInt),
    column("public_id", String),
    column("kind", String),
    column("status", String),
    column("channel", String),
    column("received_on", Date),
)


def document_of(customer_id: int, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """Every category by the catalogue's keys, and what goes with the customer; audited. Raises NotFound."""
    customer = customer_of(customer_id)
    with transaction():
        audit.record(
            AuditAction.CUSTOMER_VIEWED,
            actor=actor,
            now=now,
            subject=customer_id,
            object=f"customer:{customer_id}",
            purpose="other",
        )
    return {
        "customer_number": customer.number,
        "categories": {
            group.spec.category.value: documents.records(group, _field) for group in records_of(customer_id)
        },
        "permission_history": documents.permission_history(permissions.history_of(customer_id)),
        "consents": _consents(customer_id),
        "requests": _requests(customer_id),
        "mandates": [documents.mandate(row) for row in mandates.of_customer(customer_id)],
        "mandates_held": [documents.mandate_held(held.mandate) for held in mandates.held_by(customer_id)],
        "contacts": [documents.contact(entry) for entry in contact_log.of_customer(customer_id)],
        "manual_material": [documents.paper(row) for row in manual_material.of_customer(customer_id)],
        "conflicts": [_conflict(found) for found in conflicts.of_customer(customer_id)],
        "disclosures": [documents.disclosure(row) for row in disclosures_of(customer_id)],
        "viewings": [documents.viewing(entry) for entry in audit.viewings_of(customer_id)],
    }


def _field(field: FieldValue) -> dict[str, Any]:
    is_hidden = field.spec.is_masked and field.value is not None
    return {
        "value": masked_text(field.spec, field.value) if is_hidden else as_json(field.spec, field.value),
        **documents.origin(field),
    }


def _consents(customer_id: int) -> list[dict[str, Any]]:
    accounts = db.session.scalars(select(Account.id).where(Account.customer_id == customer_id).order_by(Account.id))
    return [
        {
            "record_id": choice.record_id,
            "given_at": utc_text(choice.given_at),
            "expires_at": utc_text(choice.expires_at),
            **{category.value: answer.value for category, answer in choice.answers.items()},
        }
        for account_id in accounts
        for choice in consents.choices_of(account_id)
    ]


def _requests(customer_id: int) -> list[dict[str, Any]]:
    rows = db.session.execute(
        select(_REQUESTS)
        .where(_REQUESTS.c.customer_id == customer_id)
        .order_by(_REQUESTS.c.received_on, _REQUESTS.c.public_id)
    )
    return [
        {
            "id": row.public_id,
            "kind": row.kind,
            "status": row.status,
            "channel": row.channel,
            "received_on": row.received_on.isoformat(),
        }
        for row in rows
    ]


def _conflict(found: conflicts.Conflict) -> dict[str, Any]:
    return {
        "field": found.spec.key,
        "record": found.record,
        "ours": masked_text(found.spec, found.ours),
        "theirs": masked_text(found.spec, found.theirs),
        "source": found.source.value,
        "source_on": found.source_on.isoformat(),
        "found_at": utc_text(found.found_at),
        "kept_at": utc_text(found.kept_at) if found.kept_at else None,
    }
