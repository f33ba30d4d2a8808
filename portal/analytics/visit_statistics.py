"""Visits of those who allowed analytics: one table of day, device, way of arrival and outcome, and its figures."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from portal.analytics import days
from portal.analytics.counters import VISIT
from portal.analytics.models import UsageDay
from portal.analytics.visit_classes import Device, Referrer, Step
from portal.publishing import queries
from portal.publishing.folding import Values
from portal.publishing.queries import Count
from portal.publishing.reports import Figure, Filters, Row, Table, counts_over_time, over_time
from portal.publishing.services import Batch, DailyStatistic, register_statistic

NAME = "visits"
DIMENSIONS = ("device", "referrer", "outcome")
JOINED = "joined"


class Outcome(StrEnum):
    """How far a visit came. They exclude one another: nested counts would tell small ones by subtraction."""

    ONE_PAGE = "one-page"
    SOME_PAGES = "two-to-four-pages"
    MANY_PAGES = "five-or-more-pages"


def _outcomes(rows: Sequence[UsageDay]) -> dict[Values, int]:
    steps: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        device, referrer, step = row.value.split(" ")
        steps[device, referrer][step] = row.count - row.published
    counts: dict[Values, int] = {}
    for (device, referrer), of in steps.items():
        begun = of[Step.BEGUN]
        # never more than have begun: a visit that was published while it lasted stays what it was then
        second = min(of[Step.SECOND], begun)
        deep = min(of[Step.DEEP], second)
        counts[device, referrer, Outcome.ONE_PAGE] = begun - second
        counts[device, referrer, Outcome.SOME_PAGES] = second - deep
        counts[device, referrer, Outcome.MANY_PAGES] = deep
    return counts


def _pending(through: date) -> Sequence[Batch]:
    return days.waiting(VISIT, through, _outcomes)


VISITS = register_statistic(DailyStatistic(NAME, DIMENSIONS, _pending))


def headlines(filters: Filters) -> tuple[Figure, ...]:
    return _figures(queries.sums(NAME, filters.first, filters.last))


def _figures(counts: list[Count]) -> tuple[Figure, ...]:
    """What was joined across two outcomes is in the visits alone, so that the others are at least so many."""
    visits = sum(count.count for count in counts)
    further = queries.known(counts, outcome=[Outcome.SOME_PAGES, Outcome.MANY_PAGES])
    deep = queries.known(counts, outcome=[Outcome.MANY_PAGES])
    return (
        Figure("visits", visits),
        Figure("visits-second-page", further, visits, "visits"),
        Figure("visits-five-pages", deep, visits, "visits"),
    )


def shown(filters: Filters) -> tuple[tuple[Figure, ...], tuple[Table, ...]]:
    """The headlines and the tables of a period; without visits there is nothing to put in tables."""
    over_days = counts_over_time(NAME, filters)
    counts = queries.whole_period(over_days)
    if not counts:
        return _figures(counts), ()
    devices = {device.value: (device.value,) for device in Device}
    return _figures(counts), (
        _by(counts, "device", Device),
        _by(counts, "referrer", Referrer),
        over_time("visits-over-time", over_days, filters, "device", devices),
    )


def _by(counts: list[Count], dimension: str, members: type[StrEnum]) -> Table:
    rows = [Row(member.value, (queries.known(counts, **{dimension: [member.value]}),)) for member in members]
    joined = sum(count.count for count in counts if count.only(dimension) is None)
    if joined:
        rows.append(Row(JOINED, (joined,)))
    return Table(f"visits-by-{dimension}", dimension, ("visits",), tuple(rows))
