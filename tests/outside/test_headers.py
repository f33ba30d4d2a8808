"""Security headers on every status, whoever answers: the application, the static files or the server (S20, S21)."""

import re
from collections.abc import Callable, Mapping

import pytest

from tests.outside.browser import Answer, Browser
from tests.outside.people import People
from tests.outside.serving import Node, Portal

EVERYWHERE = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
DENIED = ("camera", "geolocation", "microphone", "payment", "usb")
LARGEST_FORM = 1_000_000
YEAR = 31_536_000


def style_sheet(browser: Browser) -> str:
    found = re.search(r'href="(/static/[^"]+\.css)"', browser.get("/fi/").text)
    assert found
    return found[1]


def not_modified(browser: Browser) -> Answer:
    path = style_sheet(browser)
    return browser.get(path, If_Modified_Since=browser.get(path).headers["Last-Modified"])


def throttled(browser: Browser) -> Answer:
    browser.get("/fi/forgot-password")
    for _ in range(21):
        answer = browser.post("/fi/forgot-password", {"username": "nobody", "contact": "nobody@example.com"})
    return answer


def too_large(browser: Browser) -> Answer:
    """Announced alone: the answer comes before the body is read, and one under way would meet a closed connection."""
    return browser.post("/fi/requests/opt-out", Content_Length=str(LARGEST_FORM + 1))


ANSWERS: list[tuple[int, Callable[[Browser], Answer]]] = [
    (200, lambda browser: browser.get("/fi/")),
    (200, lambda browser: browser.get("/en/sign-in")),
    (200, lambda browser: browser.get("/fi/privacy-notice.pdf")),
    (200, lambda browser: browser.get("/healthz")),
    (200, lambda browser: browser.get("/readyz")),
    (200, lambda browser: browser.get("/robots.txt")),
    (200, lambda browser: browser.get("/.well-known/security.txt")),
    (200, lambda browser: browser.get("/.well-known/gpc.json")),
    (200, lambda browser: browser.get("/favicon.ico")),
    (200, lambda browser: browser.get(style_sheet(browser))),
    (200, lambda browser: browser.request("HEAD", "/fi/")),
    (200, lambda browser: browser.request("OPTIONS", "/fi/")),
    (206, lambda browser: browser.get(style_sheet(browser), Range="bytes=0-9")),
    (302, lambda browser: browser.get("/")),
    (302, lambda browser: browser.get("/fi/my/data")),
    (303, lambda browser: browser.post("/fi/cookies", {"choice": "necessary-only"})),
    (304, not_modified),
    (400, lambda browser: browser.get("/fi/contact?a=%00")),
    (400, lambda browser: browser.get("/fi/", Host="portal.example.org")),
    (400, lambda browser: browser.post("/fi/sign-in", {"csrf_token": ""})),
    (403, lambda browser: browser.post("/fi/cookies", {"choice": "accept-all"}, Sec_Fetch_Site="cross-site")),
    (403, lambda browser: browser.post("/fi/cookies", {"choice": "accept-all"}, Sec_Fetch_Site="", Origin="")),
    (404, lambda browser: browser.get("/fi/nowhere")),
    (404, lambda browser: browser.get("/static/nowhere.css")),
    (405, lambda browser: browser.request("DELETE", "/fi/contact", headers={"Origin": f"https://localhost:{browser.port}"})),
    (405, lambda browser: browser.request("TRACE", "/fi/contact", headers={"Origin": f"https://localhost:{browser.port}"})),
    (405, lambda browser: browser.request("INVENTED", "/fi/contact", headers={"Origin": f"https://localhost:{browser.port}"})),
    (410, lambda browser: browser.get("/fi/reset-password/used")),
    (410, lambda browser: browser.get("/en/set-password/used")),
    (413, too_large),
    (416, lambda browser: browser.get(style_sheet(browser), Range="bytes=99999999-")),
    (422, lambda browser: browser.post("/fi/requests/opt-out", {"contact": ""})),
    (429, throttled),
]  # fmt: skip


def missing(headers: Mapping[str, str]) -> list[str]:
    faults = [name for name, value in EVERYWHERE.items() if headers.get(name) != value]
    denied = headers.get("Permissions-Policy") or ""
    return faults + [f"Permissions-Policy: {feature}" for feature in DENIED if f"{feature}=()" not in denied]


@pytest.mark.parametrize(("status", "ask"), ANSWERS)
def test_every_answer_carries_the_security_headers(
    status: int, ask: Callable[[Browser], Answer], browser: Browser
) -> None:
    answer = ask(browser)
    assert answer.status == status
    assert missing(answer.headers) == []


def test_a_mistake_of_ours_carries_them_too(portal: Portal, people: People) -> None:
    person = people.newcomer()
    browser = person.signed_in()
    change = "UPDATE account SET role = :role WHERE username = :name"
    portal.sql(change, role="nonsense", name=person.username)
    answer = browser.get("/fi/my/data")
    portal.sql(change, role="customer", name=person.username)
    assert answer.status == 500
    assert missing(answer.headers) == []
    assert answer.headers["Cache-Control"] == "no-store"
    assert "nonsense" not in answer.text
    assert "Traceback" not in answer.text


REFUSED_BY_THE_SERVER = {
    "an address that is too long": b"GET /fi/" + b"a" * 5_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "too many headers": b"GET /fi/ HTTP/1.1\r\nHost: localhost\r\n"
    + b"".join(b"X-%d: 1\r\n" % number for number in range(80))
    + b"\r\n",
    "no request line": b"garbage 131052-308T\r\n\r\n",
    "an unknown version": b"GET /fi/ HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "two lengths": b"POST /fi/cookies HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a header without a name": b"GET /fi/ HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n",
}


@pytest.mark.parametrize("kind", REFUSED_BY_THE_SERVER)
def test_what_the_server_refuses_before_the_application_carries_them_and_repeats_nothing(kind: str, node: Node) -> None:
    answer = raw(node, REFUSED_BY_THE_SERVER[kind])
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    assert re.fullmatch(r"HTTP/1\.1 4\d\d .+", first)
    headers = dict(line.split(": ", 1) for line in lines)
    assert missing(headers) == []
    assert headers["Cache-Control"] == "no-store"
    assert int(headers["Content-Length"]) == len(body)
    assert b"131052" not in body
    assert b"aaaa" not in body


def raw(node: Node, sent: bytes) -> bytes:
    """What comes back for bytes that no client would send."""
    with node.connection() as connection:
        connection.sendall(sent)
        received = b""
        while part := connection.recv(65_536):
            received += part
        return received


def test_personal_pages_and_pages_with_a_form_are_not_kept_and_static_files_for_a_year(
    people: People, browser: Browser
) -> None:
    person = people.browser_of("customer")
    for path in ("/fi/my/data", "/fi/my/devices", "/fi/", "/fi/contact", "/fi/nowhere", "/fi/my/data/export.json"):
        assert person.get(path).headers["Cache-Control"] == "no-store", path
    assert browser.get("/fi/sign-in").headers["Cache-Control"] == "no-store"
    kept = browser.get(style_sheet(browser)).headers["Cache-Control"]
    assert f"max-age={YEAR}" in kept
    assert "immutable" in kept


def test_signing_out_clears_what_the_browser_kept_but_not_the_cookie_choice(people: People) -> None:
    browser = people.newcomer().signed_in()
    answer = browser.submit("/fi/my/devices", {"revoke": "none"}) and browser.post("/fi/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Original-URL", "X-Rewrite-URL", "Forwarded"],
)
def test_headers_of_proxies_lead_nobody_elsewhere(header: str, browser: Browser) -> None:
    for value in ("evil.example", "http", "/evil", "host=evil.example;proto=http"):
        answer = browser.get("/fi/my/data", **{header.replace("-", "_"): value})
        assert (answer.status, answer.location) == (302, "/fi/sign-in?next=/fi/my/data")
        assert "evil" not in browser.get("/fi/", **{header.replace("-", "_"): value}).text


def test_a_method_in_a_header_or_a_field_is_not_taken(browser: Browser) -> None:
    answer = browser.get("/fi/cookies?choice=accept-all&_method=POST", X_HTTP_Method_Override="POST")
    assert answer.status == 200
    assert answer.set_cookies == {}
