"""What is counted of a request, and what is not."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from portal.analytics.counters import VIEWS, count_page
from portal.analytics.models import UsageDay, UsageOpen
from portal.core.db import db
from portal.publishing.buffer import CountBuffer, Flusher, flush_all
from tests.pages import Pages

BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
HOUR = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def counted(app: Flask) -> dict[str, int]:
    with app.app_context():
        flush_all()
        return {row.value: row.count for row in db.session.scalars(select(UsageOpen))}


def test_a_page_counts_by_template_language_and_hour(app: Flask, client: Pages) -> None:
    client.get("/fi/privacy-notice")
    client.get("/fi/privacy-notice")
    client.get("/en/privacy-notice/versions/1.0")
    assert counted(app) == {
        "fi /privacy-notice": 2,
        "en /privacy-notice/versions/<version>": 1,
        "2xx": 3,
    }
    with app.app_context():
        assert {row.hour for row in db.session.scalars(select(UsageOpen))} == {HOUR}


def test_flushes_add_up(app: Flask, client: Pages) -> None:
    client.get("/fi/contact")
    assert counted(app)["fi /contact"] == 1
    client.get("/fi/contact")
    client.get("/fi/contact")
    assert counted(app)["fi /contact"] == 3


@pytest.mark.parametrize(
    "headers",
    [{"User-Agent": BOT}, {"User-Agent": ""}, {"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch"}],
    ids=["bot", "no agent", "prefetch", "old prefetch"],
)
def test_bots_and_prefetch_are_left_out(app: Flask, client: Pages, headers: dict[str, str]) -> None:
    client.get("/fi/contact", **headers)
    assert counted(app) == {}


def test_head_files_health_checks_and_unknown_addresses_are_left_out(app: Flask, client: Pages) -> None:
    client.browser.head("/fi/contact", headers={"User-Agent": "Mozilla/5.0 Firefox/140.0"})
    client.get("/healthz")
    client.get("/robots.txt")
    client.get("/wp-login.php")
    client.get("/fi/wp-admin/setup.php")
    assert counted(app) == {}


@pytest.mark.parametrize(("role", "expected"), [("customer", 1), ("clerk", None), ("marketing", None)])
def test_staff_are_left_out_on_public_pages_too(
    app: Flask, sign_in: Callable[..., Pages], role: str, expected: int | None
) -> None:
    someone = sign_in(role)
    before = counted(app).get("fi /contact")
    someone.get("/fi/contact")
    assert before is None
    assert counted(app).get("fi /contact") == expected


def test_staff_pages_are_left_out(app: Flask, client: Pages) -> None:
    client.get("/fi/statistics/cookies")
    client.get("/fi/admin/users")
    assert counted(app) == {}


def test_an_error_counts_as_a_status_and_not_as_a_view(app: Flask, client: Pages) -> None:
    client.get("/fi/services/no-such-service")
    assert counted(app) == {"4xx": 1}


def test_no_table_of_counts_has_room_for_a_person() -> None:
    assert set(UsageOpen.__table__.columns.keys()) == {"hour", "dimension", "value", "count"}
    assert set(UsageDay.__table__.columns.keys()) == {"day", "dimension", "value", "count", "published"}
    assert not UsageOpen.__table__.foreign_keys | UsageDay.__table__.foreign_keys


def test_counting_sets_no_cookie(client: Pages) -> None:
    client.get("/fi/contact")
    assert client.cookies() == set()


def test_a_batch_that_cannot_be_written_is_put_back() -> None:
    written: list[dict[tuple[str, ...], int]] = []

    def fail_once(counts: dict[tuple[str, ...], int]) -> None:
        if not written:
            written.append({})
            raise OSError("the database is away")
        written.append(dict(counts))

    buffer = CountBuffer(fail_once, overflow=lambda key: key)
    buffer.add(("a",))
    with pytest.raises(OSError, match="away"):
        buffer.flush()
    buffer.add(("a",))
    buffer.flush()
    assert written[1] == {("a",): 2}


def test_the_number_of_keys_is_bounded() -> None:
    written: list[dict[tuple[str, ...], int]] = []
    buffer = CountBuffer(lambda counts: written.append(dict(counts)), overflow=lambda _key: ("(other)",), most_keys=2)
    for key in ("a", "b", "c", "a", "d"):
        buffer.add((key,))
    buffer.flush()
    assert written == [{("a",): 2, ("b",): 1, ("(other)",): 2}]


def test_pages_beyond_the_bound_are_counted_as_others_of_their_language(context: Flask) -> None:
    for number in range(6_000):
        count_page(page=f"/{number}", language="fi", status=200, now=HOUR)
    VIEWS.flush()
    rows = {row.value: row.count for row in db.session.scalars(select(UsageOpen).where(UsageOpen.dimension == "page"))}
    assert rows["fi (other)"] == 6_000 - (len(rows) - 1)
    assert sum(rows.values()) == 6_000


def test_stopping_writes_what_is_left(app: Flask) -> None:
    flusher = Flusher(app.app_context)
    flusher.ensure_running()
    count_page(page="/contact", language="fi", status=200, now=HOUR)
    flusher.stop()
    with app.app_context():
        assert {row.value: row.count for row in db.session.scalars(select(UsageOpen))} == {"2xx": 1, "fi /contact": 1}


def test_a_failed_write_waits_and_does_not_stop_the_pages(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    flusher = Flusher(lambda: (_ for _ in ()).throw(OSError("the database is away")))  # type: ignore[arg-type]
    flusher.ensure_running()
    count_page(page="/contact", language="fi", status=200, now=HOUR)
    flusher.stop()
    assert "counts cannot be written and wait: OSError" in caplog.text
    assert counted(app) == {"2xx": 1, "fi /contact": 1}
