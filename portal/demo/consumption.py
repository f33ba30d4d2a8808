"""Believable electricity consumption: by dwelling and heating, high in winter, estimate and measured apart."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from random import Random

YEARLY_KWH = {
    "apartment-building": 2_000,
    "terraced-house": 3_500,
    "semi-detached-house": 4_200,
    "detached-house": 5_000,
    "holiday-home": 2_400,
    "farm": 35_000,
    "other": 42_000,  # premises of organisations
}
YEARLY_KWH_OF_HEATING = {
    "direct-electric": 18_000,
    "storage-electric": 20_000,
    "hydronic-electric": 17_000,
    "exhaust-air": 11_000,
    "ground-source": 9_000,
    "air-to-water": 10_500,
    "air-source": 13_500,
}
# Shares of a year by month. With electric heating winter takes three to four times what summer does.
HEATED = (146, 132, 116, 82, 54, 40, 37, 42, 56, 84, 106, 132)
UNHEATED = (98, 90, 88, 80, 76, 70, 66, 70, 78, 86, 92, 100)
SUMMER_PLACE = (30, 28, 34, 58, 96, 138, 170, 132, 78, 46, 32, 38)
MONTHS_MEASURED = 24


def yearly_kwh(housing: str, heating: str, random: Random) -> int:
    """What a metering point uses in a year, rounded like an estimate is."""
    typical = YEARLY_KWH[housing]
    if housing not in ("farm", "other", "holiday-home"):
        typical = YEARLY_KWH_OF_HEATING.get(heating, typical)
    return max(1, round(typical * random.uniform(0.8, 1.25) / 100)) * 100


def shape_of(housing: str, heating: str) -> tuple[int, ...]:
    """How a year is shared among its months."""
    if housing == "holiday-home":
        return SUMMER_PLACE
    return HEATED if heating in YEARLY_KWH_OF_HEATING else UNHEATED


def month_kwh(yearly: int, month: date, shape: tuple[int, ...], random: Random) -> int:
    """One month's share of a year, a little different each year."""
    return max(1, round(yearly * shape[month.month - 1] / sum(shape) * random.uniform(0.94, 1.06)))


def months_before(month: date, count: int) -> Iterator[date]:
    """The `count` months before this one, oldest first."""
    for back in range(count, 0, -1):
        yield month_start(month, -back)


@cache
def month_start(day: date, months: int = 0) -> date:
    """The first day of the month that is `months` away."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
