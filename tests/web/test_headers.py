"""Security headers stand on every response, whatever made it; nothing personal is kept by a cache."""

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from portal.app import create_app
from portal.core import clock
from portal.core.db import db
from portal.core.roles import Role
from portal.demo import loading
from portal.web.access import PUBLIC, access_table, public
from portal.web.headers import ALWAYS, HSTS
from portal.web.static_files import StaticFiles
from tests.addresses import some_of_each
from tests.conftest import settings_for
from tests.factories import make_account, make_customer
from tests.pages import BROWSER, FROM_OURSELVES, Pages

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


class Unread:
    """A body that nobody may wait for."""

    def read(self, *_size: int) -> bytes:
        raise AssertionError("the body was read")

    readline = read


@pytest.mark.parametrize("path", ["/fi/cookies", "/fi/sign-in", "/fi/my/contact", "/fi/desk/requests/new"])
@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=B"])
def test_who_posts_from_elsewhere_is_refused_before_the_body_is_read(
    client: Pages, path: str, content_type: str
) -> None:
    def status(**headers: str) -> int:
        sent = BROWSER | {name.replace("_", "-"): value for name, value in headers.items()}
        unread = {"CONTENT_LENGTH": "100", "wsgi.input": Unread()}
        return client.browser.open(
            path, method="POST", content_type=content_type, headers=sent, environ_overrides=unread
        ).status_code

    assert status(Sec_Fetch_Site="cross-site") == status(Origin="https://evil.example") == status() == 403
    assert status(**FROM_OURSELVES) == 500, "read it is, from a page of ours: so the test would see it"


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


def _of_status() -> dict[str, Callable[[Client], TestResponse]]:
    """How each status comes about."""
    ours = BROWSER | FROM_OURSELVES
    style_sheet = StaticFiles().url("css/portal.css")
    return {
        "200": lambda c: c.get("/fi/", headers=BROWSER),
        "200 HEAD": lambda c: c.head("/fi/", headers=BROWSER),
        "200 OPTIONS": lambda c: c.options("/fi/", headers=BROWSER),
        "200 static": lambda c: c.get(style_sheet, headers=BROWSER),
        "200 image": lambda c: c.get(StaticFiles().url("img/logo.svg"), headers=BROWSER),
        "200 PDF": lambda c: c.get("/fi/privacy-notice.pdf", headers=BROWSER),
        "200 JSON": lambda c: c.get("/.well-known/gpc.json", headers=BROWSER),
        "302": lambda c: c.get("/fi/my/data", headers=BROWSER),
        "303": lambda c: c.post("/fi/cookies", data={"choice": "necessary-only"}, headers=ours),
        "304 static": lambda c: c.get(
            "/favicon.ico", headers={"If-Modified-Since": c.head("/favicon.ico").headers["Last-Modified"]}
        ),
        "308": lambda c: c.get("/fi", headers=BROWSER),
        "400 host": lambda c: c.get("/fi/", headers=BROWSER | {"Host": "evil.example"}),
        "400 address": lambda c: c.get("/fi/contact?x=%00", headers=BROWSER),
        "400 token": lambda c: c.post("/fi/sign-in", data={}, headers=ours),
        "403": lambda c: c.post("/fi/cookies", data={}, headers=BROWSER),
        "404": lambda c: c.get("/fi/nowhere", headers=BROWSER),
        "404 without language": lambda c: c.get("/nowhere", headers=BROWSER),
        "404 static": lambda c: c.get("/static/nothing.css", headers=BROWSER),
        "405": lambda c: c.open("/fi/contact", method="TRACE", headers=BROWSER),
        "405 static": lambda c: c.post("/favicon.ico", headers=ours),
        "410": lambda c: c.get("/fi/reset-password/x", headers=BROWSER),
        "413": lambda c: c.post("/fi/cookies", data={"next": "x" * 1_100_000}, headers=ours),
        "422": lambda c: c.post("/fi/requests/opt-out", data={}, headers=ours),
        "429": _too_often,
        "500": lambda c: c.get("/fi/accessibility", headers=BROWSER),
    }


def _too_often(client: Client) -> TestResponse:
    form = {"contact": "x@example.com", "channel": "all"}
    for _ in range(20):
        client.post("/fi/requests/opt-out", data=form, headers=BROWSER | FROM_OURSELVES)
    return client.post("/fi/requests/opt-out", data=form, headers=BROWSER | FROM_OURSELVES)


@pytest.fixture
def failing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A browser of a portal with one page that fails."""

    @public
    def fail() -> str:
        raise ZeroDivisionError

    monkeypatch.setitem(app.view_functions, "public_pages.accessibility", fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    return Client(app, TestResponse)


@pytest.mark.parametrize("how", _of_status())
def test_every_status_carries_the_headers_once(failing: Client, how: str) -> None:
    response = _of_status()[how](failing)
    assert response.status_code == int(how.split(maxsplit=1)[0])
    for name, value in ALWAYS.items():
        assert response.headers.getlist(name) == [value], name
    assert "Strict-Transport-Security" not in response.headers, "over http it means nothing"
    assert "Server" not in response.headers and "X-Powered-By" not in response.headers
    response.close()


def test_over_https_every_answer_asks_for_https(tmp_path) -> None:
    app = create_app(settings_for(tmp_path, PORTAL_BASE_URL="https://localhost"))
    app.config.update(ANALYTICS_THREAD=False)
    client = Client(app, TestResponse)
    for path in ("/fi/contact", "/fi/nowhere", "/favicon.ico", "/static/nothing.css", "/"):
        response = client.get(path, headers=BROWSER)
        assert response.headers.getlist("Strict-Transport-Security") == [HSTS], path
        response.close()
    assert client.get("/fi/", headers={"Host": "evil.example"}).headers["Strict-Transport-Security"] == HSTS
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("role", list(Role))
def test_no_page_that_needs_a_sign_in_is_kept(app: Flask, sign_in, role: Role) -> None:
    with app.app_context():
        loading.load(now=clock.now(), customers=10)
        protected = {rule.rule for rule in app.url_map.iter_rules() if access_table()[rule.endpoint] != PUBLIC}
        db.session.remove()
    pages, paths = sign_in(role), some_of_each(app, 2)
    opened = {path: pages.get(path) for path in paths if path != "/en/privacy-notice.pdf"}
    kept = {path for path, page in opened.items() if page.headers["Cache-Control"] != "no-store"}
    assert kept == set(), "signed in, nothing but the notice"
    assert len(protected) > 20 and sum(page.status == 200 for page in opened.values()) > 20
    pages.get("/en/my/devices")
    pages.post("/en/sign-out")
    signed_out = {path: pages.get(path) for path in paths}
    assert {path for path, page in signed_out.items() if page.status == 302} >= {"/en/my/devices", "/en/my/security"}


def test_pages_that_show_what_a_cookie_or_a_link_says_are_not_kept(app: Flask, client: Pages) -> None:
    from portal.accounts import invitations
    from portal.accounts.models import Account

    with app.app_context():
        person = make_account("customer", customer_id=make_customer().id)
        account = db.session.get(Account, person.account_id)
        assert account is not None
        link = invitations.link(account).partition("localhost:8000")[2]
    for path in ("/en/cookies", "/en/cookies/receipt", "/en/sign-in", link, "/en/reset-password/x"):
        assert client.get(path).headers["Cache-Control"] == "no-store", path
    client.get("/en/cookies")
    done = client.post("/en/cookies", {"choice": "accept-all"})
    for path in (done.location, "/en/cookies", "/en/cookies/receipt", "/en/cookies/receipt.json"):
        page = client.get(path)
        assert (page.status, page.headers["Cache-Control"]) == (200, "no-store"), path


def test_a_hashed_static_file_is_kept_for_a_year_and_its_name_without_hash_is_none(client: Pages) -> None:
    style_sheet = client.get(StaticFiles().url("css/portal.css"))
    assert style_sheet.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert client.get("/static/css/portal.css").status == 404


def test_a_static_file_comes_compressed_under_one_name_of_its_content(client: Pages) -> None:
    path = StaticFiles().url("css/portal.css")
    answers = {accepted: client.get(path, Accept_Encoding=accepted) for accepted in ("", "gzip", "gzip, deflate, br")}
    assert [answer.headers.get("Content-Encoding") for answer in answers.values()] == [None, "gzip", "br"]
    assert {answer.headers["ETag"] for answer in answers.values()} == {f'W/"{path.split(".")[-2]}"'}
    assert all("Accept-Encoding" in answer.headers["Vary"] for answer in answers.values())
    assert "Access-Control-Allow-Origin" not in answers[""].headers
    unchanged = client.get(path, If_None_Match=answers["gzip"].headers["ETag"])
    assert (unchanged.status, unchanged.body) == (304, b"")


def test_a_page_for_everyone_is_asked_for_again_each_time(client: Pages) -> None:
    for path in ("/en/", "/en/contact", "/en/privacy-notice"):
        page = client.get(path)
        assert page.headers["Cache-Control"] == "no-cache"
        assert {"Cookie", "Sec-GPC"} <= set(page.headers["Vary"].split(", "))
