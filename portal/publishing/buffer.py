"""Counts kept in memory for at most a second, so that counting a page costs no write.

SIGTERM loses nothing (the buffers are written at exit); SIGKILL loses what the last second brought.
"""

import atexit
import logging
import os
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeAlias

FLUSH_SECONDS = 1.0
MOST_KEYS = 5_000

Key: TypeAlias = tuple[Any, ...]
Write: TypeAlias = Callable[[Mapping[Key, int]], None]

logger = logging.getLogger(__name__)


class CountBuffer:
    """Counts waiting for one table; `overflow` names the row that counts keys beyond the bound."""

    def __init__(self, write: Write, *, overflow: Callable[[Key], Key], most_keys: int = MOST_KEYS) -> None:
        self._write = write
        self._overflow = overflow
        self._most_keys = most_keys
        self._lock = threading.Lock()
        self._counts: Counter[Key] = Counter()
        BUFFERS.append(self)

    def add(self, key: Key) -> None:
        with self._lock:
            if key not in self._counts and len(self._counts) >= self._most_keys:
                key = self._overflow(key)
            self._counts[key] += 1

    def flush(self) -> None:
        """Write what has come; on failure it is put back for the next time."""
        with self._lock:
            batch, self._counts = self._counts, Counter()
        if not batch:
            return
        try:
            self._write(batch)
        except BaseException:
            with self._lock:
                self._counts.update(batch)
            raise

    def forget(self) -> None:
        """Drop what has come, in a forked child: the parent will write it."""
        self._lock = threading.Lock()
        self._counts = Counter()


BUFFERS: list[CountBuffer] = []


def flush_all() -> None:
    """Write every buffer; needs an application context."""
    for buffer in BUFFERS:
        buffer.flush()


class Flusher:
    """The thread that writes the buffers, started in each process by the first request it serves."""

    def __init__(self, context: Callable[[], AbstractContextManager[Any]]) -> None:
        self._context = context
        self._process: int | None = None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._is_late = False

    def ensure_running(self) -> None:
        if self._process == os.getpid():
            return
        with self._lock:
            if self._process == os.getpid():
                return
            self._process = os.getpid()
        self._stop = threading.Event()
        threading.Thread(target=self._run, name="count-flusher", daemon=True).start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Stop the thread and write what is left."""
        if self._process == os.getpid():
            self._stop.set()
            self._process = None
            atexit.unregister(self.stop)
            self._flush()

    def _run(self) -> None:
        while not self._stop.wait(FLUSH_SECONDS):
            self._flush()

    def _flush(self) -> None:
        try:
            with self._context():
                flush_all()
        except Exception as problem:  # noqa: BLE001 - whatever it is, the counts wait
            if not self._is_late:  # a database that is away for an hour is no news every second
                logger.warning("counts cannot be written and wait: %s", type(problem).__name__)
            self._is_late = True
        else:
            self._is_late = False


def _after_fork() -> None:
    for buffer in BUFFERS:
        buffer.forget()


os.register_at_fork(after_in_child=_after_fork)
