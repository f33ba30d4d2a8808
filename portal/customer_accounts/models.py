"""Tables of what joins an account to the register."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.crypto import EncryptedText
from portal.core.db import Model, RowId, stored_enum
from portal.messages.errands import Errand


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


class ActivationRequest(Errand):
    """Somebody asked to activate an account. Kept until the worker has looked whose contact it is."""

    __tablename__ = "activation_request"

    username_encrypted: Mapped[bytes]
    username = EncryptedText("username_encrypted")
    contact_encrypted: Mapped[bytes]
    contact = EncryptedText("contact_encrypted")
    language: Mapped[str] = mapped_column(String(2))


class ActivationMail(Model):
    """That a contact was sent a mail about activating: nobody is to fill somebody's mailbox."""

    __tablename__ = "activation_mail"

    id: Mapped[RowId]
    contact_index: Mapped[str] = mapped_column(String(64), index=True)
    sent_at: Mapped[datetime]


class Activation(Model):
    """A link or a code that makes one account; its secret is only in the mail or letter (S10)."""

    __tablename__ = "activation"
    __table_args__ = (CheckConstraint("(contact_index IS NULL) <> (customer_id IS NULL)", name="way"),)

    id: Mapped[RowId]
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    # of a mail: the contact by keyed hash, since several customers may share it
    contact_index: Mapped[str | None] = mapped_column(String(64), index=True)
    # of a letter: whom it was written to
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    username_encrypted: Mapped[bytes | None]
    username = EncryptedText("username_encrypted")
    # second facts that did not fit, and those that are being looked at
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    # used, or followed by a newer one
    ended_at: Mapped[datetime | None]

    @property
    def reference(self) -> str:
        """This one as the object of an audit event."""
        return f"activation:{self.id}"

    def is_open(self, now: datetime) -> bool:
        """Neither ended nor expired, whatever the clock does (S25)."""
        is_young = abs(now - self.created_at) < self.expires_at - self.created_at
        return self.ended_at is None and is_young and now < self.expires_at
