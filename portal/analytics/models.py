"""Counts of page views and visits. Nothing in them leads to a person: no address, agent, identifier or foreign key."""

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Model


class UsageOpen(Model):
    """Counts of an hour of a day that has not closed; visits carry its midnight."""

    __tablename__ = "usage_open"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(200), primary_key=True)
    count: Mapped[int]


class UsageDay(Model):
    """Counts of a day; `published` of them have been published."""

    __tablename__ = "usage_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(200), primary_key=True)
    count: Mapped[int]
    published: Mapped[int] = mapped_column(default=0, server_default="0")
