"""Answers that come at the same time whatever was done, so that their haste does not tell who is known (S8)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import BoundedSemaphore
from time import monotonic, sleep

from portal.core.errors import Busy
from portal.core.settings import settings

MOST_AT_ONCE = 4  # of the eight threads of a process: the others go on showing pages
TRY_AGAIN = timedelta(seconds=2)

_places = BoundedSemaphore(MOST_AT_ONCE)


@contextmanager
def even_time() -> Iterator[None]:
    """Hold what the block has done until its time is over: longer than the work takes, and short for a person.

    What was done is done and stored before the wait begins. Whoever waits keeps a thread, so there are few places:
    raises Busy, before anything is done, while all are taken. Count who asks, and refuse what is incomplete,
    before the block: neither tells of anybody, and neither may take a place.
    """
    if not _places.acquire(blocking=False):
        raise Busy(TRY_AGAIN)
    try:
        until = monotonic() + settings().even_time.total_seconds()
        try:
            yield
        finally:
            sleep(max(0.0, until - monotonic()))
    finally:
        _places.release()
