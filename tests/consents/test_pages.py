"""The cookie page, the banner and the receipt, as a browser meets them."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.consents import services, statistics, texts
from portal.consents.models import ConsentRecord
from portal.core import clock
from portal.core.db import db
from tests import factories
from tests.pages import Page, Pages

PATHS = ("/fi/cookies", "/en/cookies")


def set_cookies(page: Page) -> dict[str, str]:
    return {header.split("=", 1)[0]: header for header in page.headers.getlist("Set-Cookie")}


def records(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(ConsentRecord)) or 0


@pytest.mark.parametrize("path", [*PATHS, "/fi/", "/en/", "/fi/privacy-notice", "/fi/cookies/receipt", "/fi/nowhere"])
def test_no_cookie_before_a_choice(client: Pages, path: str) -> None:
    assert not set_cookies(client.get(path))


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_ticked_before_a_choice(client: Pages, path: str) -> None:
    boxes = client.get(path).all("input", type="checkbox")
    assert [box.get("name") for box in boxes] == ["functional", "analytics", "marketing"]
    assert all(box.get("checked") is None for box in boxes)


@pytest.mark.parametrize("path", PATHS)
def test_every_cookie_of_the_catalogue_is_listed(client: Pages, path: str) -> None:
    names = [cell.text for row in client.get(path).all("th", scope="row") for cell in row.iter("code")]
    assert names == ["session", "consent", "remember", "visit", "interests"]


def test_both_answers_of_the_banner_are_alike(client: Pages) -> None:
    page = client.get("/en/")
    accept, refuse = page.all("button", name="choice")
    assert (accept.get("value"), refuse.get("value")) == ("accept-all", "necessary-only")
    assert accept.get("class") == refuse.get("class")
    assert page.all("section", id="cookie-choice")


def test_the_cookie_page_does_not_ask_twice(client: Pages) -> None:
    assert not client.get("/en/cookies").all("section", id="cookie-choice")


@pytest.mark.parametrize("choice", ["accept-all", "necessary-only"])
def test_answering_the_banner_returns_to_the_page_and_ends_it(client: Pages, choice: str) -> None:
    page = client.post("/en/cookies", {"choice": choice, "surface": "banner", "next": "/en/privacy-notice"})
    assert (page.status, page.location) == (303, "/en/privacy-notice")
    assert set(set_cookies(page)) == {"consent"}
    for path in ("/en/", "/fi/", "/en/privacy-notice"):
        assert not client.get(path).all("section", id="cookie-choice")


def test_the_consent_cookie_has_the_promised_attributes(client: Pages) -> None:
    header = set_cookies(client.post("/en/cookies", {"choice": "accept-all"}))["consent"]
    parts = {part.strip().split("=")[0]: part.strip() for part in header.split(";")[1:]}
    assert parts["Max-Age"] == "Max-Age=15552000"
    assert parts["Path"] == "Path=/"
    assert parts["SameSite"] == "SameSite=Lax"
    assert "HttpOnly" in parts
    assert "Domain" not in parts
    assert len(header) < 4096


@pytest.mark.parametrize(
    "target", ["https://example.com/", "//example.com", "/\\example.com", "javascript:1", "/a\r\nb", ""]
)
def test_only_a_path_of_ours_is_returned_to(client: Pages, target: str) -> None:
    page = client.post("/en/cookies", {"choice": "accept-all", "next": target})
    assert page.location.startswith("/en/cookies?done=")


def test_the_same_choice_posted_twice_makes_one_row(client: Pages, app: Flask) -> None:
    for _ in range(2):
        assert client.post("/fi/cookies", {"choice": "necessary-only"}).status == 303
    assert records(app) == 1


def test_saving_a_choice_shows_it_with_its_times_and_code(client: Pages) -> None:
    page = client.follow(client.post("/en/cookies", {"choice": "save", "marketing": "on"}))
    assert "Your choice has been saved." in page.text
    boxes = {box.get("name"): box.get("checked") is not None for box in page.all("input", type="checkbox")}
    assert boxes == {"functional": False, "analytics": False, "marketing": True}
    assert "24 November 2026, 10:00" in page.text
    assert "23 May 2027, 11:00" in page.text


@pytest.mark.parametrize("data", [{}, {"choice": "maybe"}, {"choice": ""}, {"choice": "remember-tick"}])
def test_a_choice_that_is_none_is_answered_in_words(client: Pages, app: Flask, data: dict[str, object]) -> None:
    page = client.post("/en/cookies", {**data, "marketing": "on"})
    assert page.status == 422
    assert "Choose with one of the buttons." in page.text
    assert page.all("input", name="marketing")[0].get("checked") is not None
    assert not set_cookies(page)
    assert records(app) == 0


@pytest.mark.parametrize("headers", [{"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}])
def test_a_choice_from_another_site_is_refused(client: Pages, app: Flask, headers: dict[str, str]) -> None:
    assert client.post("/en/cookies", {"choice": "accept-all"}, **headers).status == 403
    assert records(app) == 0


def test_withdrawing_expires_every_cookie_of_the_category_at_once(client: Pages) -> None:
    client.post("/en/cookies", {"choice": "accept-all"})
    client.get("/en/services/heat-pump")
    assert client.cookies() == {"consent", "visit", "interests"}
    page = client.post("/en/cookies", {"choice": "save", "functional": "on"})
    headers = set_cookies(page)
    assert set(headers) == {"consent", "visit", "interests"}
    for name in ("visit", "interests"):
        assert "Max-Age=0" in headers[name]
        assert "HttpOnly" in headers[name]
    assert client.cookies() == {"consent"}
    shown = client.follow(page)
    assert "These cookies have been removed" in shown.text
    assert "These were not in your browser" not in shown.text
    assert [e.text for li in shown.all("li") for e in li.iter("code")] == ["visit", "interests"]


def test_withdrawing_from_a_page_tells_what_was_removed(client: Pages) -> None:
    client.post("/en/cookies", {"choice": "accept-all"})
    page = client.post("/en/cookies", {"choice": "necessary-only", "next": "/en/"})
    assert page.location.startswith("/en/cookies?done=")
    assert set(set_cookies(page)) == {"consent", "remember", "visit", "interests"}


def test_a_cookie_that_was_never_allowed_is_removed_too(client: Pages) -> None:
    client.browser.set_cookie("visit", "planted", domain="localhost")
    page = client.post("/en/cookies", {"choice": "necessary-only"})
    assert "Max-Age=0" in set_cookies(page)["visit"]


@pytest.mark.parametrize("value", ["garbled", "a.b.c", "x" * 5000, "%00", '"quoted"', "ä"])
def test_a_bad_consent_cookie_counts_as_no_choice(client: Pages, value: str) -> None:
    page = client.get("/en/", Cookie=f"consent={value}")
    assert page.status == 200
    assert page.all("section", id="cookie-choice")
    assert client.post("/en/cookies", {"choice": "necessary-only"}, Cookie=f"consent={value}").status == 303


def test_an_expired_choice_is_asked_again(client: Pages, frozen_clock: object) -> None:
    client.post("/en/cookies", {"choice": "necessary-only"})
    frozen_clock.advance(timedelta(days=179))  # type: ignore[attr-defined]
    assert not client.get("/en/").all("section", id="cookie-choice")
    frozen_clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
    assert client.get("/en/").all("section", id="cookie-choice")


def test_global_privacy_control_is_a_refusal_without_nagging(client: Pages, app: Flask) -> None:
    page = client.get("/en/", Sec_GPC="1")
    assert not page.all("section", id="cookie-choice")
    assert not set_cookies(page)
    page = client.get("/en/cookies", Sec_GPC="1")
    assert "Global Privacy Control" in page.text
    assert page.all("button", value="accept-all")
    assert records(app) == 0


def test_the_foot_of_every_page_tells_the_state(client: Pages) -> None:
    assert "you have not chosen yet" in client.get("/en/").text
    client.post("/en/cookies", {"choice": "save", "analytics": "on"})
    assert "Allowed besides the necessary cookies: analytics" in client.get("/en/").text


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_ledger_keeps_exactly_the_words_of_the_banner(client: Pages, app: Flask, language: str) -> None:
    page = client.get(f"/{language}/")
    (section,) = page.all("section", id="cookie-choice")
    drawn = " ".join("".join(section.itertext()).split())
    client.post(f"/{language}/cookies", {"choice": "accept-all", "surface": "banner"})
    receipt = client.get(f"/{language}/cookies/receipt.json")
    with app.app_context():
        shown = {t.kind: t for t in services.show(json.loads(receipt.html)["record_id"]).texts}
    assert shown["banner"].language == language
    kept = [part for line in shown["banner"].body.splitlines() for part in line.strip("- ").strip("[").split("] ")]
    assert len(kept) > 5
    for part in kept:
        assert part.strip("[]") in drawn
    assert "interests" in shown["cookie-list"].body
    assert '<section id="cookies">' in shown["notice"].body


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_ledger_keeps_exactly_the_words_of_the_choice_form(client: Pages, app: Flask, language: str) -> None:
    drawn = client.get(f"/{language}/cookies").text
    client.post(f"/{language}/cookies", {"choice": "save"})
    with app.test_request_context(f"/{language}/cookies"):
        words = texts.choice_form()
        on = clock.local_date(clock.now())
        kept = texts.shown_on_cookie_page(language=language, on=on)[0].body
    assert words.exact() == kept
    for part in (words.title, words.text, words.accept_label, words.refuse_label, words.save_label):
        assert part in drawn
    assert len(words.categories) >= 3
    for category in words.categories:
        assert category.label in drawn
        assert category.purpose in drawn


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_receipt_tells_the_choice_that_the_browser_holds(client: Pages, language: str) -> None:
    assert client.get(f"/{language}/cookies/receipt").status == 200
    assert client.get(f"/{language}/cookies/receipt.json").status == 404
    client.post(f"/{language}/cookies", {"choice": "save", "marketing": "on"})
    told = json.loads(client.get(f"/{language}/cookies/receipt.json").html)
    assert [(purpose["id"], purpose["state"]) for purpose in told["purposes"]] == [
        ("functional", "no"),
        ("analytics", "no"),
        ("marketing", "yes"),
    ]
    assert (told["given_at"], told["expires_at"]) == ("2026-11-24T08:00:00Z", "2027-05-23T08:00:00Z")
    assert told["method"] == "save"
    assert told["privacy_notice"]["version"] == "1.1"
    assert told["privacy_notice"]["language"] == language
    assert told["withdraw_url"] == f"http://localhost:8000/{language}/cookies"
    assert {"schema", "check_code", "controller", "rights", "authority"} <= told.keys()
    page = client.get(f"/{language}/cookies/receipt")
    assert told["record_id"] in page.text
    assert told["check_code"] in page.text


def test_a_choice_made_while_signed_in_is_tied_to_the_account(sign_in: Callable[..., Pages], app: Flask) -> None:
    pages = sign_in("marketing")
    pages.post("/en/cookies", {"choice": "necessary-only"})
    with app.app_context():
        assert len(services.choices_of(pages.person.account_id)) == 1  # type: ignore[attr-defined]


def test_the_result_of_somebody_elses_choice_is_not_shown(client: Pages, app: Flask) -> None:
    page = client.post("/en/cookies", {"choice": "accept-all"})
    other = Pages(app)
    assert "Your choice has been saved." not in other.get(page.location).text
    assert "Your choice has been saved." not in client.get("/en/cookies?done=forged").text


def test_the_banner_is_counted_once_for_each_entry(client: Pages, app: Flask) -> None:
    statistics.SHOWINGS.forget()
    client.get("/en/")
    client.get("/en/privacy-notice", Sec_Fetch_Site="same-origin")
    client.get("/en/", Sec_Fetch_Site="none", Sec_Purpose="prefetch")
    client.get("/en/cookies")
    client.get("/fi/", Sec_Fetch_Site="cross-site")
    client.get("/fi/", Sec_GPC="1")
    with app.app_context():
        statistics.SHOWINGS.flush()
        rows = db.session.scalars(select(statistics.ConsentCount).order_by(statistics.ConsentCount.language)).all()
        assert [(row.language, row.surface, row.outcome, row.notice_version, row.count) for row in rows] == [
            ("en", "banner", "shown", "1.1", 1),
            ("fi", "banner", "shown", "1.1", 1),
        ]


def test_a_choice_is_counted_in_the_transaction_that_records_it(client: Pages, app: Flask) -> None:
    client.post("/en/cookies", {"choice": "save", "marketing": "on"})
    with app.app_context():
        rows = db.session.scalars(select(statistics.ConsentCount).where(statistics.ConsentCount.outcome != "shown"))
        assert [(row.language, row.surface, row.outcome, row.count) for row in rows] == [
            ("en", "settings", "own-choice+marketing", 1)
        ]


def test_withdrawing_functional_ends_the_remembered_device(client: Pages, app: Flask) -> None:
    with app.app_context():
        person = factories.make_account("customer")
    client.submit("/en/sign-in", {"username": person.username, "password": person.password, "remember": "on"})
    assert client.cookie("remember")
    assert client.get("/en/").all("section", id="cookie-choice")
    page = client.post("/en/cookies", {"choice": "necessary-only"})
    assert "Max-Age=0" in set_cookies(page)["remember"]
    shown = client.follow(page)
    assert [e.text for li in shown.all("li") for e in li.iter("code")] == ["remember"]
    assert "Functional: 1 record" in shown.text
    with app.app_context():
        methods = [shown.method for shown in services.choices_of(person.account_id)]
    assert methods == ["necessary-only", "remember-tick"]
