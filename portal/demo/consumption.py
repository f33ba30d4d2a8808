"""Believable electricity consumption: by dwelling and heating, high in winter, estimate and measured apart."""

from collections.abc import Iterator
from datetime import date
from random import Random

YEARLY_KWH = {"apartment-building": 2_000, "terraced-house": 4_000, "detached-house": 5_000, "farm": 35_000}
YEARLY_KWH_OF_HEATING = {"direct-electric": 18_000, "storage-electric": 20_000, "ground-source": 9_000}
HEATED = (140, 128, 115, 84, 58, 42, 40, 46, 58, 82, 100, 125)
UNHEATED = (98, 90, 88, 80, 76, 70, 66, 70, 78, 86, 92, 100)
MONTHS_MEASURED = 24


def yearly_kwh(housing: str, heating: str, random: Random) -> int:
    """What a metering point uses in a year, rounded like an estimate is."""
    typical = YEARLY_KWH_OF_HEATING.get(heating) or YEARLY_KWH.get(housing, 5_000)
    return max(1, round(typical * random.uniform(0.75, 1.3) / 100)) * 100


def month_kwh(yearly: int, month: date, *, is_heated: bool, random: Random) -> int:
    """One month's share of a year, a little different each year."""
    shape = HEATED if is_heated else UNHEATED
    return max(1, round(yearly * shape[month.month - 1] / sum(shape) * random.uniform(0.92, 1.08)))


def months_before(today: date, count: int) -> Iterator[date]:
    """The first days of the `count` months before this one, oldest first."""
    for back in range(count, 0, -1):
        yield month_start(today, -back)


def month_start(day: date, months: int = 0) -> date:
    """The first day of the month that is `months` away."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
