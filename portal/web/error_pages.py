"""From exceptions to pages: the only place that does it. 500 and 503 are drawn without the database."""

import logging

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from portal.core.db import db
from portal.core.errors import DomainError, Forbidden, Gone, NotFound, RuleViolation, Stale, Throttled
from portal.web import request_ids
from portal.web.locale import current_language

log = logging.getLogger(__name__)

STATUS_OF = {NotFound: 404, Forbidden: 403, Stale: 409, Gone: 410, Throttled: 429, RuleViolation: 422}

# status -> (heading, what it means and what to do)
WORDS: dict[int, tuple[LazyString, LazyString]] = {
    400: (
        _l("We could not read the request"),
        _l(
            "The form may have been open too long, or the address is incomplete. "
            "Go back, reload the page and try again."
        ),
    ),
    403: (
        _l("You cannot open this page"),
        _l(
            "The page belongs to another role, or the form was not sent from this service. Open the page from the menu."
        ),
    ),
    404: (
        _l("Page not found"),
        _l("The address may be mistyped, or the page has been removed. Start again from the front page."),
    ),
    405: (
        _l("This page cannot be used in that way"),
        _l("Open the page from the menu and use the buttons on it."),
    ),
    409: (
        _l("This has changed meanwhile"),
        _l(
            "What you sent last was not saved: somebody else changed this first, or the form was sent twice."
            " Open the page again to see how things stand."
        ),
    ),
    410: (
        _l("This link no longer works"),
        _l("The link has been used or has expired. Ask for a new one."),
    ),
    413: (
        _l("That was too large"),
        _l("Shorten the text or choose a smaller file, and send again."),
    ),
    415: (
        _l("That kind of content is not accepted"),
        _l("Use the form on the page."),
    ),
    422: (
        _l("Something in the form needs mending"),
        _l("Go back, check the details and send again. Nothing was saved."),
    ),
    429: (
        _l("Too many tries"),
        _l("Wait a while and try again. Your data is safe and nothing has been locked for good."),
    ),
    500: (
        _l("Something went wrong on our side"),
        _l("We have been told about it. Nothing you sent was half saved. Try again in a moment."),
    ),
    503: (
        _l("The service is out of reach for a moment"),
        _l("Nothing was lost. Try again in a few minutes."),
    ),
}


def error_page(status: int, *, is_plain: bool = False) -> Response:
    """A page in the page's language. The plain one is drawn from its own words alone: no menu, no link, no database."""
    known = status if status in WORDS else (500 if status >= 500 else 400)
    title, text = WORDS[known]
    words = {
        "status": status,
        "title": str(title),
        "text": str(text),
        "request_id": request_ids.current(),
        "lang": current_language(),
    }
    if is_plain or status >= 500:
        # not render_template: what every page is given would ask the database who is signed in
        html = current_app.jinja_env.get_template("errors/plain.html").render(words)
    else:
        html = render_template("errors/error.html", **words)
    response: Response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _http_error(error: HTTPException) -> Response:
    if error.response is not None and (error.code or 500) < 400:
        return error.response  # type: ignore[return-value]  # a redirect raised by routing
    response = error_page(error.code or 500, is_plain=isinstance(error, SecurityError))
    for name, value in error.get_headers(request.environ):
        if name not in ("Content-Type", "Content-Length"):
            response.headers.setdefault(name, value)
    return response


def _domain_error(error: DomainError) -> Response:
    status = next((status for kind, status in STATUS_OF.items() if isinstance(error, kind)), 422)
    response = error_page(status)
    if isinstance(error, Throttled):
        response.headers["Retry-After"] = str(max(1, int(error.retry_after.total_seconds())))
    return response


def _ask_no_more_who_it_is() -> None:
    """What finishes a response asks for the person; after a failure that would fail again."""
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]  # set by Flask-Login


def _database_away(error: OperationalError) -> Response:
    db.session.rollback()
    _ask_no_more_who_it_is()
    log.error("the database is out of reach: %s", type(error.orig).__name__)
    response = error_page(503)
    response.headers["Retry-After"] = "30"
    return response


def _unexpected(error: Exception) -> Response:
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    log.exception("unhandled exception")
    _ask_no_more_who_it_is()
    return error_page(500)


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(Exception, _unexpected)
