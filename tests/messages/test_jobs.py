"""The worker: it delivers, one of several does a scheduled job, and it stops when told."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from portal import jobs
from portal.config import ROOT
from portal.core.audit import SYSTEM
from portal.core.db import transaction
from portal.core.settings import settings
from portal.messages import services

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)  # the worker goes by the real clock
WORKER = """
from portal.app import create_app
from portal import jobs
with create_app().app_context():
    print("ready", flush=True)
    jobs.run_worker()
"""


def queue_one() -> None:
    with transaction():
        services.queue(to="a@example.com", language="en", subject="s", body="b", actor=SYSTEM, now=LONG_AGO)


def test_a_scheduled_job_is_done_by_one_of_several_workers(context: Flask) -> None:
    done = []
    job = jobs.Scheduled("count", 1, done.append)
    workers = [jobs.Jobs(context, settings()) for _ in range(3)]
    for worker in workers:
        worker._once(job)()
    assert len(done) == 1


def test_a_queued_message_wakes_the_worker_after_the_commit(context: Flask) -> None:
    woken: list[int] = []
    services.wake_with(lambda: woken.append(1))
    try:
        with transaction():
            queue_one()
            assert woken == []
        assert woken == [1]
    finally:
        services.wake_with(None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_delivers_and_stops_cleanly(app: Flask, number: signal.Signals) -> None:
    with app.app_context():
        if settings().database_url.startswith("postgresql"):
            pytest.skip("the same worker; one engine is enough for signals")
        instance = settings().instance
        queue_one()
    outbox = instance / "outbox"
    for file in outbox.glob("*.eml"):
        file.unlink()
    environment = {**os.environ, "PORTAL_INSTANCE": str(instance), "PYTHONPATH": str(ROOT)}
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        deadline = time.monotonic() + 20
        while not list(outbox.glob("*.eml")) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert list(outbox.glob("*.eml")), "the message was not delivered"
        worker.send_signal(number)
        assert worker.wait(10) == 0
    finally:
        worker.kill()
        output = worker.stdout.read() if worker.stdout else b""
        worker.wait(10)
        if worker.stdout:
            worker.stdout.close()
    assert b"Traceback" not in output, output.decode()


def test_valkey_is_reached_by_the_name_that_redis_py_knows(context: Flask, tmp_path: Path) -> None:
    from dataclasses import replace

    huey = jobs.huey_for(replace(settings(), valkey_url="valkey://127.0.0.1:1/0"))
    assert huey.storage_kwargs["url"].startswith("redis://127.0.0.1:1/0?")
