"""Of several workers one does what is due, whatever they share; what a dead one has begun is done after all."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from portal import jobs
from portal.core.db import db
from portal.core.settings import settings
from portal.operations import turns
from portal.operations.models import JobRun
from tests.conftest import START, FrozenClock

HALF_AN_HOUR = timedelta(minutes=30)


def take(turn: int, now: datetime = START) -> bool:
    return turns.take("tidy-up", turn=turn, lasts=HALF_AN_HOUR, now=now)


def test_a_turn_is_taken_once(context: Flask) -> None:
    assert [take(7), take(7), take(6), take(8), take(8)] == [True, False, False, True, False]


def test_of_many_workers_at_once_one_takes_the_turn(context: Flask) -> None:
    workers = 6
    begin = threading.Barrier(workers)

    def one() -> list[bool]:
        with context.app_context():
            begin.wait(10)
            taken = [take(turn) for turn in range(1, 6)]
            db.session.remove()
            return taken

    with ThreadPoolExecutor(workers) as pool:
        found = [future.result() for future in [pool.submit(one) for _ in range(workers)]]
    # who comes late may find turns that are over; nobody does one twice
    assert all(sum(taken) <= 1 for taken in zip(*found, strict=True))
    assert sum(taken[-1] for taken in found) == 1


def test_what_a_killed_worker_has_begun_another_does_after_an_hour(context: Flask) -> None:
    assert take(7)
    assert not take(7, START + timedelta(minutes=59))
    assert take(7, START + timedelta(hours=1))
    turns.finish("tidy-up", turn=7, problem=None, now=START + timedelta(hours=1))
    assert not take(7, START + timedelta(hours=9))


def test_a_clock_that_was_ahead_does_not_hold_the_work_up(context: Flask) -> None:
    assert take(1_000, START + timedelta(days=20))
    assert take(40, START)
    assert not take(40, START)


def test_a_job_that_fails_is_told_and_its_next_turn_comes(context: Flask, frozen_clock: FrozenClock) -> None:
    def fail(_now: datetime) -> None:
        raise LookupError

    once = jobs.Jobs(context, settings())._once(jobs.Scheduled("fails", 30, fail))
    with pytest.raises(LookupError):
        once()
    run = db.session.get_one(JobRun, "fails")
    assert (run.problem, run.ended_at) == ("LookupError", START)
    once()  # the same turn: nothing happens
    frozen_clock.advance(HALF_AN_HOUR)
    with pytest.raises(LookupError):
        once()


def test_workers_of_one_database_that_share_no_queue_do_a_job_once(context: Flask, tmp_path: Path) -> None:
    done: list[datetime] = []
    job = jobs.Scheduled("count", 1, done.append)
    for machine in ("a", "b"):
        (tmp_path / machine).mkdir()
        jobs.Jobs(context, replace(settings(), instance=tmp_path / machine, valkey_url=None))._once(job)()
    assert len(done) == 1


def test_the_nights_work_is_done_once_after_a_quarter_past_one_by_whoever_is_there_first(
    context: Flask, frozen_clock: FrozenClock
) -> None:
    done: list[datetime] = []
    once = jobs.Jobs(context, settings())._once(jobs.Scheduled("nightly", jobs.A_DAY, done.append))
    once()
    assert done == [], "a portal that is new in the morning waits for the night"
    frozen_clock.at = datetime(2026, 11, 25, 1, 14, tzinfo=UTC)
    once()
    assert done == []
    frozen_clock.at = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)  # nobody was there before
    once()
    once()
    assert done == [frozen_clock.at]
