"""Thirteen months of believable counts, so that the statistics show something from the first minute.

Cookie choices, page views and visits concern nobody and are written as published cells; permissions are published
week by week from the invented ledger, so load that first.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from math import pi, sin
from random import Random

from portal.analytics.statistics import PAGE_VIEWS
from portal.analytics.visit_statistics import VISITS, Outcome
from portal.consents.statistics import COOKIE_CHOICES
from portal.core.clock import HELSINKI
from portal.core.db import transaction
from portal.core.settings import settings
from portal.notices import versions
from portal.permissions import statistics as permission_statistics
from portal.publishing.folding import Cell, Values, fold
from portal.publishing.services import DailyStatistic, publish, write_cells

DAYS = 396
VISITS_A_DAY = 800
WEEKDAY_SHARE = (1.15, 1.1, 1.05, 1.0, 0.9, 0.6, 0.55)
LANGUAGES = (("fi", 0.86), ("en", 0.14))

# shares of those who are asked
BANNER = (("accepted-all", 0.36), ("necessary-only", 0.33), ("ignored", 0.21))
SETTINGS = (
    ("own-choice+functional", 0.03),
    ("own-choice+functional+analytics", 0.03),
    ("own-choice+analytics", 0.01),
    ("necessary-only", 0.01),
    ("withdrawn", 0.02),
)
PAGES = (
    ("/", 1.0),
    ("/privacy-notice", 0.34),
    ("/cookies", 0.16),
    ("/services", 0.30),
    ("/services/<slug>", 0.38),
    ("/contact", 0.22),
    ("/sign-in", 0.27),
    ("/my/data", 0.19),
    ("/my/permissions", 0.12),
    ("/my/requests", 0.07),
    ("/my/requests/new/<kind>", 0.03),
    ("/requests/opt-out", 0.02),
    ("/accessibility", 0.01),
)

# visits of those who allow analytics; each device with the shares of the outcomes, fewer pages on a phone
ALLOWS_ANALYTICS = 0.45
DEVICES = (
    ("phone", 0.57, (0.5, 0.41, 0.09)),
    ("computer", 0.37, (0.36, 0.47, 0.17)),
    ("other", 0.06, (0.42, 0.46, 0.12)),
)
ARRIVALS = (("direct", 0.46), ("search", 0.31), ("other", 0.13), ("social", 0.06), ("campaign", 0.04))


def load_history(*, today: date, random: Random) -> None:
    """Publish what thirteen months before today would have brought; the same random gives the same counts."""
    now = datetime.combine(today, time(4), HELSINKI)
    with transaction():
        _write(COOKIE_CHOICES, ((day, _choices(day, random)) for day in _days(today)), random, now=now)
        _write(PAGE_VIEWS, ((day, _views(day, random)) for day in _days(today)), random, now=now)
        _write(VISITS, ((day, _analysed(day, random)) for day in _days(today)), random, now=now)
        permission_statistics.rebuild()
    yesterday = today - timedelta(days=1)
    publish(permission_statistics.PERMISSION_STATES, through=yesterday, now=now)
    for flows in permission_statistics.PERMISSION_FLOWS.values():
        publish(flows, through=yesterday, now=now, random=random)


def _days(today: date) -> Iterator[date]:
    return (today - timedelta(days=back) for back in range(DAYS, 0, -1))


def _write(
    statistic: DailyStatistic, days: Iterator[tuple[date, Counter[Values]]], random: Random, *, now: datetime
) -> None:
    cells: dict[date, list[Cell]] = {}
    waiting: Counter[Values] = Counter()
    for day, counts in days:
        waiting.update(counts)
        if folded := fold(waiting, floor=settings().small_cell, random=random):
            cells[day] = folded
            waiting.clear()
    write_cells(statistic.name, statistic.dimensions, cells, now=now)


def _visits(day: date) -> float:
    """More on weekdays and in winter, when people look at their electricity."""
    return VISITS_A_DAY * WEEKDAY_SHARE[day.weekday()] * (1 + 0.18 * sin(2 * pi * (day.timetuple().tm_yday + 80) / 365))


def _some(expected: float, random: Random) -> int:
    return max(0, round(random.gauss(expected, expected**0.5)))


def _choices(day: date, random: Random) -> Counter[Values]:
    counts: Counter[Values] = Counter()
    asked = 0.4 * _visits(day)
    version = versions.current(day).number
    for language, part in LANGUAGES:
        for surface, shares in (("banner", BANNER), ("settings", SETTINGS)):
            for outcome, share in shares:
                counts[language, surface, version, outcome] += _some(asked * part * share, random)
        counts[language, "sign-in", version, "own-choice+functional"] += _some(asked * part * 0.02, random)
    return counts


def _views(day: date, random: Random) -> Counter[Values]:
    return Counter(
        {
            (page, language): _some(_visits(day) * part * share, random)
            for language, part in LANGUAGES
            for page, share in PAGES
        }
    )


def _analysed(day: date, random: Random) -> Counter[Values]:
    return Counter(
        {
            (device, arrival, outcome.value): _some(_visits(day) * ALLOWS_ANALYTICS * part * share * depth, random)
            for device, part, depths in DEVICES
            for arrival, share in ARRIVALS
            for outcome, depth in zip(Outcome, depths, strict=True)
        }
    )
