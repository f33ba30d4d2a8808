"""The figures of a statistic as page, chart, CSV and command show them: keys and numbers, no words."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
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


@dataclass(frozen=True)
class Figure:
    """A headline: a count, and of what it is a share."""

    key: str
    count: int
    of: int | None = None
    of_key: str | None = None

    @property
    def percent(self) -> float | None:
        """Rounded to one decimal, None when there is nothing to be a share of."""
        return round(100 * self.count / self.of, 1) if self.of else None


@dataclass(frozen=True)
class Row:
    key: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Table:
    """Figures that are drawn and listed together; `row_kind` says what its row keys are."""

    key: str
    row_kind: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    is_over_time: bool = False

    @classmethod
    def of(cls, key: str, row_kind: str, sums: Iterable[tuple[str, int]]) -> "Table":
        """One number a row."""
        return cls(key, row_kind, ("count",), tuple(Row(name, (count,)) for name, count in sums))

    @property
    def is_empty(self) -> bool:
        return not any(any(row.counts) for row in self.rows)


@dataclass(frozen=True)
class Report:
    """Everything one page shows.

    `unshown` are in the totals but were joined with something else; `outside` could not be told apart by the filter.
    """

    statistic: str
    filters: Filters
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    unshown: int = 0
    outside: int = 0
    standing_at: date | None = None

    @property
    def is_empty(self) -> bool:
        return not any(figure.count for figure in self.figures)

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
            "figures": [asdict(figure) | {"percent": figure.percent} for figure in self.figures],
            "tables": {
                table.key: [
                    {table.row_kind: row.key, **dict(zip(table.columns, row.counts, strict=True))} for row in table.rows
                ]
                for table in self.tables
            },
            "not_shown_separately": self.unshown,
            "not_told_apart_by_filter": self.outside,
        }


REPORTS: dict[str, Callable[[Filters], Report]] = {}


def register_report(report: Callable[[Filters], Report], *, name: str) -> None:
    """Have `portal statistics NAME` print it."""
    REPORTS[name] = report


def over_time(
    key: str, counts: Sequence[Count], filters: Filters, dimension: str, groups: Mapping[str, Collection[str]]
) -> Table:
    """A dimension's groups day by day, or month by month when the period is long."""
    by_month = (filters.last - filters.first).days >= MOST_DAYS
    sums: dict[str, dict[str, int]] = {
        group: queries.by(
            (count for count in counts if count.within({dimension: values})),
            lambda count: _period(count.period, by_month),
        )
        for group, values in groups.items()
    }
    periods = dict.fromkeys(_period(day, by_month) for day in _days(filters))
    return Table(
        key,
        "month" if by_month else "day",
        tuple(groups),
        tuple(Row(period, tuple(sums[group].get(period, 0) for group in groups)) for period in periods),
        is_over_time=True,
    )


def _period(day: date, by_month: bool) -> str:
    return day.strftime("%Y-%m") if by_month else day.isoformat()


def _days(filters: Filters) -> Iterable[date]:
    return (filters.first + timedelta(days=n) for n in range((filters.last - filters.first).days + 1))
