"""Copies of public pages: for whom, of what, how long, and that nothing of one visitor reaches another (D21)."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import brotli
import pytest
from flask import Flask, Response, request, session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from werkzeug.test import Client, TestResponse

from portal.analytics.models import UsageOpen
from portal.consents.statistics import SHOWN, ConsentCount
from portal.core.db import db
from portal.core.errors import NotFound
from portal.publishing import audience
from portal.publishing.buffer import BUFFERS, flush_all
from portal.subject_requests.public_forms import PublicRequestForm
from portal.web.headers import ALWAYS
from portal.web.page_cache import EXTENSION, PageCache, Same
from tests.conftest import FrozenClock
from tests.pages import BROWSER, FROM_OURSELVES, Pages
from tests.web.copies import ADDRESS, BOT, Counted, Put, ask

MINUTE = timedelta(minutes=1)
OURS = ("session", "consent", "remember", "visit", "interests")


def held(response: TestResponse) -> dict[str, str]:
    """The headers of an answer but for its own number."""
    return {name: value for name, value in response.headers.items() if name != "X-Request-Id"}


def test_the_second_visitor_gets_the_same_answer_without_the_page_being_made_again(
    app: Flask, counted: Counted
) -> None:
    first, second = ask(app), ask(app)
    assert counted.times == 1
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.data == second.data
    assert held(first) == held(second)
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
    assert len(second.headers["X-Request-Id"]) == 16


def test_a_view_that_does_not_say_so_is_never_kept(app: Flask, put: Put) -> None:
    page = Counted()
    put(page.view, shared=False)
    assert [b"made 1" in ask(app).data, b"made 2" in ask(app).data] == [True, True]


def test_a_copy_ends_with_its_minute_and_when_the_clock_is_set_back(
    app: Flask, counted: Counted, frozen_clock: FrozenClock
) -> None:
    frozen_clock.at = datetime(2026, 11, 24, 8, 0, 10, tzinfo=UTC)
    ask(app)
    frozen_clock.advance(timedelta(seconds=49))
    ask(app)
    assert counted.times == 1
    frozen_clock.advance(timedelta(seconds=1))
    ask(app)
    assert counted.times == 2
    frozen_clock.advance(-timedelta(days=3))
    ask(app)
    assert counted.times == 3


@pytest.mark.parametrize(
    ("path", "opened", "closed"),
    [("/fi/contact", "Avoinna nyt", "Suljettu nyt"), ("/en/contact", "Open now", "Closed now")],
)
def test_the_phone_is_open_and_closed_to_the_minute(
    client: Pages, frozen_clock: FrozenClock, path: str, opened: str, closed: str
) -> None:
    frozen_clock.at = datetime(2026, 11, 24, 13, 59, 59, tzinfo=UTC)
    assert opened in client.get(path).text
    frozen_clock.advance(timedelta(seconds=1))
    assert closed in client.get(path).text


@pytest.mark.parametrize("header", ["{}=x", "a=b; {}=x", "a=b;{}=", "a=b,{}=x", ' {} = "x"', "{}", "a={}"])
def test_a_visitor_with_a_cookie_of_ours_is_answered_by_the_application(
    app: Flask, counted: Counted, header: str
) -> None:
    ask(app)
    for name in (*OURS, *(f"__Host-{name}" for name in OURS)):
        before = counted.times
        ask(app, Cookie=header.format(name))
        ask(app)
        assert counted.times == before + 1, f"{name}: made for the cookie, and not kept"


def test_a_cookie_of_somebody_else_is_no_reason_to_make_the_page_again(app: Flask, put: Put) -> None:
    put(lambda: f"cookies: {sorted(request.cookies)}" + "x" * 600)
    assert ask(app, Cookie="_ga=GA1.2.3; theme=dark").data.startswith(b"cookies: []x")
    assert ask(app, Cookie="_ga=GA1.2.4").data.startswith(b"cookies: []x")


def test_nothing_but_what_a_copy_is_found_by_reaches_the_page(app: Flask, put: Put) -> None:
    put(lambda: json.dumps(dict(request.headers)))
    poison = {
        "X_Forwarded_Host": "evil.example",
        "X_Forwarded_Proto": "https",
        "X_Forwarded_Port": "1",
        "X_Forwarded_Prefix": "/evil",
        "Forwarded": "host=evil.example",
        "X_Original_URL": "/en/admin/users",
        "X_HTTP_Method_Override": "DELETE",
        "Accept_Language": "en",
        "Referer": "https://evil.example/",
        "Origin": "https://evil.example",
        "Authorization": "Basic eDp5",
        "DNT": "1",
        "Range": "bytes=0-3",
        "Sec_GPC": "1",
        "Accept_Encoding": "x-evil",
        "Cookie": "evil=1",
    }
    response = ask(app, **poison)
    assert response.status_code == 200
    assert json.loads(response.data) == {"Host": "localhost", "Sec-Gpc": "1"}


def test_another_host_is_refused_whether_or_not_there_is_a_copy(app: Flask, counted: Counted) -> None:
    for _ in range(2):
        for host in ("evil.example", "localhost:8001", "LOCALHOST.evil.example", "evil.example, localhost"):
            refused = ask(app, Host=host)
            assert refused.status_code == 400, host
            assert b"evil" not in refused.data
            assert {name: refused.headers.get(name) for name in ALWAYS} == ALWAYS
        ask(app)
    assert counted.times == 1


def test_copies_of_two_hosts_of_ours_are_kept_apart(app: Flask, put: Put) -> None:
    put(lambda: request.host_url)
    for _ in range(2):
        assert ask(app, Host="localhost").data == b"http://localhost/"
        assert ask(app, Host="127.0.0.1").data == b"http://127.0.0.1/"


def test_a_host_has_one_copy_however_it_is_spelled(app: Flask, counted: Counted) -> None:
    """Else a stranger fills the room for copies with spellings of one page."""
    for host in ("localhost", "LOCALHOST", "LocalHost"):
        assert ask(app, Host=host).status_code == 200
    assert counted.times == 1


def test_an_address_with_a_query_is_neither_kept_nor_answered_with_the_copy(app: Flask, counted: Counted) -> None:
    ask(app)
    for _ in range(2):
        ask(app, f"{ADDRESS}?utm_campaign=newsletter")
    assert counted.times == 3


def test_a_question_with_a_body_is_neither_kept_nor_answered_with_the_copy(app: Flask, counted: Counted) -> None:
    for _ in range(2):
        Client(app, TestResponse).get(ADDRESS, data={"a": "b"}, headers=BROWSER)
    assert counted.times == 2


def test_other_methods_reach_the_application(app: Flask, client: Pages) -> None:
    client.get("/fi/requests/opt-out")
    assert client.post("/fi/requests/opt-out", {}).status == 422
    assert ask(app, "/fi/requests/opt-out", "OPTIONS").status_code == 200
    assert ask(app, "/fi/requests/opt-out", "DELETE", **{"Sec-Fetch-Site": "same-origin"}).status_code == 405


@pytest.mark.parametrize("path", ["/fi/", "/en/privacy-notice"])
def test_who_sends_global_privacy_control_gets_the_page_without_the_banner(app: Flask, path: str) -> None:
    for _ in range(2):
        assert b'id="cookie-choice"' in ask(app, path).data
        assert b'id="cookie-choice"' not in ask(app, path, Sec_GPC="1").data
        assert b'id="cookie-choice"' in ask(app, path, Sec_GPC="0").data


def test_the_banner_goes_with_the_choice(app: Flask, client: Pages) -> None:
    assert client.get("/fi/").all("section", id="cookie-choice")
    client.post("/fi/cookies", {"choice": "necessary-only", "surface": "banner", "next": "/fi/"})
    assert not client.get("/fi/").all("section", id="cookie-choice")
    assert b'id="cookie-choice"' in ask(app, "/fi/").data, "another visitor is asked"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("BR", "br"),
        ("*", "br"),
        ("gzip;q=0", None),
        ("br;q=0, *", "gzip"),
        ("gzip;q=0.1, identity", None),
        ("identity;q=0", None),
        ("deflate, zstd", None),
        ("gzip;q=x, ,;=,", None),
        ("xgzip, brx", None),
    ],
)
def test_each_encoding_has_its_own_copy(app: Flask, accepted: str, encoding: str | None) -> None:
    plain = ask(app).data
    for _ in range(2):
        response = ask(app, Accept_Encoding=accepted)
        assert response.headers.get("Content-Encoding") == encoding
        unpack = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}[encoding]
        assert unpack(response.data) == plain
        assert response.headers["Content-Length"] == str(len(response.data))
        assert set(response.headers["Vary"].split(", ")) == {"Cookie", "Sec-GPC", "Accept-Encoding"}


def test_who_holds_the_page_is_told_that_it_has_not_changed(app: Flask, frozen_clock: FrozenClock) -> None:
    full = ask(app, Accept_Encoding="br")
    etag = full.headers["ETag"]
    assert full.headers["Cache-Control"] == "no-cache"
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        for _ in range(2):
            unchanged = ask(app, Accept_Encoding="br", If_None_Match=known)
            assert (unchanged.status_code, unchanged.data) == (304, b"")
            assert {name: unchanged.headers.get(name) for name in ALWAYS} == ALWAYS
            same = ("ETag", "Vary", "Cache-Control")
            assert [unchanged.headers[name] for name in same] == [full.headers[name] for name in same]
            assert not {"Content-Type", "Content-Length", "Content-Encoding"} & set(unchanged.headers.keys())
            frozen_clock.advance(MINUTE)


def test_a_page_that_has_not_changed_is_the_same_in_each_minute_and_process(
    app: Flask, frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for encoding in ("gzip", "br"):
        etag = ask(app, Accept_Encoding=encoding).headers["ETag"]
        frozen_clock.advance(MINUTE)
        in_ten_minutes = time.time() + 600
        with monkeypatch.context() as later:
            later.setattr(time, "time", lambda at=in_ten_minutes: at)
            assert ask(app, Accept_Encoding=encoding).headers["ETag"] == etag


def test_a_page_held_in_another_form_or_made_for_another_state_has_changed(app: Flask, client: Pages) -> None:
    etags = {
        ask(app, Accept_Encoding="br").headers["ETag"],
        ask(app, Accept_Encoding="gzip").headers["ETag"],
        ask(app).headers["ETag"],
        ask(app, Sec_GPC="1").headers["ETag"],
        ask(app, "/en/accessibility").headers["ETag"],
    }
    assert len(etags) == 5
    for etag in etags - {ask(app).headers["ETag"]}:
        assert ask(app, If_None_Match=etag).status_code == 200
    for garbled in ("", '"', "W/", "x" * 2000):
        assert ask(app, If_None_Match=garbled).status_code == 200
    client.get("/fi/")
    client.post("/fi/cookies", {"choice": "accept-all"})
    page = client.get("/fi/", If_None_Match=ask(app, "/fi/").headers["ETag"])
    assert page.status == 200, "with a choice the page is another"


def test_head_is_answered_like_get_without_the_page(app: Flask, counted: Counted) -> None:
    head, get = ask(app, method="HEAD"), ask(app)
    assert (head.status_code, head.data, held(head)) == (200, b"", held(get))
    assert ask(app, method="HEAD", If_None_Match=get.headers["ETag"]).status_code == 304
    assert counted.times == 1


def _with_cookie() -> Response:
    response = Response("x")
    response.set_cookie("consent", "x")
    return response


def _with_session() -> str:
    session["a"] = "b"
    return "x"


def _not_found() -> str:
    raise NotFound("page")


def _of_status(status: int) -> Callable[[], Response]:
    return lambda: Response("x", status=status, headers={"Location": "/fi/"} if status == 302 else None)


NEVER_KEPT = {
    "cookie": _with_cookie,
    "session": _with_session,
    "token": generate_csrf,
    "key of a form": lambda: PublicRequestForm().once.data,
    "404": _not_found,
    **{str(status): _of_status(status) for status in (204, 206, 302, 410, 429, 500, 503)},
}


@pytest.mark.parametrize("what", NEVER_KEPT)
def test_what_is_for_one_visitor_is_not_kept_whatever_its_view_says(app: Flask, put: Put, what: str) -> None:
    made = []

    def view() -> Any:
        made.append(1)
        return NEVER_KEPT[what]()

    put(view)
    first, second = ask(app), ask(app)
    assert len(made) == 2
    assert "ETag" not in first.headers and "ETag" not in second.headers


def test_a_form_for_those_without_an_account_has_a_key_of_its_own_each_time(client: Pages) -> None:
    keys = {client.get(path).form_values()["once"] for path in ["/fi/requests/access", "/fi/requests/correction"] * 2}
    assert len(keys) == 4


def test_a_failing_page_is_neither_kept_nor_answered_with_half_of_it(
    app: Flask, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    page = Counted()
    put(lambda: page.view() if page.times else 1 / (page.times - page.times))
    assert [ask(app).status_code, ask(app).status_code] == [500, 500]
    page.times = 1
    assert ask(app).status_code == 200


def test_a_signed_in_person_leaves_nothing_of_theirs_behind(app: Flask, sign_in: Callable[..., Pages]) -> None:
    someone = sign_in("customer")
    for path in ("/fi/", "/fi/privacy-notice", "/fi/cookies"):
        before = ask(app, path)
        own = someone.get(path)
        assert own.headers["Cache-Control"] == "no-store" and "ETag" not in own.headers
        assert "Kirjaudu ulos" in own.text
        after = ask(app, path)
        assert "Kirjaudu ulos" not in after.text and after.data == before.data


def test_the_cookie_page_is_kept_by_the_node_and_by_no_browser(app: Flask, client: Pages) -> None:
    assert ask(app, "/en/cookies").headers["Cache-Control"] == "no-store"
    client.get("/en/cookies")
    client.post("/en/cookies", {"choice": "accept-all"})
    assert "you have not chosen yet" not in client.get("/en/cookies").text
    assert "you have not chosen yet" in ask(app, "/en/cookies").text


@contextmanager
def counts(app: Flask) -> Iterator[Callable[[], dict[str, int]]]:
    """What is counted meanwhile: views by page, answers by status class, showings of the banner."""
    for buffer in BUFFERS:
        buffer.forget()

    def so_far() -> dict[str, int]:
        with app.app_context():
            flush_all()
            shown = {
                f"{SHOWN} {row.language}": row.count
                for row in db.session.scalars(select(ConsentCount).where(ConsentCount.outcome == SHOWN))
            }
            return {row.value: row.count for row in db.session.scalars(select(UsageOpen))} | shown

    yield so_far


def test_views_and_banners_are_counted_on_copies_as_on_pages(app: Flask) -> None:
    with counts(app) as so_far:
        ask(app, "/fi/")
        ask(app, "/fi/")
        ask(app, "/fi/", If_None_Match="*")
        ask(app, "/fi/", **{"Sec-Fetch-Site": "same-origin"})
        ask(app, "/fi/", **{"Sec-Fetch-Site": "cross-site"})
        ask(app, "/fi/", Sec_GPC="1")
        ask(app, "/en/services/heat-pump", **FROM_OURSELVES)
        ask(app, "/en/services/solar-panels", Cookie="_ga=1")
        assert so_far() == {
            "fi /": 6,
            "en /services/<slug>": 2,
            "2xx": 8,
            "shown fi": 4,
            "shown en": 1,
        }


def test_who_is_no_person_is_not_counted_and_leaves_a_copy_that_counts_people(app: Flask) -> None:
    with counts(app) as so_far:
        for _ in range(2):
            ask(app, "/fi/contact", **BOT)
            ask(app, "/fi/contact", **{"User-Agent": ""})
            ask(app, "/fi/contact", Sec_Purpose="prefetch;prerender")
            ask(app, "/fi/contact", Purpose="prefetch")
            ask(app, "/fi/contact", "HEAD")
            ask(app, "/fi/contact?x=%00", **BOT)
        assert so_far() == {}
        ask(app, "/fi/contact")
        assert so_far() == {"fi /contact": 1, "2xx": 1, "shown fi": 1}


def test_no_user_agent_is_kept_in_any_form_beyond_its_minute(app: Flask, frozen_clock: FrozenClock) -> None:
    ask(app, "/fi/")
    ask(app, "/fi/", **BOT)
    _, key, known = audience._verdicts._current
    assert sorted(known.values()) == [False, True]
    assert {(type(hashed), len(hashed)) for hashed in known} == {(bytes, 16)}
    frozen_clock.advance(MINUTE)
    ask(app, "/fi/")
    _, next_key, next_known = audience._verdicts._current
    assert key != next_key and len(next_known) == 1
    assert not known.keys() & next_known.keys()


def test_user_agents_without_end_take_no_room_without_end() -> None:
    verdicts = audience.Verdicts()
    for number in range(1_010):
        assert not verdicts.is_bot(f"Mozilla/5.0 (X11; Linux x86_64) Firefox/{number}")
    assert len(verdicts._current[2]) == 1_000


def _page_of(size: int, *, is_one: bool = False) -> Callable[..., list[bytes]]:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        environ["portal.copy_under_way"].may_be_kept = True
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"x" * size if is_one else environ["PATH_INFO"].ljust(size).encode()]

    return application


def _cache_of(application: Callable[..., list[bytes]]) -> PageCache:
    cache = PageCache(
        application,
        sameness=lambda _path: Same.FOR_EQUAL_CHOICES,
        cookie_names=OURS,
        stand_in=lambda _cookies: None,
        most_bytes=10_000,
    )
    for number in range(100):
        assert Client(cache, TestResponse).get(f"/{number}").status_code == 200
    return cache


def test_copies_take_no_more_room_than_they_may(frozen_clock: FrozenClock) -> None:
    cache = _cache_of(_page_of(1_000))
    assert len(cache._minute.copies) == 9
    assert cache._minute.size < 10_000


def test_what_is_the_same_takes_its_room_once(frozen_clock: FrozenClock) -> None:
    cache = _cache_of(_page_of(1_000, is_one=True))
    assert len(cache._minute.copies) == 100
    assert len(cache._minute.bodies) == 1
    assert cache._minute.size < 10_000


def test_many_at_once_get_whole_pages_of_their_own_kind(app: Flask) -> None:
    kinds: list[dict[str, str]] = [{}, {"Sec_GPC": "1"}, {"Accept_Encoding": "gzip"}, {"Accept_Encoding": "br"}]
    alone = [ask(app, "/en/privacy-notice", **kind).data for kind in kinds]
    app.extensions[EXTENSION].forget()
    with ThreadPoolExecutor(8) as pool:
        asked = [(number % 4, pool.submit(ask, app, "/en/privacy-notice", **kinds[number % 4])) for number in range(80)]
        assert all(answer.result().data == alone[kind] for kind, answer in asked)
