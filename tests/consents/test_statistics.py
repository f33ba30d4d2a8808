"""Cookie choices as figures: what happened, with honest denominators and no small count."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from portal.catalogues.cookies import Category
from portal.consents import statistics
from portal.consents.models import Outcome, Surface
from portal.consents.statistics import COOKIE_CHOICES, ConsentCount, count_choice, count_shown
from portal.core.db import db
from portal.publishing.buffer import BUFFERS, flush_all
from portal.publishing.reports import Filters
from portal.publishing.services import publish
from tests.pages import Pages

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
YESTERDAY = date(2026, 11, 23)
MONTH = Filters(date(2026, 11, 1), TODAY)


@pytest.fixture(autouse=True)
def empty_buffers() -> None:
    for buffer in BUFFERS:
        buffer.forget()


def shown(times: int, *, language: str = "fi", on: date = YESTERDAY) -> None:
    for _ in range(times):
        count_shown(language=language, notice_version="1.1", on=on)


def chosen(
    outcome: Outcome,
    times: int,
    *,
    categories: tuple[Category, ...] = (),
    language: str = "fi",
    surface: Surface = Surface.BANNER,
    on: date = YESTERDAY,
) -> None:
    for _ in range(times):
        count_choice(
            outcome=outcome, categories=categories, language=language, surface=surface, notice_version="1.1", on=on
        )


def rollup() -> dict[tuple[str, str, str], int]:
    return {(row.language, row.surface, row.outcome): row.count for row in db.session.scalars(select(ConsentCount))}


def figures(filters: Filters = MONTH) -> dict[str, tuple[int, int | None]]:
    return {figure.key: (figure.count, figure.of) for figure in statistics.report(filters).figures}


def a_usual_day() -> None:
    shown(60)
    chosen(Outcome.ACCEPTED_ALL, 20)
    chosen(Outcome.NECESSARY_ONLY, 15)
    chosen(Outcome.OWN_CHOICE, 6, categories=(Category.ANALYTICS,), surface=Surface.SETTINGS)
    chosen(Outcome.WITHDRAWN, 7, surface=Surface.SETTINGS)
    flush_all()
    publish(COOKIE_CHOICES, through=YESTERDAY, now=NOW)


def test_figures_are_what_happened(context: Flask) -> None:
    a_usual_day()
    assert figures() == {
        "shown": (60, None),
        "decided": (41, 60),
        "accepted-all": (20, 41),
        "necessary-only": (15, 41),
        "own-choice": (6, 41),
        "ignored": (19, 60),
        "withdrawn": (7, None),
    }


def test_each_category_counts_the_choices_that_allow_it(context: Flask) -> None:
    a_usual_day()
    table = statistics.report(MONTH).table("categories")
    assert table is not None
    assert {row.key: row.counts for row in table.rows} == {"functional": (20,), "analytics": (26,), "marketing": (20,)}


def test_a_filter_shows_what_lies_wholly_within_it(context: Flask) -> None:
    shown(30)
    shown(3, language="en")
    chosen(Outcome.ACCEPTED_ALL, 20)
    chosen(Outcome.ACCEPTED_ALL, 2, language="en")
    flush_all()
    publish(COOKIE_CHOICES, through=YESTERDAY, now=NOW)
    finnish = statistics.report(Filters(MONTH.first, MONTH.last, {"lang": "fi"}))
    english = statistics.report(Filters(MONTH.first, MONTH.last, {"lang": "en"}))
    # the two English choices and the one left without were joined with the ten Finnish ones left without
    assert statistics.report(MONTH).figures[0].count == 33
    assert (finnish.figures[0].count, finnish.outside) == (20, 13)
    assert (english.figures[0].count, english.outside) == (0, 13)


def test_more_choices_than_showings_leave_nobody_ignored(context: Flask) -> None:
    shown(3)
    chosen(Outcome.ACCEPTED_ALL, 8)
    flush_all()
    publish(COOKIE_CHOICES, through=YESTERDAY, now=NOW)
    assert figures()["ignored"] == (0, 8)


def test_a_hidden_count_is_not_shown_as_zero(context: Flask) -> None:
    shown(40)
    chosen(Outcome.ACCEPTED_ALL, 30)
    chosen(Outcome.WITHDRAWN, 2)
    flush_all()
    publish(COOKIE_CHOICES, through=YESTERDAY, now=NOW)
    report = statistics.report(Filters(YESTERDAY, TODAY))
    table = report.table("choices-over-time")
    assert table is not None
    # the ten left without a choice and the two withdrawals are one published cell
    assert [(row.key, row.counts) for row in table.rows] == [("2026-11-23", (30, 0, 0, None, None))]
    assert {figure.key: figure.count for figure in report.figures}["withdrawn"] is None
    assert report.unshown == 12


def test_long_periods_are_shown_by_month(context: Flask) -> None:
    chosen(Outcome.ACCEPTED_ALL, 8, on=date(2026, 9, 30))
    chosen(Outcome.ACCEPTED_ALL, 9, on=date(2026, 10, 1))
    publish(COOKIE_CHOICES, through=YESTERDAY, now=NOW)
    table = statistics.report(Filters(date(2026, 8, 1), TODAY)).table("choices-over-time")
    assert table is not None
    assert [(row.key, row.counts[0]) for row in table.rows] == [
        ("2026-08", 0),
        ("2026-09", 8),
        ("2026-10", 9),
    ]


def test_a_choice_on_a_page_is_counted_with_its_record_and_the_rollup_equals_the_ledger(
    app: Flask, client: Pages
) -> None:
    client.get("/fi/cookies")
    client.post("/fi/cookies", {"choice": "accept-all"})
    client.post("/fi/cookies", {"choice": "necessary-only"})
    Pages(app).post("/en/cookies", {"choice": "save", "functional": "on", "marketing": "on"})
    with app.app_context():
        kept = {key: count for key, count in rollup().items() if key[2] != "shown"}
        assert sorted(outcome for _, _, outcome in kept) == [
            "accepted-all",
            "own-choice+functional+marketing",
            "withdrawn",
        ]
        statistics.rebuild()
        assert {key: count for key, count in rollup().items() if key[2] != "shown"} == kept


def test_a_rebuild_publishes_nothing_twice(app: Flask) -> None:
    for _ in range(6):
        Pages(app).post("/fi/cookies", {"choice": "accept-all"})
    with app.app_context():
        publish(COOKIE_CHOICES, through=TODAY, now=NOW)
        statistics.rebuild()
        assert publish(COOKIE_CHOICES, through=TODAY, now=NOW).published == 0
        assert figures()["accepted-all"] == (6, 6)


def test_the_banner_is_counted_once_an_entry(app: Flask, client: Pages) -> None:
    client.get("/fi/")
    client.get("/fi/contact", Sec_Fetch_Site="same-origin")
    client.get("/fi/contact", Sec_Fetch_Site="cross-site")
    with app.app_context():
        flush_all()
        assert rollup() == {("fi", "banner", "shown"): 2}


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/fi/contact", {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}),
        ("/fi/contact", {"User-Agent": ""}),
        ("/fi/contact", {"Sec-Purpose": "prefetch;prerender"}),
        ("/fi/wp-admin/setup.php", {}),
    ],
    ids=["bot", "no agent", "fetched ahead", "probe"],
)
def test_a_banner_that_nobody_sees_is_not_counted(
    app: Flask, client: Pages, path: str, headers: dict[str, str]
) -> None:
    assert "cookie-choice" in client.get(path, **headers).html
    with app.app_context():
        flush_all()
        assert rollup() == {}


@pytest.mark.parametrize(
    ("language", "words"), [("fi", "0 %"), ("en", "Counts under 5 are never shown")], ids=["fi", "en"]
)
def test_page_and_csv_show_the_same(app: Flask, sign_in: Callable[..., Pages], language: str, words: str) -> None:
    with app.app_context():
        a_usual_day()
    marketing = sign_in("marketing")
    page = marketing.get(f"/{language}/statistics/cookies?from=2026-11-20&to=2026-11-24")
    assert page.status == 200
    assert len(page.all("figure")) == 4
    raw = marketing.get(f"/{language}/statistics/cookies.csv?from=2026-11-20&to=2026-11-24").html
    rows = list(csv.reader(io.StringIO(raw.lstrip("\ufeff")), delimiter=";" if language == "fi" else ","))
    shown_cells = ["".join(cell.itertext()) for cell in page.all("td")]
    assert [row[3] for row in rows[1:] if row[0] != rows[1][0]] == shown_cells
    assert not {row[3] for row in rows[1:]} & {"1", "2", "3", "4"}
    headline = ["".join(e.itertext()) for e in page.all("dd")]
    assert [text for text in headline if text.isdigit()] == [row[3] for row in rows[1:] if row[0] == rows[1][0]]


def test_the_decision_maker_sees_them_and_a_customer_does_not(sign_in: Callable[..., Pages]) -> None:
    assert sign_in("decision-maker").get("/en/statistics/cookies").status == 200
    assert sign_in("clerk").get("/en/statistics/cookies").status == 403


def test_no_count_is_kept_beside_a_person() -> None:
    assert set(ConsentCount.__table__.columns.keys()) == {
        "day",
        "language",
        "surface",
        "notice_version",
        "outcome",
        "count",
        "published",
    }
    assert not ConsentCount.__table__.foreign_keys
