"""A forgotten password: a link by mail that sets a new one once, within the hour (S10).

Asking only notes what was typed; whether the name and the contact belong together the worker looks up.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update

from portal.accounts import letters, remembering, sessions, spelling, throttling
from portal.accounts.directory import by_username
from portal.accounts.models import Account, PasswordReset, PasswordResetRequest, RememberedDevice, UserSession
from portal.accounts.passwords import NewPassword
from portal.core import audit
from portal.core.audit import SYSTEM, AuditAction
from portal.core.crypto import blind_index, blind_indexes, readable
from portal.core.db import db, random_id, rows_changed, transaction
from portal.core.errors import Gone
from portal.messages import errands

VALID_FOR = timedelta(hours=1)
MOST_LINKS = 5  # that one account is sent within VALID_FOR, so that nobody floods a mailbox
EMAIL_COLUMN = "password_reset.email"


def ask(*, username: str, contact: str, address: str, now: datetime) -> None:
    """Note that somebody asks for a new password; raises Throttled. Says nothing about whether the person exists."""
    throttling.count_form(address=address, now=now)
    request = PasswordResetRequest(id=random_id(), asked_at=now)
    request.username = username
    request.contact = contact
    errands.note(request)


def answer_requests(now: datetime) -> int:
    """Send a link where name and contact belong together; returns how many requests were dealt with."""
    return errands.deal(PasswordResetRequest, _answer, lasts=VALID_FOR, now=now)


def account_of(token: str, now: datetime) -> Account | None:
    """Whose password a link sets; None when it is unknown, used, expired, or the account moved on since."""
    found = db.session.execute(
        select(PasswordReset, Account)
        .join(Account, Account.id == PasswordReset.account_id)
        .where(PasswordReset.token_digest == sessions.digest(token))
    ).first()
    if found is None:
        return None
    reset, account = found
    is_open = reset.ended_at is None and abs(now - reset.created_at) < VALID_FOR and now < reset.expires_at
    is_same = reset.epoch == account.epoch and reset.email_index in _email_indexes(account.email)
    return account if is_open and is_same and not account.is_locked else None


def set_password(token: str, *, password: str, now: datetime) -> None:
    """Raises Gone, or RuleViolation when the password is too weak.

    Everything the account had open ends. Nobody is signed in by it, and the second factor stays.
    """
    new = NewPassword.of(_account_or_gone(token, now), password)
    with transaction():
        account = _account_or_gone(token, now)
        if not _end(PasswordReset.token_digest == sessions.digest(token), now=now):
            raise Gone
        new.give(account)
        account.epoch += 1
        remembering.revoke(RememberedDevice.account_id == account.id, now=now)
        sessions.revoke_where(UserSession.account_id == account.id, now=now)
        audit.record(
            AuditAction.PASSWORD_CHANGED, actor=account.actor, now=now, object=f"account:{account.id}", purpose="reset"
        )
        letters.password_changed(account, now)


def _answer(request: PasswordResetRequest, now: datetime) -> None:
    account = by_username(readable(request, "username"))
    if account and _may_be_sent(account, readable(request, "contact"), now):
        _send_link(account, now)


def _may_be_sent(account: Account, contact: str, now: datetime) -> bool:
    is_theirs = spelling.mailbox(account.email) == spelling.mailbox(contact)
    if account.is_locked or account.password_hash is None or not is_theirs:
        return False
    sent = select(func.count()).where(
        PasswordReset.account_id == account.id, PasswordReset.created_at > now - VALID_FOR
    )
    return bool(account.email) and (db.session.scalar(sent) or 0) < MOST_LINKS


def _send_link(account: Account, now: datetime) -> None:
    _end(PasswordReset.account_id == account.id, now=now)
    token = secrets.token_urlsafe(32)
    db.session.add(
        PasswordReset(
            id=random_id(),
            account_id=account.id,
            token_digest=sessions.digest(token),
            epoch=account.epoch,
            email_index=blind_index(EMAIL_COLUMN, spelling.mailbox(account.email)),
            created_at=now,
            expires_at=now + VALID_FOR,
            ended_at=None,
        )
    )
    audit.record(AuditAction.PASSWORD_RESET_SENT, actor=SYSTEM, now=now, object=f"account:{account.id}")
    letters.password_reset(account, token=token, now=now)


def _end(which: ColumnElement[bool], *, now: datetime) -> bool:
    ended = db.session.execute(
        update(PasswordReset)
        .where(which, PasswordReset.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )
    return bool(rows_changed(ended))


def _account_or_gone(token: str, now: datetime) -> Account:
    account = account_of(token, now)
    if account is None:
        raise Gone
    return account


def _email_indexes(email: str | None) -> list[str]:
    return blind_indexes(EMAIL_COLUMN, spelling.mailbox(email))
