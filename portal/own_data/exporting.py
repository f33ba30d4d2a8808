"""The copy to take along: its audit event, and the JSON document whose keys are the catalogue's (GDPR 15(3), 20)."""

from datetime import datetime, timedelta
from typing import Any

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import utc_text
from portal.core.crypto import readable
from portal.core.db import serialise, transaction
from portal.own_data.holdings import Holdings, OwnRequest, gathered
from portal.register import documents
from portal.register.reading import FieldValue
from portal.register.values import as_json

FORMAT = "portal-export/1"
COPIES = ("json", "zip", "pdf")  # the whole of it; tables of single metering points are not counted
MOST_COPIES, WITHIN = 30, timedelta(hours=1)  # of one account


def taken_along(
    form: str, *, customer_id: int, account_id: int, session_id: int, actor: Actor, now: datetime
) -> Holdings:
    """Everything held, unmasked, for the person alone; that a copy is made in this form is audited.

    Raises NotFound, or Throttled: a copy costs the server more than a page does.
    """
    with transaction():
        serialise("audit")  # no copy is made between counting and recording
        audit.check_pace(
            AuditAction.OWN_DATA_EXPORTED,
            purposes=COPIES,
            account_id=account_id,
            most=MOST_COPIES,
            within=WITHIN,
            now=now,
        )
        record_download(form, object=f"customer:{customer_id}", customer_id=customer_id, actor=actor, now=now)
    return gathered(customer_id=customer_id, account_id=account_id, session_id=session_id, now=now)


def record_download(form: str, *, object: str, customer_id: int, actor: Actor, now: datetime) -> None:
    with transaction():
        audit.record(
            AuditAction.OWN_DATA_EXPORTED, actor=actor, now=now, subject=customer_id, object=object, purpose=form
        )


def document(held: Holdings) -> dict[str, Any]:
    """The copy as machines read it."""
    return {
        "format": FORMAT,
        "made_at": utc_text(held.made_at),
        "customer_number": held.customer.number,
        "categories": {group.spec.category.value: documents.records(group, _field) for group in held.categories},
        "permissions": _permissions(held),
        "consents": _consents(held),
        "requests": [_request(own) for own in held.requests],
        "viewings": [documents.viewing(entry) for entry in held.viewings],
        "disclosures": [documents.disclosure(row) for row in held.disclosures],
        "devices": _devices(held),
        "mandates": [documents.mandate(row) for row in held.care.mandates],
        "mandates_held": [documents.mandate_held(one.mandate) for one in held.care.mandates_held],
        "contacts": [documents.contact(entry) for entry in held.care.contacts],
        "manual_material": [documents.paper(row) for row in held.care.papers],
    }


def _field(field: FieldValue) -> dict[str, Any]:
    return {
        "value": as_json(field.spec, field.value),
        **documents.origin(field),
        "purposes": [purpose.value for purpose in field.spec.purposes],
        "legal_basis": [basis.value for basis in field.spec.legal_basis],
        "recipients": [recipient.value for recipient in field.spec.recipients],
        "retention": field.spec.retention.value,
    }


def _permissions(held: Holdings) -> dict[str, Any]:
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
            for line in held.permissions
        ],
        "history": documents.permission_history(held.permission_history),
    }


def _consents(held: Holdings) -> list[dict[str, Any]]:
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
        for choice in held.consents
    ]


def _request(own: OwnRequest) -> dict[str, Any]:
    case = own.case
    return {
        "id": case.public_id,
        "kind": case.kind.value,
        "status": case.status.value,
        "channel": case.channel.value,
        "received_on": case.received_on.isoformat(),
        "answered_at": utc_text(case.answered_at) if case.answered_at else None,
        "text": readable(case, "text"),
        "grounds": readable(case, "grounds"),
        "items": [
            {
                "field": item.field,
                "record": None if item.record_id is None else str(item.record_id),
                "value_seen": readable(item, "value_seen"),
                "proposed": readable(item, "proposed"),
                # a decision is told by the letter, not by a copy that was taken before it
                "outcome": item.outcome.value if item.outcome and case.answered_at else None,
                "reasons": readable(item, "reasons") if case.answered_at else None,
            }
            for item in own.items
        ],
        "messages": [
            {"at": utc_text(message.at), "from": message.sender.value, "text": readable(message, "text")}
            for message in own.messages
        ],
    }


def _devices(held: Holdings) -> list[dict[str, Any]]:
    return [
        {
            "name": place.name,
            "first_used_at": utc_text(place.first_used_at),
            "last_used_at": utc_text(place.last_used_at),
            "remembered_until": utc_text(place.remembered_until) if place.remembered_until else None,
        }
        for place in held.devices
    ]
