"""Page views: the published figures, with those of visits beside them."""

from collections.abc import Sequence
from datetime import date

from portal.analytics import days, visit_statistics
from portal.analytics.counters import PAGE
from portal.analytics.models import UsageDay
from portal.config import LANGUAGES
from portal.publishing import queries
from portal.publishing.folding import Values
from portal.publishing.reports import Figure, Filters, Report, Table, over_time, register_report
from portal.publishing.services import Batch, DailyStatistic, register_statistic

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


def report(filters: Filters) -> Report:
    """What the page, its CSV and the command show."""
    wanted = filters.wanted(language="lang")
    by_day = queries.between(NAME, filters.first, filters.last)
    everything = queries.whole_period(by_day)
    counts = [count for count in everything if count.within(wanted)]
    views = sum(count.count for count in counts)
    by_page = queries.by(counts, lambda count: count.only("page"))
    pages = sorted(((page, number) for page, number in by_page.items() if page), key=lambda pair: (-pair[1], pair[0]))
    # visits are published for all languages together: no figure of theirs belongs beside those of one language
    visit_figures, visit_tables = visit_statistics.shown(filters) if "language" not in wanted else ((), ())
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
            *visit_figures,
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
            *visit_tables,
        ),
        unshown=by_page.get(None, 0),
        outside=sum(count.count for count in everything if not count.within(wanted) and count.touches(wanted)),
    )


register_report(report, name=NAME)
