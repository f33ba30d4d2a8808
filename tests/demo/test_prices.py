"""What an invoice asks: the price list, the electricity tax and the value added tax of the month."""

from datetime import date

import pytest

from portal.demo.prices import MonthOfSite, total_cents, vat_per_mille


def _of(month: date, kwh: int, tariff: str = "general", fuse: str = "3x25 A") -> int:
    return total_cents([MonthOfSite(month, fuse, tariff, kwh)])


def test_an_invoice_is_the_basic_fee_the_energy_and_the_taxes() -> None:
    # (14.90 + 100 × (0.0432 + 0.02253)) × 1.255 = 21.473 × 1.255 = 26.948...
    assert _of(date(2026, 10, 1), 100) == 2695


@pytest.mark.parametrize(
    ("tariff", "month", "cents"),
    [
        # 1 000 kWh: 14.90 + 22.53 of tax, and the energy by day, night and season
        ("general", date(2026, 1, 1), 10_119),  # + 43.20
        ("time-of-day", date(2026, 1, 1), 9_619),  # + 450 × 0.0286 + 550 × 0.0479 = 39.215
        ("seasonal", date(2026, 1, 1), 10_199),  # + 600 × 0.0548 + 400 × 0.0274 = 43.84
        ("seasonal", date(2026, 7, 1), 8_136),  # + 27.40
        ("power-based", date(2026, 1, 1), 7_396),  # + 21.50
    ],
)
def test_each_tariff_has_its_price(tariff: str, month: date, cents: int) -> None:
    assert _of(month, 1_000, tariff) == cents


def test_value_added_tax_rose_in_september_2024() -> None:
    assert [vat_per_mille(date(2024, month, 1)) for month in (8, 9)] == [240, 255]
    assert (_of(date(2024, 8, 1), 0), _of(date(2024, 9, 1), 0)) == (1848, 1870)


def test_a_larger_fuse_costs_more_and_months_are_rounded_together() -> None:
    assert _of(date(2026, 10, 1), 0, fuse="1x25 A") == 866
    assert _of(date(2026, 10, 1), 0, fuse="3x63 A") == 4945
    month = MonthOfSite(date(2026, 10, 1), "1x25 A", "general", 0)  # 8.6595 each
    assert total_cents([month, month]) == 1732
