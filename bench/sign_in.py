"""The password check of sign-in, and sign-in as a whole, against raw argon2 of the same cost."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

from argon2 import Type
from argon2.low_level import verify_secret

from bench.installation import CUSTOMER, installation
from bench.measuring import Figure, compare, milliseconds_each
from portal.accounts import passwords, services
from portal.accounts.services import Opened, Visit
from portal.core import clock
from portal.core.db import db

CUSTOMERS = 20
TIMES = 3
_numbers = count(1)


def _sign_in() -> None:
    """From the service down: throttle, account, password, session, audit. Each from another address."""
    visit = Visit(
        address=f"192.0.2.{next(_numbers)}",
        user_agent="",
        language="fi",
        session_token=None,
        remember_cookie=None,
        consent_cookie=None,
    )
    name, password = CUSTOMER.username, CUSTOMER.password
    opened = services.sign_in(username=name, password=password, wants_memory=False, visit=visit, now=clock.now())
    db.session.remove()
    if not isinstance(opened, Opened):
        raise RuntimeError("not signed in")


def figures() -> Iterator[Figure]:
    with installation(CUSTOMERS) as made, made.app.app_context():
        password = CUSTOMER.password
        stored = passwords.hashed(password)
        subjects: dict[str, Callable[[], object]] = {
            "sign_in.password_check": partial(passwords.is_right, stored, password),
            "sign_in.whole": _sign_in,
        }
        raw = milliseconds_each(partial(verify_secret, stored.encode(), password.encode(), Type.ID), TIMES)
        for name, act in subjects.items():
            yield compare(name, "ms", subject=milliseconds_each(act, TIMES), baseline=raw, rounds=7)
