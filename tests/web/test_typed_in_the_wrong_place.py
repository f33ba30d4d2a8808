"""An identity code typed where it does not belong does not stay anywhere (S16)."""

import logging
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts import password_resets
from portal.core import clock
from portal.core.db import Model, db
from portal.web import logs
from tests.pages import Page, Pages

CODE = "131052A912T"
SPELLINGS = [CODE, CODE.lower(), "131052A 912T"]
MARK = b"912t"


class Written(logging.Handler):
    """What the log of an installation would hold."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logs.JsonLines())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[Written]:
    handler = Written()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def _everything_stored(app: Flask) -> bytes:
    with app.app_context():
        parts = [
            repr(value).encode()
            for table in Model.metadata.sorted_tables
            for row in db.session.execute(select(table))
            for value in row
        ]
        db.session.remove()
    return b"\n".join(parts).lower()


def _stays_nowhere(app: Flask, pages: Pages, log: Written) -> None:
    assert MARK not in _everything_stored(app)
    assert MARK.decode() not in "\n".join(log.lines).lower()
    session = pages.cookie("session") or ""
    assert MARK.decode() not in session.lower()


def _is_not_in_the_address(page: Page) -> None:
    assert MARK.decode() not in page.location.lower()


@pytest.mark.parametrize("typed", SPELLINGS)
def test_as_a_user_name(app: Flask, client: Pages, log: Written, typed: str) -> None:
    for _ in range(11):
        _is_not_in_the_address(client.submit("/en/sign-in", {"username": typed, "password": typed}))
    _stays_nowhere(app, client, log)


@pytest.mark.parametrize("typed", SPELLINGS)
def test_where_a_forgotten_password_is_asked_for(app: Flask, client: Pages, log: Written, typed: str) -> None:
    page = client.submit("/en/forgot-password", {"username": typed, "contact": typed})
    assert page.status == 303
    _is_not_in_the_address(page)
    with app.app_context():
        password_resets.answer_requests(clock.now())
    _stays_nowhere(app, client, log)


@pytest.mark.parametrize("typed", SPELLINGS)
def test_in_an_address(app: Flask, client: Pages, sign_in, log: Written, typed: str) -> None:
    pages = sign_in("clerk")
    for visitor in (client, pages):
        for path in (
            f"/{typed}",
            f"/en/{typed}",
            f"/en/services/{typed}",
            f"/en/my/requests/{typed}",
            f"/en/desk/customers/{typed}",
            f"/en/desk/requests/{typed}",
            f"/en/contact?q={typed}",
            f"/en/desk/requests?q={typed}",
            f"/en/reset-password/{typed}",
            f"/en/set-password/{typed}",
            f"/en/sign-in?next=/en/{typed}",
            f"/en/privacy-notice/versions/{typed}",
        ):
            assert visitor.get(path).status < 500
    _stays_nowhere(app, pages, log)


@pytest.mark.parametrize("typed", SPELLINGS)
def test_where_a_clerk_writes_the_customer_number_of_a_request(app: Flask, sign_in, log: Written, typed: str) -> None:
    """The form of another channel is another address, which keeps what is known already."""
    pages = sign_in("clerk")
    page = pages.submit("/en/desk/requests/new", {"look": "phone", "customer_number": typed})
    assert page.status == 303
    _is_not_in_the_address(page)
    _stays_nowhere(app, pages, log)


@pytest.mark.parametrize("typed", SPELLINGS)
def test_in_a_search(app: Flask, sign_in, log: Written, typed: str) -> None:
    pages = sign_in("clerk")
    pages.get("/en/desk/customers")
    page = pages.post("/en/desk/customers", {"q": typed, "purpose": "contact"})
    _is_not_in_the_address(page)
    pages.get("/en/desk/requests")
    pages.get(f"/en/desk/requests?q={typed}")
    _stays_nowhere(app, pages, log)


def test_in_a_search_whose_session_had_ended(app: Flask, sign_in, frozen_clock, log: Written) -> None:
    from datetime import timedelta

    pages = sign_in("clerk")
    pages.get("/en/desk/customers")
    frozen_clock.advance(timedelta(minutes=31))
    _is_not_in_the_address(pages.post("/en/desk/customers", {"q": CODE, "purpose": "contact"}))
    _stays_nowhere(app, pages, log)


def test_as_a_cookie_or_a_header(app: Flask, client: Pages, log: Written) -> None:
    client.browser.set_cookie("remember", CODE)
    client.browser.set_cookie("visit", CODE)
    client.get("/en/", Referer=f"http://localhost/en/{CODE}", User_Agent=f"Mozilla/5.0 {CODE}")
    _stays_nowhere(app, client, log)
