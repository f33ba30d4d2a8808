"""Tables of requests: the case, its items, messages, notes, events, letters and follow-up tasks."""

import secrets
from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.catalogues.fields import Category
from portal.catalogues.recipients import Recipient
from portal.core.clock import HELSINKI, local_date
from portal.core.crypto import EncryptedBytes, EncryptedText
from portal.core.db import Model, RowId, stored_enum
from portal.core.once import WrittenOnce
from portal.subject_requests.evidence_files import FileKind
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
    ReminderKind,
    Sender,
    Status,
    TaskKind,
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


UNANSWERED = "answered_at IS NULL AND ended_at IS NULL"


def _index_where(name: str, condition: str, *columns: str) -> Index:
    where = text(condition)
    return Index(f"ix_subject_request_{name}", *columns, sqlite_where=where, postgresql_where=where)


class SubjectRequest(WrittenOnce, Model):
    """A request of a data subject. Its status changes only through `workflow.move`, and no row is ever deleted.

    `linked_to_id` is the ended case whose mistake this one repairs, `merged_into_id` the one that goes on in its place.
    """

    __tablename__ = "subject_request"
    __table_args__ = (
        CheckConstraint(_one_of("status", [status.value for status in Status]), name="status"),
        CheckConstraint(_pairs(), name="status_pair"),
        CheckConstraint("paused_days >= 0", name="paused_days"),
        Index(None, "status", "work_by", "recorded_at", "id"),
        # What the queue lists, counts and filters, of the requests that wait: however many have ended.
        _index_where(
            "unanswered",
            UNANSWERED,
            *("work_by", "recorded_at", "id", "paused_from", "statutory_on", "extended_on", "kind", "channel"),
            *("answered_at", "ended_at"),  # always empty here: so that SQLite need not look for them
        ),
        _index_where("unanswered_assignee", UNANSWERED, "assignee_account_id"),
        _index_where("proposed", "proposed_by_account_id IS NOT NULL AND decided_at IS NULL", "work_by", "id"),
        _index_where("unread", "unread_since IS NOT NULL", "work_by", "recorded_at", "id"),
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
    linked_to_id: Mapped[int | None] = mapped_column(ForeignKey("subject_request.id"), index=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("subject_request.id"), index=True)

    channel: Mapped[Channel] = mapped_column(stored_enum(Channel))
    received_on: Mapped[date]
    received_time: Mapped[time | None]  # of a visit or a call, in Finnish time
    received_at_place: Mapped[Place] = mapped_column(stored_enum(Place))
    recorded_at: Mapped[datetime]
    recorded_by_account_id: Mapped[int | None]
    late_reason: Mapped[str | None] = mapped_column(String(500))
    is_signed: Mapped[bool | None]
    mandate_id: Mapped[int | None]  # who spoke for the customer; no key, for mandates are erased with their customer
    identity_method: Mapped[IdentityMethod] = mapped_column(stored_enum(IdentityMethod))
    identity_level: Mapped[IdentityLevel] = mapped_column(stored_enum(IdentityLevel))
    identity_facts: Mapped[str | None] = mapped_column(String(200))  # with blanks between
    identity_reminded_at: Mapped[datetime | None]
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
    assessment_encrypted: Mapped[bytes | None]
    assessment = EncryptedText("assessment_encrypted")
    proposed_by_account_id: Mapped[int | None]
    proposed_at: Mapped[datetime | None]
    decided_by_account_id: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answer_channel: Mapped[Channel | None] = mapped_column(stored_enum(Channel))
    ended_at: Mapped[datetime | None]
    unread_since: Mapped[datetime | None]  # the customer's words that staff have neither answered nor marked as read

    @property
    def arrived_at(self) -> datetime | None:
        """The moment of arrival; None where only its day is known, as of a letter."""
        if self.received_time is not None:
            return datetime.combine(self.received_on, self.received_time, HELSINKI)
        is_exact = self.channel is Channel.PORTAL and local_date(self.recorded_at) == self.received_on
        return self.recorded_at if is_exact else None

    @property
    def legal_limit(self) -> date:
        return self.extended_on or self.statutory_on

    @property
    def is_shown_by_sign_in(self) -> bool:
        """Whether its customer shows more by saying signed in that it is theirs than is known so far."""
        return self.identity_level < IdentityLevel.PORTAL

    @property
    def is_proposed(self) -> bool:
        """Whether a decision waits for a second person (erasure)."""
        return self.proposed_by_account_id is not None and self.decided_at is None


class RequestItem(Model):
    """One thing asked for. Values are kept verbatim, as the customer saw and wrote them (L20).

    `base_value` is what the register held when the customer looked: while it still does, a correction is not stale.
    `category` is what the item is about where a request is decided category by category.
    """

    __tablename__ = "request_item"
    __table_args__ = (UniqueConstraint("request_id", "position"),)

    id: Mapped[RowId]
    request_id: Mapped[int] = mapped_column(ForeignKey("subject_request.id"))
    position: Mapped[int]
    field: Mapped[str | None] = mapped_column(String(60))
    record_id: Mapped[int | None]
    category: Mapped[Category | None] = mapped_column(stored_enum(Category))
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
    keeps_reasons_back: Mapped[bool] = mapped_column(default=False, server_default=false())
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
    text_encrypted: Mapped[bytes | None]  # None once retention has taken the words of an answered case
    text = EncryptedText("text_encrypted")


class CaseNote(Model):
    """A note among staff; the customer does not see it in the portal."""

    __tablename__ = "case_note"

    id: Mapped[RowId]
    request_id: Mapped[int] = mapped_column(ForeignKey("subject_request.id"), index=True)
    account_id: Mapped[int | None]
    at: Mapped[datetime]
    text_encrypted: Mapped[bytes | None]
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
    document_encrypted: Mapped[bytes | None]
    document = EncryptedBytes("document_encrypted")


class RecipientTask(Model):
    """What must still be done after a decision, and what came of it (L19, L22, L23)."""

    __tablename__ = "recipient_task"
    __table_args__ = (
        UniqueConstraint("request_id", "recipient"),
        # the queue asks who still waits for something: of all tasks ever, few
        Index(
            "ix_recipient_task_open",
            "request_id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[RowId]
    request_id: Mapped[int] = mapped_column(ForeignKey("subject_request.id"))
    kind: Mapped[TaskKind] = mapped_column(stored_enum(TaskKind))
    recipient: Mapped[Recipient | None] = mapped_column(stored_enum(Recipient))
    opened_at: Mapped[datetime]
    outcome: Mapped[TaskOutcome | None] = mapped_column(stored_enum(TaskOutcome))
    note: Mapped[str | None] = mapped_column(String(1000))
    closed_at: Mapped[datetime | None]
    closed_by_account_id: Mapped[int | None]


class CaseReminder(Model):
    """Staff have been reminded of a case: once per kind and day it is about, whichever worker was first."""

    __tablename__ = "case_reminder"
    __table_args__ = (UniqueConstraint("request_id", "kind", "about_on"),)

    id: Mapped[RowId]
    request_id: Mapped[int] = mapped_column(ForeignKey("subject_request.id"))
    kind: Mapped[ReminderKind] = mapped_column(stored_enum(ReminderKind))
    about_on: Mapped[date]
    sent_at: Mapped[datetime]


class CaseFile(Model):
    """Evidence that the customer sent, as it was cleaned; neither edited nor deleted, like everything of a case."""

    __tablename__ = "case_file"

    id: Mapped[RowId]
    request_id: Mapped[int] = mapped_column(ForeignKey("subject_request.id"), index=True)
    account_id: Mapped[int | None]
    at: Mapped[datetime]
    kind: Mapped[FileKind] = mapped_column(stored_enum(FileKind))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    name_encrypted: Mapped[bytes | None]
    name = EncryptedText("name_encrypted")
    document_encrypted: Mapped[bytes | None]  # None once retention has taken it
    document = EncryptedBytes("document_encrypted")
