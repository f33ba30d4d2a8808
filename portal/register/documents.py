"""What the register holds as JSON: the shapes that a customer's copy and a document for scripts share (contract 5)."""

from collections.abc import Callable, Iterable
from typing import Any

from portal.core.audit import Entry
from portal.core.clock import utc_text
from portal.core.crypto import readable
from portal.permissions.models import PermissionEvent
from portal.register.care import contact_log
from portal.register.care.models import ContactEntry, Mandate, ManualMaterial
from portal.register.models import Disclosure, RecipientHolder
from portal.register.openings import part_seen
from portal.register.reading import CategoryRecords, FieldValue


def records(group: CategoryRecords, field: Callable[[FieldValue], dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "record": None if record.record_id is None else str(record.record_id),
            "fields": {value.key: field(value) for value in record.fields},
        }
        for record in group.records
    ]


def origin(field: FieldValue) -> dict[str, Any]:
    """Where a value came from and how long it stays."""
    return {
        "source": field.source.value,
        "source_on": field.source_on.isoformat(),
        "updated_at": utc_text(field.updated_at),
        "kept_until": field.kept_until.isoformat() if field.kept_until else None,
    }


def permission_history(events: Iterable[PermissionEvent]) -> list[dict[str, Any]]:
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
        for event in events
    ]


def disclosure(row: Disclosure) -> dict[str, Any]:
    return {
        "at": utc_text(row.disclosed_at),
        "recipient": row.recipient.value,
        "name": row.recipient_name,
        "legal_ground": row.legal_ground,
        "fields": row.fields,
        "country": row.holder.country if row.holder else None,
        "transfer": _transfer(row.holder) if row.holder and row.holder.is_outside_eea else None,
    }


def viewing(entry: Entry) -> dict[str, Any]:
    """When, which unit and why: never who (L17)."""
    detail = entry.detail
    return {
        "at": utc_text(entry.event.at),
        "unit": detail.unit if detail else None,
        "purpose": detail.purpose if detail else None,
        "case": detail.case if detail else None,
        "part": part_seen(detail).value if detail else None,
    }


def _transfer(holder: RecipientHolder) -> dict[str, str | None]:
    """On what ground data went outside the EU and the EEA, and how it is protected there (article 15(2))."""
    return {
        "ground": holder.transfer_ground.value if holder.transfer_ground else None,
        "safeguards": holder.safeguards,
    }


def mandate(row: Mandate) -> dict[str, Any]:
    return {
        "representative": readable(row, "name"),
        "contact": readable(row, "contact"),
        **mandate_held(row),
        "evidence": row.evidence.value,
        "checked_on": row.evidence_checked_on.isoformat(),
    }


def mandate_held(row: Mandate) -> dict[str, Any]:
    """A mandate as its holder reads it: whose matters it is about is that person's data."""
    return {
        "kind": row.kind.value,
        "scope": row.scope.value,
        "valid_from": row.valid_from.isoformat(),
        "valid_until": row.valid_until.isoformat() if row.valid_until else None,
        "ended_on": row.ended_on.isoformat() if row.ended_on else None,
        "end_reason": row.end_reason.value if row.end_reason else None,
    }


def contact(entry: ContactEntry) -> dict[str, Any]:
    kept_until = contact_log.kept_until(entry)
    return {
        "id": str(entry.id),
        "at": utc_text(entry.happened_at),
        "channel": entry.channel.value,
        "direction": entry.direction.value,
        "topic": entry.topic.value,
        "note": readable(entry, "note"),
        "case": entry.case,
        "recorded": entry.is_recorded,
        "unit": entry.unit,
        "corrects": str(entry.corrects_id) if entry.corrects_id else None,
        "kept_until": kept_until.isoformat() if kept_until else None,
    }


def paper(row: ManualMaterial) -> dict[str, Any]:
    """What there is and since when; where it lies concerns nobody outside the house."""
    return {
        "kind": row.kind.value,
        "since": row.kept_since.isoformat(),
        "destroyed_on": row.destroyed_on.isoformat() if row.destroyed_on else None,
    }
