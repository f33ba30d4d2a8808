"""Consumption by metering point: years side by side, and what is measured never mixed with what is estimated."""

import re
from collections.abc import Callable
from datetime import date
from xml.etree import ElementTree

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.catalogues.sources import Source
from portal.core import clock
from portal.core.db import random_id, transaction
from portal.own_data.consumption import drawn, years_of
from portal.register.models import Consumption, ConsumptionKind
from tests.own_data.reading import value_of
from tests.own_data.rich_customer import Rich
from tests.pages import Page, Pages

ESTIMATE, MEASURED = ConsumptionKind.ESTIMATE, ConsumptionKind.MEASURED
SVG = "{http://www.w3.org/2000/svg}"


def year_table(page: Page, number: int = 0) -> list[list[str]]:
    figures = [e for e in page.all("figure") if e.get("data-chart") is not None]
    rows = figures[number].iter("tr")
    return [[value_of(cell) for cell in row if cell.tag in ("th", "td")] for row in rows]


def test_measured_years_come_first_and_estimates_apart() -> None:
    figures = [
        (date(2026, 11, 1), ESTIMATE, 5),
        (date(2025, 1, 1), MEASURED, 1),
        (date(2026, 1, 1), MEASURED, 2),
        (date(2025, 1, 1), ESTIMATE, 9),
    ]
    found = [(year.year, year.kind, year.months[0], year.months[10], year.total) for year in years_of(figures)]
    assert found == [
        (2025, MEASURED, 1, None, 1),
        (2026, MEASURED, 2, None, 2),
        (2025, ESTIMATE, 9, None, 9),
        (2026, ESTIMATE, None, 5, 5),
    ]


@given(
    st.dictionaries(
        st.tuples(st.dates(date(2019, 1, 1), date(2026, 12, 31)).map(lambda day: day.replace(day=1)),
                  st.sampled_from(ConsumptionKind)),
        st.integers(0, 50_000),
    )
)  # fmt: skip
def test_every_figure_stands_in_its_place_and_nothing_is_added(held: dict[tuple[date, ConsumptionKind], int]) -> None:
    years = years_of((month, kind, kwh) for (month, kind), kwh in held.items())
    told = {
        (date(year.year, month, 1), year.kind): kwh
        for year in years
        for month, kwh in enumerate(year.months, start=1)
        if kwh is not None
    }
    assert told == held
    for kind in ConsumptionKind:
        assert sum(y.total for y in years if y.kind is kind) == sum(kwh for (_, k), kwh in held.items() if k is kind)


def test_the_picture_shows_the_last_three_years() -> None:
    years = years_of((date(year, 1, 1), MEASURED, 1) for year in range(2020, 2027))
    assert [year.year for year in drawn(years)] == [2024, 2025, 2026]


@pytest.mark.parametrize(
    ("language", "head", "october", "in_all"),
    [
        ("en", ["Month", "2025", "2026", "2025, estimate", "2026, estimate"], "October", "In all"),
        ("fi", ["Kuukausi", "2025", "2026", "2025, arvio", "2026, arvio"], "lokakuu", "Yhteensä"),
    ],
)
def test_the_page_sets_the_years_side_by_side(
    pages: Pages, language: str, head: list[str], october: str, in_all: str
) -> None:
    rows = year_table(pages.get(f"/{language}/my/data"))
    assert rows[0] == head
    assert len(rows) == 14
    thousands = "," if language == "en" else " "
    assert rows[10] == [october, "790", f"1{thousands}812", "700", "–"]
    assert rows[11][1:] == ["905", "–", "–", "930"]
    assert rows[13] == [in_all, f"1{thousands}695", f"1{thousands}812", "700", "930"]


def test_each_metering_point_has_its_picture_with_words(rich: Rich, pages: Pages) -> None:
    images = {image.get("src"): image.get("alt") for image in pages.get("/en/my/data").all("img", loading="lazy")}
    assert list(images) == [
        f"/en/my/data/consumption/{rich.site}.svg",
        f"/en/my/data/consumption/{rich.ended_site}.svg",
    ]
    alt = (images[f"/en/my/data/consumption/{rich.site}.svg"] or "").replace("\N{NO-BREAK SPACE}", " ")
    assert alt == (
        "Electricity consumption by month. In all: 2025: 1,695 kWh; 2026: 1,812 kWh; 2025, estimate: 700 kWh; "
        "2026, estimate: 930 kWh. The same figures are in the table below."
    )


@pytest.mark.parametrize(
    ("language", "title", "series", "month"),
    [
        ("en", "Electricity consumption by month", ["2025", "2026", "2025, estimate", "2026, estimate"], "Nov"),
        ("fi", "Sähkönkulutus kuukausittain", ["2025", "2026", "2025, arvio", "2026, arvio"], "marras"),
    ],
)
def test_the_picture_draws_each_series_in_the_pages_language(
    rich: Rich, pages: Pages, language: str, title: str, series: list[str], month: str
) -> None:
    answer = pages.get(f"/{language}/my/data/consumption/{rich.site}.svg")
    assert (answer.status, answer.response.mimetype) == (200, "image/svg+xml")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    root = ElementTree.fromstring(answer.body)
    assert root.findtext(f"{SVG}title") == title
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert [text for text in texts if text in series] == series
    assert month in texts
    bars = [bar for bar in root.iter(f"{SVG}rect") if "reactive" in (bar.get("class") or "") and bar.get("rx")]
    assert len(bars) == 5  # one for each figure


def test_estimates_are_outlined_in_the_colour_of_their_year(rich: Rich, pages: Pages) -> None:
    svg = pages.get(f"/en/my/data/consumption/{rich.site}.svg").html
    colours = dict(re.findall(r"\.color-(\d)\s?\{stroke:(#[0-9a-f]{6})", svg)[:4])
    assert colours["0"] == colours["2"] != colours["1"] == colours["3"]
    outlined = set(re.findall(r"\.color-(\d)\.reactive[^{]*\{fill-opacity:0", svg))
    assert outlined == {"2", "3"}


def test_forty_eight_months_fit_the_same_table(app: Flask, rich: Rich, pages: Pages) -> None:
    with app.app_context(), transaction() as session:
        for number in range(48):
            month = date(2020 + number // 12, number % 12 + 1, 1)
            session.add(
                Consumption(id=random_id(), customer_id=rich.customer_id, site_id=rich.site, month=month, kind=MEASURED,
                            kwh=number + 1, source=Source.CONTRACT, source_on=month, updated_at=clock.now())
            )  # fmt: skip
    rows = year_table(pages.get("/en/my/data"))
    assert rows[0][:7] == ["Month", "2020", "2021", "2022", "2023", "2025", "2026"]
    assert [row[1] for row in rows[1:13]] == [str(number) for number in range(1, 13)]


def test_a_customer_without_consumption_has_neither_picture_nor_table(sign_in: Callable[..., Pages]) -> None:
    page = sign_in("customer").get("/en/my/data")
    assert page.all("figure") == []
    assert "We hold nothing about you in these categories: Electricity consumption," in page.text
