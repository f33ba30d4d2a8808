"""Copies of public pages, kept per node for visitors who hold no cookie of ours (D21).

A view says that its page is the same for all of them (`same_for_everyone`); nothing else is ever kept. A copy is made
from a request that holds nothing but what the copy is found by, so that no header of one visitor can reach another.
It is good until the minute ends: whatever a page says of the time of day changes at a full minute.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_etags

from portal.core import clock
from portal.web import request_ids
from portal.web.compression import encoding_for
from portal.web.headers import is_personal

MOST_BYTES = 16_000_000  # of all copies of a node; every page in every form takes a third of it
OF_ONE_ANSWER = frozenset({request_ids.HEADER.lower()})
NOT_OF_THE_BODY = frozenset({"content-length", "content-type", "content-encoding"})  # what a 304 leaves out

_SAME = "portal_same_for_everyone"
_UNDER_WAY = "portal.copy_under_way"
EXTENSION = "portal.page_cache"

Act = Callable[[WSGIEnvironment], None]
V = TypeVar("V", bound=Callable[..., object])


def same_for_everyone(view: V) -> V:
    """The page is the same for all who hold no cookie of ours and ask for this address without a query.

    It may tell the time of day to the minute, and figures that may be a minute old.
    """
    setattr(view, _SAME, True)
    return view


def is_same_for_everyone(view: object) -> bool:
    return getattr(view, _SAME, False) is True


def for_this_visitor_alone() -> None:
    """The page under way holds something that no other may get, whatever its view says."""
    g.is_for_this_visitor_alone = True


def at_each_view(act: Act) -> None:
    """Do this for the request under way, and again for each that is answered with the copy of its page.

    It is handed what that request brought, and is called outside of any application context.
    """
    under_way = request.environ.get(_UNDER_WAY)
    if under_way is None:
        act(request.environ)
    else:
        under_way.acts.append(act)


class Key(NamedTuple):
    """All that a copy depends on. Hosts that are not ours get no page, so no copy bears their name."""

    host: str
    port: str
    scheme: str
    path: str
    has_gpc: bool
    encoding: str | None


class Copy:
    """A page as it goes out, but for what is new in each answer."""

    def __init__(self, headers: list[tuple[str, str]], body: bytes, acts: tuple[Act, ...]) -> None:
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'  # of the compressed bytes: strong, another per encoding
        self.etag = etag.strip('"')
        self.headers = [(name, value) for name, value in headers if name.lower() not in OF_ONE_ANSWER]
        self.headers.append(("ETag", etag))
        self.unchanged = [(name, value) for name, value in self.headers if name.lower() not in NOT_OF_THE_BODY]
        self.body = body
        self.acts = acts

    @property
    def size(self) -> int:
        return len(self.body) + sum(len(name) + len(value) for name, value in self.headers)

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse, request_id: str) -> Iterable[bytes]:
        of_this_answer = [(request_ids.HEADER, request_id)]
        held = environ.get("HTTP_IF_NONE_MATCH")
        if held and parse_etags(held).contains_weak(self.etag):
            start_response("304 NOT MODIFIED", self.unchanged + of_this_answer)
            return []
        start_response("200 OK", self.headers + of_this_answer)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.body]


@dataclass
class Minute:
    """The copies of one minute."""

    at: datetime
    copies: dict[Key, Copy] = field(default_factory=dict)
    size: int = 0


@dataclass
class UnderWay:
    """A page being made: what the application says of it, and how it answers."""

    acts: list[Act] = field(default_factory=list)
    may_be_kept: bool = False
    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    exc_info: Any = None
    body: bytes = b""

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[..., Any]:
        self.status, self.headers, self.exc_info = status, headers, exc_info
        return self._write

    def _write(self, data: bytes) -> None:
        self.body += data

    def header(self, wanted: str) -> str | None:
        return next((value for name, value in self.headers if name.lower() == wanted.lower()), None)

    @property
    def is_for_all(self) -> bool:
        return self.may_be_kept and self.status.startswith("200 ") and self.header("Set-Cookie") is None


class PageCache:
    """Around everything that makes an answer: a copy is what would have left the portal, gates and headers included."""

    def __init__(
        self, app: WSGIApplication, *, is_shared: Callable[[str], bool], cookie_names: Iterable[str], most_bytes: int
    ) -> None:
        self.app = app
        self.is_shared = is_shared
        self.cookie_names = tuple(cookie_names)
        self.most_bytes = most_bytes
        self._minute = Minute(datetime.min.replace(tzinfo=UTC))
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._asks_for_a_page(environ):
            return self.app(environ, start_response)
        key = Key(
            environ["HTTP_HOST"].lower(),  # or one host would have as many copies as spellings
            environ["SERVER_PORT"],
            environ["wsgi.url_scheme"],
            environ["PATH_INFO"],
            environ.get("HTTP_SEC_GPC") == "1",
            encoding_for(environ.get("HTTP_ACCEPT_ENCODING", "")),
        )
        minute = self._this_minute()
        copy = minute.copies.get(key)
        if copy is not None:
            for act in copy.acts:
                act(environ)
            return copy.answer(environ, start_response, request_ids.new())
        if not self.is_shared(key.path):
            return self.app(environ, start_response)
        return self._made(key, minute, environ, start_response)

    def forget(self) -> None:
        """Drop every copy."""
        self._minute = Minute(datetime.min.replace(tzinfo=UTC))

    def _asks_for_a_page(self, environ: WSGIEnvironment) -> bool:
        """Whether a copy may answer: a plain question, with nothing in it that a page could depend on but the key.

        Cookies of others are no reason to ask the application, which does not know their names.
        """
        return (
            environ["REQUEST_METHOD"] in ("GET", "HEAD")
            and not environ.get("QUERY_STRING")
            and not environ.get("SCRIPT_NAME")
            and "HTTP_HOST" in environ
            and environ.get("CONTENT_LENGTH") in (None, "", "0")
            and "HTTP_TRANSFER_ENCODING" not in environ
            and not self._holds_ours(environ.get("HTTP_COOKIE"))
        )

    def _holds_ours(self, cookies: str | None) -> bool:
        # anywhere in the header, so that no reading of it can find one of ours where this does not
        return cookies is not None and any(name in cookies for name in self.cookie_names)

    def _this_minute(self) -> Minute:
        at = clock.now().replace(second=0, microsecond=0)
        minute = self._minute
        if minute.at != at:  # also when the clock was set back
            minute = self._minute = Minute(at)
        return minute

    def _made(
        self, key: Key, minute: Minute, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        made = self._ask(key, environ)
        for act in made.acts:
            act(environ)
        if not made.is_for_all:
            start_response(made.status, made.headers, made.exc_info)
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [made.body]
        copy = Copy(made.headers, made.body, tuple(made.acts))
        with self._lock:
            if key not in minute.copies and minute.size + copy.size <= self.most_bytes:
                minute.copies[key] = copy
                minute.size += copy.size
        return copy.answer(environ, start_response, made.header(request_ids.HEADER) or request_ids.new())

    def _ask(self, key: Key, environ: WSGIEnvironment) -> UnderWay:
        """The application's answer to a request that holds what is in the key, and nothing else of the visitor's."""
        made = UnderWay()
        asked = {name: value for name, value in environ.items() if not name.startswith("HTTP_")}
        asked.pop("wsgi.file_wrapper", None)  # the server's way around the application, for files
        asked |= {"REQUEST_METHOD": "GET", "HTTP_HOST": key.host, _UNDER_WAY: made}
        if key.has_gpc:
            asked["HTTP_SEC_GPC"] = "1"
        if key.encoding:
            asked["HTTP_ACCEPT_ENCODING"] = key.encoding
        answered = self.app(asked, made.start_response)
        try:
            made.body += b"".join(answered)
        finally:
            if hasattr(answered, "close"):
                answered.close()
        return made


def wrap(app: Flask, inner: WSGIApplication, cookie_names: Iterable[str]) -> PageCache:
    """The cache around `inner`, for those pages of the application that are the same for everyone."""

    @app.after_request
    def _may_be_kept(response: Response) -> Response:
        under_way = request.environ.get(_UNDER_WAY)
        if under_way is not None:
            under_way.may_be_kept = not (is_personal(response) or g.get("is_for_this_visitor_alone"))
        return response

    def is_shared(path: str) -> bool:
        try:
            endpoint, _ = app.url_map.bind("").match(path, method="GET")
        except HTTPException:  # not found, redirected
            return False
        return is_same_for_everyone(app.view_functions.get(endpoint))

    cache = PageCache(inner, is_shared=is_shared, cookie_names=cookie_names, most_bytes=MOST_BYTES)
    app.extensions[EXTENSION] = cache
    return cache
