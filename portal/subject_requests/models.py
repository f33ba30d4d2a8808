"""Tables of requests: the case, its items, messages, notes, events, letters and follow-up tasks."""

import secrets
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.catalogues.recipients import Recipient
from portal.core.crypto import EncryptedBytes, EncryptedText
from portal.core.db import Model, RowId, stored_enum
from portal.subject_requests.kinds import (
    Channel,
    DocumentType,
    ExtensionReason,
    Ground,
    IdentityLevel,
    IdentityMethod,
    Kind,
    Outcome,
    Place,
    Sender,
    Status,
    TaskOutcome,
)

ID_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no look-alikes: people read these aloud
LONGEST_TEXT = 10_000

# Written out and not taken from the workflow: the database checks the code, so it must not copy it.
ALLOWED_PAIRS = (
    ("received", "in-review"),
    ("received", "identity-pending"),
    ("received", "decided"),
    ("received", "withdrawn"),
    ("received", "merged"),
    ("in-review", "identity-pending"),
    ("in-review", "in-review"),
    ("in-review", "decided"),
    ("in-review", "withdrawn"),
    ("identity-pending", "in-review"),
    ("identity-pending", "decided"),
    ("identity-pending", "withdrawn"),
    ("decided", "answered"),
    ("answered", "closed"),
)


def new_public_id() -> str:
    """Like K7F3-9QTD: cannot be guessed or counted."""
    letters = [secrets.choice(ID_ALPHABET) for _ in range(8)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"


def _one_of(column: str, values: list[str]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


def _pairs() -> str:
    # COALESCE, for a comparison with NULL is neither true nor false, and a check lets that pass
    return _one_of(
        "(COALESCE(previous_status, '') || '>' || status)",
        [">received", *(f"{old}>{new}" for old, new in ALLOWED_PAIRS)],
    )


class SubjectRequest(Model):
    """A request of a data subject. Its status changes only through `workflow.move`."""

    __tablename__ = "subject_request"
    __table_args__ = (
        CheckConstraint(_one_of("status", [status.value for status in Status]), name="status"),
        CheckConstraint(_pairs(), name="status_pair"),
        CheckConstraint("paused_days >= 0", name="paused_days"),
        Index(None, "status", "work_by", "id"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(9), unique=True, default=new_public_id)
    kind: Mapped[Kind] = mapped_column(stored_enum(Kind))
    status: Mapped[Status] = mapped_column(stored_enum(Status))
    previous_status: Mapped[Status | None] = mapped_column(stored_enum(Status))
    version: Mapped[int] = mapped_column(default=1)
    language: Mapped[str] = mapped_column(String(2))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id", ondelete="SET NULL"), index=True)
    contact_encrypted: Mapped[bytes | None]
    contact = EncryptedText("contact_encrypted")
    text_encrypted: Mapped[bytes | None]
    text = EncryptedText("text_encrypted")
    grounds_encrypted: Mapped[bytes | None]
    grounds = EncryptedText("grounds_encrypted")

    once_key: Mapped[str | None] = mapped_column(String(64), unique=True)  # a form sent twice makes one case

    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    received_on: Mapped[date]
    received_at_place: Mapped[Place] = mapped_column(stored_enum(Place))
    recorded_at: Mapped[datetime]
    recorded_by_account_id: Mapped[int | None]
    late_reason: Mapped[str | None] = mapped_column(String(500))
    is_signed: Mapped[bool | None]
    identity_method: Mapped[IdentityMethod] = mapped_column(stored_enum(IdentityMethod))
    identity_level: Mapped[IdentityLevel] = mapped_column(stored_enum(IdentityLevel))
    document_type: Mapped[DocumentType | None] = mapped_column(stored_enum(DocumentType))
    document_checked_by: Mapped[str | None] = mapped_column(String(200))

    promise_on: Mapped[date]
    statutory_on: Mapped[date]
    extended_on: Mapped[date | None]
    work_by: Mapped[date]
    holiday_table_version: Mapped[str] = mapped_column(String(60))
    paused_days: Mapped[int] = mapped_column(default=0)
    paused_from: Mapped[date | None]
    extension_reason: Mapped[ExtensionReason | None] = mapped_column(stored_enum(ExtensionReason))

    assignee_account_id: Mapped[int | None] = mapped_column(index=True)
    outcome: Mapped[Outcome | None] = mapped_column(stored_enum(Outcome))
    decided_by_account_id: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answer_channel: Mapped[Channel | None] = mapped_column(stored_enum(Channel))
    ended_at: Mapped[datetime | None]

    @property
    def legal_limit(self) -> date:
        return self.extended_on or self.statutory_on


class RequestItem(Model):
    """One thing asked for. Values are kept verbatim, as the customer saw and wrote them (L20).

    `base_value` is what the register held when the customer looked: while it still does, a correction is not stale.
    """

    __tablename__ = "request_item"
    __table_args__ = (UniqueConstraint("request_id", "position"),)

    id: Mapped[RowId]
    request_id: Mapped[int] = mapped_column(ForeignKey("subject_request.id"))
    position: Mapped[int]
    field: Mapped[str | None] = mapped_column(String(60))
    record_id: Mapped[int | None]
    value_seen_encrypted: Mapped[bytes | None]
    value_seen = EncryptedText("value_seen_encrypted")
    base_value_encrypted: Mapped[bytes | None]
    base_value = EncryptedText("base_value_encrypted")
    proposed_encrypted: Mapped[bytes | None]
    proposed = EncryptedText("proposed_encrypted")
    outcome: Mapped[Outcome | None] = mapped_column(stored_enum(Outcome))
    ground: Mapped[Ground | None] = mapped_column(stored_enum(Ground))
    reasons_encrypted: Mapped[bytes | None]
    reasons = EncryptedText("reasons_encrypted")
    value_before_encrypted: Mapped[bytes | None]
    value_before = EncryptedText("value_before_encrypted")
    value_after_encrypted: Mapped[bytes | None]
    value_after = EncryptedText("value_after_encrypted")


class CaseMessage(Model):
    """A message between the customer and staff; never edited."""

    __tablename__ = "case_message"

    id: Mapped[RowId]
    request_id: Mapped[int] = mapped_column(ForeignKey("subject_request.id"), index=True)
    sender: Mapped[Sender] = mapped_column(stored_enum(Sender))
    account_id: Mapped[int | None]
    at: Mapped[datetime]
    text_encrypted: Mapped[bytes]
    text = EncryptedText("text_encrypted")


class CaseNote(Model):
    """A note among staff; the customer does not see it in the portal."""

    __tablename__ = "case_note"

    id: Mapped[RowId]
    request_id: Mapped[int] = mapped_column(ForeignKey("subject_request.id"), index=True)
    account_id: Mapped[int | None]
    at: Mapped[datetime]
    text_encrypted: Mapped[bytes]
    text = EncryptedText("text_encrypted")


class CaseEvent(Model):
    """A step that was taken, for the history on both sides."""

    __tablename__ = "case_event"

    id: Mapped[RowId]
    request_id: Mapped[int] = mapped_column(ForeignKey("subject_request.id"), index=True)
    sequence: Mapped[int]
    step: Mapped[str] = mapped_column(String(40))
    from_status: Mapped[Status | None] = mapped_column(stored_enum(Status))
    to_status: Mapped[Status] = mapped_column(stored_enum(Status))
    at: Mapped[datetime]
    account_id: Mapped[int | None]
    unit: Mapped[str] = mapped_column(String(40))


class Letter(Model):
    """The answer as it was sent: encrypted, and bound to its digest in the audit trail."""

    __tablename__ = "letter"

    id: Mapped[RowId]
    request_id: Mapped[int] = mapped_column(ForeignKey("subject_request.id"), unique=True)
    language: Mapped[str] = mapped_column(String(2))
    made_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(String(64))
    document_encrypted: Mapped[bytes]
    document = EncryptedBytes("document_encrypted")


class RecipientTask(Model):
    """Tell one recipient of a correction (article 19), correct the datahub (L23), or carry the decision out.

    Without a recipient: what was granted must still be done in the register by hand.
    """

    __tablename__ = "recipient_task"
    __table_args__ = (UniqueConstraint("request_id", "recipient"),)

    id: Mapped[RowId]
    request_id: Mapped[int] = mapped_column(ForeignKey("subject_request.id"))
    recipient: Mapped[Recipient | None] = mapped_column(stored_enum(Recipient))
    opened_at: Mapped[datetime]
    outcome: Mapped[TaskOutcome | None] = mapped_column(stored_enum(TaskOutcome))
    note: Mapped[str | None] = mapped_column(String(1000))
    closed_at: Mapped[datetime | None]
    closed_by_account_id: Mapped[int | None]
