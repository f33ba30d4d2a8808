"""Copies of public pages, kept per node for visitors who hold no cookie of ours, or nothing but a choice (D21).

A view says that its page is the same for all of them (`same_for_everyone`), or for those who have not chosen yet
(`same_before_a_choice`); nothing else is ever kept. A copy is made from a request that holds nothing but what the copy
is found by, so that no header of one visitor can reach another: a cookie choice is replaced by one that stands for all
who chose the same (decisions 28 and 33). It is good until the minute ends: whatever a page says of the time of day
changes at a full minute.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any, NamedTuple, TypeVar
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_etags

from portal.core import clock
from portal.web import request_ids
from portal.web.compression import encoding_for
from portal.web.headers import is_personal

MOST_BYTES = 32_000_000  # of all copies of a node; every page in every form and for every choice takes half of it
OF_ONE_ANSWER = frozenset({request_ids.HEADER.lower(), "date"})  # the server tells the time of each answer
NOT_OF_THE_BODY = frozenset({"content-length", "content-type", "content-encoding"})  # what a 304 leaves out
NOT_OF_ONE_VISITOR = frozenset({"etag", "cache-control"})  # what an answer leaves out that sets a cookie

_SAME = "portal_same_for_everyone"
_UNDER_WAY = "portal.copy_under_way"
EXTENSION = "portal.page_cache"

Headers = list[tuple[str, str]]
Act = Callable[[WSGIEnvironment], None]
Sending = Callable[[WSGIEnvironment], Headers]
V = TypeVar("V", bound=Callable[..., object])


class Same(Enum):
    """For whom a page is the same, of those who ask for its address without a query."""

    BEFORE_A_CHOICE = auto()
    FOR_EQUAL_CHOICES = auto()


def same_for_everyone(view: V) -> V:
    """The page is the same for all who hold no cookie of ours, and for all who allow the same cookies.

    It may tell the time of day to the minute, and figures that may be a minute old. Of a cookie choice it may tell
    what is allowed, and neither when nor how it was made.
    """
    setattr(view, _SAME, Same.FOR_EQUAL_CHOICES)
    return view


def same_before_a_choice(view: V) -> V:
    """The page is the same for all who hold no cookie of ours, and one's own as soon as there is a choice."""
    setattr(view, _SAME, Same.BEFORE_A_CHOICE)
    return view


def sameness(view: object) -> Same | None:
    """For whom the page of a view is the same; None when it is made for each request."""
    declared: Same | None = getattr(view, _SAME, None)
    return declared


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


def send_with_each_view(response: Response, sending: Sending) -> None:
    """Add these headers to the answer under way, and again to each that shows the copy of its page.

    They are made from what that request brought, outside of any application context, and are in no copy.
    """
    under_way = request.environ.get(_UNDER_WAY)
    if under_way is None:
        response.headers.extend(sending(request.environ))
    else:
        under_way.sending.append(sending)


class Key(NamedTuple):
    """All that a copy depends on. Hosts that are not ours get no page, so no copy bears their name."""

    host: str
    port: str
    scheme: str
    path: str
    has_gpc: bool
    encoding: str | None
    cookies: str | None


class Copy:
    """A page as it goes out, but for what is new in each answer."""

    def __init__(self, headers: Headers, body: bytes, acts: tuple[Act, ...], sending: tuple[Sending, ...]) -> None:
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'  # of the compressed bytes: strong, another per encoding
        self.etag = etag.strip('"')
        self.headers = [(name, value) for name, value in headers if name.lower() not in OF_ONE_ANSWER]
        self.headers.append(("ETag", etag))
        self.unchanged = [(name, value) for name, value in self.headers if name.lower() not in NOT_OF_THE_BODY]
        self.body = body
        self.acts = acts
        self.sending = sending

    @property
    def size_of_headers(self) -> int:
        return sum(len(name) + len(value) for name, value in self.headers)

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse, request_id: str) -> Iterable[bytes]:
        of_this_answer = [(request_ids.HEADER, request_id)]
        own = _own_headers(self.sending, environ)
        if own:
            start_response("200 OK", _with(own, self.headers) + of_this_answer)
            return [self.body]
        held = environ.get("HTTP_IF_NONE_MATCH")
        if held and parse_etags(held).contains_weak(self.etag):
            start_response("304 NOT MODIFIED", self.unchanged + of_this_answer)
            return []
        start_response("200 OK", self.headers + of_this_answer)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.body]


def _own_headers(sending: Iterable[Sending], environ: WSGIEnvironment) -> Headers:
    return [header for send in sending for header in send(environ)]


def _with(own: Headers, headers: Headers) -> Headers:
    """Of a page as it goes to one visitor with headers of theirs: nobody is to keep it."""
    shared = [(name, value) for name, value in headers if name.lower() not in NOT_OF_ONE_VISITOR]
    return [*shared, ("Cache-Control", "no-store"), *own]


@dataclass
class Minute:
    """The copies of one minute."""

    at: datetime
    copies: dict[Key, Copy] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)  # by ETag: some pages are the same whatever was chosen
    size: int = 0

    def keep(self, key: Key, copy: Copy, most_bytes: int) -> None:
        size = copy.size_of_headers + (0 if copy.etag in self.bodies else len(copy.body))
        if key not in self.copies and self.size + size <= most_bytes:
            copy.body = self.bodies.setdefault(copy.etag, copy.body)
            self.copies[key] = copy
            self.size += size


@dataclass
class UnderWay:
    """A page being made: what the application says of it, and how it answers."""

    acts: list[Act] = field(default_factory=list)
    sending: list[Sending] = field(default_factory=list)
    may_be_kept: bool = False
    status: str = ""
    headers: Headers = field(default_factory=list)
    exc_info: Any = None
    body: bytes = b""

    def start_response(self, status: str, headers: Headers, exc_info: Any = None) -> Callable[..., Any]:
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
    """Around everything that makes an answer, headers included; only the cookie gate comes after it.

    `stand_in` turns the cookies of a visitor into those of all who get the same pages; None when there are none such.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        sameness: Callable[[str], Same | None],
        cookie_names: Iterable[str],
        stand_in: Callable[[str], str | None],
        most_bytes: int,
    ) -> None:
        self.app = app
        self.sameness = sameness
        self.cookie_names = tuple(cookie_names)
        self.stand_in = stand_in
        self.most_bytes = most_bytes
        self._minute = Minute(datetime.min.replace(tzinfo=UTC))
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._asks_for_a_page(environ):
            return self.app(environ, start_response)
        cookies = None
        if self._holds_ours(held := environ.get("HTTP_COOKIE", "")):
            cookies = self.stand_in(held)
            if cookies is None:
                return self.app(environ, start_response)
        key = Key(
            environ["HTTP_HOST"].lower(),  # or one host would have as many copies as spellings
            environ["SERVER_PORT"],
            environ["wsgi.url_scheme"],
            environ["PATH_INFO"],
            environ.get("HTTP_SEC_GPC") == "1",
            encoding_for(environ.get("HTTP_ACCEPT_ENCODING", "")),
            cookies,
        )
        minute = self._this_minute()
        copy = minute.copies.get(key)
        if copy is not None:
            for act in copy.acts:
                act(environ)
            return copy.answer(environ, start_response, request_ids.new())
        same = self.sameness(key.path)
        if same is None or (key.cookies and same is Same.BEFORE_A_CHOICE):
            return self.app(environ, start_response)
        return self._made(key, minute, environ, start_response)

    def forget(self) -> None:
        """Drop every copy."""
        self._minute = Minute(datetime.min.replace(tzinfo=UTC))

    def _asks_for_a_page(self, environ: WSGIEnvironment) -> bool:
        """Whether a copy may answer: a plain question, with nothing in it that a page could depend on but the key."""
        return (
            environ["REQUEST_METHOD"] in ("GET", "HEAD")
            and not environ.get("QUERY_STRING")
            and not environ.get("SCRIPT_NAME")
            and "HTTP_HOST" in environ
            and environ.get("CONTENT_LENGTH") in (None, "", "0")
            and "HTTP_TRANSFER_ENCODING" not in environ
        )

    def _holds_ours(self, cookies: str) -> bool:
        """Cookies of others are no reason to ask the application, which does not know their names."""
        # anywhere in the header, so that no reading of it can find one of ours where this does not
        return any(name in cookies for name in self.cookie_names)

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
            own = _own_headers(made.sending, environ)
            start_response(made.status, _with(own, made.headers) if own else made.headers, made.exc_info)
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [made.body]
        copy = Copy(made.headers, made.body, tuple(made.acts), tuple(made.sending))
        with self._lock:
            minute.keep(key, copy, self.most_bytes)
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
        if key.cookies:
            asked["HTTP_COOKIE"] = key.cookies
        answered = self.app(asked, made.start_response)
        try:
            made.body += b"".join(answered)
        finally:
            if hasattr(answered, "close"):
                answered.close()
        return made


def wrap(
    app: Flask, inner: WSGIApplication, *, cookie_names: Iterable[str], stand_in: Callable[[str], str | None]
) -> PageCache:
    """The cache around `inner`, for those pages of the application that are the same for everyone."""

    @app.after_request
    def _may_be_kept(response: Response) -> Response:
        under_way = request.environ.get(_UNDER_WAY)
        if under_way is not None:
            under_way.may_be_kept = not (is_personal(response) or g.get("is_for_this_visitor_alone"))
        return response

    def sameness_of(path: str) -> Same | None:
        try:
            endpoint, _ = app.url_map.bind("").match(path, method="GET")
        except HTTPException:  # not found, redirected
            return None
        return sameness(app.view_functions.get(endpoint))

    cache = PageCache(inner, sameness=sameness_of, cookie_names=cookie_names, stand_in=stand_in, most_bytes=MOST_BYTES)
    app.extensions[EXTENSION] = cache
    return cache
