"""Page views: the published figures, with those of visits beside them."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select

from portal.analytics import days, visit_statistics
from portal.analytics.counters import PAGE
from portal.analytics.models import UsageDay, UsageOpen
from portal.config import LANGUAGES
from portal.core.clock import HELSINKI
from portal.core.db import db
from portal.publishing import queries
from portal.publishing.folding import Values
from portal.publishing.reports import (
    Figure,
    Filters,
    Report,
    Table,
    compared,
    counts_over_time,
    over_time,
    register_report,
)
from portal.publishing.services import Batch, DailyStatistic, SoFar, register_so_far, register_statistic

NAME = "usage"
DIMENSIONS = ("page", "language")


def _pending(through: date) -> Sequence[Batch]:
    return days.waiting(PAGE, through, _values)


def _values(rows: Sequence[UsageDay]) -> dict[Values, int]:
    counts: dict[Values, int] = {}
    for row in rows:
        language, _, page = row.value.partition(" ")
        counts[page, language] = row.count - row.published
    return counts


PAGE_VIEWS = register_statistic(DailyStatistic(NAME, DIMENSIONS, _pending))


def _views_on(day: date) -> int:
    """Of a day that has not closed; in demo mode part of it may have been closed already."""
    begin = datetime.combine(day, time(), HELSINKI)
    open_hours = select(func.sum(UsageOpen.count)).where(
        UsageOpen.dimension == PAGE, UsageOpen.hour >= begin, UsageOpen.hour < begin + timedelta(days=1)
    )
    closed = select(func.sum(UsageDay.count)).where(UsageDay.dimension == PAGE, UsageDay.day == day)
    return sum(db.session.scalar(counted) or 0 for counted in (open_hours, closed))


register_so_far(SoFar(NAME, lambda today: today, _views_on))


def headlines(filters: Filters) -> tuple[Figure, ...]:
    """The key figures of a period. Visits are published for all languages together: they stand beside no other."""
    wanted = _wanted(filters)
    counts = queries.sums(NAME, filters.first, filters.last)
    return (*_views(counts, filters), *(visit_statistics.headlines(filters) if "language" not in wanted else ()))


def _views(counts: list[queries.Count], filters: Filters) -> tuple[Figure, ...]:
    views = queries.known(counts, **_wanted(filters))
    return (
        Figure("page-views", views),
        *(
            Figure(f"language-{language}", queries.known(counts, language=[language]), views, "page-views")
            for language in _languages(filters)
        ),
    )


def _wanted(filters: Filters) -> dict[str, tuple[str, ...]]:
    return filters.wanted(language="lang")


def _languages(filters: Filters) -> list[str]:
    return [filters.values["lang"]] if filters.values.get("lang") else list(LANGUAGES)


def report(filters: Filters) -> Report:
    """What the page, its CSV and the command show."""
    wanted = _wanted(filters)
    over_days = counts_over_time(NAME, filters)
    everything = queries.whole_period(over_days)
    counts = queries.within(everything, wanted)
    by_page = queries.by(counts, lambda count: count.only("page"))
    pages = sorted(((page, number) for page, number in by_page.items() if page), key=lambda pair: (-pair[1], pair[0]))
    visit_figures, visit_tables = visit_statistics.shown(filters) if "language" not in wanted else ((), ())
    figures, through, before = compared((*_views(everything, filters), *visit_figures), NAME, filters, headlines)
    return Report(
        statistic=NAME,
        filters=filters,
        figures=figures,
        tables=(
            Table.of("pages", "page", pages),
            over_time(
                "views-over-time",
                over_days,
                filters,
                "language",
                {name: (name,) for name in _languages(filters)},
                wanted=wanted,
            ),
            *visit_tables,
        ),
        unshown=by_page.get(None, 0),
        outside=sum(count.count for count in everything if not count.within(wanted) and count.touches(wanted)),
        through=through,
        before=before,
        so_far=None if filters.values else queries.so_far(NAME, filters.last),
    )


register_report(report, name=NAME, headlines=headlines)
