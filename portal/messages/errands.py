"""What a page only notes, for the worker to look into: so the answer takes the same work whoever it is about (S8)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Model, RowId, db, transaction
from portal.messages import services as messages

BATCH = 50


class Errand(Model):
    """Kept until the worker has dealt with it. What was typed is encrypted, in columns of the kind."""

    __abstract__ = True

    id: Mapped[RowId]
    asked_at: Mapped[datetime] = mapped_column(index=True)


E = TypeVar("E", bound=Errand)


def note(errand: Errand) -> None:
    """Leave it for the worker, who is woken when it stands."""
    with transaction() as session:
        session.add(errand)
        messages.wake_after_commit()


def deal(kind: type[E], answer: Callable[[E, datetime], None], *, lasts: timedelta, now: datetime) -> int:
    """Answer what waits, the oldest first, and drop it with the answer; returns how many. Older ones are only dropped.

    Safe to run by several workers at once. `answer` reads with `crypto.readable`: a note whose key is gone would stop
    every later one.
    """
    waiting = list(db.session.scalars(select(kind.id).order_by(kind.asked_at).limit(BATCH)))
    for errand_id in waiting:
        with transaction() as session:
            errand = session.get(kind, errand_id, with_for_update=True, populate_existing=True)
            if errand is None:
                continue  # another worker was first
            if now - errand.asked_at < lasts:
                answer(errand, now)
            session.delete(errand)
    return len(waiting)
