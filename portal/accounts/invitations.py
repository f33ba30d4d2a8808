"""The first password of an account that somebody else made: a link that works once."""

from datetime import datetime, timedelta

from portal.accounts import sessions
from portal.accounts.models import Account, UserSession
from portal.accounts.passwords import NewPassword
from portal.core import audit, crypto
from portal.core.audit import AuditAction
from portal.core.db import db, transaction
from portal.core.errors import Gone
from portal.core.settings import settings

PURPOSE = "set-password"
VALID_FOR = timedelta(hours=72)


def link(account: Account) -> str:
    """Where the person sets the password; dead once used, after 72 hours, and after any change of the account."""
    token = crypto.sign_with_time(PURPOSE, {"account": account.id, "epoch": account.epoch})
    return settings().page_address(account.language, f"set-password/{token}")


def account_of(token: str) -> Account | None:
    """Whose first password the link sets; None for a used, expired or forged one."""
    payload = crypto.unsign(PURPOSE, token, max_age=VALID_FOR)
    account = db.session.get(Account, payload["account"]) if payload else None
    if payload is None or account is None or account.epoch != payload["epoch"] or account.is_locked:
        return None
    return account


def set_first_password(token: str, *, password: str, now: datetime) -> Account:
    """Raises Gone, or RuleViolation when the password is too weak. Does not sign in."""
    new = NewPassword.of(_account_or_gone(token), password)
    with transaction():
        account = _account_or_gone(token)
        new.give(account)
        account.epoch += 1
        sessions.revoke_where(UserSession.account_id == account.id, now=now)
        audit.record(AuditAction.PASSWORD_CHANGED, actor=account.actor, now=now, object=f"account:{account.id}")
    return account


def _account_or_gone(token: str) -> Account:
    account = account_of(token)
    if account is None:
        raise Gone
    return account
