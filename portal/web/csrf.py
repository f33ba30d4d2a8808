"""Forged submissions are refused: by where a POST comes from, and by token on signed-in forms (D5, S12)."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect

from portal.core.settings import settings
from portal.web import typed_forms
from portal.web.access import sends_to_sign_in

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_PUBLIC_FORM = "portal_public_form"
_ONE_CLICK = "portal_one_click"

_protect = CSRFProtect()


V = TypeVar("V", bound=Callable[..., object])


def public_form(view: V) -> V:
    """A form that sets no cookie and so carries no token; it is protected by its origin alone."""
    setattr(view, _PUBLIC_FORM, True)
    return view


def one_click(view: V) -> V:
    """A public form behind a signed link that a mail program may also unsubscribe by (RFC 8058).

    Such a POST comes from no page of ours and tells no origin. Nothing of the browser's goes into what it does, and
    the token in its address is what allows it: who knows the token needs no forgery.
    """
    setattr(view, _ONE_CLICK, True)
    return public_form(view)


def is_one_click() -> bool:
    """Whether a mail program unsubscribes: the body that RFC 8058 prescribes, and nothing else."""
    return request.form.to_dict(flat=False) == {"List-Unsubscribe": ["One-Click"]}


def comes_from_ourselves() -> bool:
    """Whether the browser says that a page of ours sent this; a request that says nothing did not."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    # compared as text: what a stranger writes there need not be an address at all
    return origin == f"{urlsplit(settings().base_url).scheme}://{request.host}"


def _check_origin() -> None:
    if request.method in SAFE_METHODS or request.routing_exception is not None:
        return
    view = current_app.view_functions.get(request.endpoint or "")
    if not comes_from_ourselves() and not (getattr(view, _ONE_CLICK, False) and is_one_click()):
        abort(403)


def _check_token() -> None:
    if request.method in SAFE_METHODS or request.routing_exception is not None:
        return
    view = current_app.view_functions.get(request.endpoint or "")
    # a session that has ended took its token with it: such a form leads to the sign-in page and does nothing
    if not getattr(view, _PUBLIC_FORM, False) and not sends_to_sign_in(view):
        try:
            _protect.protect()
        except CSRFError as problem:
            if current_user.is_authenticated:
                g.is_form_kept = typed_forms.keep()
            raise problem


def init_origin(app: Flask) -> None:
    """Before anything reads a body: who sends one from elsewhere, slowly, would keep a thread waiting."""
    app.before_request(_check_origin)


def init_app(app: Flask) -> None:
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)
    _protect.init_app(app)
    app.before_request(_check_token)
