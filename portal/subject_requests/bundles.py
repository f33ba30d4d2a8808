"""A case as one file for the ombudsman: what happened, what was sent, and proof that nobody has changed the record.

The proof can be checked without the portal; docs/case-bundle.md and the program in the bundle tell how.
"""

import base64
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.catalogues.fields import ADDRESS_FIELDS, BY_KEY, FieldSpec
from portal.config import ROOT
from portal.core import audit, checkpoints
from portal.core.audit import Actor, AuditAction, AuditDetail, AuditEvent
from portal.core.checkpoints import Checkpoint
from portal.core.clock import utc_text
from portal.core.crypto import readable
from portal.core.db import db, transaction
from portal.core.errors import Forbidden
from portal.core.hash_chain import moment
from portal.register import documents
from portal.register.values import masked_text
from portal.subject_requests import cases
from portal.subject_requests.guards import Who, acts_as
from portal.subject_requests.kinds import Outcome, Status
from portal.subject_requests.models import CaseEvent, CaseMessage, CaseNote, RequestItem, SubjectRequest

FORMAT = "portal-case/1"
PROGRAM = ROOT / "docs" / "verify_case_bundle.py"
DPV = "https://w3id.org/dpv#"
PROTECTED = "(protected address)"  # the file goes to others: a protected address is in none (L40)

# W3C Data Privacy Vocabulary, status of a request.
_STATUSES = {
    Status.RECEIVED: "RequestAcknowledged",
    Status.IN_REVIEW: "RequestAcknowledged",
    Status.IDENTITY_PENDING: "RequestRequiresAction",
    Status.DECIDED: "RequestAccepted",
    Status.ANSWERED: "RequestFulfilled",
    Status.CLOSED: "RequestFulfilled",
    Status.WITHDRAWN: "RequestUnfulfilled",
    Status.MERGED: "RequestUnfulfilled",
}


def make(*, public_id: str, actor: Actor, now: datetime) -> bytes:
    """The bundle as a ZIP file; that it was made is on the audit trail, and inside.

    Raises NotFound; Forbidden for one's own case, and for anybody but a decision-maker, or the system on the command
    line.
    """
    if not (acts_as(actor, Who.DECISION_MAKER) or acts_as(actor, Who.SYSTEM)):
        raise Forbidden
    with transaction():
        case = cases.shown(public_id, actor=actor)
        audit.record(
            AuditAction.REQUEST_BUNDLED,
            actor=actor,
            now=now,
            subject=case.customer_id,
            case=case.public_id,
            object=f"subject_request:{case.id}",
        )
    checkpoints.write(now)  # so that the last events are signed too
    return _zipped(_files(cases.found(public_id, actor=actor), now))


def dpv_status(case: SubjectRequest) -> str:
    """Our status in the words of the W3C Data Privacy Vocabulary."""
    if case.outcome is Outcome.REFUSE:
        return f"{DPV}RequestRejected"
    if case.status is Status.IN_REVIEW and case.extension_reason is not None:
        return f"{DPV}RequestActionDelayed"
    if case.status is Status.IN_REVIEW and case.paused_days:
        return f"{DPV}RequestRequiredActionPerformed"
    return f"{DPV}{_STATUSES[case.status]}"


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def _files(case: SubjectRequest, now: datetime) -> dict[str, bytes]:
    told = _events(case)
    links, signed = _proof([event.seq for event, _ in told])
    letter = cases.letter_of(case)
    files = {
        "case.json": _json({"format": FORMAT, "made_at": utc_text(now), **_case(case)}),
        "messages.json": _json([_message(row) for row in _rows(CaseMessage, case, CaseMessage.at)]),
        "notes.json": _json([_note(row) for row in _rows(CaseNote, case, CaseNote.at)]),
        "history.json": _json([_step(row) for row in _rows(CaseEvent, case, CaseEvent.sequence)]),
        "audit.json": _json([_audit_event(event, detail) for event, detail in told]),
        "proof/chain.jsonl": b"".join(_json(link, indent=None) + b"\n" for link in links),
        "proof/checkpoints.jsonl": b"".join(line + b"\n" for line, _ in signed),
        "proof/keys.json": _json(_keys(checkpoint for _, checkpoint in signed)),
        "proof/verify.py": PROGRAM.read_bytes(),
    }
    if letter is not None and letter.document is not None:
        files[f"letters/{letter.language}-{letter.sha256[:12]}.pdf"] = letter.document
    return files


def _json(told: object, indent: int | None = 2) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=indent).encode()


def _rows(model: Any, case: SubjectRequest, order: Any) -> Sequence[Any]:
    return db.session.scalars(select(model).where(model.request_id == case.id).order_by(order, model.id)).all()


def _case(case: SubjectRequest) -> dict[str, object]:
    customer = cases.customer_of(case)
    is_protected = customer is not None and customer.is_protected
    letter = cases.letter_of(case)
    return {
        "id": case.public_id,
        "kind": case.kind,
        "status": case.status,
        "dpv_status": dpv_status(case),
        "customer_number": customer.number if customer else None,
        "contact": _contact(readable(case, "contact"), is_protected=is_protected),
        "text": readable(case, "text"),
        "grounds": readable(case, "grounds"),
        "language": case.language,
        "channel": case.channel,
        "received_on": case.received_on.isoformat(),
        "received_time": case.received_time.isoformat("minutes") if case.received_time else None,
        "received_at_place": case.received_at_place,
        "recorded_at": utc_text(case.recorded_at),
        "late_reason": case.late_reason,
        "representative": _representative(case),
        "identity": {
            "method": case.identity_method,
            "level": case.identity_level,
            "facts": (case.identity_facts or "").split(),
            "document_type": case.document_type,
            "document_checked_by": case.document_checked_by,
        },
        "dates": {
            **{name: day.isoformat() if day else None for name, day in cases.due_dates(case).items()},
            "paused_days": case.paused_days,
            "holiday_table": case.holiday_table_version,
            "extension_reason": case.extension_reason,
        },
        "outcome": case.outcome,
        "assessment": readable(case, "assessment"),
        "decided_at": utc_text(case.decided_at) if case.decided_at else None,
        "answered_at": utc_text(case.answered_at) if case.answered_at else None,
        "answer_channel": case.answer_channel,
        "ended_at": utc_text(case.ended_at) if case.ended_at else None,
        "letter_sha256": letter.sha256 if letter else None,
        "items": [_item(item, is_protected=is_protected) for item in cases.items_of(case)],
        "tasks": [
            {
                "kind": task.kind,
                "recipient": task.recipient,
                "outcome": task.outcome,
                "note": task.note,
                "closed_at": utc_text(task.closed_at) if task.closed_at else None,
            }
            for task in cases.tasks_of(case)
        ],
    }


def _contact(text: str | None, *, is_protected: bool) -> str | None:
    """As it was given; a postal address only of somebody whose address is not protected (L40)."""
    is_address = text is not None and "@" not in text and any(sign.isalpha() for sign in text)
    return PROTECTED if is_protected and is_address else text


def _representative(case: SubjectRequest) -> dict[str, object] | None:
    """Who spoke for the customer and by which mandate, as it is held now (L41); None where nobody did.

    A mandate that is no longer kept has no more than its number.
    """
    if case.mandate_id is None:
        return None
    mandate = cases.mandate_of(case)
    return {"mandate": str(case.mandate_id), **(documents.mandate(mandate) if mandate is not None else {})}


def _item(item: RequestItem, *, is_protected: bool) -> dict[str, object]:
    """The values as they are held: identity code and account number masked (L14), no protected address (L40)."""
    spec = BY_KEY.get(item.field or "")
    values = {
        name: _value(spec, readable(item, name)) for name in ("value_seen", "proposed", "value_before", "value_after")
    }
    if is_protected and item.field in ADDRESS_FIELDS:
        values = {name: PROTECTED if value else value for name, value in values.items()}
    return {
        "field": item.field,
        "record": str(item.record_id) if item.record_id else None,
        "category": item.category,
        **values,
        "outcome": item.outcome,
        "ground": item.ground,
        "reasons": readable(item, "reasons"),
    }


def _value(spec: FieldSpec | None, text: str | None) -> str | None:
    return masked_text(spec, text) if spec is not None and spec.is_masked and text and "*" not in text else text


def _message(row: CaseMessage) -> dict[str, object]:
    return {"at": utc_text(row.at), "from": row.sender, "text": readable(row, "text")}


def _note(row: CaseNote) -> dict[str, object]:
    return {"at": utc_text(row.at), "text": readable(row, "text")}


def _step(row: CaseEvent) -> dict[str, object]:
    return {
        "at": utc_text(row.at),
        "step": row.step,
        "from": row.from_status,
        "to": row.to_status,
        "unit": row.unit,
    }


def _events(case: SubjectRequest) -> Sequence[tuple[AuditEvent, AuditDetail]]:
    """What the audit trail tells of the case, oldest first."""
    rows = db.session.execute(
        select(AuditEvent, AuditDetail)
        .join(AuditDetail, AuditDetail.seq == AuditEvent.seq)
        .where(AuditDetail.case == case.public_id)
        .order_by(AuditEvent.seq)
    )
    return [(event, detail) for event, detail in rows]


def _audit_event(event: AuditEvent, detail: AuditDetail) -> dict[str, object]:
    """With the salt, without which the digest in the chain proves nothing."""
    return {
        "seq": event.seq,
        "at": utc_text(event.at),
        "action": event.action,
        "outcome": event.outcome,
        "detail": [
            detail.seq,
            detail.salt,
            detail.actor,
            detail.role,
            detail.unit,
            detail.subject,
            detail.case,
            detail.object,
            detail.purpose,
            detail.request_id,
        ],
    }


def _proof(wanted: Sequence[int]) -> tuple[list[list[object]], list[tuple[bytes, Checkpoint]]]:
    """The links from each event to the next checkpoint after it, and those checkpoints. They name nobody."""
    signed = [(line, Checkpoint.read(line)) for line in checkpoints.lines()]
    links: list[list[object]] = []
    needed: list[tuple[bytes, Checkpoint]] = []
    reached = 0
    for seq in wanted:
        following = next((one for one in signed if one[1].sequence >= seq), None)
        if following is None or seq <= reached:
            continue
        links += _links(seq, following[1].sequence)
        needed.append(following)
        reached = following[1].sequence
    return links, needed


def _links(first: int, last: int) -> Iterator[list[object]]:
    query = select(AuditEvent).where(AuditEvent.seq.between(first, last)).order_by(AuditEvent.seq)
    for event in db.session.scalars(query):
        yield [
            event.seq,
            moment(event.at),
            event.action.value,
            event.outcome,
            event.detail_digest,
            event.previous_hash,
            event.hash,
        ]


def _keys(signed: Iterator[Checkpoint]) -> dict[str, str]:
    return {key: base64.b64encode(checkpoints.public_key(key)).decode() for key in {one.key for one in signed}}
