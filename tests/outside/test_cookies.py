"""Cookies: five names, with exactly the attributes of the contract, and none before a choice."""

import re
from http.cookies import Morsel

import pytest

from tests.outside.browser import CONSENT, PREFIX, REMEMBER, SESSION, Answer, Browser
from tests.outside.people import People, Person
from tests.outside.serving import Node, Portal

DAY = 24 * 60 * 60
VISIT, INTERESTS = PREFIX + "visit", PREFIX + "interests"
LARGEST = 4096
LASTS = {CONSENT: 180 * DAY, REMEMBER: 30 * DAY, INTERESTS: 30 * DAY, SESSION: None, VISIT: None}
PUBLIC_PAGES = [
    "/", "/fi/", "/en/", "/fi/privacy-notice", "/fi/privacy-notice.pdf", "/en/privacy-notice/versions", "/fi/cookies",
    "/fi/cookies/receipt", "/fi/cookies/receipt.json", "/fi/services", "/fi/contact", "/fi/accessibility",
    "/fi/requests/opt-out", "/fi/requests/access", "/fi/requests/correction", "/fi/forgot-password", "/fi/activate",
    "/fi/accountability", "/fi/opt-out/none", "/fi/reset-password/none", "/fi/activate/none", "/fi/set-password/none",
    "/healthz", "/readyz", "/robots.txt", "/.well-known/security.txt", "/.well-known/gpc.json", "/favicon.ico",
    "/fi/nowhere", "/nowhere", "/fi/my/data", "/en/desk/requests", "/fi/admin/users", "/fi/statistics/usage",
]  # fmt: skip


def attributes(morsel: Morsel[str]) -> dict[str, str | bool]:
    """Those that are there; how long it lasts apart."""
    return {name: value for name, value in morsel.items() if value and name not in ("expires", "max-age")}


def check(answer: Answer) -> None:
    """Every cookie of an answer is one of the five and as the contract says."""
    for name, morsel in answer.set_cookies.items():
        assert name in LASTS
        assert attributes(morsel) == {"path": "/", "secure": True, "httponly": True, "samesite": "Lax"}, name
        header = morsel.OutputString()
        assert len(header) < LARGEST
        if morsel["max-age"] == "0":
            assert morsel.value == ""
        elif LASTS[name] is None:
            assert (morsel["max-age"], morsel["expires"]) == ("", ""), name
        else:
            assert LASTS[name] - 60 <= int(morsel["max-age"]) <= LASTS[name], name


@pytest.mark.parametrize("gpc", [{}, {"Sec_GPC": "1"}])
def test_nothing_is_set_before_a_choice(gpc: dict[str, str], browser: Browser) -> None:
    for path in PUBLIC_PAGES:
        assert browser.get(path, **gpc).headers.get_all("Set-Cookie") is None, path
    assert set(browser.get("/fi/sign-in", **gpc).set_cookies) == {SESSION}, "a form that needs it"


def test_a_service_page_sets_nothing_before_a_choice_or_after_a_no(browser: Browser) -> None:
    service = _service(browser)
    assert browser.get(service).set_cookies == {}
    assert set(browser.post("/fi/cookies", {"choice": "necessary-only"}).set_cookies) <= LASTS.keys()
    assert set(browser.cookies) == {CONSENT}
    assert browser.get(service).set_cookies == {}


def test_each_cookie_has_the_attributes_of_the_contract(browser: Browser) -> None:
    service = _service(browser)
    answers = [
        browser.post("/fi/cookies", {"choice": "accept-all"}), browser.get("/fi/"), browser.get(service),
        browser.get("/fi/sign-in"),
    ]  # fmt: skip
    for answer in answers:
        check(answer)
    assert set(browser.cookies) == {CONSENT, VISIT, INTERESTS, SESSION}
    withdrawn = browser.post("/fi/cookies", {"choice": "necessary-only"})
    check(withdrawn)
    assert set(browser.cookies) == {CONSENT, SESSION}
    assert set(withdrawn.set_cookies) >= {CONSENT, VISIT, INTERESTS}


def test_the_cookies_of_signing_in_and_out_have_them_too(person: Person) -> None:
    browser = person.node.browser()
    signed_in = browser.submit(
        "/fi/sign-in", {"username": person.username, "password": person.password, "remember": "y"}
    )
    check(signed_in)
    assert set(signed_in.set_cookies) == {SESSION, REMEMBER, CONSENT}
    resumed = browser.copy(REMEMBER, CONSENT).get("/fi/my/devices")
    check(resumed)
    assert set(resumed.set_cookies) == {SESSION, REMEMBER}
    browser.get("/fi/my/devices")
    signed_out = browser.post("/fi/sign-out")
    check(signed_out)
    assert signed_out.set_cookies[REMEMBER]["max-age"] == "0"
    assert SESSION in signed_out.set_cookies
    assert set(browser.cookies) == {CONSENT}, "the cookie choice stays"


def test_without_the_tick_nothing_functional_is_set(person: Person) -> None:
    assert set(person.signed_in().cookies) == {SESSION}


def test_staff_are_never_remembered(people: People) -> None:
    clerk = people.of_demo("clerk", 1)
    browser = clerk.signed_in(remembered=True)
    assert REMEMBER not in browser.cookies


def test_a_global_no_leaves_no_trace(portal: Portal, browser: Browser) -> None:
    (before,) = portal.sql("SELECT count(*) AS n FROM consent_record")
    page = browser.get("/fi/", Sec_GPC="1")
    assert 'id="cookie-choice"' not in page.text
    assert browser.cookies == {}
    assert portal.sql("SELECT count(*) AS n FROM consent_record") == [before]
    assert 'name="choice"' in browser.get("/fi/cookies", Sec_GPC="1").text, "the choice is offered still"


@pytest.mark.parametrize("name", [SESSION, CONSENT, REMEMBER, VISIT, INTERESTS])
@pytest.mark.parametrize(
    "value", ["x", "", "a" * 3_000, "%00", "eyJhIjoxfQ.x.y", "v1.!!!!", "'; DROP TABLE account;--", "a.b.c.d"]
)
def test_a_garbled_cookie_is_worth_nothing_and_harms_nothing(name: str, value: str, node: Node) -> None:
    browser = node.browser({name: value, CONSENT: "x"} if name != CONSENT else {name: value})
    for path in ("/fi/", "/fi/cookies"):
        assert browser.get(path).status == 200
    assert not browser.is_signed_in()


def _service(browser: Browser) -> str:
    found = re.search(r'href="(/fi/services/[^"#?]+)"', browser.get("/fi/services").text)
    assert found
    return found[1]
