"""Setting, expiring and reading our cookies, always with the same attributes (C27)."""

from typing import Any

from flask import Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from portal.core.settings import settings

LARGEST = 4096


def cookie_name(name: str) -> str:
    """The name on the wire: with `__Host-` on https."""
    return settings().cookie_prefix + name


def read_cookie(name: str) -> str | None:
    value = request.cookies.get(cookie_name(name))
    return value if value is not None and len(value) <= LARGEST else None


def set_cookie(response: Response, name: str, value: str, max_age: int | None) -> None:
    """`max_age` in seconds; None for a cookie that ends with the browser session."""
    response.set_cookie(
        cookie_name(name), value, max_age=max_age, path="/", secure=settings().is_secure, httponly=True, samesite="Lax"
    )


def expire_cookie(response: Response, name: str) -> None:
    # a browser keeps a __Host- cookie unless the deletion carries Secure too
    set_cookie(response, name, "", 0)


class SessionCookie(SecureCookieSessionInterface):
    """Flask's, which takes back a cookie that holds nothing of ours: garbled, forged, or signed with another key."""

    def open_session(self, app: Any, request: Any) -> SecureCookieSession | None:
        session = super().open_session(app, request)
        if session is not None and not session and self.get_cookie_name(app) in request.cookies:
            session.modified = True  # an empty session that was modified expires its cookie
        return session
