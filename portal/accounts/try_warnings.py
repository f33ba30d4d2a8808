"""Telling people that somebody tries to get into their account.

Signing in only notes the name, known or not: whose it is, is looked up by the worker, so that the last try before
the limit takes the same work for every name (S8).
"""

from datetime import datetime, timedelta

from portal.accounts import directory, letters
from portal.accounts.models import TryWarning
from portal.core.crypto import readable
from portal.core.db import db, random_id
from portal.messages import errands

TELL_EVERY = timedelta(days=1)


def note(username: str, *, now: datetime) -> None:
    """Somebody has used up the tries of this name."""
    warning = TryWarning(id=random_id(), asked_at=now)
    warning.username = username
    errands.note(warning)


def tell(now: datetime) -> None:
    """Mail the people whose names were noted."""
    errands.deal(TryWarning, _tell_once_a_day, lasts=TELL_EVERY, now=now)


def _tell_once_a_day(warning: TryWarning, now: datetime) -> None:
    """Who goes on trying must not fill the person's mailbox too."""
    account = directory.by_username(readable(warning, "username"))
    if account is None:
        return
    db.session.refresh(account, with_for_update={"key_share": True})
    if account.tries_told_at is not None and now - account.tries_told_at < TELL_EVERY:
        return
    account.tries_told_at = now
    letters.too_many_tries(account, now)
