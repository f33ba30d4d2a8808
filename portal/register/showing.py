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
from portal.register import conflicts
from portal.register.models import Disclosure
from portal.register.reading import CategoryRecords, FieldValue, disclosures_of, records_of
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
        "categories": {group.spec.category.value: _records(group) for group in records_of(customer_id)},
        "permission_history": _permission_history(customer_id),
        "consents": _consents(customer_id),
        "requests": _requests(customer_id),
        "conflicts": [_conflict(found) for found in conflicts.of_customer(customer_id)],
        "disclosures": [_disclosure(row) for row in disclosures_of(customer_id)],
        "viewings": [_viewing(entry) for entry in audit.viewings_of(customer_id)],
    }


def _records(group: CategoryRecords) -> list[dict[str, Any]]:
    return [
        {
            "record": None if record.record_id is None else str(record.record_id),
            "fields": {field.key: _field(field) for field in record.fields},
        }
        for record in group.records
    ]


def _field(field: FieldValue) -> dict[str, Any]:
    is_hidden = field.spec.is_masked and field.value is not None
    return {
        "value": masked_text(field.spec, field.value) if is_hidden else as_json(field.spec, field.value),
        "source": field.source.value,
        "source_on": field.source_on.isoformat(),
        "updated_at": utc_text(field.updated_at),
        "kept_until": field.kept_until.isoformat() if field.kept_until else None,
    }


def _permission_history(customer_id: int) -> list[dict[str, Any]]:
    return [
        {
            "at": utc_text(event.at),
            "type": event.type.value,
            "channel": event.channel.value,
            "before": event.old_state.value,
            "after": event.new_state.value,
            "source": event.source.value,
            "by": event.unit,
        }
        for event in permissions.history_of(customer_id)
    ]


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


def _disclosure(row: Disclosure) -> dict[str, Any]:
    return {
        "at": utc_text(row.disclosed_at),
        "recipient": row.recipient.value,
        "name": row.recipient_name,
        "legal_ground": row.legal_ground,
        "fields": row.field_keys.replace(",", " ").split(),
    }


def _viewing(entry: audit.Entry) -> dict[str, Any]:
    """When, which unit and why: never who (L17)."""
    detail = entry.detail
    return {
        "at": utc_text(entry.event.at),
        "unit": detail.unit if detail else None,
        "purpose": detail.purpose if detail else None,
        "case": detail.case if detail else None,
    }
