"""Scheduled work: what the worker does, how often, and how it stops."""

import atexit
import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app
from huey import RedisHuey, SqliteHuey, crontab
from huey.api import Huey
from huey.consumer import Consumer
from sqlalchemy.exc import SQLAlchemyError

from portal import purging
from portal.accounts import password_resets, try_warnings
from portal.backups import erasure_log
from portal.config import Settings
from portal.core import checkpoints, clock, slow_queries
from portal.core import settings as core_settings
from portal.core.db import db
from portal.customer_accounts import activation_requests
from portal.messages import services as messages
from portal.operations import heartbeat, turns
from portal.publishing import services as publishing
from portal.subject_requests import reminding

QUEUE = "portal"
LOOK_EVERY = 10.0  # seconds between a web process's looks whether a checkpoint is due
SLOWEST_LOOK = 1.0  # seconds between looks at an empty queue
PATIENCE = "socket_connect_timeout=2&socket_timeout=5"  # seconds, of Valkey; the worker waits one for its next task
ENOUGH_WAITING = 20  # tasks: where they wait for a worker that is away, more of them help nobody
STOP_WITHIN = 10  # seconds that a job gets to finish

logger = logging.getLogger(__name__)


A_DAY = 24 * 60  # minutes
NIGHT = timedelta(hours=1, minutes=15)  # UTC: after the day has closed in Helsinki, winter and summer
NIGHTLY_LOOKS = 10  # minutes between looks whether the night's work has been done: the worker may have been away


@dataclass(frozen=True)
class Scheduled:
    """Work that recurs: every so many minutes, on whichever worker is first; what is done once a day, at night."""

    name: str
    every_minutes: int
    work: Callable[[datetime], object]

    @property
    def is_nightly(self) -> bool:
        return self.every_minutes == A_DAY

    @property
    def when(self) -> Callable[[datetime], bool]:
        is_due: Callable[[datetime], bool] = crontab(
            minute=f"*/{NIGHTLY_LOOKS if self.is_nightly else self.every_minutes}"
        )
        return is_due

    @property
    def lasts(self) -> timedelta:
        return timedelta(minutes=self.every_minutes)

    def turn(self, now: datetime) -> int:
        """The number of the turn that a moment belongs to."""
        return int((now - (NIGHT if self.is_nightly else timedelta(0))).timestamp() // self.lasts.total_seconds())


def _publish(now: datetime) -> None:
    publishing.publish_all(now=now)


def _deliver(now: datetime) -> None:
    try_warnings.tell(now)
    password_resets.answer_requests(now)
    activation_requests.answer_requests(now)
    messages.deliver_pending(now)


SCHEDULE = (
    Scheduled("deliver", 1, _deliver),
    Scheduled("requests", 30, reminding.work),  # what is done already costs a look
    Scheduled("tidy-up", 30, purging.tidy_up),
    Scheduled("purge", A_DAY, purging.nightly),
    Scheduled("publish", 30, _publish),  # days that have closed; those that are out already cost nothing
    Scheduled("checkpoint", 1, checkpoints.write_when_due),
    Scheduled("erasures", 1, erasure_log.add),
)


def huey_for(settings: Settings) -> Huey:
    """The queue: a file in the instance folder, or Valkey where it is set. Who asks it does not wait long."""
    if settings.redis_url:
        url = f"{settings.redis_url}{'&' if '?' in settings.redis_url else '?'}{PATIENCE}"
        return RedisHuey(QUEUE, url=url, results=False)
    return SqliteHuey(QUEUE, filename=str(settings.instance / "jobs.sqlite"), results=False, timeout=10)


class Jobs:
    """The tasks of one application, known to web and worker alike."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.app = app
        self.huey = huey_for(settings)
        self._deliver = self.huey.task(name="deliver-soon")(self._run("deliver-soon", _deliver))
        for job in SCHEDULE:
            self.huey.periodic_task(job.when, name=job.name)(self._once(job))

    def deliver_soon(self) -> None:
        """Wake a worker; what it would find, it finds within the minute anyway."""
        if self.huey.pending_count() < ENOUGH_WAITING:
            self._deliver()

    def _run(self, name: str, work: Callable[[datetime], object]) -> Callable[[], None]:
        def run() -> None:
            slow_queries.asked_for.set(f"job {name}")
            with self.app.app_context():
                try:
                    work(clock.now())
                finally:
                    db.session.remove()

        return run

    def _once(self, job: Scheduled) -> Callable[[], None]:
        """Every worker's scheduler enqueues the job; the one that takes the turn does it."""

        def once(now: datetime) -> None:
            turn, problem = job.turn(now), None
            if job.is_nightly:
                turns.skip_first(job.name, turn=turn, now=now)
            if not turns.take(job.name, turn=turn, lasts=job.lasts, now=now):
                return
            try:
                job.work(now)
            except Exception as failed:  # what it is, the log tells; that it failed, the administrator's page
                problem = type(failed).__name__
                raise
            finally:
                db.session.rollback()
                turns.finish(job.name, turn=turn, problem=problem, now=clock.now())

        return self._run(job.name, once)


def init_app(app: Flask) -> Jobs:
    """Let a queued message wake the worker at once. Called by what serves or works, not by every command."""
    jobs = Jobs(app, app.extensions[core_settings.EXTENSION])
    messages.wake_with(jobs.deliver_soon)
    return jobs


def run_worker() -> None:
    """Work until SIGTERM or SIGINT; what is being done is finished first."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy would not reach threads
    jobs = init_app(app)
    try:
        jobs.deliver_soon()  # what waited while no worker ran
    except Exception:
        logger.warning("the queue is out of reach: the worker goes on when it is there", exc_info=True)
    consumer = _GracefulConsumer(jobs.huey, workers=1, max_delay=SLOWEST_LOOK, shutdown_timeout=STOP_WITHIN)
    try:
        with heartbeat.beating(app):
            consumer.run()
    finally:
        checkpoints.write_at_stop(clock.now())


def sign_here(app: Flask) -> None:
    """Let a web process sign the audit trail too, while it runs and when it stops.

    Every machine has checkpoints of its own, also one whose worker is elsewhere: what they tell can be held against the
    trail without asking anybody.
    """
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(LOOK_EVERY):
            _attempt(app, checkpoints.write_when_due)

    def leave() -> None:
        stop.set()
        _attempt(app, checkpoints.write_at_stop)

    threading.Thread(target=look, name="checkpoints", daemon=True).start()
    atexit.register(leave)


def _attempt(app: Flask, write: Callable[[datetime], object]) -> None:
    try:
        with app.app_context():
            write(clock.now())
    except (OSError, SQLAlchemyError) as problem:
        logger.warning("no audit checkpoint now: %s", type(problem).__name__)


class _GracefulConsumer(Consumer):
    """Both signals stop it the same way: Ctrl-C in a terminal, and the service manager's stop."""

    def _handle_signal(self, signum: int, _frame: Any) -> None:
        signal.signal(signum, signal.SIG_IGN)
        self._signum, self._restart, self._graceful = signum, False, True
