"""Dates, numbers and identifiers as each language writes them."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from portal.web import formatting

MOMENT = datetime(2026, 11, 24, 8, 16, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "finnish", "english"),
    [
        (date(2026, 10, 27), date(2026, 11, 24), "27.10.–24.11.2026", "27 October – 24 November 2026"),
        (date(2025, 12, 28), date(2026, 1, 3), "28.12.2025–3.1.2026", "28 December 2025 – 3 January 2026"),
        (date(2026, 11, 24), date(2026, 11, 24), "24.11.2026", "24 November 2026"),
    ],
)
def test_a_period_names_the_year_once_and_breaks_after_the_dash_only(
    app: Flask, first: date, last: date, finnish: str, english: str
) -> None:
    for language, expected in (("fi", finnish), ("en", english)):
        with app.test_request_context(f"/{language}/"):
            written = formatting.period(first, last)
            assert written.replace(formatting.NBSP, " ") == expected
            assert first == last or " " not in written.replace("– ", "–")


@pytest.mark.parametrize(
    ("name", "value", "finnish", "english"),
    [
        ("date", date(2026, 3, 5), "5.3.2026", "5 March 2026"),
        ("long_date", date(2026, 11, 24), "24. marraskuuta 2026", "24 November 2026"),
        ("weekday_date", date(2026, 11, 24), "ti 24.11.2026", "Tue 24 November 2026"),
        ("datetime", MOMENT, "24.11.2026 klo\N{NO-BREAK SPACE}10.16", "24 November 2026, 10:16"),
        ("exact_datetime", MOMENT, "24.11.2026 klo\N{NO-BREAK SPACE}10.16.05", "24 November 2026, 10:16:05"),
        ("time", MOMENT, "10.16", "10:16"),
        ("number", 18000, "18\xa0000", "18,000"),
        ("number", -5, "−5", "−5"),
        ("kwh", 4200, "4\xa0200\xa0kWh", "4,200\xa0kWh"),
        ("short_day", date(2026, 11, 24), "24.11.", "24 Nov"),
        ("short_month", date(2026, 11, 24), "11/2026", "Nov 2026"),
        ("money", 1250, "12,50\xa0€", "€12.50"),
        ("percent", 12.0, "12\xa0%", "12%"),
        ("phone", "+3585885111", "05\xa0885\xa0111", "+358\xa05\xa0885\xa0111"),
        ("phone", "+358401234567", "040\xa0123\xa04567", "+358\xa040\xa0123\xa04567"),
        ("phone", "+358", "+358", "+358"),
        ("phone", "+0", "+0", "+0"),
        ("iban", "FI9399999900000014", "FI93\xa09999\xa09900\xa00000\xa014", "FI93\xa09999\xa09900\xa00000\xa014"),
        ("grouped_reference", "20261124000174", "2026\xa011240\xa000174", "2026\xa011240\xa000174"),
        ("date", None, "–", "–"),
        ("money", None, "–", "–"),
    ],
)
def test_values_are_written_in_the_pages_language(
    app: Flask, name: str, value: object, finnish: str, english: str
) -> None:
    for language, expected in (("fi", finnish), ("en", english)):
        with app.test_request_context(f"/{language}/"):
            assert formatting.FILTERS[name](value) == expected


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("aino.k@example.com", '<span class="mail">aino<wbr>.k<wbr>@example<wbr>.com</span>'),
        ("a<b@example.com", '<span class="mail">a&lt;b<wbr>@example<wbr>.com</span>'),
        ("–", "–"),
    ],
)
def test_a_mail_address_breaks_at_its_signs_alone(address: str, written: str) -> None:
    assert formatting.mail_address(address) == written
