"""From exceptions to pages: the only place that does it. 500 and 503 are drawn without the database."""

import logging

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, SecurityError

from portal.core import clock
from portal.core.crypto import DamagedCiphertext
from portal.core.database_trouble import Trouble, trouble_of
from portal.core.db import UnsureCommit, db
from portal.core.errors import DomainError, Forbidden, Gone, NotFound, RuleViolation, Stale, Throttled
from portal.web import request_ids, second_try
from portal.web.locale import current_language
from portal.web.return_paths import is_safe
from portal.web.typed_forms import page_of_form
from portal.web.waits import Wait

log = logging.getLogger(__name__)

STATUS_OF = {NotFound: 404, Forbidden: 403, Stale: 409, Gone: 410, Throttled: 429, RuleViolation: 422}

# status -> (heading, what it means and what to do)
WORDS: dict[int, tuple[LazyString, LazyString]] = {
    400: (
        _l("We could not read the request"),
        _l(
            "The address is incomplete, or what was sent is not what our pages send. "
            "Go back, reload the page and try again."
        ),
    ),
    403: (
        _l("You cannot open this page"),
        _l(
            "Your account does not open this page, or the form was not sent from this service. "
            "Choose a page from the menu."
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
        _l("Go back, shorten the text or choose a smaller file, and send again. Nothing was saved."),
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
        _l("Your data is safe and nothing has been locked for good."),
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


# what a status alone does not tell
DAMAGED = (
    _l("This cannot be read any more"),
    _l(
        "What we have stored is damaged. Nothing else is affected, and we have been told. "
        "Contact us if you need it: we make it again."
    ),
)
FORM_KEPT = (
    _l("The form was not sent"),
    _l(
        "You have signed in again since you opened the page, so it is out of date. "
        "What you typed is kept for half an hour: open the form again, check it and send it."
    ),
)
FORM_OLD = (
    _l("The form was not sent"),
    _l(
        "The page is out of date: it was opened in another session. What you typed was not kept; going back in your "
        "browser may still show it. Open the form again and send it from there."
    ),
)


NOT_SAVED = (
    WORDS[503][0],
    _l("What you sent was not saved. Go back in your browser after a few minutes and send it again."),
)
READ_ONLY = (
    _l("Nothing can be saved at the moment"),
    _l(
        "Pages can be read, but what you sent was not saved, and nobody can sign in. "
        "Go back in your browser after a few minutes and try again."
    ),
)
UNSURE = (
    _l("We do not know whether it was saved"),
    _l(
        "The connection to our database broke while we were saving what you sent. "
        "Open the page again after a few minutes and look before you send it again."
    ),
)
WAIT_SECONDS = 30


def error_page(
    status: int,
    *,
    words: tuple[LazyString, LazyString] | None = None,
    wait: Wait | None = None,
    again: str = "",
    is_plain: bool = False,
) -> Response:
    """A page in the page's language. The plain one is drawn from its own words alone: no menu, no link, no database.

    `again` is the address of a form that can be opened again, `wait` how long to wait before that.
    """
    known = status if status in WORDS else (500 if status >= 500 else 400)
    title, text = words or WORDS[known]
    told = {
        "status": status,
        "title": str(title),
        "text": str(text),
        "wait": wait,
        "again": again,
        "reference": gettext("Error %(status)s. If you contact us, give us this reference:", status=status),
        "to_front": gettext("To the front page"),
        "request_id": request_ids.current(),
        "lang": current_language(),
    }
    if is_plain or status >= 500:
        # not render_template: what every page is given would ask the database who is signed in
        html = current_app.jinja_env.get_template("errors/plain.html").render(told)
    else:
        html = render_template("errors/error.html", **told)
    response: Response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    if wait:
        response.headers["Retry-After"] = str(wait.seconds)
    return response


def _http_error(error: HTTPException) -> Response:
    if error.response is not None and (error.code or 500) < 400:
        return error.response  # type: ignore[return-value]  # a redirect raised by routing
    response = error_page(error.code or 500, is_plain=isinstance(error, SecurityError))
    for name, value in error.get_headers(request.environ):
        if name not in ("Content-Type", "Content-Length"):
            response.headers.setdefault(name, value)
    return response


def _form_out_of_date(_error: CSRFError) -> Response:
    """The token does not belong to this session: the person signed in again in another tab, or the browser forgot."""
    page = page_of_form()
    return error_page(400, words=FORM_KEPT if g.get("is_form_kept") else FORM_OLD, again=page if is_safe(page) else "")


def _domain_error(error: DomainError) -> Response:
    status = next((status for kind, status in STATUS_OF.items() if isinstance(error, kind)), 422)
    return error_page(status, wait=Wait.of(error, clock.now()) if isinstance(error, Throttled) else None)


def _damaged(error: DamagedCiphertext) -> Response:
    log.error("what was asked for does not open in its place: %s", error)
    return error_page(410, words=DAMAGED)


def _ask_no_more_who_it_is() -> None:
    """What finishes a response asks for the person; after a failure that would fail again."""
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]  # set by Flask-Login


def _database_trouble(error: Exception) -> ResponseReturnValue:
    """Once more where that helps and is safe; else a page that tells what has become of what was sent."""
    trouble = trouble_of(error)
    if trouble is Trouble.FAULT:
        return _unexpected(error)
    db.session.rollback()
    if trouble is Trouble.CONFLICT and second_try.is_safe():
        log.warning("two transactions were in each other's way: once more")
        return second_try.answer()
    _ask_no_more_who_it_is()
    log.error("the database cannot do it (%s): %s", trouble, type(getattr(error, "orig", error)).__name__)
    words = {Trouble.READ_ONLY: READ_ONLY, Trouble.UNSURE: UNSURE}.get(trouble)
    if words is None and request.method == "POST":
        words = NOT_SAVED
    response = error_page(503, words=words)
    response.headers["Retry-After"] = str(WAIT_SECONDS)
    return response


def _unexpected(error: Exception) -> Response:
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    log.error("unhandled exception", exc_info=error)
    _ask_no_more_who_it_is()
    return error_page(500)


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _form_out_of_date)
    app.register_error_handler(DamagedCiphertext, _damaged)
    app.register_error_handler(DomainError, _domain_error)
    for trouble in (SQLAlchemyError, UnsureCommit, OSError):
        app.register_error_handler(trouble, _database_trouble)
    app.register_error_handler(Exception, _unexpected)
