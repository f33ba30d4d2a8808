"""Cookies that hold nothing of ours: the page opens as for a visitor, and they are taken back."""

from datetime import timedelta

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import Client, TestResponse

from portal.web.cookies import LARGEST
from tests.pages import BROWSER, Page, Pages

NAMES = ["session", "consent", "remember", "visit", "interests"]
GARBLED = {
    "empty": "",
    "huge": "a" * (LARGEST + 1),
    "binary": "\xff\xfe\xfd\x80",
    "not-latin": "ääkköset",
    "cut-utf-8": "\xe2\x82",
    "quoted": '"\\000\\377"',
    "dots": "...",
    "one-dot": ".",
    "separator-only": "=",
    "json-encoded": "eyJpZCI6MX0",
    "base64-of-nothing": "bnVsbA.x.y",
    "compressed-nonsense": ".eJwNx8ENgCAMBdC9.aaa.bbb",
    "selector-only": "A" * 22 + ".",
    "wrong-pair": "A" * 22 + "." + "B" * 43,
    "markup": "<script>",
    "percent-nul": "%00",
    "line-end": "%0d%0aSet-Cookie:x=1",
    "known-key": URLSafeTimedSerializer("dev", salt="cookie-session").dumps({"_user_id": "1"}),
}


def _get(app: Flask, path: str, cookie: str) -> Page:
    """A browser that sends this Cookie header, whatever it is."""
    client = Client(app, TestResponse, use_cookies=False)
    return Page(client.get(path, headers=BROWSER | {"Cookie": cookie}))


def _taken_back(page: Page) -> set[str]:
    return {
        header.partition("=")[0]
        for header in page.headers.getlist("Set-Cookie")
        if "Max-Age=0" in header or "1970" in header
    }


@pytest.mark.parametrize("kind", GARBLED)
@pytest.mark.parametrize("name", NAMES)
def test_a_garbled_cookie_opens_the_page_as_for_a_visitor_and_is_taken_back(app: Flask, name: str, kind: str) -> None:
    value = GARBLED[kind].encode().decode("latin1") if kind == "not-latin" else GARBLED[kind]
    for path in ("/en/", "/en/services", "/en/cookies"):
        page = _get(app, path, f"{name}={value}")
        assert page.status == 200, path
        assert _taken_back(page) == {name}, path
        for header in page.headers.getlist("Set-Cookie"):
            assert "HttpOnly" in header and "SameSite=Lax" in header and "Path=/" in header
        assert "cookie-choice" in page.html or path == "/en/cookies", "it is asked as of a visitor"
    assert _get(app, "/en/my/devices", f"{name}={value}").location == "/en/sign-in?next=/en/my/devices"


def test_all_of_them_at_once(app: Flask) -> None:
    for value in GARBLED.values():
        page = _get(app, "/en/", "; ".join(f"{name}={value}" for name in NAMES))
        assert page.status == 200
        assert _taken_back(page) == set(NAMES)


@pytest.mark.parametrize(
    "header",
    [
        "",
        ";;;",
        "=",
        "=x",
        "session",
        ";session",
        "session=;session=x",
        "a=b=c",
        "$Version=1; session=x",
        'session={"id":1}; consent={"x"}',
        ",",
        "x" * 8000,
    ],
)
def test_a_strange_cookie_header_harms_nothing(app: Flask, header: str) -> None:
    assert _get(app, "/en/", header).status == 200


@pytest.mark.parametrize("how", ["cut", "tail", "swapped", "case"])
def test_a_cookie_of_ours_that_was_changed_is_worth_nothing(app: Flask, sign_in, how: str) -> None:
    pages = sign_in("customer")
    pages.get("/en/cookies")
    pages.post("/en/cookies", {"choice": "accept-all"})
    pages.get("/en/contact")
    for name in ("session", "consent", "visit"):
        good = pages.cookie(name) or ""
        bad = {"cut": good[:-1], "tail": good + "A", "swapped": good[::-1], "case": good.swapcase()}[how]
        assert good and bad != good
        page = _get(app, "/en/", f"{name}={bad}")
        assert page.status == 200 and _taken_back(page) == {name}
    assert _get(app, "/en/my/devices", f"session={(pages.cookie('session') or '')[:-1]}").status == 302


def test_good_cookies_are_left_alone(app: Flask, sign_in, frozen_clock) -> None:
    pages = sign_in("customer")
    pages.get("/en/cookies")
    pages.post("/en/cookies", {"choice": "accept-all"})
    pages.get("/en/services/solar-panels")
    pages.get("/en/my/devices")
    pages.post("/en/sign-out")
    page = pages.submit(
        "/en/sign-in", {"username": pages.person.username, "password": pages.person.password, "remember": "y"}
    )
    assert page.status == 303
    held = pages.cookies()
    assert held == {"session", "consent", "visit", "interests", "remember"}
    for path in ("/en/", "/en/my/data", "/en/cookies"):
        assert _taken_back(pages.get(path)) == set()
    frozen_clock.advance(timedelta(days=1))
    assert pages.get("/en/my/data").status == 200, "remembered"
    assert pages.cookies() == held


def test_interests_in_which_we_know_nothing_are_taken_back_where_they_are_allowed(client: Pages) -> None:
    client.get("/en/cookies")
    client.post("/en/cookies", {"choice": "accept-all"})
    client.browser.set_cookie("interests", "no-such-service..")
    client.get("/en/")
    assert client.cookie("interests") is None
