"""Publishing: closed days and weeks become cells that may be shown, once."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from itertools import groupby
from operator import attrgetter
from random import Random
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import delete, func, insert, select

from portal.core.clock import local_date
from portal.core.db import db, random_id, serialise, transaction
from portal.core.errors import RuleViolation
from portal.core.settings import settings
from portal.publishing.folding import Cell, Stock, Values, fold, fold_flows, fold_stock
from portal.publishing.models import PublishedCell, PublishedPeriod
from portal.publishing.queries import decoded, encoded, so_far_name

WEEK = timedelta(days=7)
TEN = 10


class PublishProblem(StrEnum):
    NOT_CLOSED = "not-closed"


@dataclass(frozen=True)
class Batch:
    """What waits of one day; `settle` marks exactly these counts as published."""

    day: date
    counts: Mapping[Values, int]
    settle: Callable[[], None]


R = TypeVar("R")


def batches(rows: Iterable[R], values: Callable[[list[R]], Mapping[Values, int]]) -> list[Batch]:
    """What waits in rows with `day`, `count` and `published`, in order of days; `values` makes the counts of a day."""
    days = [(day, list(of_day)) for day, of_day in groupby(rows, key=attrgetter("day"))]
    return [Batch(day, values(of_day), partial(_settle, of_day)) for day, of_day in days]


def _settle(rows: Iterable[Any]) -> None:
    for row in rows:
        row.published = row.count


@dataclass(frozen=True)
class DailyStatistic:
    """Events counted by day; `pending` gives what waits, day by day, and locks it."""

    name: str
    dimensions: tuple[str, ...]
    pending: Callable[[date], Sequence[Batch]]


@dataclass(frozen=True)
class WeeklyStatistic:
    """A state, shown as it was at the end of each week; `standing` takes the Monday of the week."""

    name: str
    dimensions: tuple[str, ...]
    first_week: Callable[[], date | None]
    standing: Callable[[date], Mapping[Values, int]]


@dataclass(frozen=True)
class FlowStatistic:
    """What happened beside a state, told roughly; `flows` counts after one week (None: all before) through another.

    `values` are the dimensions, each with every value that it can have.
    """

    name: str
    values: Mapping[str, tuple[str, ...]]
    first_week: Callable[[], date | None]
    flows: Callable[[date | None, date], Mapping[Values, int]]

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(self.values)


@dataclass(frozen=True)
class SoFar:
    """What the day or week that has not ended has brought; told as one rounded number, anew each hour."""

    name: str
    begins: Callable[[date], date]
    count: Callable[[date], int]


Statistic: TypeAlias = DailyStatistic | WeeklyStatistic | FlowStatistic
S = TypeVar("S", DailyStatistic, WeeklyStatistic, FlowStatistic)

STATISTICS: dict[str, Statistic] = {}
SO_FAR: dict[str, SoFar] = {}
REBUILDS: list[Callable[[], None]] = []


def register_statistic(statistic: S) -> S:
    """Have it published with the others."""
    STATISTICS[statistic.name] = statistic
    return statistic


def register_so_far(so_far: SoFar) -> SoFar:
    """Have its rounded number told with the page of that statistic."""
    SO_FAR[so_far.name] = so_far
    return so_far


def register_rebuild(rebuild: Callable[[], None]) -> None:
    """Have `portal statistics rebuild` count a ledger anew."""
    REBUILDS.append(rebuild)


@dataclass(frozen=True)
class Outcome:
    """Periods published, cells that were joined into others, and periods left for later."""

    published: int = 0
    folded: int = 0
    carried_over: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.published + other.published, self.folded + other.folded, self.carried_over + other.carried_over
        )


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def last_closed_day(now: datetime) -> date:
    return local_date(now) - timedelta(days=1)


def publish_all(*, through: date | None = None, now: datetime) -> Outcome:
    """Publish every statistic through a day, by default the last one that has closed."""
    last = last_closed_day(now) if through is None else through
    outcome = sum((publish(statistic, through=last, now=now) for statistic in STATISTICS.values()), Outcome())
    tell_so_far(now)
    return outcome


def tell_so_far(now: datetime) -> None:
    """Round what the present day or week has brought; once an hour, so that nobody can watch single steps."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    with transaction():
        serialise("publish.so-far")
        for so_far in SO_FAR.values():
            name, period = so_far_name(so_far.name), so_far.begins(local_date(now))
            told = db.session.get(PublishedPeriod, (name, period))
            if told is not None and told.published_at >= hour:
                continue
            db.session.execute(delete(PublishedCell).where(PublishedCell.statistic == name))
            db.session.execute(delete(PublishedPeriod).where(PublishedPeriod.statistic == name))
            number = so_far.count(period)
            cells = [Cell((), (number + 5) // TEN * TEN)] if number >= TEN else []
            write_cells(name, (), {period: cells}, now=now)


def publish(statistic: Statistic, *, through: date, now: datetime, random: Random | None = None) -> Outcome:
    """Publish what waits through a day. Repeating it changes nothing.

    Raises RuleViolation for a day that has not closed in Europe/Helsinki; in demo mode today may be named.
    """
    today = local_date(now)
    if through > today or (through == today and not settings().is_demo):
        raise RuleViolation(PublishProblem.NOT_CLOSED, day=through.isoformat())
    with transaction():
        serialise(f"publish.{statistic.name}")
        if isinstance(statistic, DailyStatistic):
            return _publish_days(statistic, through=through, now=now)
        outcome = Outcome()
        for week in _waiting_weeks(statistic, through=through, now=now):
            if isinstance(statistic, FlowStatistic):
                outcome += _publish_flows(statistic, week=week, now=now, random=random)
            else:
                outcome += _publish_week(statistic, week=week, now=now)
        return outcome


def _publish_days(statistic: DailyStatistic, *, through: date, now: datetime) -> Outcome:
    outcome = Outcome()
    waiting: list[Batch] = []
    counts: Counter[Values] = Counter()
    for batch in sorted(statistic.pending(through), key=lambda batch: batch.day):
        waiting.append(batch)
        counts.update(batch.counts)
        cells = fold(counts, floor=settings().small_cell)
        if not cells:
            continue
        write_cells(statistic.name, statistic.dimensions, {batch.day: cells}, now=now)
        for done in waiting:
            done.settle()
        joined = sum(count > 0 for count in counts.values()) - len(cells)
        outcome += Outcome(published=1, folded=joined)
        waiting, counts = [], Counter()
    return outcome + Outcome(carried_over=sum(any(batch.counts.values()) for batch in waiting))


def _waiting_weeks(statistic: WeeklyStatistic | FlowStatistic, *, through: date, now: datetime) -> list[date]:
    first = statistic.first_week()
    if first is None:
        return []
    latest = _latest_period(statistic.name)
    if latest is not None:
        week, published_at = latest
        was_closed = local_date(published_at) >= week + WEEK
        first = week + WEEK if was_closed else week
    # an open week is published as it stands only when today may be named at all
    end = monday(through) if through == local_date(now) else monday(through + timedelta(days=1)) - WEEK
    return [first + number * WEEK for number in range((end - first).days // WEEK.days + 1)]


def _publish_week(statistic: WeeklyStatistic, *, week: date, now: datetime) -> Outcome:
    shown = _stock(statistic, week)
    before = shown if shown is not None else _stock_before(statistic, week)
    current = statistic.standing(week)
    stock = fold_stock(current, before=before, floor=settings().small_cell)
    _take_back(statistic.name, week)
    write_cells(statistic.name, statistic.dimensions, {week: stock.cells()}, now=now)
    small = sum(0 < count < settings().small_cell for count in current.values())
    waits = any(stock.own.get(values, 0) != count for values, count in current.items())
    return Outcome(published=1, folded=small if stock.rest else 0, carried_over=int(waits))


def _publish_flows(statistic: FlowStatistic, *, week: date, now: datetime, random: Random | None) -> Outcome:
    counts = statistic.flows(_period_before(statistic.name, week), week)
    everything = tuple(statistic.values.values())
    cells = fold_flows(counts, everything=everything, floor=settings().small_cell, random=random)
    if not cells:  # waits whole for the next week
        return Outcome(carried_over=int(any(counts.values())))
    _take_back(statistic.name, week)
    write_cells(statistic.name, statistic.dimensions, {week: cells}, now=now)
    return Outcome(published=1, folded=sum(count > 0 for count in counts.values()) - len(cells))


def _take_back(name: str, week: date) -> None:
    """The cells of a week that was told before its end."""
    db.session.execute(delete(PublishedCell).where(PublishedCell.statistic == name, PublishedCell.period_start == week))


def _latest_period(name: str) -> tuple[date, datetime] | None:
    row = db.session.execute(
        select(PublishedPeriod.period_start, PublishedPeriod.published_at)
        .where(PublishedPeriod.statistic == name)
        .order_by(PublishedPeriod.period_start.desc())
        .limit(1)
    ).first()
    return None if row is None else (row.period_start, row.published_at)


def _stock_before(statistic: WeeklyStatistic, week: date) -> Stock:
    latest = _period_before(statistic.name, week)
    return (_stock(statistic, latest) if latest else None) or Stock()


def _period_before(name: str, week: date) -> date | None:
    return db.session.scalar(
        select(func.max(PublishedPeriod.period_start)).where(
            PublishedPeriod.statistic == name, PublishedPeriod.period_start < week
        )
    )


def _stock(statistic: WeeklyStatistic, week: date) -> Stock | None:
    """What was published for the week; None when nothing was."""
    if db.session.get(PublishedPeriod, (statistic.name, week)) is None:
        return None
    own: dict[Values, int] = {}
    rest = None
    rows = db.session.execute(
        select(PublishedCell.dimensions, PublishedCell.count).where(
            PublishedCell.statistic == statistic.name, PublishedCell.period_start == week
        )
    )
    for dimensions, count in rows:
        values = tuple(decoded(dimensions)[name] for name in statistic.dimensions)
        if all(len(value) == 1 for value in values):
            own[tuple(value[0] for value in values)] = count
        else:
            rest = Cell(values, count)
    return Stock(own, rest)


def write_cells(
    name: str, dimensions: tuple[str, ...], periods: Mapping[date, Sequence[Cell]], *, now: datetime
) -> None:
    """Store folded cells and mark their periods as published; part of a transaction."""
    rows = [
        {
            "id": random_id(),
            "statistic": name,
            "period_start": period,
            "dimensions": encoded(dimensions, cell),
            "count": cell.count,
        }
        for period, cells in periods.items()
        for cell in cells
    ]
    with transaction():
        if rows:
            db.session.execute(insert(PublishedCell), rows)
        known = {
            period.period_start: period
            for period in db.session.scalars(
                select(PublishedPeriod).where(
                    PublishedPeriod.statistic == name,
                    PublishedPeriod.period_start.between(min(periods), max(periods)),
                )
            )
        }
        for start in periods:
            if start in known:
                known[start].published_at = now
            else:
                db.session.add(PublishedPeriod(statistic=name, period_start=start, published_at=now))
