"""Opting out with a contact that is known against one that nobody has: the two must not be told apart by the clock."""

import re
from collections.abc import Callable, Iterator
from itertools import count

from sqlalchemy import select
from werkzeug.test import Client

from bench.installation import OWN_FORM, installation
from bench.measuring import Figure, compare, milliseconds_each
from portal.core.db import db
from portal.register.models import Customer

CUSTOMERS = 80
ROUNDS = 50
_addresses = count(1)
_strangers = count(1)


def figures() -> Iterator[Figure]:
    with installation(CUSTOMERS) as made:
        client = Client(made.app, use_cookies=False)
        with made.app.app_context():
            query = select(Customer.email).where(Customer.email.is_not(None)).order_by(Customer.number)
            known = iter([email for email in db.session.scalars(query) if re.search("@", email or "")])
            db.session.remove()

        def press(contact: Callable[[], str | None]) -> Callable[[], None]:
            def act() -> None:
                """Each from another address, for one may send only so many."""
                number = next(_addresses)
                with client.post(
                    "/fi/requests/opt-out",
                    data={"contact": contact(), "channel": "all"},
                    headers=OWN_FORM,
                    environ_base={"REMOTE_ADDR": f"10.0.{number // 250}.{number % 250 + 1}"},
                ) as response:
                    if response.status_code != 303:
                        raise RuntimeError(f"not taken: {response.status}")

            return act

        yield compare(
            "opt_out.known_contact",
            "ms",
            subject=milliseconds_each(press(lambda: next(known)), 1),
            baseline=milliseconds_each(press(lambda: f"nobody{next(_strangers)}@example.org"), 1),
            rounds=ROUNDS,
        )
