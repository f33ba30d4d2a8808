"""What an administrator and a load balancer are told about the portal itself."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from portal.core.audit import SYSTEM
from portal.core.db import db, transaction
from portal.jobs import SCHEDULE
from portal.messages import services as messages
from portal.operations import heartbeat, turns, views
from portal.operations.labels import JOBS
from tests.conftest import START, FrozenClock
from tests.pages import Pages

NO_WORKER = {"status": "degraded", "reasons": ["no-worker"]}


def a_worker() -> None:
    heartbeat.say(7, started_at=START, now=START)


def ready(client: Pages) -> tuple[int, object]:
    answer = client.get("/readyz")
    return answer.status, json.loads(answer.body)


def test_everything_the_worker_does_has_a_name_for_people() -> None:
    assert {job.name for job in SCHEDULE} == set(JOBS)


def test_all_is_well_with_a_worker(client: Pages, context: Flask) -> None:
    a_worker()
    assert ready(client) == (200, {"status": "ok", "reasons": []})


def test_a_node_without_a_worker_shows_pages_and_says_that_there_is_none(client: Pages) -> None:
    assert ready(client) == (200, NO_WORKER)


def test_while_one_looks_the_others_are_told_what_was_found_last(client: Pages, context: Flask) -> None:
    """With Valkey away a look takes seconds: a stranger who asks again and again keeps one thread and not all."""
    assert ready(client) == (200, NO_WORKER)
    a_worker()
    with views._looking:
        assert ready(client) == (200, NO_WORKER)
    assert ready(client) == (200, {"status": "ok", "reasons": []})


def test_a_worker_that_is_not_heard_of_for_a_minute_is_gone(
    client: Pages, context: Flask, frozen_clock: FrozenClock
) -> None:
    a_worker()
    frozen_clock.advance(timedelta(seconds=60))
    assert ready(client)[1] == {"status": "ok", "reasons": []}
    frozen_clock.advance(timedelta(seconds=1))
    assert ready(client) == (200, {"status": "degraded", "reasons": ["no-worker since 2026-11-24T08:00:00Z"]})


def test_a_worker_that_stops_takes_its_mark_along(client: Pages, context: Flask) -> None:
    a_worker()
    heartbeat.leave(7)
    assert ready(client) == (200, NO_WORKER)


def test_a_worker_that_beats_but_delivers_nothing_is_told_of(
    client: Pages, context: Flask, frozen_clock: FrozenClock
) -> None:
    turns.take("deliver", turn=1, lasts=timedelta(minutes=1), now=START)
    turns.finish("deliver", turn=1, problem=None, now=START)
    now = frozen_clock.advance(timedelta(minutes=11))
    heartbeat.say(7, started_at=START, now=now)
    assert ready(client)[1] == {"status": "degraded", "reasons": ["work-late since 2026-11-24T08:00:00Z"]}


def test_messages_that_wait_for_over_an_hour_are_told_of(
    client: Pages, context: Flask, frozen_clock: FrozenClock
) -> None:
    with transaction():
        messages.queue(to="a@example.com", language="en", subject="s", body="b", actor=SYSTEM, now=START)
    now = frozen_clock.advance(timedelta(minutes=61))
    heartbeat.say(7, started_at=START, now=now)
    assert ready(client)[1] == {"status": "degraded", "reasons": ["messages-wait since 2026-11-24T08:00:00Z"]}


@pytest.mark.parametrize(
    ("version", "status", "told"),
    [
        ("0018", 503, {"status": "unavailable", "reasons": ["schema-behind"]}),
        ("9999", 200, {"status": "degraded", "reasons": ["schema-ahead"]}),
    ],
)
def test_a_node_of_another_release_than_the_database_says_so(
    client: Pages, context: Flask, version: str, status: int, told: object
) -> None:
    a_worker()
    was = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    with transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    try:
        assert ready(client) == (status, told)
    finally:
        with transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :was"), {"was": was})


def test_whether_a_process_is_alive_asks_nobody(client: Pages) -> None:
    assert json.loads(client.get("/healthz").body) == {"status": "ok"}


@pytest.mark.parametrize(
    ("language", "heading", "words"),
    [
        ("fi", "Taustaprosessi ei ole käynnissä", "Viestit eivät lähde"),
        ("en", "No worker is running", "Messages are not sent"),
    ],
)
def test_the_administrator_reads_in_words_that_the_worker_is_gone(sign_in, language, heading, words, frozen_clock):
    pages = sign_in("administrator")
    with pages.app.app_context():
        a_worker()
    frozen_clock.advance(timedelta(minutes=5))
    page = pages.get(f"/{language}/admin/system")
    assert page.status == 200
    assert heading in page.text and words in page.text


def test_the_administrator_reads_that_all_is_well(sign_in):
    pages = sign_in("administrator")
    with pages.app.app_context():
        a_worker()
        turns.take("deliver", turn=1, lasts=timedelta(minutes=1), now=START)
        turns.finish("deliver", turn=1, problem="OSError", now=START)
    page = pages.get("/en/admin/system")
    assert "Everything works" in page.text
    assert "Sending messages" in page.text and "OSError" in page.text


def test_the_page_about_the_system_needs_a_fresh_entry(sign_in, frozen_clock):
    pages = sign_in("administrator")
    frozen_clock.advance(timedelta(minutes=16))
    assert pages.get("/en/admin/system").location.startswith("/en/sign-in/confirm")


def test_an_administrator_tries_whether_a_request_comes_in_and_nothing_of_it_stays(sign_in):
    pages = sign_in("administrator")

    def counted() -> list[int]:
        with pages.app.app_context():
            tables = ("subject_request", "message", "sign_in_attempt")
            return [db.session.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in tables]

    before = counted()
    pages.get("/en/admin/system")
    page = pages.post("/en/admin/system")
    assert (page.status, page.location) == (303, "/en/admin/system")
    assert "A request comes in" in pages.follow(page).text
    assert counted() == before


def test_an_administrator_is_told_when_a_request_does_not_come_in(sign_in):
    pages = sign_in("administrator")
    pages.get("/fi/admin/system")
    with pages.app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE INSERT ON subject_request BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    try:
        assert "Pyyntö ei tule perille" in pages.follow(pages.post("/fi/admin/system")).text
    finally:
        with pages.app.app_context(), db.engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER broken")
