"""Security headers on every response, whatever made it (S20): a wrapper around everything but the cookie gate."""

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, g, request
from flask_login import current_user

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
# a chart is a drawing of ours with a stylesheet inside; opened on its own it may use that and nothing else
DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"

ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    "X-Frame-Options": "DENY",
}
HSTS = "max-age=63072000; includeSubDomains"


class SecurityHeaders:
    """Add the headers that a response does not carry yet."""

    def __init__(self, app: WSGIApplication, *, is_secure: bool) -> None:
        self.app = app
        self.headers = ALWAYS | ({"Strict-Transport-Security": HSTS} if is_secure else {})

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def with_headers(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            present = {name.lower() for name, _ in headers}
            added = [(name, value) for name, value in self.headers.items() if name.lower() not in present]
            return start_response(status, headers + added, exc_info)

        return self.app(environ, with_headers)


def is_personal(response: Response) -> bool:
    """Whether the answer under way holds something of one person or of one link."""
    # a session is only written to the answer after the hooks: a form's token tells of one
    has_session = current_user.is_authenticated or "csrf_token" in g or "Set-Cookie" in response.headers
    return has_session or "token" in (request.view_args or {})


def init_app(app: Flask) -> None:
    @app.after_request
    def _personal_pages_are_not_kept(response: Response) -> Response:
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store" if is_personal(response) else "no-cache"
        response.vary.update(("Cookie", "Sec-GPC", "Accept-Encoding"))
        return response
