"""What was typed into a form that could not be taken: kept for a while, and filled in again for the same person.

A form can't be taken when the session ended meanwhile, when the password must be entered first, or when the page was
older than the sign-in. It is never sent again by itself. Where it is kept is the business of accounts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal.core.identity_codes import holds_identity_code
from portal.web.limits import showable
from portal.web.return_paths import is_safe

EXTENSION = "portal.typed_forms"
MOST_BYTES = 256_000  # twenty long texts; a larger form is not kept

# secrets are typed again, whatever the form
_SECRET = re.compile(r"password|secret|token|^(?:.*-)?(?:code|setup)$", re.IGNORECASE)
LONGEST_LINE = 120  # an identity code in it is all that was typed, or what was searched for


@dataclass(frozen=True)
class Typed:
    """The fields of one form, in their order."""

    fields: Sequence[tuple[str, str]]
    has_files: bool = False


class Store(Protocol):
    """Where typed forms are kept: one per browser session."""

    def keep(self, page: str, typed: Typed) -> bool: ...
    def find(self, page: str) -> Typed | None: ...
    def drop(self, page: str) -> None: ...


def page_of_form() -> str:
    """The page that the form of this request stands on, with its query; empty when that is not known."""
    if request.method in ("GET", "HEAD") or _can_be_opened(request.path):
        return showable(request.full_path.rstrip("?"))  # what is not is refused, but the error page has forms too
    parts = urlsplit(request.referrer or "")
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return path if parts.netloc == request.host and is_safe(path) else ""


def _can_be_opened(path: str) -> bool:
    return current_app.url_map.bind("").test(path, "GET")


def keep() -> bool:
    """Keep what this POST brought; whether there was anything to keep, and somebody to keep it for."""
    page = page_of_form()
    typed = Typed(_worth_keeping(), has_files=any(file.filename for file in request.files.values()))
    has_words = any(value.strip() for _, value in typed.fields)
    if request.method != "POST" or not is_safe(page) or not has_words or _size(typed) > MOST_BYTES:
        return False
    return _store().keep(without_language(page), typed)


def has_sentence() -> bool:
    """Whether this POST brought words of somebody's own, which they would miss: more than a choice or a number."""
    return request.method == "POST" and any(len(value.split()) > 1 for _, value in _worth_keeping())


def typed_before() -> Typed | None:
    """What the person had typed on this page, when it is opened again."""
    if "typed_before" not in g:
        may_ask = request.method == "GET" and current_user.is_authenticated
        g.typed_before = _store().find(without_language(page_of_form())) if may_ask else None
    return cast("Typed | None", g.typed_before)


def fill_in(names: Sequence[str]) -> "MultiDict[str, str] | None":
    """The kept fields for a form with these names, as if they had been sent; None when they are another form's."""
    typed = typed_before()
    if typed is None or not any(name in names for name, _ in typed.fields):
        return None
    g.is_typed_again = typed
    return MultiDict(typed.fields)


def without_language(page: str) -> str:
    """The same page in any language."""
    return "/" + page.split("/", 2)[-1]


def _worth_keeping() -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if not _SECRET.search(name) and not (len(value) <= LONGEST_LINE and holds_identity_code(value))
    ]


def _size(typed: Typed) -> int:
    return sum(len(name.encode()) + len(value.encode()) for name, value in typed.fields)


def _store() -> Store:
    return cast(Store, current_app.extensions[EXTENSION])


def _drop_what_was_sent(response: Response) -> Response:
    """A form that was taken needs no keeping any more."""
    if request.method == "POST" and response.status_code == 303 and current_user.is_authenticated:
        _store().drop(without_language(page_of_form()))
    return response


def init_app(app: Flask) -> None:
    app.after_request(_drop_what_was_sent)

    @app.context_processor
    def _notice() -> dict[str, Any]:
        return {"typed_again": g.get("is_typed_again")}
