"""How many passwords and codes may be tried (S9): counted in the database, so across all workers and nodes.

Public forms that write something are counted beside them, so that nobody floods the desk or a mailbox.
"""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import ColumnElement, delete, or_, select, update

from portal.accounts.models import SignInAttempt
from portal.core.crypto import blind_index
from portal.core.db import db, random_id, serialise, transaction
from portal.core.errors import Throttled

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_ADDRESS = 60
IN_ALL = 3_000
FORMS_PER_ADDRESS = 20


def count_attempt(*, username: str, address: str, now: datetime) -> None:
    """Count a check that is about to be made; raises Throttled instead when it may not be made.

    Counting comes before checking: a burst of parallel tries would otherwise all be checked.
    """
    account_key = _account_key(username)
    address_key = blind_index("sign_in_attempt.address", _network(address))
    with transaction() as session:
        serialise("sign-in")
        session.execute(delete(SignInAttempt).where(SignInAttempt.at <= now - WINDOW))
        wait = max(
            _wait(SignInAttempt.account_key == account_key, PER_ACCOUNT, now),
            _wait(SignInAttempt.address_key == address_key, PER_ADDRESS, now),
            _wait(or_(SignInAttempt.account_key.is_(None), SignInAttempt.account_key != _form_key()), IN_ALL, now),
        )
        if wait > timedelta(0):
            raise Throttled(wait)
        session.add(SignInAttempt(id=random_id(), account_key=account_key, address_key=address_key, at=now))


def count_form(*, address: str, now: datetime) -> None:
    """Count a public form that is about to be carried out; raises Throttled instead when it may not be."""
    address_key = blind_index("public_form.address", _network(address))
    with transaction() as session:
        serialise("sign-in")
        session.execute(delete(SignInAttempt).where(SignInAttempt.at <= now - WINDOW))
        wait = _wait(SignInAttempt.address_key == address_key, FORMS_PER_ADDRESS, now)
        if wait > timedelta(0):
            raise Throttled(wait)
        session.add(SignInAttempt(id=random_id(), account_key=_form_key(), address_key=address_key, at=now))


def is_exhausted(*, username: str, now: datetime) -> bool:
    """Whether the account's next check would be refused."""
    return _wait(SignInAttempt.account_key == _account_key(username), PER_ACCOUNT, now) > timedelta(0)


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


def _network(address: str) -> str:
    """What one visitor is given: an IPv4 address, or the whole network behind an IPv6 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))


def _form_key() -> str:
    return blind_index("public_form", "")


def _account_key(username: str) -> str:
    return blind_index("sign_in_attempt.account", username)
