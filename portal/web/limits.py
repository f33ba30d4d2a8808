"""Input that no person types and no part of the portal wants: refused, or left out where it came with a text."""

import re
from collections.abc import Iterator

from flask import Flask, abort, request
from werkzeug.datastructures import MultiDict

NUL = "\0"  # PostgreSQL cannot store it, HTML cannot show it
# Control characters (but tab and line ends) and what Unicode says is no character: no page and no letter may hold them.
# Texts copied from elsewhere bring them along, so they are left out rather than refused.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]|[\U0001fffe-\U0001ffff]")


def showable(text: str) -> str:
    """The text without what no page may hold."""
    return _UNSHOWABLE.sub("", text)


def _refuse() -> None:
    if any(text != showable(text) for text in (request.path, *_texts(request.args))):
        abort(400)
    if request.method == "POST" and any(NUL in text for text in _texts(request.form)):
        abort(400)


def _texts(sent: "MultiDict[str, str]") -> Iterator[str]:
    for name, value in sent.items(multi=True):
        yield name
        yield value


def init_app(app: Flask) -> None:
    app.before_request(_refuse)
