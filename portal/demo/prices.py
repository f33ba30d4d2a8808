"""What the network service costs: an invented price list, and the taxes that come on top of it.

Prices are in thousandths of a cent and without taxes; an invoice is rounded to the cent once, at its end.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

BASIC_OF_FUSE = {
    "1x25 A": 690_000,
    "1x35 A": 890_000,
    "3x25 A": 1_490_000,
    "3x35 A": 2_180_000,
    "3x50 A": 3_120_000,
    "3x63 A": 3_940_000,
    "3x80 A": 5_260_000,
    "3x100 A": 6_710_000,
}
ENERGY_OF_TARIFF = {"general": 4_320, "power-based": 2_150}
DAY, NIGHT, NIGHT_PERCENT = 4_790, 2_860, 45
WINTER_DAY, OTHER_TIME, WINTER_DAY_PERCENT = 5_480, 2_740, 60
WINTER = (11, 12, 1, 2, 3)
ELECTRICITY_TAX = 2_253  # class I with the strategic stockpile fee
HIGHER_VAT_FROM = date(2024, 9, 1)
PER_CENT = 1_000  # thousandths


class MonthOfSite(NamedTuple):
    """One month at one metering point."""

    month: date
    fuse: str
    tariff: str
    kwh: int


def total_cents(months: Iterable[MonthOfSite]) -> int:
    """What an invoice for these months asks, taxes included."""
    taxed = sum(_without_vat(month) * (1_000 + vat_per_mille(month.month)) for month in months)
    return round(taxed / 1_000 / PER_CENT)


def vat_per_mille(month: date) -> int:
    """25.5 % from September 2024, 24 % before."""
    return 255 if month >= HIGHER_VAT_FROM else 240


def _without_vat(of: MonthOfSite) -> int:
    return BASIC_OF_FUSE[of.fuse] + of.kwh * ELECTRICITY_TAX + _energy(of)


def _energy(of: MonthOfSite) -> int:
    if of.tariff == "time-of-day":
        return of.kwh * (NIGHT_PERCENT * NIGHT + (100 - NIGHT_PERCENT) * DAY) // 100
    if of.tariff == "seasonal":
        share = WINTER_DAY_PERCENT if of.month.month in WINTER else 0
        return of.kwh * (share * WINTER_DAY + (100 - share) * OTHER_TIME) // 100
    return of.kwh * ENERGY_OF_TARIFF[of.tariff]
