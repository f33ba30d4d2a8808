"""A plain HTTPS client with a browser's manners: it keeps cookies and says where a form was. It follows nothing."""

import json
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPMessage, HTTPSConnection
from http.cookies import Morsel, SimpleCookie
from itertools import count
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import html5lib

T = TypeVar("T")

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PATIENCE = 30  # seconds for one answer
PREFIX = "__Host-"
SESSION, CONSENT, REMEMBER = PREFIX + "session", PREFIX + "consent", PREFIX + "remember"
OTHER_FIELDS = {"submit", "file", "button", "image"}

_visitors = count(1)


def next_address() -> str:
    """An address of the loopback network that nobody used before, so that tries are not counted together."""
    number = next(_visitors)
    return f"127.{64 + number // 62_500}.{number // 250 % 250 + 1}.{number % 250 + 1}"


class Answer:
    """What the server said."""

    def __init__(self, method: str, path: str, status: int, headers: HTTPMessage, body: bytes) -> None:
        self.method, self.path, self.status, self.headers, self.body = method, path, status, headers, body

    def __repr__(self) -> str:  # nothing personal in the output of a failed test
        return f"<{self.method} {urlsplit(self.path).path[:60]}: {self.status}>"

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def set_cookies(self) -> dict[str, Morsel[str]]:
        """What this answer sets, by name; setting one twice is a mistake."""
        found: dict[str, Morsel[str]] = {}
        for header in self.headers.get_all("Set-Cookie") or []:
            ((name, morsel),) = SimpleCookie(header).items()
            assert name not in found, f"{name} is set twice"
            found[name] = morsel
        return found

    def json(self) -> Any:
        return json.loads(self.body)

    def fields(self, action: str | None = None) -> dict[str, str]:
        """What a browser would send, before typing, of the page's forms that lead to `action` (its own address)."""
        root = html5lib.parse(self.text, namespaceHTMLElements=False)
        here = urlsplit(self.path).path
        found: dict[str, str] = {}
        for form in root.iter("form"):
            if form.get("method") != "post" or (urlsplit(form.get("action", "")).path or here) != (action or here):
                continue
            for field in form.iter():
                name = field.get("name")
                if not name or field.tag == "button" or field.get("type") in OTHER_FIELDS:
                    continue
                if field.tag == "select":
                    chosen = [o for o in field.iter("option") if o.get("selected") is not None] or field.findall(
                        "option"
                    )
                    found[name] = chosen[0].get("value", "") if chosen else ""
                elif field.tag == "textarea":
                    found[name] = (field.text or "").removeprefix("\n")
                elif field.get("type") not in ("checkbox", "radio") or field.get("checked") is not None:
                    found[name] = field.get("value", "on" if field.get("type") == "checkbox" else "")
        return found

    @property
    def token(self) -> str:
        """The token of the page's forms; empty when there is none."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', self.text)
        return found[1] if found else ""


class ClosedAtLast(ssl.SSLSocket):
    """The standard library leaves a socket to the garbage when a server dies in the middle of a handshake."""

    def __del__(self) -> None:
        self.close()


class Browser:
    """One browser at one address."""

    def __init__(self, port: int, tls: ssl.SSLContext, cookies: Mapping[str, str] | None = None) -> None:
        self.port, self.tls = port, tls
        self.address = next_address()
        self.cookies = dict(cookies or {})
        self.last: Answer | None = None

    def copy(self, *names: str) -> "Browser":
        """Somebody else, elsewhere, with these cookies of this browser (all, when none are named)."""
        kept = {name: value for name, value in self.cookies.items() if not names or name in names}
        return Browser(self.port, self.tls, kept)

    def at(self, port: int) -> "Browser":
        """The same browser, which meets another node at its next page: cookies do not tell ports apart."""
        other = Browser(port, self.tls)
        other.address, other.cookies, other.last = self.address, self.cookies, self.last
        return other

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        forgets: bool = False,
    ) -> Answer:
        """One exchange on a connection of its own, so that any worker may take it. `forgets` keeps no cookie."""
        sent = {"User-Agent": AGENT, "Connection": "close"}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent |= headers or {}
        connection = HTTPSConnection(
            "localhost", self.port, timeout=PATIENCE, context=self.tls, source_address=(self.address, 0)
        )
        try:
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            answer = Answer(method, path, response.status, response.headers, response.read())
        finally:
            connection.close()
        if not forgets:
            self._keep(answer)
        return answer

    def _keep(self, answer: Answer) -> None:
        for name, morsel in answer.set_cookies.items():
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value
        self.last = answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, data: Mapping[str, Any] | None = None, **headers: str) -> Answer:
        """Send a form of ours; with the token of the last page, unless another is given."""
        filled: dict[str, Any] = {"csrf_token": self.last.token if self.last else "", **(data or {})}
        sent = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"https://localhost:{self.port}",
            "Sec-Fetch-Site": "same-origin",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        body = urlencode(filled, doseq=True).encode()
        return self.request("POST", path, body, {name: value for name, value in sent.items() if value})

    def submit(self, path: str, data: Mapping[str, Any]) -> Answer:
        """Open a page and send a form of it: its token, and these fields."""
        page = self.get(path)
        assert page.status == 200, page
        return self.post(path, data)

    def is_signed_in(self, path: str = "/fi/my/devices") -> bool:
        answer = self.get(path)
        assert answer.status in (200, 302), answer
        assert answer.status == 200 or answer.location.startswith("/fi/sign-in"), answer.location
        return answer.status == 200


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """Do them all at the same time; what each gave, in their order."""
    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(act) for act in acts]]
