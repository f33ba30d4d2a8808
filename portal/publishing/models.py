"""What has been published: cells that are never small, and the periods they belong to."""

from datetime import date, datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Model, RowId


class PublishedCell(Model):
    """One count that may be shown; `dimensions` is canonical JSON, each dimension with the values it joins."""

    __tablename__ = "published_cell"
    __table_args__ = (Index(None, "statistic", "period_start"),)

    id: Mapped[RowId]
    statistic: Mapped[str] = mapped_column(String(40))
    period_start: Mapped[date]
    dimensions: Mapped[str]
    count: Mapped[int]


class PublishedPeriod(Model):
    """A day or week whose counts are out; a week published before its end is finished later."""

    __tablename__ = "published_period"

    statistic: Mapped[str] = mapped_column(String(40), primary_key=True)
    period_start: Mapped[date] = mapped_column(primary_key=True)
    published_at: Mapped[datetime]
