"""CSV for people: what spreadsheets of each language open, and what they must not take for a formula."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.web.csv_files import Cell, csv_lines, harmless
from tests.conftest import EmptyDatabase


def written(app: Flask, language: str, rows: Sequence[Sequence[Cell]]) -> str:
    with app.test_request_context(f"/{language}/"):
        return b"".join(csv_lines(rows)).decode()


ROW: list[Cell] = [
    "Åsa",
    12,
    -3,
    Decimal("52.41"),
    date(2026, 11, 4),
    datetime(2026, 11, 4, 8, 0, tzinfo=UTC),
    None,
]


def test_a_finnish_file_has_a_mark_semicolons_and_decimal_commas(app: Flask) -> None:
    assert written(app, "fi", [["Nimi"], ROW]) == ("\ufeffNimi\r\nÅsa;12;-3;52,41;2026-11-04;2026-11-04T08:00:00Z;\r\n")


def test_an_english_file_has_commas_and_decimal_points(app: Flask) -> None:
    assert written(app, "en", [["Name"], ROW]) == "Name\r\nÅsa,12,-3,52.41,2026-11-04,2026-11-04T08:00:00Z,\r\n"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1+1", "'+1+1"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1+1", "'＝1+1"),
        ("-1 234,50", "-1 234,50"),
        ("+358 44 000 4321", "+358 44 000 4321"),
        ("+358440004321", "+358440004321"),
        ("-", "'-"),
        ("–", "–"),
        ("a=1", "a=1"),
        ("'=1", "'=1"),
        ("", ""),
    ],
)
def test_a_formula_is_made_harmless_and_a_number_stays(text: str, safe: str) -> None:
    assert harmless(text) == safe


@given(st.text())
def test_no_text_begins_as_a_formula_unless_it_is_a_number(text: str) -> None:
    safe = harmless(text)
    assert safe in (text, f"'{text}")
    if safe[:1] in ("=", "@", "\t", "\r"):
        pytest.fail(safe)
    if safe[:1] in ("+", "-"):
        assert set(safe[1:]) <= set("0123456789 .,\N{NO-BREAK SPACE}")


@pytest.mark.parametrize("language", ["fi", "en"])
@given(rows=st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=3), max_size=3))
def test_what_is_written_is_read_again(installation: EmptyDatabase, language: str, rows: list[list[str]]) -> None:
    text = written(installation.app, language, rows).removeprefix("\ufeff") if rows else ""
    read = list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if language == "fi" else ","))
    assert read == [[harmless(cell) for cell in row] for row in rows]
