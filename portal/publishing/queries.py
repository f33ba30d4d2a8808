"""Reading published cells: every figure anywhere is a sum made here."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import TypeAlias, TypeVar

from sqlalchemy import extract, func, select

from portal.core.db import db
from portal.publishing.folding import Cell
from portal.publishing.models import PublishedCell, PublishedPeriod

Dimensions: TypeAlias = Mapping[str, tuple[str, ...]]
K = TypeVar("K")


@dataclass(frozen=True)
class Count:
    """A published count of a period, with the values it stands for."""

    period: date
    dimensions: Dimensions
    count: int

    def within(self, wanted: Mapping[str, Collection[str]]) -> bool:
        """Whether everything in it is wanted; a joined cell that reaches further is not."""
        return all(set(self.dimensions[name]) <= set(values) for name, values in wanted.items())

    def touches(self, wanted: Mapping[str, Collection[str]]) -> bool:
        """Whether something in it may be wanted."""
        return all(set(values) & set(self.dimensions[name]) for name, values in wanted.items())

    def only(self, name: str) -> str | None:
        """The value of a dimension, None when several are joined."""
        values = self.dimensions[name]
        return values[0] if len(values) == 1 else None


def encoded(names: Iterable[str], cell: Cell) -> str:
    return json.dumps(dict(zip(names, cell.values, strict=True)), sort_keys=True, ensure_ascii=False)


@lru_cache(maxsize=10_000)
def decoded(text: str) -> Dimensions:
    return {name: tuple(values) for name, values in json.loads(text).items()}


def between(statistic: str, first: date, last: date) -> list[Count]:
    """The counts of the periods that begin within the dates, both included."""
    rows = db.session.execute(
        select(PublishedCell.period_start, PublishedCell.dimensions, func.sum(PublishedCell.count))
        .where(PublishedCell.statistic == statistic, PublishedCell.period_start.between(first, last))
        .group_by(PublishedCell.period_start, PublishedCell.dimensions)
        .order_by(PublishedCell.period_start)
    )
    return [Count(period, decoded(dimensions), int(count)) for period, dimensions, count in rows]


def by_month(statistic: str, first: date, last: date) -> list[Count]:
    """The same with the months in place of the days, so that a year is read as quickly as a month."""
    year, month = extract("year", PublishedCell.period_start), extract("month", PublishedCell.period_start)
    rows = db.session.execute(
        select(year, month, PublishedCell.dimensions, func.sum(PublishedCell.count))
        .where(PublishedCell.statistic == statistic, PublishedCell.period_start.between(first, last))
        .group_by(year, month, PublishedCell.dimensions)
        .order_by(year, month)
    )
    return [Count(date(int(y), int(m), 1), decoded(dimensions), int(count)) for y, m, dimensions, count in rows]


def sums(statistic: str, first: date, last: date) -> list[Count]:
    """The counts of the periods together, one for each combination of values."""
    rows = db.session.execute(
        select(PublishedCell.dimensions, func.sum(PublishedCell.count))
        .where(PublishedCell.statistic == statistic, PublishedCell.period_start.between(first, last))
        .group_by(PublishedCell.dimensions)
    )
    return [Count(first, decoded(dimensions), int(count)) for dimensions, count in rows]


def so_far_name(statistic: str) -> str:
    return f"{statistic}.so-far"


def so_far(statistic: str, day: date) -> int | None:
    """The rounded number of the day or week that is going on; None while it is small or has not been told."""
    return db.session.scalar(
        select(PublishedCell.count).where(
            PublishedCell.statistic == so_far_name(statistic), PublishedCell.period_start == day
        )
    )


def published_periods(statistic: str, first: date, last: date) -> list[date]:
    return list(
        db.session.scalars(
            select(PublishedPeriod.period_start)
            .where(PublishedPeriod.statistic == statistic, PublishedPeriod.period_start.between(first, last))
            .order_by(PublishedPeriod.period_start)
        )
    )


def latest_period(statistic: str, last: date) -> date | None:
    """The latest period published that begins by the date."""
    return db.session.scalar(
        select(func.max(PublishedPeriod.period_start)).where(
            PublishedPeriod.statistic == statistic, PublishedPeriod.period_start <= last
        )
    )


def earliest_period(statistic: str) -> date | None:
    return db.session.scalar(
        select(func.min(PublishedPeriod.period_start)).where(PublishedPeriod.statistic == statistic)
    )


def total(counts: Iterable[Count], **wanted: Collection[str]) -> int:
    """The sum of the counts that lie wholly within the wanted values."""
    return sum(count.count for count in counts if count.within(wanted))


def known(counts: Iterable[Count], **wanted: Collection[str]) -> int | None:
    """The same, None when all there may be of it was joined with something else: nothing is not zero."""
    counts = list(counts)
    number = total(counts, **wanted)
    return None if number == 0 and any(count.touches(wanted) for count in counts) else number


def within(counts: list[Count], wanted: Mapping[str, Collection[str]]) -> list[Count]:
    """Those that lie wholly within the wanted values."""
    return [count for count in counts if count.within(wanted)] if wanted else counts


def whole_period(counts: Iterable[Count]) -> list[Count]:
    """The sums over all periods, one for each combination of values: quicker to add up again and again."""
    sums: dict[int, Count] = {}
    for count in counts:
        known = sums.get(id(count.dimensions))  # decoded once, so the same object
        sums[id(count.dimensions)] = count if known is None else replace(known, count=known.count + count.count)
    return list(sums.values())


def by(counts: Iterable[Count], key: Callable[[Count], K]) -> dict[K, int]:
    """Sums by a key."""
    sums: dict[K, int] = {}
    for count in counts:
        sums[key(count)] = sums.get(key(count), 0) + count.count
    return sums
