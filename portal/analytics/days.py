"""Closing the hours of a day, and the counts of closed days that wait to be published."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, select

from portal.analytics.models import UsageDay, UsageOpen
from portal.core.clock import HELSINKI, local_date
from portal.core.db import db
from portal.publishing.folding import Values
from portal.publishing.services import Batch, batches
from portal.publishing.upsert import add_counts


def waiting(dimension: str, through: date, values: Callable[[Sequence[UsageDay]], Mapping[Values, int]]) -> list[Batch]:
    """What waits of a dimension, day by day; `values` makes the cells of a day of its rows."""
    _close_hours(through)
    rows = db.session.scalars(
        select(UsageDay)
        .where(UsageDay.dimension == dimension, UsageDay.day <= through, UsageDay.count > UsageDay.published)
        .order_by(UsageDay.day)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return batches(rows, values)


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
