"""A worker says that it is there, so that every other machine can tell when it no longer is."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from portal.core import clock
from portal.core.db import db, random_id, transaction
from portal.operations.models import RunningWorker

EVERY = timedelta(seconds=10)
FORGOTTEN_AFTER = timedelta(days=1)

logger = logging.getLogger(__name__)


def say(worker_id: int, *, started_at: datetime, now: datetime) -> None:
    """Note that the worker is there; what has not been heard of for a day is forgotten."""
    host = socket.gethostname()[:100]
    with transaction() as session:
        session.execute(delete(RunningWorker).where(RunningWorker.seen_at < now - FORGOTTEN_AFTER))
        session.merge(RunningWorker(id=worker_id, host=host, started_at=started_at, seen_at=now))


def leave(worker_id: int) -> None:
    with transaction() as session:
        session.execute(delete(RunningWorker).where(RunningWorker.id == worker_id))


@contextmanager
def beating(app: Flask) -> Iterator[None]:
    """While the block runs, this process is known as a worker, from a thread of its own."""
    worker_id, started_at, stop = random_id(), clock.now(), threading.Event()

    def attempt(act: str) -> None:
        try:
            with app.app_context():
                if act == "leave":
                    leave(worker_id)
                else:
                    say(worker_id, started_at=started_at, now=clock.now())
                db.session.remove()
        except SQLAlchemyError as problem:  # the next beat tells
            logger.warning("the database does not know of this worker: %s", type(problem).__name__)

    def beat() -> None:
        attempt("say")
        while not stop.wait(EVERY.total_seconds()):
            attempt("say")

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        attempt("leave")
