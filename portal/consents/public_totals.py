"""What visitors are told of last month's figures, so that they see what their choice is used for."""

from collections.abc import Sequence
from datetime import date, timedelta

from portal.publishing.reports import HEADLINES, Figure, Filters

# in the order in which they are told; page views and visits belong to a package above this one and are named only
TOLD = {
    "usage": ("page-views", "visits", "visits-second-page"),
    "consents": ("decided", "accepted-all", "necessary-only"),
}


def of_last_month(today: date) -> tuple[date, Sequence[Figure]]:
    """The first day of last month, and its totals; none while nothing of it has been published."""
    last = today.replace(day=1) - timedelta(days=1)
    month = Filters(last.replace(day=1), last)
    told = [
        figure
        for statistic, keys in TOLD.items()
        if statistic in HEADLINES
        for figure in HEADLINES[statistic](month)
        if figure.key in keys and figure.count
    ]
    return month.first, told
