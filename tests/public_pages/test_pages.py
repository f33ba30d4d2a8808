"""The public pages in both languages: what they say, and that they leave nothing on the device."""

import gzip
from datetime import timedelta

import pytest

from portal.config import ROOT
from tests.conftest import FrozenClock
from tests.pages import Pages

PATHS = ["/", "/services", "/services/heat-pump", "/contact", "/accessibility"]
FIRST_WINDOW = 14_336  # bytes that ten TCP segments carry


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_a_first_visit_gets_the_page_and_no_cookie(client: Pages, language: str, path: str) -> None:
    page = client.get(f"/{language}{path}")
    assert page.status == 200
    assert "Set-Cookie" not in page.headers
    assert page.all("input", name="csrf_token") == []


@pytest.mark.parametrize("path", PATHS)
def test_every_page_links_to_itself_in_the_other_language(client: Pages, path: str) -> None:
    page = client.get(f"/en{path}")
    switch = [link for link in page.all("a", hreflang="fi") if link.get("lang") == "fi"]
    assert [link.get("href") for link in switch] == [f"/fi{path}"]


def test_the_front_page_offers_four_things(client: Pages) -> None:
    page = client.get("/en/")
    headings = [link.text for heading in page.all("h3") for link in heading.iter("a")]
    assert headings == [
        "See your data",
        "Have a mistake corrected",
        "Decide about marketing",
        "Read the privacy notice",
    ]
    assert "/en/sign-in" in page.links()


def test_the_banner_has_two_buttons_alike_and_a_link(client: Pages) -> None:
    page = client.get("/en/contact")
    banner = next(s for s in page.all("section") if s.get("id") == "cookie-choice")
    buttons = list(banner.iter("button"))
    assert [(b.get("name"), b.get("value")) for b in buttons] == [
        ("choice", "accept-all"),
        ("choice", "necessary-only"),
    ]
    assert len({tuple(sorted((k, v) for k, v in b.attrib.items() if k != "value")) for b in buttons}) == 1
    assert [a.get("href") for a in banner.iter("a")] == ["/en/cookies"]
    assert next(i.get("value") for i in banner.iter("input") if i.get("name") == "next") == "/en/contact"


def test_phone_hours_are_written_in_each_language_with_open_or_closed(client: Pages, frozen_clock: FrozenClock) -> None:
    assert "Mon–Fri 10:00–16:00 Open now" in client.get("/en/contact").text
    frozen_clock.advance(timedelta(hours=6))
    assert "Mon–Fri 10:00–16:00 Closed now" in client.get("/en/contact").text
    assert "10–16" in client.get("/fi/contact").text


def test_the_phone_number_is_grouped_as_each_language_writes_it(client: Pages) -> None:
    assert "05\u00a0885\u00a0111" in client.get("/fi/contact").html
    page = client.get("/en/contact")
    assert "+358\u00a05\u00a0885\u00a0111" in page.html
    assert "tel:+3585885111" in page.links()


def test_an_unknown_service_is_not_found(client: Pages) -> None:
    assert client.get("/en/services/nuclear-reactor").status == 404


def test_the_whole_first_page_fits_the_first_window(client: Pages) -> None:
    html = client.get("/fi/").html.encode()
    files = [(ROOT / "static" / name).read_bytes() for name in ("css/portal.css", "js/portal.js")]
    assert sum(len(gzip.compress(content, 9)) for content in (html, *files)) < FIRST_WINDOW


def test_viewed_services_are_not_remembered_without_consent(client: Pages) -> None:
    client.get("/en/services/heat-pump")
    assert client.cookie("interests") is None
    client.get("/en/")
    client.post("/en/cookies", {"choice": "necessary-only", "next": "/en/"})
    client.get("/en/services/heat-pump")
    assert client.cookie("interests") is None


def test_with_marketing_cookies_related_services_are_suggested_until_consent_is_withdrawn(client: Pages) -> None:
    client.get("/en/")
    client.post("/en/cookies", {"choice": "accept-all", "next": "/en/"})
    client.get("/en/services/heat-pump")
    assert client.cookie("interests") == "heat-pump"
    page = client.get("/en/")
    assert "You might also need" in page.text
    client.post("/en/cookies", {"choice": "necessary-only", "next": "/en/"})
    assert client.cookie("interests") is None
    assert "You might also need" not in client.get("/en/").text


def test_a_forged_interests_cookie_is_harmless(client: Pages) -> None:
    client.get("/en/")
    client.post("/en/cookies", {"choice": "accept-all", "next": "/en/"})
    client.browser.set_cookie("interests", "<script>.heat-pump.nuclear." + "x" * 200)
    assert client.get("/en/").status == 200
    client.get("/en/services/main-fuse")
    assert client.cookie("interests") == "main-fuse.heat-pump"


@pytest.mark.parametrize("language", ["fi", "en"])
def test_an_error_page_offers_a_way_on_in_the_same_language(client: Pages, language: str) -> None:
    page = client.get(f"/{language}/no-such-page")
    assert page.status == 404
    assert f"/{language}/contact" in page.links()
    assert f"/{language}/" in page.links()


def test_the_banner_comes_before_the_header_and_after_the_skip_link(client: Pages) -> None:
    body = client.get("/en/").all("body")[0]
    marks = [e.get("id") or e.get("class") for e in body if e.get("id") or e.get("class")]
    assert marks == ["skip", "ribbon", "cookie-choice", "masthead", "nav", "content", "foot"]
