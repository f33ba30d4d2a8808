"""A Host that is not ours is refused calmly, and nothing a request says about itself is believed (S21)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import Client, EnvironBuilder, TestResponse, run_wsgi_app

from portal.app import create_app
from portal.core.db import db
from portal.web.headers import ALWAYS
from tests.conftest import settings_for
from tests.pages import BROWSER, FROM_OURSELVES, Pages

Make = Callable[..., Client]


@pytest.fixture
def portal_at(tmp_path: Path) -> Iterator[Make]:
    """A portal with other settings; pages for everyone need no database."""
    made: list[Flask] = []

    def _make(base_url: str, *, proxies: int = 0, mode: str = "demo", port: int = 8000) -> Client:
        environ = {"PORTAL_BASE_URL": base_url, "PORTAL_TRUSTED_PROXIES": str(proxies), "PORTAL_MODE": mode}
        if mode == "production":
            settings_for(tmp_path)  # makes the key file
            environ |= {
                "PORTAL_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
                "PORTAL_KEYRING": str(tmp_path / "keyring.json"),
            }
        app = create_app(settings_for(tmp_path, **environ))
        app.config.update(ANALYTICS_THREAD=False)
        made.append(app)
        client = Client(app, TestResponse)
        client.port = str(port)
        return client

    yield _make
    for app in made:
        with app.app_context():
            db.engine.dispose()


def _status(client: Client, host: str | None, **headers: str) -> int:
    environ = {"SERVER_PORT": client.port, "SERVER_NAME": "127.0.0.1"}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    named = {} if host is None else {"Host": host}
    response = client.get("/en/contact", headers=BROWSER | named | sent, environ_overrides=environ)
    response.close()
    return response.status_code


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "localhost:8123"])
def test_a_demo_answers_as_this_machine_on_the_port_in_use(portal_at: Make, host: str) -> None:
    assert _status(portal_at("http://localhost:8000", port=8123), host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "localhost:8001",
        "127.0.0.1:80",
        "localhost",
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example:8000",
        "evil.localhost:8000",
        "localhost:8000@evil.example",
        "localhost:8000:8000",
        "localhost:",
        "localhost:port",
        "[::1]:8000",
        "0.0.0.0:8000",
        "127.1:8000",
        "2130706433:8000",
        "localhost%00:8000",
        "localhost:8000/",
        "localhost:8000#evil.example",
        "",
        "ä.example",
        "a" * 3000,
    ],
)
def test_any_other_host_is_refused(portal_at: Make, host: str) -> None:
    assert _status(portal_at("http://localhost:8000"), host) == 400


@pytest.mark.parametrize(
    ("base_url", "good", "bad"),
    [
        (
            "https://portal.example.com",
            ["portal.example.com", "portal.example.com:443"],
            ["portal.example.com:8000", "localhost", "localhost:8000", "127.0.0.1:8000"],
        ),
        (
            "https://portal.example.com:8443",
            ["portal.example.com:8443"],
            ["portal.example.com", "portal.example.com:443", "portal.example.com:8000"],
        ),
    ],
)
def test_production_answers_to_its_own_address_with_its_port(
    portal_at: Make, base_url: str, good: list[str], bad: list[str]
) -> None:
    client = portal_at(base_url, mode="production")
    assert [_status(client, host) for host in good] == [200] * len(good)
    assert [_status(client, host) for host in bad] == [400] * len(bad)


@pytest.mark.parametrize(
    ("path", "heading"),
    [("/fi/sign-in", "Lähetystä ei voitu lukea"), ("/en/sign-in", "We could not read the request")],
)
def test_the_refusal_is_a_page_of_its_language_that_says_no_host(client: Pages, path: str, heading: str) -> None:
    response = client.browser.get(path, headers={"Host": "evil.example"})
    assert response.status_code == 400
    words = response.get_data(as_text=True)
    assert heading in words and "evil" not in words
    assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS
    assert response.headers["Cache-Control"] == "no-store"


FORWARDED = {
    "X_Forwarded_Host": "evil.example",
    "X_Forwarded_Proto": "https",
    "X_Forwarded_For": "203.0.113.9",
    "Forwarded": "for=203.0.113.9;host=evil.example;proto=https",
    "X_Forwarded_Port": "443",
    "X_Forwarded_Prefix": "/evil",
    "X_Original_URL": "/en/admin/users",
    "X_Rewrite_URL": "/en/admin/users",
    "X_HTTP_Method_Override": "DELETE",
}


def test_what_forwards_a_request_is_not_believed_unless_it_is_ours(portal_at: Make) -> None:
    client = portal_at("http://localhost:8000")
    sent = {name.replace("_", "-"): value for name, value in FORWARDED.items()}
    page = client.get("/en/my/devices", headers=BROWSER | sent | {"Host": "localhost:8000"})
    assert (page.status_code, page.headers["Location"]) == (302, "/en/sign-in?next=/en/my/devices")
    assert "Strict-Transport-Security" not in page.headers
    assert client.get("/", headers=BROWSER | sent | {"Host": "localhost:8000"}).headers["Location"] == "/fi/"
    origin = {"Origin": "https://evil.example", "Host": "localhost:8000"}
    refused = client.post("/en/cookies", data={"choice": "accept-all"}, headers=BROWSER | sent | origin)
    assert refused.status_code == 403


def test_a_proxy_of_ours_is_believed_about_host_and_scheme(portal_at: Make) -> None:
    client = portal_at("https://portal.example.com", mode="production", proxies=1)
    behind = {"Host": "10.0.0.7:8000", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    good = BROWSER | behind | {"X-Forwarded-Host": "portal.example.com"}
    assert client.get("/en/contact", headers=good).status_code == 200
    bad = BROWSER | behind | {"X-Forwarded-Host": "evil.example"}
    assert client.get("/en/contact", headers=bad).status_code == 400
    # of a chain the last one is ours; what stands before it came from outside
    chained = BROWSER | behind | {"X-Forwarded-Host": "evil.example, portal.example.com"}
    assert client.get("/en/contact", headers=chained).status_code == 200


def test_a_form_through_our_proxy_has_our_origin(portal_at: Make) -> None:
    client = portal_at("https://portal.example.com", mode="production", proxies=1)
    behind = {"Host": "10.0.0.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "portal.example.com"}
    ours = client.post(
        "/en/requests/opt-out", data={}, headers=BROWSER | behind | {"Origin": "https://portal.example.com"}
    )
    theirs = client.post("/en/requests/opt-out", data={}, headers=BROWSER | behind | {"Origin": "https://10.0.0.7"})
    assert (ours.status_code, theirs.status_code) == (422, 403)


def test_http_1_1_names_its_host(app: Flask) -> None:
    nameless = EnvironBuilder("/en/contact", headers=BROWSER | FROM_OURSELVES).get_environ()
    del nameless["HTTP_HOST"]
    assert run_wsgi_app(app, nameless)[1] == "400 BAD REQUEST"
    assert run_wsgi_app(app, {**nameless, "SERVER_PROTOCOL": "HTTP/1.0"})[1] == "200 OK"
