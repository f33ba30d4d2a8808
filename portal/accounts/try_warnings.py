"""Telling people that somebody tries to get into their account.

Signing in only notes the name, known or not: whose it is, is looked up by the worker, so that the last try before
the limit takes the same work for every name (S8).
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from portal.accounts import directory, letters
from portal.accounts.models import Account, TryWarning
from portal.core.crypto import DamagedCiphertext
from portal.core.db import db, random_id, transaction
from portal.messages import services as messages

TELL_EVERY = timedelta(days=1)
BATCH = 100


def note(username: str, *, now: datetime) -> None:
    """Somebody has used up the tries of this name; inside transaction()."""
    warning = TryWarning(id=random_id(), at=now)
    warning.username = username
    db.session.add(warning)
    messages.wake_after_commit()


def tell(now: datetime) -> None:
    """Mail the people whose names were noted. Safe to run by several workers at once."""
    for warning_id in list(db.session.scalars(select(TryWarning.id).order_by(TryWarning.at).limit(BATCH))):
        _tell(warning_id, now)


def _tell(warning_id: int, now: datetime) -> None:
    with transaction() as session:
        warning = session.get(TryWarning, warning_id, with_for_update=True, populate_existing=True)
        if warning is None:
            return  # another worker was first
        try:
            account = directory.by_username(warning.username or "")
        except DamagedCiphertext:  # its key is gone
            account = None
        session.delete(warning)
        if account is not None:
            _tell_once_a_day(account, now)


def _tell_once_a_day(account: Account, now: datetime) -> None:
    """Who goes on trying must not fill the person's mailbox too."""
    db.session.refresh(account, with_for_update={"key_share": True})
    if account.tries_told_at is not None and now - account.tries_told_at < TELL_EVERY:
        return
    account.tries_told_at = now
    letters.too_many_tries(account, now)
