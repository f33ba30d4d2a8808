"""Workers that are there, and the scheduled work that one of them has taken."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Model, RowId


class RunningWorker(Model):
    """A worker of any machine; it says again and again that it is there, and takes its row along when it stops."""

    __tablename__ = "running_worker"

    id: Mapped[RowId]
    host: Mapped[str] = mapped_column(String(100))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class JobRun(Model):
    """The last turn of a scheduled job. Of all workers the one that moves `turn` ahead does it."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    turn: Mapped[int]
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(String(80))
