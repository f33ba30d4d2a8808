"""Input that no person types and no part of the portal wants: refused, or left out where it came with a text."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import IO, Any, TypeVar

from flask import Flask, Request, abort, current_app, request
from flask_login import current_user
from gunicorn.http.errors import ParseException
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

LARGEST_WITH_FILE = 10_500_000  # bytes: a file of 10 MB and the form around it (contract, section 6)
_TAKES_FILES = "portal_takes_files"

MOST_FIELDS = 1_000  # of one form, as Werkzeug counts the parts of a multipart one
NUL = "\0"  # PostgreSQL cannot store it, HTML cannot show it
# Control characters (but tab and line ends) and what Unicode says is no character: no page and no letter may hold them.
# Texts copied from elsewhere bring them along, so they are left out rather than refused.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]|[\U0001fffe-\U0001ffff]")


V = TypeVar("V", bound=Callable[..., object])


class FormParser(FormDataParser):
    """Werkzeug's, which cuts a chunked body short at the limit without a word, and counts no urlencoded fields."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> Any:
        try:
            return super().parse(stream, mimetype, content_length, options)
        except ParseException as problem:  # of chunks, which the server reads only now
            raise BadRequest from problem

    def _parse_urlencoded(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> Any:
        body = stream.read()
        if content_length is None:
            stream.read(1)  # raises RequestEntityTooLarge when the limit has been reached
        if body.count(b"&") >= MOST_FIELDS:
            raise RequestEntityTooLarge
        return super()._parse_urlencoded(BytesIO(body), mimetype, content_length, options)


class PortalRequest(Request):
    form_data_parser_class = FormParser


def takes_files(view: V) -> V:
    """A view whose form may bring a file, from somebody who is signed in."""
    setattr(view, _TAKES_FILES, True)
    return view


def _make_room() -> None:
    """Before anything reads the body."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method == "POST" and getattr(view, _TAKES_FILES, False) and current_user.is_authenticated:
        request.max_content_length = LARGEST_WITH_FILE


def showable(text: str) -> str:
    """The text without what no page may hold."""
    return _UNSHOWABLE.sub("", text)


def _refuse() -> None:
    if any(text != showable(text) for text in (request.path, *_texts(request.args))):
        abort(400)
    if (
        request.method == "POST"
        and request.routing_exception is None
        and any(NUL in text for text in _texts(request.form))
    ):
        abort(400)


def _texts(sent: "MultiDict[str, str]") -> Iterator[str]:
    for name, value in sent.items(multi=True):
        yield name
        yield value


def init_app(app: Flask) -> None:
    app.before_request(_make_room)
    app.before_request(_refuse)
