"""Security headers stand on every response, whatever made it."""

import pytest

from tests.pages import Pages

ADDRESSES = ["/fi/", "/fi/privacy-notice", "/fi/nowhere", "/en/sign-in", "/favicon.ico", "/healthz", "/nowhere", "/"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_response_carries_the_security_headers(client: Pages, address: str) -> None:
    headers = client.get(address).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_refused_method_has_a_page_in_the_pages_language(client: Pages) -> None:
    response = client.browser.delete("/fi/privacy-notice")
    assert response.status_code == 405
    assert 'lang="fi"' in response.get_data(as_text=True)


def test_a_foreign_host_is_refused_calmly(client: Pages) -> None:
    response = client.browser.get("/fi/", headers={"Host": "evil.example"})
    assert response.status_code == 400


def test_a_post_from_elsewhere_or_from_nowhere_is_refused(client: Pages) -> None:
    data = {"choice": "accept-all"}
    elsewhere = client.browser.post("/fi/cookies", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    origin = client.browser.post("/fi/cookies", data=data, headers={"Origin": "https://evil.example"})
    nowhere = client.browser.post("/fi/cookies", data=data)
    assert [r.status_code for r in (elsewhere, origin, nowhere)] == [403, 403, 403]
    assert not client.cookies()


def test_a_form_larger_than_the_limit_is_told_so(client: Pages) -> None:
    page = client.post("/fi/cookies", {"choice": "save", "next": "x" * 1_100_000})
    assert page.status == 413


def test_missing_pages_speak_the_language_of_the_address(client: Pages) -> None:
    assert client.get("/fi/nowhere").heading == "Sivua ei löytynyt"
    assert client.get("/en/nowhere").heading == "Page not found"


def test_the_way_in_leads_to_the_language_the_browser_asks_for(client: Pages) -> None:
    assert client.get("/", Accept_Language="en-GB,en;q=0.9").location == "/en/"
    assert client.get("/", Accept_Language="sv").location == "/fi/"


def test_characters_that_cannot_be_stored_are_refused_calmly(client: Pages) -> None:
    assert client.get("/en/privacy-notice/versions/1.0%00").status == 400
    assert client.post("/en/cookies", {"choice": "save", "next": "a\0b"}).status == 400
