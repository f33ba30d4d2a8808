"""Growth: the same customer's data page in a large register, against a small one."""

import re
from collections.abc import Iterator
from functools import partial

from flask import Flask
from werkzeug.test import Client

from bench.installation import CUSTOMER, OWN_FORM, get, installation
from bench.measuring import Figure, compare, milliseconds_each

PATH = "/fi/my/data"
SMALL, LARGE = 200, 5_000
TIMES = 10
TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')


def _signed_in(app: Flask) -> Client:
    client = Client(app)
    found = TOKEN.search(get(client, "/fi/sign-in"))
    if found is None:
        raise RuntimeError("the sign-in page has no token")
    form = {"username": CUSTOMER.username, "password": CUSTOMER.password, "csrf_token": found[1].decode()}
    with client.post("/fi/sign-in", data=form, headers=OWN_FORM) as response:
        if response.status_code != 303:
            raise RuntimeError(f"not signed in: {response.status}")
    return client


def figures() -> Iterator[Figure]:
    with installation(SMALL) as small, installation(LARGE) as large:
        yield compare(
            f"my_data.growth_{SMALL}_to_{LARGE}",
            "ms",
            subject=milliseconds_each(partial(get, _signed_in(large.app), PATH), TIMES),
            baseline=milliseconds_each(partial(get, _signed_in(small.app), PATH), TIMES),
            rounds=9,
        )
