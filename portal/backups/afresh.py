"""What must not live on from a backup: it has been used, ended or sent since, and the backup does not know (S10, S25).

Sessions and remembered devices that ended since would be open again, a one-time link that was used would work again, a
change to a staff account that was rejected could be approved, and a mail that left would leave twice. So all of them
end, and mails that waited are held.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, Update, delete, update

from portal.accounts.models import (
    Account,
    PasswordReset,
    PasswordResetRequest,
    Proposal,
    ProposalState,
    RememberedDevice,
    TryWarning,
    TypedForm,
    UserSession,
)
from portal.core.db import db, rows_changed, table_of, transaction
from portal.customer_accounts.models import Activation, ActivationRequest, EmailChange
from portal.messages.models import Message, MessageStatus

HELD = "held after a restore: it may have been sent"


@dataclass(frozen=True)
class Ended:
    """How many were live in the backup."""

    sessions: int
    links: int
    mails: int


def begin(*, now: datetime) -> Ended:
    """End them all. The epoch of every account rises, so that whatever is bound to it ends too."""
    with transaction():
        _changed(update(table_of(Account)).values(epoch=Account.epoch + 1))
        sessions = sum(
            _changed(update(ended).where(ended.c.revoked_at.is_(None)).values(revoked_at=now))
            for ended in (table_of(UserSession), table_of(RememberedDevice))
        )
        links = sum(_ended(table_of(model), now) for model in (PasswordReset, Activation, EmailChange))
        _changed(
            update(table_of(Proposal))
            .where(Proposal.state == ProposalState.OPEN, Proposal.expires_at > now)
            .values(expires_at=now)
        )
        for model in (TypedForm, PasswordResetRequest, ActivationRequest, TryWarning):
            db.session.execute(delete(model))
        mails = _changed(
            update(table_of(Message))
            .where(Message.status == MessageStatus.QUEUED)
            .values(status=MessageStatus.FAILED, last_problem=HELD, body_encrypted=None)
        )
    db.session.expire_all()
    return Ended(sessions, links, mails)


def _ended(table: Table, now: datetime) -> int:
    return _changed(update(table).where(table.c.ended_at.is_(None)).values(ended_at=now))


def _changed(statement: Update) -> int:
    return rows_changed(db.session.execute(statement))
