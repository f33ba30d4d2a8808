"""The customer's own copy as one JSON document; its keys are the catalogue's (R116, GDPR 15(3) and 20)."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.consents import services as consents
from portal.core import audit
from portal.core.audit import Actor, AuditAction, Entry
from portal.core.clock import utc_text
from portal.core.crypto import readable
from portal.core.db import db, transaction
from portal.permissions import services as permissions
from portal.register.models import Disclosure
from portal.register.reading import CategoryRecords, FieldValue, disclosures_of, records_of
from portal.register.services import customer_of
from portal.register.values import as_json
from portal.subject_requests.models import SubjectRequest

FORMAT = "portal-export/1"


def export_of(*, customer_id: int, account_id: int, actor: Actor, now: datetime) -> dict[str, Any]:
    """Everything held, unmasked, for the person alone; making the copy is audited. Raises NotFound."""
    with transaction():
        audit.record(
            AuditAction.OWN_DATA_EXPORTED,
            actor=actor,
            now=now,
            subject=customer_id,
            object=f"customer:{customer_id}",
        )
    return {
        "format": FORMAT,
        "made_at": utc_text(now),
        "customer_number": customer_of(customer_id).number,
        "categories": {group.spec.category.value: _records(group) for group in records_of(customer_id)},
        "permissions": _permissions(customer_id),
        "consents": _consents(account_id),
        "requests": _requests(customer_id),
        "viewings": [_viewing(entry) for entry in audit.viewings_of(customer_id)],
        "disclosures": [_disclosure(row) for row in disclosures_of(customer_id)],
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
    return {
        "value": as_json(field.spec, field.value),
        "source": field.source.value,
        "source_on": field.source_on.isoformat(),
        "updated_at": utc_text(field.updated_at),
        "purposes": [purpose.value for purpose in field.spec.purposes],
        "legal_basis": [basis.value for basis in field.spec.legal_basis],
        "recipients": [recipient.value for recipient in field.spec.recipients],
        "retention": field.spec.retention.value,
        "kept_until": field.kept_until.isoformat() if field.kept_until else None,
    }


def _permissions(customer_id: int) -> dict[str, Any]:
    return {
        "now": [
            {
                "type": line.type.value,
                "channel": line.channel.value,
                "state": line.state.value,
                "allowed": line.is_allowed,
                "source": line.source.value if line.source else None,
                "since": utc_text(line.since) if line.since else None,
            }
            for line in permissions.state_of(customer_id)
        ],
        "history": [
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
        ],
    }


def _consents(account_id: int) -> list[dict[str, Any]]:
    return [
        {
            "record_id": choice.record_id,
            "given_at": utc_text(choice.given_at),
            "expires_at": utc_text(choice.expires_at),
            "language": choice.language,
            "surface": choice.surface.value,
            "method": choice.method.value,
            "categories": {category.value: answer.value for category, answer in choice.answers.items()},
            "notice_version": choice.notice_version,
        }
        for choice in consents.choices_of(account_id)
    ]


def _requests(customer_id: int) -> list[dict[str, Any]]:
    rows = db.session.scalars(
        select(SubjectRequest)
        .where(SubjectRequest.customer_id == customer_id)
        .order_by(SubjectRequest.received_on, SubjectRequest.id)
    )
    return [
        {
            "id": row.public_id,
            "kind": row.kind.value,
            "status": row.status.value,
            "channel": row.channel.value,
            "received_on": row.received_on.isoformat(),
            "text": readable(row, "text"),
        }
        for row in rows
    ]


def _viewing(entry: Entry) -> dict[str, Any]:
    """When, which unit and why: never who (L17)."""
    detail = entry.detail
    return {
        "at": utc_text(entry.event.at),
        "unit": detail.unit if detail else None,
        "purpose": detail.purpose if detail else None,
        "case": detail.case if detail else None,
    }


def _disclosure(row: Disclosure) -> dict[str, Any]:
    return {
        "at": utc_text(row.disclosed_at),
        "recipient": row.recipient.value,
        "name": row.recipient_name,
        "legal_ground": row.legal_ground,
        "fields": row.field_keys.split(),
    }
