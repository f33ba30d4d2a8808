"""Scheduled work: what the worker does, how often, and how it stops."""

import atexit
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, current_app
from huey import RedisHuey, SqliteHuey, crontab
from huey.api import Huey
from huey.consumer import Consumer

from portal import purging
from portal.accounts import password_resets, try_warnings
from portal.backups import erasure_log
from portal.config import Settings
from portal.core import checkpoints, clock
from portal.core import settings as core_settings
from portal.core.db import db
from portal.customer_accounts import activation_requests
from portal.messages import services as messages
from portal.publishing import services as publishing
from portal.subject_requests import reminding

QUEUE = "portal"
SLOWEST_LOOK = 1.0  # seconds between looks at an empty queue
STOP_WITHIN = 10  # seconds that a job gets to finish

logger = logging.getLogger(__name__)


A_DAY = 24 * 60  # minutes


@dataclass(frozen=True)
class Scheduled:
    """Work that recurs: every so many minutes, on whichever worker is first; what is done once a day, at night."""

    name: str
    every_minutes: int
    work: Callable[[datetime], object]

    @property
    def when(self) -> Callable[[datetime], bool]:
        if self.every_minutes == A_DAY:
            return crontab(hour="1", minute="15")  # UTC: after the day has closed in Helsinki, winter and summer
        return crontab(minute=f"*/{self.every_minutes}")


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
    """The queue: a file in the instance folder, or Valkey where it is set."""
    if settings.redis_url:
        return RedisHuey(QUEUE, url=settings.redis_url, results=False)
    return SqliteHuey(QUEUE, filename=str(settings.instance / "jobs.sqlite"), results=False, timeout=10)


class Jobs:
    """The tasks of one application, known to web and worker alike."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.app = app
        self.huey = huey_for(settings)
        self.deliver_soon = self.huey.task(name="deliver-soon")(self._run(_deliver))
        for job in SCHEDULE:
            self.huey.periodic_task(job.when, name=job.name)(self._once(job))

    def _run(self, work: Callable[[datetime], object]) -> Callable[[], None]:
        def run() -> None:
            with self.app.app_context():
                try:
                    work(clock.now())
                finally:
                    db.session.remove()

        return run

    def _once(self, job: Scheduled) -> Callable[[], None]:
        """Every worker's scheduler enqueues the job; the mark of the minute lets one of them do it."""
        run = self._run(job.work)

        def once() -> None:
            slot = int(clock.now().timestamp()) // (60 * job.every_minutes)
            if not self.huey.storage.put_if_empty(f"{job.name}:{slot}", b"1"):
                return
            self.huey.storage.delete_data(f"{job.name}:{slot - 2}")
            run()

        return once


def init_app(app: Flask) -> Jobs:
    """Let a queued message wake the worker at once. Called by what serves or works, not by every command."""
    jobs = Jobs(app, app.extensions[core_settings.EXTENSION])
    messages.wake_with(jobs.deliver_soon)
    return jobs


def run_worker() -> None:
    """Work until SIGTERM or SIGINT; what is being done is finished first."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy would not reach threads
    jobs = init_app(app)
    jobs.deliver_soon()  # what waited while no worker ran
    consumer = _GracefulConsumer(jobs.huey, workers=1, max_delay=SLOWEST_LOOK, shutdown_timeout=STOP_WITHIN)
    try:
        consumer.run()
    finally:
        checkpoints.write_at_stop(clock.now())


def checkpoint_at_exit(app: Flask) -> None:
    """Let a web process sign the audit trail when it stops."""

    def leave() -> None:
        with app.app_context():
            checkpoints.write_at_stop(clock.now())

    atexit.register(leave)


class _GracefulConsumer(Consumer):
    """Both signals stop it the same way: Ctrl-C in a terminal, and the service manager's stop."""

    def _handle_signal(self, signum: int, _frame: Any) -> None:
        signal.signal(signum, signal.SIG_IGN)
        self._signum, self._restart, self._graceful = signum, False, True
