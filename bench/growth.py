"""Growth: pages of every role in a large register, against the same pages in a small one.

The large one holds 20,000 customers, or as many as `BENCH_CUSTOMERS` says.
"""

from collections.abc import Callable, Iterator
from functools import partial

from flask import Flask
from werkzeug.test import Client

from bench.installation import (
    BROWSER,
    OWN_FORM,
    Installation,
    get,
    installation,
    register_size,
    signed_in,
    token_of,
)
from bench.measuring import Figure, compare, milliseconds_each
from portal.web import page_cache

SMALL, LARGE = 200, 20_000
TIMES = 8
ROUNDS = 7
PAGES = {
    "my_data": ("aino", "/fi/my/data"),
    "my_requests": ("aino", "/fi/my/requests"),
    "statistics_cookies": ("marketing1", "/fi/statistics/cookies"),
    "statistics_permissions": ("marketing1", "/fi/statistics/permissions"),
    "statistics_usage": ("marketing1", "/fi/statistics/usage"),
    "admin_users": ("admin1", "/fi/admin/users"),
    "admin_audit": ("admin1", "/fi/admin/audit"),
}
SEARCH = "/fi/desk/customers"
SEARCHES = {"search_by_phone": "+358 44 000 0000", "search_by_name": "Öström-Ängslund Åsa"}

Act = Callable[[], object]


def _acts(made: Installation) -> dict[str, Act]:
    clients = {name: signed_in(made.app, name) for name in {name for name, _ in PAGES.values()}}
    pages = {what: partial(get, clients[name], path) for what, (name, path) in PAGES.items()}
    clerk = signed_in(made.app, "clerk1")
    token = token_of(get(clerk, SEARCH))
    searches = {what: partial(_search, clerk, token, wanted) for what, wanted in SEARCHES.items()}
    return {
        "front": partial(get, Client(made.app), "/fi/"),
        "front_made_anew": partial(_anew, made.app),
        **pages,
        **searches,
    }


def _anew(app: Flask) -> None:
    app.extensions[page_cache.EXTENSION].forget()
    get(Client(app), "/fi/")


def _search(clerk: Client, token: str, wanted: str) -> None:
    form = {"q": wanted, "purpose": "invoice", "csrf_token": token}
    with clerk.post(SEARCH, data=form, headers={**BROWSER, **OWN_FORM}) as response:
        if response.status_code != 200:
            raise RuntimeError(f"the search failed: {response.status}")


def figures() -> Iterator[Figure]:
    customers = register_size(LARGE)
    with installation(SMALL) as small, installation(customers) as large:
        few, many = _acts(small), _acts(large)
        for what in few:
            yield compare(
                f"growth_{SMALL}_to_{customers}.{what}",
                "ms",
                subject=milliseconds_each(many[what], TIMES),
                baseline=milliseconds_each(few[what], TIMES),
                rounds=ROUNDS,
            )
