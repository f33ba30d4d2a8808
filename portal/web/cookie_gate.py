"""The last gate on the way out: no undeclared cookie and none without consent leaves the server (D7).

It wraps the WSGI application because Flask writes its session cookie after every after_request hook.
"""

import logging
from collections.abc import Callable, Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from portal.catalogues.cookies import Category, Cookie

AllowedCategories = Callable[[str | None], frozenset[Category]]

log = logging.getLogger(__name__)


class UndeclaredCookie(Exception):
    """The application tried to set a cookie that the catalogue does not name."""


class CookieGate:
    """Check each Set-Cookie against the catalogue and the choice this browser holds."""

    def __init__(
        self,
        app: WSGIApplication,
        *,
        cookies: Iterable[Cookie],
        prefix: str,
        allowed_categories: AllowedCategories,
        is_strict: bool,
    ) -> None:
        self.app = app
        self.categories = {prefix + cookie.name: cookie.category for cookie in cookies}
        self.consent_name = prefix + "consent"
        self.allowed_categories = allowed_categories
        self.is_strict = is_strict

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def guarded_start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, self._passed(environ, headers), exc_info)

        return self.app(environ, guarded_start)

    def _passed(self, environ: WSGIEnvironment, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        set_cookies = [value for name, value in headers if name.lower() == "set-cookie"]
        if not set_cookies:
            return headers
        allowed = self.allowed_categories(self._consent(environ, set_cookies))
        return [
            (name, value) for name, value in headers if name.lower() != "set-cookie" or self._may_leave(value, allowed)
        ]

    def _consent(self, environ: WSGIEnvironment, set_cookies: list[str]) -> str | None:
        """The choice that holds after this response: the one it sets, else the one the browser sent."""
        sent: str = environ.get("HTTP_COOKIE", "")
        for header in (*set_cookies, sent):
            for part in header.split(";"):
                name, _, value = part.strip().partition("=")
                if name == self.consent_name:
                    return value.strip('"')
        return None

    def _may_leave(self, header: str, allowed: frozenset[Category]) -> bool:
        name = header.partition("=")[0].strip()
        category = self.categories.get(name)
        if category is None:
            if self.is_strict:
                raise UndeclaredCookie(name)
            log.error("an undeclared cookie was held back", extra={"cookie": name[:40]})
            return False
        return category is Category.NECESSARY or category in allowed or _is_deletion(header)


def _is_deletion(header: str) -> bool:
    try:
        parsed: SimpleCookie = SimpleCookie(header)
    except CookieError:
        return False
    return all(morsel["max-age"] == "0" for morsel in parsed.values()) and bool(parsed)
