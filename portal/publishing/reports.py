"""The figures of a statistic as page, chart, CSV and command show them: keys and numbers, no words."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from portal.publishing import queries
from portal.publishing.queries import Count

DEFAULT_DAYS = 30
MOST_DAYS = 92  # longer periods are shown by month


@dataclass(frozen=True)
class Filters:
    """Dates, both included, and the value wanted of each filter that is set."""

    first: date
    last: date
    values: Mapping[str, str] = field(default_factory=dict)

    def wanted(self, **dimensions: str) -> dict[str, tuple[str, ...]]:
        """The values wanted of each dimension, given which filter stands for it."""
        return {name: (self.values[by],) for name, by in dimensions.items() if self.values.get(by)}

    @property
    def is_long(self) -> bool:
        """Whether it is shown by month."""
        return (self.last - self.first).days >= MOST_DAYS

    @property
    def is_cut(self) -> bool:
        """Whether a month at either end of a period shown by month is not there in full."""
        return self.is_long and (self.first.day != 1 or (self.last + timedelta(days=1)).day != 1)

    def period_name(self, day: date) -> str:
        """What the row of a day is called in the data: the day, or its month when the period is long."""
        return day.strftime("%Y-%m") if self.is_long else day.isoformat()

    def just_before(self, *, until: date) -> "Filters":
        """The same number of days before the first one; of a period that goes on, as many as have passed `until`."""
        days = min(self.last, until) - self.first + timedelta(days=1)
        return replace(self, first=self.first - days, last=self.first - timedelta(days=1))


@dataclass(frozen=True)
class Figure:
    """A headline: a count (None when it is hidden), of what it is a share, and what it was in the period before.

    A rough one is rounded and a little left to chance.
    """

    key: str
    count: int | None
    of: int | None = None
    of_key: str | None = None
    before: int | None = None
    before_of: int | None = None
    is_rough: bool = False

    @property
    def percent(self) -> float | None:
        """Rounded to one decimal, None when there is nothing to be a share of."""
        return share(self.count, self.of)

    @property
    def before_percent(self) -> float | None:
        return share(self.before, self.before_of)

    @property
    def change_percent(self) -> float | None:
        """How much more than in the period before, rounded to one decimal; None when that cannot be said."""
        if self.count is None or not self.before:
            return None
        return round(100 * (self.count - self.before) / self.before, 1)


def share(count: int | None, of: int | None) -> float | None:
    """Per cent, rounded to one decimal; None when there is nothing to be a share of."""
    return round(100 * count / of, 1) if of and count is not None else None


@dataclass(frozen=True)
class Row:
    """Counts of one line; None where the count is hidden in a joined cell. `of`: what each is a share of."""

    key: str
    counts: tuple[int | None, ...]
    of: tuple[int | None, ...] = ()

    @property
    def percents(self) -> tuple[float | None, ...]:
        """The shares in the order of the counts; as many Nones when the table has no shares."""
        of = self.of or (None,) * len(self.counts)
        return tuple(share(count, base) for count, base in zip(self.counts, of, strict=True))


@dataclass(frozen=True)
class Table:
    """Figures that are drawn and listed together; `row_kind` says what its row keys are.

    A table side by side compares its rows by shares.
    """

    key: str
    row_kind: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    is_over_time: bool = False
    is_side_by_side: bool = False

    @classmethod
    def of(cls, key: str, row_kind: str, sums: Iterable[tuple[str, int | None]]) -> "Table":
        """One number a row."""
        return cls(key, row_kind, ("count",), tuple(Row(name, (count,)) for name, count in sums))

    @property
    def is_empty(self) -> bool:
        return not any(any(row.counts) for row in self.rows)


@dataclass(frozen=True)
class Report:
    """Everything one page shows.

    `unshown` are in the totals but were joined with something else; `outside` could not be told apart by the filter.
    `through` is the last day of the period that has figures. `before` is the period compared with, as long as what has
    figures; None when they do not reach so far back. `so_far` is the rounded number of the period that has not ended.
    """

    statistic: str
    filters: Filters
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    unshown: int = 0
    outside: int = 0
    standing_at: date | None = None
    through: date | None = None
    before: Filters | None = None
    so_far: int | None = None

    @property
    def is_empty(self) -> bool:
        return not any(figure.count for figure in self.figures)

    @property
    def days(self) -> int:
        """How many days the figures are of."""
        return ((self.through or self.filters.last) - self.filters.first).days + 1

    def table(self, key: str) -> Table | None:
        return next((table for table in self.tables if table.key == key), None)

    def as_json(self, *, small_cell: int) -> dict[str, Any]:
        """The document of `portal statistics ... --json`."""
        return {
            "statistic": self.statistic,
            "from": self.filters.first.isoformat(),
            "to": self.filters.last.isoformat(),
            "small_cell": small_cell,
            "standing_at": self.standing_at.isoformat() if self.standing_at else None,
            "before": {"from": self.before.first.isoformat(), "to": self.before.last.isoformat()}
            if self.before
            else None,
            "so_far": self.so_far,
            "figures": [
                asdict(figure) | {"percent": figure.percent, "change_percent": figure.change_percent}
                for figure in self.figures
            ],
            "tables": {
                table.key: [
                    {table.row_kind: row.key, **dict(zip(table.columns, row.counts, strict=True))} for row in table.rows
                ]
                for table in self.tables
            },
            "not_shown_separately": self.unshown,
            "not_told_apart_by_filter": self.outside,
        }


def compared(
    figures: tuple[Figure, ...], statistic: str, filters: Filters, headlines: Callable[[Filters], Sequence[Figure]]
) -> tuple[tuple[Figure, ...], date | None, Filters | None]:
    """The headlines of a period with those of as many days before it, the last day told, and those days.

    The days before are None when they are not known in full.
    """
    first, latest = queries.earliest_period(statistic), queries.latest_period(statistic, filters.last)
    if first is None or latest is None or latest < filters.first:
        return figures, None, None
    before = filters.just_before(until=latest)
    if before.first < first:
        return figures, latest, None
    return beside(figures, headlines(before)), latest, before


def beside(figures: Sequence[Figure], before: Sequence[Figure]) -> tuple[Figure, ...]:
    """The figures, each with what it was in the period before."""
    was = {figure.key: figure for figure in before}
    return tuple(
        replace(figure, before=was[figure.key].count, before_of=was[figure.key].of) if figure.key in was else figure
        for figure in figures
    )


REPORTS: dict[str, Callable[[Filters], Report]] = {}
HEADLINES: dict[str, Callable[[Filters], Sequence[Figure]]] = {}


def register_report(
    report: Callable[[Filters], Report],
    *,
    name: str,
    headlines: Callable[[Filters], Sequence[Figure]] | None = None,
) -> None:
    """Have `portal statistics NAME` print it; `headlines` are for who needs no more than them."""
    REPORTS[name] = report
    if headlines is not None:
        HEADLINES[name] = headlines


def counts_over_time(statistic: str, filters: Filters) -> list[Count]:
    """The counts of a period by day, by month when it is long."""
    read = queries.by_month if filters.is_long else queries.between
    return read(statistic, filters.first, filters.last)


def over_time(
    key: str,
    counts: Iterable[Count],
    filters: Filters,
    dimension: str,
    groups: Mapping[str, Collection[str]],
    *,
    wanted: Mapping[str, Collection[str]] | None = None,
) -> Table:
    """A dimension's groups day by day, or month by month when the period is long; up to the last day published.

    Nothing is zero only where cells say so: a day that waits, and what was joined with something else, are None.
    """
    counts, wanted = list(counts), wanted or {}
    until = max((count.period for count in counts), default=filters.last)
    names = dict.fromkeys(filters.period_name(day) for day in _days(filters.first, until))
    sums: dict[str, dict[str, int | None]] = {name: dict.fromkeys(groups) for name in names}
    hidden: dict[str, set[str]] = {}
    members = {group: frozenset(values) for group, values in groups.items()}
    groups_of: dict[tuple[str, ...], list[str]] = {}
    for count in counts:
        name, values = filters.period_name(count.period), count.dimensions[dimension]
        hidden_then = hidden.setdefault(name, set())
        if not count.touches(wanted):
            continue
        if values not in groups_of:
            groups_of[values] = [group for group in groups if members[group] & set(values)]
        of = groups_of[values]
        if len(of) == 1 and members[of[0]].issuperset(values) and count.within(wanted):
            sums[name][of[0]] = (sums[name][of[0]] or 0) + count.count
        else:
            hidden_then.update(of)
    for name, hidden_then in hidden.items():
        zero = (group for group in groups if sums[name][group] is None and group not in hidden_then)
        sums[name].update(dict.fromkeys(zero, 0))
    return Table(
        key,
        "month" if filters.is_long else "day",
        tuple(groups),
        tuple(Row(name, tuple(by_group.values())) for name, by_group in sums.items()),
        is_over_time=True,
    )


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
