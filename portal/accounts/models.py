"""Tables of accounts: who may sign in, where they are signed in, and how often somebody tried."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.audit import Actor
from portal.core.crypto import EncryptedText
from portal.core.db import Model, RowId, stored_enum
from portal.core.roles import Role
from portal.messages.errands import Errand

# What a customer is told instead of a name, when staff have looked at their data (L17).
UNITS = {
    Role.CUSTOMER: "customer",
    Role.CLERK: "customer-service",
    Role.DECISION_MAKER: "register-matters",
    Role.MARKETING: "marketing",
    Role.ADMINISTRATOR: "administration",
}


class LockReason(StrEnum):
    """Why an account does not open."""

    UNAPPROVED = "unapproved"  # made by one administrator and not yet approved by another
    LEFT = "left"
    SUSPECTED_MISUSE = "suspected-misuse"
    OTHER = "other"


class ProposalKind(StrEnum):
    """What two administrators do together."""

    NEW_ACCOUNT = "new-account"
    ROLE = "role"
    SECOND_FACTOR_RESET = "second-factor-reset"


class ProposalState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Account(Model):
    """Somebody who may sign in. `username` is stored casefolded; a customer's account points to its customer."""

    __tablename__ = "account"

    id: Mapped[RowId]
    username: Mapped[str] = mapped_column(String(120), unique=True)
    email: Mapped[str | None] = mapped_column(String(254))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    # shorter than what a password alone must be: the second factor cannot be given up before it is changed (S7)
    has_short_password: Mapped[bool] = mapped_column(default=False)
    role: Mapped[Role] = mapped_column(stored_enum(Role))
    language: Mapped[str] = mapped_column(String(2))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    # of staff: the customer whom they are in private, whose case and data they do not handle (S13). No foreign key:
    # it must not stand in the way of an erasure, and what it leaves is a number that nobody has any more
    own_customer_id: Mapped[int | None]
    display_name: Mapped[str] = mapped_column(String(200))
    totp_secret_encrypted: Mapped[bytes | None]
    totp_used_step: Mapped[int | None]
    epoch: Mapped[int] = mapped_column(default=1)
    is_locked: Mapped[bool] = mapped_column(default=False)
    lock_reason: Mapped[LockReason | None] = mapped_column(stored_enum(LockReason))
    created_at: Mapped[datetime]
    last_sign_in_at: Mapped[datetime | None]
    commitment_accepted_at: Mapped[datetime | None]
    commitment_text_version: Mapped[str | None] = mapped_column(String(20))
    # when the person was last told of too many tries
    tries_told_at: Mapped[datetime | None]

    totp_secret = EncryptedText("totp_secret_encrypted")

    @property
    def has_second_factor(self) -> bool:
        return self.totp_secret_encrypted is not None

    @property
    def needs_approval(self) -> bool:
        """Whether it takes two administrators to open it: never approved, or closed for what the person did."""
        is_serious = self.lock_reason in (LockReason.LEFT, LockReason.SUSPECTED_MISUSE)
        return self.lock_reason is LockReason.UNAPPROVED or (self.role.is_staff and is_serious)

    @property
    def reference(self) -> str:
        """This account as the object of an audit event."""
        return f"account:{self.id}"

    @property
    def actor(self) -> Actor:
        """This person in the audit trail, and to the rules about one's own case."""
        own = self.customer_id if self.own_customer_id is None else self.own_customer_id
        return Actor(account_id=self.id, role=self.role, unit=UNITS[self.role], customer_id=own)


class Proposal(Model):
    """A change to a staff account that one administrator proposes and another decides (ASVS 2.3.5).

    The database itself refuses an approval by the proposer or by the person it is about, and a second open one.
    """

    __tablename__ = "account_proposal"
    __table_args__ = (
        CheckConstraint("proposed_by_id <> account_id", name="not_about_oneself"),
        CheckConstraint(
            "state <> 'approved' OR "
            "(decided_by_id IS NOT NULL AND decided_by_id <> proposed_by_id AND decided_by_id <> account_id)",
            name="four_eyes",
        ),
        CheckConstraint("(kind = 'second-factor-reset') = (role IS NULL)", name="role"),
        CheckConstraint("role <> 'customer'", name="staff_role"),
        Index(
            "uq_account_proposal_open",
            "account_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(None, "account_id", "proposed_at"),
    )

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[ProposalKind] = mapped_column(stored_enum(ProposalKind))
    role: Mapped[Role | None] = mapped_column(stored_enum(Role))
    # the role at the time, None for an account that had none yet
    old_role: Mapped[Role | None] = mapped_column(stored_enum(Role))
    state: Mapped[ProposalState] = mapped_column(stored_enum(ProposalState), default=ProposalState.OPEN)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]

    def state_at(self, now: datetime) -> ProposalState:
        has_lapsed = self.state is ProposalState.OPEN and now >= self.expires_at
        return ProposalState.EXPIRED if has_lapsed else self.state


class RecoveryCode(Model):
    """One unused recovery code, by keyed hash; using it deletes it."""

    __tablename__ = "recovery_code"

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    code_index: Mapped[str] = mapped_column(String(64))


class PasswordResetRequest(Errand):
    """Somebody asked for a new password. Kept until the worker has looked whether name and contact belong together."""

    __tablename__ = "password_reset_request"

    username_encrypted: Mapped[bytes]
    username = EncryptedText("username_encrypted")
    contact_encrypted: Mapped[bytes]
    contact = EncryptedText("contact_encrypted")


class TryWarning(Errand):
    """A name whose tries were used up, known or not. Kept until the worker has told whose it is."""

    __tablename__ = "try_warning"

    username_encrypted: Mapped[bytes]
    username = EncryptedText("username_encrypted")


class PasswordReset(Model):
    """A link that was sent for setting a new password; its secret is only in the mail (S10)."""

    __tablename__ = "password_reset"

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    epoch: Mapped[int]
    email_index: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    # used, or followed by a newer one
    ended_at: Mapped[datetime | None]


class RememberedDevice(Model):
    """A browser that may sign its person in again (S2). Of the cookie's secret only digests are stored."""

    __tablename__ = "remembered_device"

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    selector: Mapped[str] = mapped_column(String(22), unique=True)
    validator_digest: Mapped[str] = mapped_column(String(64))
    previous_digest: Mapped[str | None] = mapped_column(String(64))
    rotated_at: Mapped[datetime]
    # whether the browser has shown that it received the current value
    is_current_seen: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(String(80))
    epoch: Mapped[int]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class UserSession(Model):
    """One signed-in browser session (S1). The cookie holds a random id, the row its SHA-256."""

    __tablename__ = "user_session"

    id: Mapped[RowId]
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("remembered_device.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    epoch: Mapped[int]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    # None for a session that a remembered device opened: a remembered person is not fresh (S4)
    password_entered_at: Mapped[datetime | None]
    idle_expires_at: Mapped[datetime]
    absolute_expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class TypedForm(Model):
    """What was typed into a form whose session had ended, until its person is back or half an hour is over."""

    __tablename__ = "typed_form"

    id: Mapped[RowId]
    session_id: Mapped[int] = mapped_column(ForeignKey("user_session.id", ondelete="CASCADE"), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    page: Mapped[str] = mapped_column(String(2100))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    content_encrypted: Mapped[bytes]
    content = EncryptedText("content_encrypted")


class SignInAttempt(Model):
    """One check of a password or code, by keyed hashes. `account_key` is cleared when the person gets in.

    That checks were refused is noted in rows of the same kind, so that it is told once (`throttling`).
    """

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_account", "account_key", "at"),
        Index("ix_sign_in_attempt_address", "address_key", "at"),
        Index("ix_sign_in_attempt_at", "at"),
    )

    id: Mapped[RowId]
    account_key: Mapped[str | None] = mapped_column(String(64))
    address_key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
