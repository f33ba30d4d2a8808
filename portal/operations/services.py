"""How the portal is doing, and what is wrong with it, for the administrator's page and for load balancers."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import redis
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from portal.core import schema
from portal.core.db import db, is_reachable, is_read_only, transaction
from portal.core.schema import Age
from portal.core.settings import settings
from portal.messages import services as messages
from portal.operations.models import JobRun, RunningWorker
from portal.subject_requests import strangers
from portal.subject_requests.kinds import Kind

DEAD_AFTER = timedelta(minutes=1)
DELIVERY = "deliver"
LATE_AFTER = timedelta(minutes=10)
WAITED_LONG = timedelta(hours=1)
VALKEY_WITHIN = 1.0  # seconds

logger = logging.getLogger(__name__)


class Problem(StrEnum):
    """What can be wrong. Pages can be shown with all but the first two."""

    DATABASE_AWAY = "database-away"
    SCHEMA_BEHIND = "schema-behind"
    SCHEMA_AHEAD = "schema-ahead"
    READ_ONLY = "database-read-only"
    VALKEY_AWAY = "valkey-away"
    NO_WORKER = "no-worker"
    WORK_LATE = "work-late"
    MESSAGES_WAIT = "messages-wait"

    @property
    def stops_pages(self) -> bool:
        return self in (Problem.DATABASE_AWAY, Problem.SCHEMA_BEHIND)


@dataclass(frozen=True)
class Reason:
    """A problem, and since when as far as that is known."""

    problem: Problem
    since: datetime | None = None


def reasons(now: datetime) -> Sequence[Reason]:
    """What is wrong now; empty when nothing is."""
    if not is_reachable():
        return [Reason(Problem.DATABASE_AWAY)]
    try:
        behind_or_ahead = _schema_problem()
        if behind_or_ahead is None:
            return _of_the_work(now)
        found = [Reason(behind_or_ahead)]
        return found if behind_or_ahead.stops_pages else [*found, *_of_the_work(now)]
    except SQLAlchemyError:  # it went away while it was asked
        db.session.rollback()
        return [Reason(Problem.DATABASE_AWAY)]


def _of_the_work(now: datetime) -> list[Reason]:
    found = [Reason(Problem.READ_ONLY)] if is_read_only() else []
    if not valkey_answers():
        found.append(Reason(Problem.VALKEY_AWAY))
    seen_at = db.session.scalar(select(RunningWorker.seen_at).order_by(RunningWorker.seen_at.desc()).limit(1))
    delivered = db.session.get(JobRun, DELIVERY)
    if seen_at is None or now - seen_at > DEAD_AFTER:
        found.append(Reason(Problem.NO_WORKER, seen_at or (delivered.begun_at if delivered else None)))
    elif delivered and now - (delivered.ended_at or delivered.begun_at) > LATE_AFTER:
        found.append(Reason(Problem.WORK_LATE, delivered.begun_at))
    oldest = messages.standing().oldest_at
    if oldest and now - oldest > WAITED_LONG:
        found.append(Reason(Problem.MESSAGES_WAIT, oldest))
    return found


def _schema_problem() -> Problem | None:
    age = schema.age_of(schema.revision_of(db.session.connection()))
    # a newer release has been here: while nodes are replaced one by one, the older ones go on
    return {Age.NEWER: Problem.SCHEMA_AHEAD, Age.OLDER: Problem.SCHEMA_BEHIND}.get(age)


def valkey_answers() -> bool:
    """True also where none is used."""
    url = settings().redis_url
    if not url:
        return True
    try:
        with redis.Redis.from_url(url, socket_timeout=VALKEY_WITHIN, socket_connect_timeout=VALKEY_WITHIN) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


class _Undone(Exception):
    """A request came in, and is taken back."""


def intake_works(now: datetime) -> bool:
    """Whether a request would come in now: one is taken in as from a stranger, with all that follows, and undone."""
    told = strangers.Told(name="Intake test", contact="intake@example.com", text="Does a request come in?")
    try:
        with transaction():
            strangers.submit(Kind.ACCESS, told, language="fi", now=now)
            raise _Undone
    except _Undone:
        return True
    except Exception:  # whatever it is, people cannot make requests
        logger.exception("a request cannot come in")
        db.session.rollback()
        return False


def workers() -> Sequence[RunningWorker]:
    """Those heard of in the last day, the newest first."""
    return db.session.scalars(select(RunningWorker).order_by(RunningWorker.started_at.desc())).all()


def is_alive(worker: RunningWorker, now: datetime) -> bool:
    return now - worker.seen_at <= DEAD_AFTER


def job_runs() -> Sequence[JobRun]:
    return db.session.scalars(select(JobRun).order_by(JobRun.name)).all()
