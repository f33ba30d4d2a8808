"""Which worker does what is due: a row of the database decides, whatever the workers share otherwise (D12)."""

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.core.db import db, rows_changed, transaction
from portal.operations.models import JobRun

WAITS = "waits"  # where the problem of a turn stands: it was left out, the next one is the first
GIVEN_UP_AFTER = timedelta(hours=1)  # what a killed worker has begun, another one does then


def take(name: str, *, turn: int, lasts: timedelta, now: datetime) -> bool:
    """Take a turn of a job; False when another worker has it. Turns are counted upwards and last so long each."""
    is_left = and_(JobRun.turn == turn, JobRun.ended_at.is_(None), JobRun.begun_at <= now - GIVEN_UP_AFTER)
    # a clock that was ahead must not hold the work up for as long as it was
    is_of_the_future = JobRun.begun_at > now + lasts
    with transaction() as session:
        taken = session.execute(
            update(JobRun)
            .where(JobRun.name == name, or_(JobRun.turn < turn, is_left, is_of_the_future))
            .values(turn=turn, begun_at=now, ended_at=None, problem=None)
            .execution_options(synchronize_session=False)
        )
        return bool(rows_changed(taken)) or _is_first(name, turn=turn, ended_at=None, now=now)


def skip_first(name: str, *, turn: int, now: datetime) -> None:
    """Begin with the turn after this one: a new portal need not do by day what belongs to the night."""
    with transaction():
        _is_first(name, turn=turn, ended_at=now, problem=WAITS, now=now)


def finish(name: str, *, turn: int, problem: str | None, now: datetime) -> None:
    with transaction() as session:
        session.execute(
            update(JobRun)
            .where(JobRun.name == name, JobRun.turn == turn)
            .values(ended_at=now, problem=problem)
            .execution_options(synchronize_session=False)
        )


def _is_first(name: str, *, turn: int, ended_at: datetime | None, problem: str | None = None, now: datetime) -> bool:
    insert_of = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    row = {"name": name, "turn": turn, "begun_at": now, "ended_at": ended_at, "problem": problem}
    adding = insert_of(JobRun).values(row).on_conflict_do_nothing().returning(JobRun.name)
    return db.session.scalar(adding) is not None
