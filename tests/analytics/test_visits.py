"""The cookie `visit`: who gets it, what it holds, and what is counted from it."""

import base64
import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.analytics.counters import VISIT
from portal.analytics.models import UsageOpen
from portal.analytics.visit_classes import device_class, referrer_class
from portal.core import crypto
from portal.core.db import db
from portal.publishing.buffer import flush_all
from tests.conftest import FrozenClock
from tests.pages import Pages

BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
IPAD = "Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36"
ANDROID_TABLET = "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"


def allow(client: Pages, *categories: str) -> None:
    ticked: dict[str, object] = dict.fromkeys(categories or ("analytics",), "on")
    assert client.post("/en/cookies", {"choice": "save", **ticked}).status == 303


def counted(app: Flask) -> dict[str, int]:
    with app.app_context():
        flush_all()
        rows = db.session.scalars(select(UsageOpen).where(UsageOpen.dimension == VISIT))
        return {row.value: row.count for row in rows}


def state(client: Pages) -> dict[str, object]:
    """What is in the cookie, read as anyone could."""
    payload = (client.cookie("visit") or "").split(".")[0]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


@pytest.mark.parametrize("choice", [None, "necessary-only"])
def test_without_consent_there_is_no_cookie_and_no_visit(app: Flask, client: Pages, choice: str | None) -> None:
    if choice:
        client.post("/en/cookies", {"choice": choice})
    client.get("/en/contact?utm_campaign=newsletter", Referer="https://www.google.com/")
    client.get("/en/services")
    assert client.cookie("visit") is None
    assert counted(app) == {}


@pytest.mark.parametrize("category", ["functional", "marketing"])
def test_consent_to_something_else_is_not_consent_to_analytics(app: Flask, client: Pages, category: str) -> None:
    allow(client, category)
    client.get("/en/contact")
    assert client.cookie("visit") is None
    assert counted(app) == {}


def test_the_cookie_holds_its_little_state_and_no_identifier(app: Flask, client: Pages) -> None:
    allow(client)
    client.get("/en/contact")
    assert state(client) == {"day": "2026-11-24", "came_by": "direct", "pages": 1}
    another = Pages(app)
    allow(another)
    another.get("/fi/services", User_Agent=IPHONE)
    assert another.cookie("visit") == client.cookie("visit")


def test_the_cookie_ends_with_the_browser_session(client: Pages) -> None:
    allow(client)
    header = client.get("/en/contact").headers["Set-Cookie"]
    assert header.startswith("visit=")
    assert header.endswith("; HttpOnly; Path=/; SameSite=Lax")
    assert "Max-Age" not in header
    assert "Expires" not in header


def test_a_visit_is_counted_when_it_begins_at_its_second_and_at_its_fifth_page(app: Flask, client: Pages) -> None:
    allow(client)
    client.get("/en/contact")
    assert counted(app) == {"computer direct begun": 1}
    client.get("/en/services")
    client.get("/en/contact")
    client.get("/en/privacy-notice")
    assert counted(app) == {"computer direct begun": 1, "computer direct second-page": 1}
    client.get("/fi/contact")
    deep = {"computer direct begun": 1, "computer direct second-page": 1, "computer direct fifth-page": 1}
    assert counted(app) == deep
    assert "Set-Cookie" not in client.get("/fi/services").headers
    assert state(client)["pages"] == 5
    assert counted(app) == deep


def test_a_visit_keeps_the_way_it_came(app: Flask, client: Pages) -> None:
    allow(client)
    client.get("/en/contact", Referer="https://duckduckgo.com/")
    client.get("/en/services", Referer="http://localhost/en/contact")
    assert counted(app) == {"computer search begun": 1, "computer search second-page": 1}


def test_a_campaign_counts_only_with_marketing_and_by_a_name_on_the_list(app: Flask, client: Pages) -> None:
    allow(client, "analytics")
    client.get("/en/contact?utm_campaign=newsletter")
    for name in ("newsletter", "matti.meikalainen@example.fi"):
        one = Pages(app)
        allow(one, "analytics", "marketing")
        one.get(f"/en/contact?utm_campaign={name}")
    assert counted(app) == {"computer direct begun": 2, "computer campaign begun": 1}


@pytest.mark.parametrize("headers", [{"Sec_GPC": "1"}, {"DNT": "1"}])
def test_a_signal_alone_keeps_to_the_first_step_and_an_own_choice_goes_before_it(
    app: Flask, client: Pages, headers: dict[str, str]
) -> None:
    client.get("/en/contact", **headers)
    assert client.cookie("visit") is None
    assert counted(app) == {}
    allow(client)
    client.get("/en/contact", **headers)
    assert counted(app) == {"computer direct begun": 1}


def test_after_withdrawal_the_cookie_is_removed_and_no_longer_read(app: Flask, client: Pages) -> None:
    allow(client)
    client.get("/en/contact")
    held = client.cookie("visit") or ""
    client.post("/en/cookies", {"choice": "necessary-only"})
    assert client.cookie("visit") is None
    client.browser.set_cookie("visit", held, domain="localhost")
    taken_back = client.get("/en/services").headers["Set-Cookie"]
    assert taken_back.startswith("visit=;") and "Max-Age=0" in taken_back
    assert client.cookie("visit") is None
    assert counted(app) == {"computer direct begun": 1}


def test_consent_to_what_has_changed_since_is_asked_again_first(
    app: Flask, client: Pages, frozen_clock: FrozenClock
) -> None:
    frozen_clock.advance(timedelta(days=-31))  # before the cookie was used for more, under notice 1.0
    allow(client)
    frozen_clock.advance(timedelta(days=31))
    client.get("/en/contact")
    assert client.cookie("visit") is None
    assert counted(app) == {}


def test_a_bad_cookie_is_a_new_visit_and_no_error(app: Flask, client: Pages) -> None:
    allow(client)
    today = {"day": "2026-11-24", "came_by": "direct", "pages": 4}
    with app.test_request_context():
        signed = [
            crypto.sign("consent", today),
            *(crypto.sign("visit", {**today, **change}) for change in ({"pages": 0}, {"pages": "4"}, {"pages": 99})),
            *(crypto.sign("visit", {**today, **change}) for change in ({"day": 7}, {"day": "x"}, {"came_by": "me"})),
            crypto.sign("visit", {}),
        ]
    for value in (*signed, "garbled", "a.b.c", "", "x" * 4000, base64.b64encode(json.dumps(today).encode()).decode()):
        client.browser.set_cookie("visit", value, domain="localhost")
        assert client.get("/en/contact").status == 200
        assert state(client) == {"day": "2026-11-24", "came_by": "direct", "pages": 1}
    assert counted(app) == {"computer direct begun": 13}


def test_a_visit_ends_with_its_day_in_helsinki(app: Flask, client: Pages, frozen_clock: FrozenClock) -> None:
    frozen_clock.advance(timedelta(hours=13, minutes=59))  # 23:59
    allow(client)
    client.get("/en/contact")
    frozen_clock.advance(timedelta(minutes=2))
    client.get("/en/services")
    assert state(client) == {"day": "2026-11-25", "came_by": "direct", "pages": 1}
    assert counted(app) == {"computer direct begun": 1}  # of either day
    with app.app_context():
        assert len(db.session.scalars(select(UsageOpen).where(UsageOpen.dimension == VISIT)).all()) == 2


@pytest.mark.parametrize("headers", [{"User_Agent": BOT}, {"User_Agent": ""}, {"Sec_Purpose": "prefetch"}])
def test_bots_and_prefetch_begin_no_visit(app: Flask, client: Pages, headers: dict[str, str]) -> None:
    allow(client)
    client.get("/en/contact", **headers)
    assert client.cookie("visit") is None
    assert counted(app) == {}


def test_only_pages_that_were_shown_count(app: Flask, client: Pages) -> None:
    allow(client)  # a form that was sent, and its redirect
    assert client.get("/en/my/data").status == 302
    assert client.get("/en/services/no-such-service").status == 404
    assert client.get("/en/cookies/receipt.json").status == 200
    client.get("/robots.txt")
    client.browser.head("/en/contact", headers={"User-Agent": WINDOWS})
    assert client.cookie("visit") is None
    client.submit("/en/cookies", {"choice": "save", "analytics": "on"})
    assert state(client)["pages"] == 1
    assert counted(app) == {"computer direct begun": 1}


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (WINDOWS, "computer"),
        (IPHONE, "phone"),
        (ANDROID, "phone"),
        (IPAD, "other"),
        (ANDROID_TABLET, "other"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "phone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0", "computer"),
        ("something else", "other"),
    ],
)
def test_devices_fall_into_three_classes(agent: str, expected: str) -> None:
    assert device_class(agent) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (None, "direct"),
        ("", "direct"),
        ("https://portal.example/fi/contact", "direct"),
        ("https://www.google.com/", "search"),
        ("https://google.co.uk/", "search"),
        ("https://www.bing.com/search?q=sähkö", "search"),
        ("https://search.brave.com/", "search"),
        ("android-app://com.google.android.googlequicksearchbox/", "search"),
        ("https://l.facebook.com/", "social"),
        ("https://www.x.com/", "social"),
        ("https://t.co/abc", "social"),
        ("https://mail.google.com/", "other"),
        ("https://google.com.evil.example/", "other"),
        ("https://notfacebook.com/", "other"),
        ("https://[broken", "other"),
    ],
)
def test_ways_of_arrival_fall_into_few_classes(address: str | None, expected: str) -> None:
    assert referrer_class(address, own_host="portal.example") == expected
