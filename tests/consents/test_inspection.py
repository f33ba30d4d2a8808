"""Declared against actual: what the inspection calls a finding. The walk itself is a browser test."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from portal.catalogues.cookies import Category
from portal.consents import browser_walks
from portal.consents.inspection import Declared, Evidence, SetCookie, Walk

DECLARED = {
    "session": Declared("session", Category.NECESSARY, None),
    "consent": Declared("consent", Category.NECESSARY, 15552000),
    "visit": Declared("visit", Category.ANALYTICS, None),
    "interests": Declared("interests", Category.MARKETING, 2592000),
}
GOOD = "HttpOnly; Path=/; SameSite=Lax"
OURS = "http://localhost:8000/en/"


def evidence(*walks: Walk, is_secure: bool = False) -> Evidence:
    return Evidence(
        made_at=datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
        address="http://localhost:8000",
        browser="chromium 150",
        notice_version="1.1",
        is_secure=is_secure,
        declared=DECLARED,
        walks=walks,
    )


def met(name: str, *headers: str, **more: object) -> Walk:
    return Walk(name, set_cookies=[SetCookie.parse(header, "/en/") for header in headers], **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("walk", "headers"),
    [
        ("fresh", [f"session=x; {GOOD}"]),
        ("accept", [f"consent=x; Max-Age=15552000; {GOOD}", f"visit=x; {GOOD}"]),
        ("accept", [f"interests=x; Max-Age=2592000; {GOOD}"]),
        ("refuse", [f"consent=x; Max-Age=15552000; {GOOD}", f"visit=; Max-Age=0; {GOOD}"]),
    ],
)  # fmt: skip
def test_what_is_declared_is_no_finding(walk: str, headers: Iterable[str]) -> None:
    assert evidence(met(walk, *headers, requests=[OURS, "data:image/png;base64,AA"])).findings == []


@pytest.mark.parametrize(
    ("walk", "finding"),
    [
        (met("fresh", f"tracker=x; {GOOD}"), "fresh: /en/ set tracker, which is not declared"),
        (met("fresh", f"visit=x; {GOOD}"), "fresh: /en/ set visit: set without consent"),
        (met("refuse", f"interests=x; {GOOD}"), "refuse: /en/ set interests: set without consent"),
        (met("accept", "visit=x; Path=/; SameSite=Lax"), "accept: /en/ set visit: not httponly"),
        (met("accept", "visit=x; HttpOnly; Path=/en; SameSite=Lax"), "accept: /en/ set visit: not path"),
        (met("accept", "visit=x; HttpOnly; Path=/; SameSite=None"), "accept: /en/ set visit: not samesite"),
        (met("accept", f"visit=x; Domain=localhost; {GOOD}"), "accept: /en/ set visit: has domain"),
        (
            met("accept", f"visit=x; Max-Age=60; {GOOD}"),
            "accept: /en/ set visit: lasts longer than the browser session",
        ),
        (
            met("accept", f"interests=x; Max-Age=2592001; {GOOD}"),
            "accept: /en/ set interests: lasts 2592001 s, declared 2592000 s",
        ),
        (met("fresh", kept=["visit"]), "fresh: visit is kept"),
        (met("accept", kept=["_ga"]), "accept: _ga is kept"),
        (met("accept", storage={"localStorage": ["id"]}), "accept: localStorage holds id"),
        (met("fresh", storage={"cacheStorage": ["v1"]}), "fresh: cacheStorage holds v1"),
        (met("fresh", requests=["https://example.com/a.js"]), "fresh: a request went to https://example.com/a.js"),
        (
            met("withdraw", held_before=["visit", "consent"], told_removed=["visit"]),
            "withdraw: visit was not expired",
        ),
        (
            met("withdraw", f"visit=; Max-Age=0; {GOOD}", held_before=["visit", "consent"]),
            "withdraw: the page did not say that visit was removed",
        ),
    ],
)  # fmt: skip
def test_what_is_undeclared_is_found(walk: Walk, finding: str) -> None:
    assert evidence(walk).findings == [finding]


def test_on_https_every_cookie_must_be_secure() -> None:
    assert evidence(met("fresh", f"session=x; {GOOD}"), is_secure=True).findings == [
        "fresh: /en/ set session: not secure"
    ]
    assert evidence(met("fresh", f"session=x; Secure; {GOOD}"), is_secure=True).findings == []


def test_the_report_is_dated_and_holds_no_value_of_a_cookie() -> None:
    found = evidence(met("accept", f"visit=secret-value; {GOOD}"), met("refuse"))
    assert "2026-11-24T08:00:00Z" in found.text()
    assert found.document()["made_at"] == "2026-11-24T08:00:00Z"
    assert "secret-value" not in found.text() + str(found.document())
    assert found.document()["declared_but_not_met"] == ["session", "consent", "interests"]


def test_without_playwright_the_inspection_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(browser_walks.InspectionFailed, match="Playwright is not installed"), browser_walks.browser():
        pass
