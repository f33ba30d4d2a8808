"""Tables of what joins an account to the register."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.crypto import EncryptedText
from portal.core.db import Model, RowId, stored_enum


class EndOfChange(StrEnum):
    """How a change of e-mail address ended."""

    DONE = "done"
    CANCELLED = "cancelled"  # by the person who had asked
    STOPPED = "stopped"  # from the old address
    REPLACED = "replaced"  # by another one


class EmailChange(Model):
    """A new e-mail address that waits to be confirmed from it and from the old one.

    The links' secrets are only in the mails. `old_digest` is None where there is no old address to ask.
    """

    __tablename__ = "email_change"
    __table_args__ = (
        Index(
            "uq_email_change_open",
            "account_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    # what must still be so when the change takes effect: the account's epoch, and the address in the register
    epoch: Mapped[int]
    base_index: Mapped[str] = mapped_column(String(64))
    # the session that asked, which goes on
    session_id: Mapped[int]
    new_email_encrypted: Mapped[bytes]
    new_email = EncryptedText("new_email_encrypted")
    new_digest: Mapped[str] = mapped_column(String(64), unique=True)
    old_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    new_confirmed_at: Mapped[datetime | None]
    old_confirmed_at: Mapped[datetime | None]
    sendings: Mapped[int] = mapped_column(default=1)
    sent_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[EndOfChange | None] = mapped_column(stored_enum(EndOfChange))
