"""Tables of what the desk records about serving a customer: mandates, contacts, and where paper is kept."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.crypto import EncryptedText
from portal.core.db import Model, RowId, stored_enum
from portal.core.once import WrittenOnce
from portal.register.care.kinds import (
    ContactChannel,
    ContactDirection,
    ContactTopic,
    Evidence,
    KeyHolder,
    MandateEnd,
    MandateKind,
    MandateScope,
    PaperKind,
)

OF_CUSTOMER = "customer.id"
LONGEST_NOTE = 1_000


class Recorded(WrittenOnce):
    """Who wrote a row down and when."""

    recorded_at: Mapped[datetime]
    recorded_by_account_id: Mapped[int | None]


class Mandate(Recorded, Model):
    """Somebody who may speak for a customer, and what was seen to prove it (L41)."""

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="days"),
        CheckConstraint("(ended_on IS NULL) = (end_reason IS NULL)", name="end"),
        CheckConstraint("representative_customer_id <> customer_id", name="somebody_else"),
    )

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), index=True)
    kind: Mapped[MandateKind] = mapped_column(stored_enum(MandateKind))
    scope: Mapped[MandateScope] = mapped_column(stored_enum(MandateScope))
    # where the representative is a customer too; the name is kept beside it, for that customer may be erased
    representative_customer_id: Mapped[int | None] = mapped_column(
        ForeignKey(OF_CUSTOMER, ondelete="SET NULL"), index=True
    )
    name_encrypted: Mapped[bytes]
    name = EncryptedText("name_encrypted")
    contact_encrypted: Mapped[bytes | None]
    contact = EncryptedText("contact_encrypted")
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    evidence: Mapped[Evidence] = mapped_column(stored_enum(Evidence))
    evidence_checked_by: Mapped[str] = mapped_column(String(200))
    evidence_checked_on: Mapped[date]
    ended_on: Mapped[date | None]
    end_reason: Mapped[MandateEnd | None] = mapped_column(stored_enum(MandateEnd))

    def is_in_force(self, on: date) -> bool:
        """The last day of a mandate counts; the day on which it was ended does not."""
        has_begun = self.valid_from <= on
        has_run_out = self.valid_until is not None and self.valid_until < on
        has_ended = self.ended_on is not None and self.ended_on <= on
        return has_begun and not has_run_out and not has_ended

    def covers(self, scope: MandateScope) -> bool:
        return self.scope in (MandateScope.ALL, scope)


class ContactEntry(Recorded, Model):
    """A contact with a customer (R61). It is never changed: a correction is an entry of its own that names it."""

    __tablename__ = "contact_entry"
    __table_args__ = (Index(None, "customer_id", "happened_at"),)

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"))
    happened_at: Mapped[datetime]
    channel: Mapped[ContactChannel] = mapped_column(stored_enum(ContactChannel))
    direction: Mapped[ContactDirection] = mapped_column(stored_enum(ContactDirection))
    topic: Mapped[ContactTopic] = mapped_column(stored_enum(ContactTopic))
    note_encrypted: Mapped[bytes | None]
    note = EncryptedText("note_encrypted")
    case: Mapped[str | None] = mapped_column("case_id", String(20))
    # whether the sound was recorded; its own record is among the recorded calls (R45, R62-R64)
    is_recorded: Mapped[bool] = mapped_column(default=False)
    unit: Mapped[str] = mapped_column(String(40))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("contact_entry.id", ondelete="CASCADE"), unique=True)


class ManualMaterial(Recorded, Model):
    """Paper about a customer, and the locked room it is kept in (R87, R129)."""

    __tablename__ = "manual_material"
    __table_args__ = (
        CheckConstraint("destroyed_on IS NULL OR destroyed_on >= kept_since", name="days"),
        Index(None, "room", "kept_since"),
    )

    id: Mapped[RowId]
    customer_id: Mapped[int] = mapped_column(ForeignKey(OF_CUSTOMER, ondelete="CASCADE"), index=True)
    kind: Mapped[PaperKind] = mapped_column(stored_enum(PaperKind))
    room: Mapped[str] = mapped_column(String(80))
    shelf: Mapped[str | None] = mapped_column(String(80))
    key_holder: Mapped[KeyHolder] = mapped_column(stored_enum(KeyHolder))
    kept_since: Mapped[date]
    destroyed_on: Mapped[date | None]
