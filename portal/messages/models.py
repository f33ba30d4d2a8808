"""Messages that wait to be sent, and what became of them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.crypto import EncryptedText
from portal.core.db import Model, RowId, stored_enum


class MessageStatus(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Message(Model):
    """One mail. Address and body are encrypted: the body may hold a one-time link.

    The body is dropped once sent. `due_at` is when a worker may try next: it is moved ahead before each try, so that
    two workers do not send the same message, and a worker that dies leaves it to the next.
    """

    __tablename__ = "message"
    __table_args__ = (Index(None, "status", "due_at"),)

    id: Mapped[RowId]
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id", ondelete="SET NULL"), index=True)
    to_encrypted: Mapped[bytes]
    to = EncryptedText("to_encrypted")
    language: Mapped[str] = mapped_column(String(2))
    subject: Mapped[str] = mapped_column(String(200))
    body_encrypted: Mapped[bytes | None]
    body = EncryptedText("body_encrypted")
    status: Mapped[MessageStatus] = mapped_column(stored_enum(MessageStatus), default=MessageStatus.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    last_problem: Mapped[str | None] = mapped_column(String(200))
