"""What is lost when a process dies, at worst: the counts of the last second. Several processes add up."""

import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection

import pytest
from flask import Flask
from sqlalchemy import select

from portal.analytics.counters import count_page
from portal.analytics.models import UsageOpen
from portal.core.db import db
from portal.publishing import buffer
from portal.publishing.buffer import Flusher

HOUR = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
EACH_SECONDS = 0.25  # between flushes here; a second outside
PACE = 0.002
PROCESSES = get_context("fork")


def counted(app: Flask, page: str) -> int:
    with app.app_context():
        found = db.session.scalar(select(UsageOpen.count).where(UsageOpen.value == f"fi {page}"))
        db.session.remove()
        return found or 0


def go_on_counting(app: Flask, page: str, told: Connection, *, is_stopped: Callable[[], bool]) -> None:
    """In a process of its own, as a worker does after it was forked."""
    with app.app_context():
        db.engine.dispose(close=False)  # the connections are the parent's
    flusher = Flusher(app.app_context)
    flusher.ensure_running()
    number = 0
    while not is_stopped():
        count_page(page=page, language="fi", status=200, now=HOUR)
        number += 1
        told.send(number)
        time.sleep(PACE)
    flusher.stop()
    told.send("stopped")
    os._exit(0)


def last_of(reader: Connection) -> list[int | str]:
    heard: list[int | str] = []
    try:
        while reader.poll(0):
            heard.append(reader.recv())
    except EOFError:
        pass
    return heard


def test_a_killed_process_loses_no_more_than_one_flush_and_a_stopped_one_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buffer, "FLUSH_SECONDS", EACH_SECONDS)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    stop = PROCESSES.Event()
    readers, workers = {}, {}
    for page in ("/killed", "/stopped"):
        readers[page], writer = PROCESSES.Pipe(duplex=False)
        workers[page] = PROCESSES.Process(
            target=go_on_counting, args=(app, page, writer), kwargs={"is_stopped": stop.is_set}, daemon=True
        )
        workers[page].start()
        writer.close()
    deadline = time.monotonic() + 20
    while counted(app, "/killed") == 0 or counted(app, "/stopped") == 0:
        assert time.monotonic() < deadline, "nothing was written"
        time.sleep(0.02)
    time.sleep(EACH_SECONDS * 1.5)
    os.kill(workers["/killed"].pid or 0, signal.SIGKILL)
    stop.set()
    for worker in workers.values():
        worker.join(20)
    heard = {page: last_of(reader) for page, reader in readers.items()}
    assert heard["/stopped"][-1] == "stopped"
    assert counted(app, "/stopped") == heard["/stopped"][-2], "a stop writes all that is left"
    before = heard["/killed"][-1]
    assert isinstance(before, int)
    # as many as fit between two flushes, and half as many again for the writing itself
    assert 0 <= before - counted(app, "/killed") + 1 <= 1.5 * EACH_SECONDS / PACE
