"""How many passwords and codes may be tried (S9): counted in the database, so across all workers and nodes."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, true, update

from portal.accounts.models import SignInAttempt
from portal.core.crypto import blind_index
from portal.core.db import db, random_id, serialise, transaction
from portal.core.errors import Throttled

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_ADDRESS = 60
IN_ALL = 3_000


def count_attempt(*, username: str, address: str, now: datetime) -> None:
    """Count a check that is about to be made; raises Throttled instead when it may not be made.

    Counting comes before checking: a burst of parallel tries would otherwise all be checked.
    """
    account_key = _account_key(username)
    address_key = blind_index("sign_in_attempt.address", address)
    with transaction() as session:
        serialise("sign-in")
        session.execute(delete(SignInAttempt).where(SignInAttempt.at <= now - WINDOW))
        wait = max(
            _wait(SignInAttempt.account_key == account_key, PER_ACCOUNT, now),
            _wait(SignInAttempt.address_key == address_key, PER_ADDRESS, now),
            _wait(true(), IN_ALL, now),
        )
        if wait > timedelta(0):
            raise Throttled(wait)
        session.add(SignInAttempt(id=random_id(), account_key=account_key, address_key=address_key, at=now))


def forget_attempts(*, username: str) -> None:
    """The person got in: the account's count starts again (those of the address and of all go on)."""
    with transaction() as session:
        session.execute(
            update(SignInAttempt)
            .where(SignInAttempt.account_key == _account_key(username))
            .values(account_key=None)
            .execution_options(synchronize_session=False)
        )


def _wait(which: ColumnElement[bool], limit: int, now: datetime) -> timedelta:
    """How long until fewer than `limit` of these lie inside the window; zero when that is so already."""
    filling = select(SignInAttempt.at).where(which).order_by(SignInAttempt.at.desc()).offset(limit - 1).limit(1)
    at = db.session.scalar(filling)
    return timedelta(0) if at is None else max(at + WINDOW - now, timedelta(0))


def _account_key(username: str) -> str:
    return blind_index("sign_in_attempt.account", username)
