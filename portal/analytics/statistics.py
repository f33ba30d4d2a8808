"""Page views: closing the hours of a day, and the published figures."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import partial

from sqlalchemy import delete, select

from portal.analytics.counters import PAGE
from portal.analytics.models import UsageDay, UsageOpen
from portal.config import LANGUAGES
from portal.core.clock import HELSINKI, local_date
from portal.core.db import db
from portal.publishing import queries
from portal.publishing.folding import Values
from portal.publishing.reports import Figure, Filters, Report, Table, over_time, register_report
from portal.publishing.services import Batch, DailyStatistic, register_statistic
from portal.publishing.upsert import add_counts

NAME = "usage"
DIMENSIONS = ("page", "language")


def _close_hours(through: date) -> None:
    """Move the hours of the days through the date to their days."""
    end = datetime.combine(through + timedelta(days=1), time(), HELSINKI)
    gone = db.session.execute(
        delete(UsageOpen)
        .where(UsageOpen.hour < end)
        .returning(UsageOpen.hour, UsageOpen.dimension, UsageOpen.value, UsageOpen.count)
    )
    counts: Counter[tuple[date, str, str]] = Counter()
    for hour, dimension, value, count in gone:
        counts[local_date(hour), dimension, value] += count
    add_counts(UsageDay, counts)


def _pending(through: date) -> Sequence[Batch]:
    _close_hours(through)
    rows = db.session.scalars(
        select(UsageDay)
        .where(UsageDay.dimension == PAGE, UsageDay.day <= through, UsageDay.count > UsageDay.published)
        .order_by(UsageDay.day)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    days: dict[date, list[UsageDay]] = {}
    for row in rows:
        days.setdefault(row.day, []).append(row)
    return [Batch(day, _values(of_day), partial(_settle, of_day)) for day, of_day in days.items()]


def _values(rows: list[UsageDay]) -> dict[Values, int]:
    counts: dict[Values, int] = {}
    for row in rows:
        language, _, page = row.value.partition(" ")
        counts[page, language] = row.count - row.published
    return counts


def _settle(rows: list[UsageDay]) -> None:
    for row in rows:
        row.published = row.count


PAGE_VIEWS = register_statistic(DailyStatistic(NAME, DIMENSIONS, _pending))


def report(filters: Filters) -> Report:
    """What the page, its CSV and the command show."""
    wanted = filters.wanted(language="lang")
    by_day = queries.between(NAME, filters.first, filters.last)
    everything = queries.whole_period(by_day)
    counts = [count for count in everything if count.within(wanted)]
    views = sum(count.count for count in counts)
    by_page = queries.by(counts, lambda count: count.only("page"))
    pages = sorted(((page, number) for page, number in by_page.items() if page), key=lambda pair: (-pair[1], pair[0]))
    languages = [filters.values["lang"]] if filters.values.get("lang") else list(LANGUAGES)
    return Report(
        statistic=NAME,
        filters=filters,
        figures=(
            Figure("page-views", views),
            *(
                Figure(f"language-{language}", queries.known(counts, language=[language]), views, "page-views")
                for language in languages
            ),
        ),
        tables=(
            Table.of("pages", "page", pages),
            over_time(
                "views-over-time",
                queries.within(by_day, wanted),
                filters,
                "language",
                {name: (name,) for name in languages},
            ),
        ),
        unshown=by_page.get(None, 0),
        outside=sum(count.count for count in everything if not count.within(wanted) and count.touches(wanted)),
    )


register_report(report, name=NAME)
