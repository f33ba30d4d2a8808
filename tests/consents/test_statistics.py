"""Cookie choices as figures: what happened, with honest denominators and no small count."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from portal.catalogues.cookies import Category
from portal.consents import statistics
from portal.consents.models import Outcome, Surface
from portal.consents.statistics import COOKIE_CHOICES, ConsentCount, count_shown
from portal.core.db import db
from portal.publishing.buffer import BUFFERS, flush_all
from portal.publishing.reports import Filters
from portal.publishing.services import publish, publish_all
from portal.publishing.upsert import add_counts
from tests.conftest import FrozenClock
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
    value = statistics.outcome_value(outcome, categories)
    add_counts(ConsentCount, {(on, language, surface.value, "1.1", value): times})


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
    # what is not told is not zero
    assert (english.figures[0].count, english.outside) == (None, 13)


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


def test_a_day_that_waits_is_not_shown_as_zero(context: Flask) -> None:
    chosen(Outcome.ACCEPTED_ALL, 2, on=date(2026, 11, 21))
    chosen(Outcome.ACCEPTED_ALL, 9, on=date(2026, 11, 22))
    chosen(Outcome.ACCEPTED_ALL, 7)
    chosen(Outcome.ACCEPTED_ALL, 2, language="en")
    publish(COOKIE_CHOICES, through=YESTERDAY, now=NOW)
    first = date(2026, 11, 21)
    assert over_days(Filters(first, TODAY)) == {"2026-11-21": None, "2026-11-22": 11, "2026-11-23": 9}
    # the two English ones of the last day were joined with the Finnish ones
    assert over_days(Filters(first, TODAY, {"lang": "en"})) == {
        "2026-11-21": None,
        "2026-11-22": 0,
        "2026-11-23": None,
    }


def over_days(filters: Filters) -> dict[str, int | None]:
    """How many accepted all, day by day."""
    table = statistics.report(filters).table("choices-over-time")
    assert table is not None
    return {row.key: row.counts[0] for row in table.rows}


def test_long_periods_are_shown_by_month(context: Flask) -> None:
    chosen(Outcome.ACCEPTED_ALL, 8, on=date(2026, 9, 30))
    chosen(Outcome.ACCEPTED_ALL, 9, on=date(2026, 10, 1))
    publish(COOKIE_CHOICES, through=YESTERDAY, now=NOW)
    table = statistics.report(Filters(date(2026, 8, 1), TODAY)).table("choices-over-time")
    assert table is not None
    assert [(row.key, row.counts[0]) for row in table.rows] == [
        ("2026-08", None),  # nothing had been published yet
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
    ("headers", "is_arrival"),
    [
        ({}, True),
        ({"Referer": "http://localhost/fi/"}, False),
        ({"Referer": "http://localhost.example/fi/"}, True),
        ({"Referer": "https://www.google.com/"}, True),
        ({"Referer": "http://[broken"}, True),
        ({"Referer": "http://localhost/fi/", "Sec-Fetch-Site": "none"}, True),
        ({"Referer": "https://www.google.com/", "Sec-Fetch-Site": "same-origin"}, False),
    ],
)
def test_a_browser_that_does_not_tell_of_arrivals_is_known_by_the_page_before(
    app: Flask, client: Pages, headers: dict[str, str], is_arrival: bool
) -> None:
    client.get("/fi/contact", **headers)
    with app.app_context():
        flush_all()
        assert rollup() == ({("fi", "banner", "shown"): 1} if is_arrival else {})


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


def test_a_period_is_compared_with_as_many_days_before_it(context: Flask) -> None:
    for day, times in ((date(2026, 11, 18), 10), (date(2026, 11, 19), 20), (date(2026, 11, 20), 30), (YESTERDAY, 90)):
        chosen(Outcome.ACCEPTED_ALL, times, on=day)
    publish(COOKIE_CHOICES, through=YESTERDAY, now=NOW)
    # the period goes on: three of its days have ended
    report = statistics.report(Filters(date(2026, 11, 21), date(2026, 11, 30)))
    assert report.before == Filters(date(2026, 11, 18), date(2026, 11, 20))
    accepted = next(figure for figure in report.figures if figure.key == "accepted-all")
    assert (accepted.count, accepted.before, accepted.before_percent, accepted.change_percent) == (90, 60, 100.0, 50.0)
    assert statistics.report(MONTH).before is None, "the figures do not reach back so far"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", "45,0 % valinnan tehneistä (aiemmin 60,0 %) 50,0 % enemmän kuin edellisellä jaksolla (60)"),
        ("en", "45.0% of those who decided (60.0% before) 50.0% more than before (60)"),
    ],
)
def test_the_page_says_how_count_and_share_compare(
    app: Flask, sign_in: Callable[..., Pages], language: str, words: str
) -> None:
    with app.app_context():
        chosen(Outcome.ACCEPTED_ALL, 60, on=date(2026, 11, 22))
        chosen(Outcome.NECESSARY_ONLY, 40, on=date(2026, 11, 22))
        chosen(Outcome.ACCEPTED_ALL, 90)
        chosen(Outcome.NECESSARY_ONLY, 110)
        publish(COOKIE_CHOICES, through=YESTERDAY, now=NOW)
    page = sign_in("marketing").get(f"/{language}/statistics/cookies?from=2026-11-23&to=2026-11-24")
    assert words in page.text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("period", "is_cut"),
    [
        ("from=2025-11-25&to=2026-11-24", True),
        ("from=2026-01-01&to=2026-11-24", True),
        ("from=2025-11-01&to=2026-10-31", False),
        ("from=2026-11-01&to=2026-11-24", False),  # told by day
    ],
)
def test_months_that_are_not_whole_are_told_as_such(
    app: Flask, sign_in: Callable[..., Pages], period: str, is_cut: bool
) -> None:
    with app.app_context():
        for day in (date(2026, 2, 5), YESTERDAY):
            chosen(Outcome.ACCEPTED_ALL, 60, on=day)
        publish(COOKIE_CHOICES, through=YESTERDAY, now=NOW)
    text = sign_in("marketing").get(f"/en/statistics/cookies?{period}").text
    assert ("Of the first and last month only the days of the period are counted." in text) is is_cut


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", ["21.11.–23.11.2026, 3 päivää.", "Vertailussa 3 edellistä päivää: 18.11.–20.11.2026."]),
        (
            "en",
            [
                "21 November – 23 November 2026, 3 days.",
                "Compared with the 3 days before: 18 November – 20 November 2026.",
            ],
        ),
    ],
)
def test_the_page_names_the_days_that_have_figures_and_as_many_before_them(
    app: Flask, sign_in: Callable[..., Pages], language: str, words: list[str]
) -> None:
    later = {"fi": "Sitä myöhemmiltä päiviltä ei ole vielä lukuja.", "en": "Later days have no figures yet."}[language]
    with app.app_context():
        for day in range(18, 24):
            chosen(Outcome.ACCEPTED_ALL, 60, on=date(2026, 11, day))
        publish(COOKIE_CHOICES, through=YESTERDAY, now=NOW)
    marketing = sign_in("marketing")
    # a period with days that have not ended, and one that is over
    for last, still_open in (("2026-11-30", True), ("2026-11-23", False)):
        text = marketing.get(f"/{language}/statistics/cookies?from=2026-11-21&to={last}").text
        text = text.replace("\N{NO-BREAK SPACE}", " ")
        assert [sentence for sentence in words if sentence not in text] == []
        assert (later in text) is still_open


def test_what_a_total_holds_beyond_its_parts_and_what_is_hidden_is_said_in_words(
    app: Flask, sign_in: Callable[..., Pages]
) -> None:
    with app.app_context():
        shown(40)
        chosen(Outcome.ACCEPTED_ALL, 20)
        chosen(Outcome.NECESSARY_ONLY, 2)
        chosen(Outcome.OWN_CHOICE, 3, categories=(Category.ANALYTICS,))
        chosen(Outcome.WITHDRAWN, 6)
        flush_all()
        publish(COOKIE_CHOICES, through=YESTERDAY, now=NOW)
    page = sign_in("marketing").get("/en/statistics/cookies?from=2026-11-23&to=2026-11-23")
    told = {block.findtext("dt"): " ".join("".join(block.itertext()).split()) for block in page.all("dl")[0]}
    assert told["Decided"].startswith("Decided 25 62.5% of those asked including 5 in small counts combined")
    assert told["Accepted all"].startswith("Accepted all 20 80.0% of those who decided How")
    assert told["Own choice"].startswith("Own choice not shown none, or too few to show separately How")


def test_what_was_chosen_is_told_beside_the_figures_so_that_paper_tells_it_too(
    app: Flask, sign_in: Callable[..., Pages]
) -> None:
    with app.app_context():
        chosen(Outcome.ACCEPTED_ALL, 60)
        publish(COOKIE_CHOICES, through=YESTERDAY, now=NOW)
    marketing = sign_in("marketing")
    page = marketing.get("/fi/statistics/cookies?lang=fi&surface=banner")
    told = [(e.text or "").strip() for e in page.all("p", class_="muted")]
    assert told[1:3] == ["Kieli: suomi", "Valinnan paikka: Evästekysely"]
    assert "Kieli: " not in marketing.get("/fi/statistics/cookies").text


def test_today_is_one_rounded_number_told_once_an_hour(context: Flask) -> None:
    today = Filters(date(2026, 11, 1), TODAY)
    chosen(Outcome.ACCEPTED_ALL, 9, on=TODAY)
    publish_all(now=NOW)
    assert statistics.report(today).so_far is None
    chosen(Outcome.NECESSARY_ONLY, 28, on=TODAY)
    publish_all(now=NOW + timedelta(minutes=59))
    assert statistics.report(today).so_far is None
    publish_all(now=NOW + timedelta(minutes=60))
    assert statistics.report(today).so_far == 40
    assert statistics.report(Filters(today.first, today.last, {"lang": "fi"})).so_far is None
    assert statistics.report(MONTH).is_empty, "and nothing else of today"


@pytest.mark.parametrize(
    ("language", "words"), [("fi", "Tänään tähän mennessä noin 40 valintaa."), ("en", "About 40 choices so far today.")]
)
def test_the_page_tells_of_today(app: Flask, sign_in: Callable[..., Pages], language: str, words: str) -> None:
    with app.app_context():
        chosen(Outcome.ACCEPTED_ALL, 37, on=TODAY)
        chosen(Outcome.ACCEPTED_ALL, 50)
        publish_all(now=NOW)
    assert words in sign_in("marketing").get(f"/{language}/statistics/cookies").text


def test_versions_of_the_notice_stand_side_by_side(context: Flask) -> None:
    for version, accepted, refused, ignored in (("1.0", 30, 10, 40), ("1.1", 20, 20, 10)):
        for _ in range(accepted + refused + ignored):
            count_shown(language="fi", notice_version=version, on=YESTERDAY)
        for outcome, times in ((Outcome.ACCEPTED_ALL, accepted), (Outcome.NECESSARY_ONLY, refused)):
            key = (YESTERDAY, "fi", Surface.BANNER.value, version, outcome.value)
            add_counts(ConsentCount, {key: times})
    flush_all()
    publish(COOKIE_CHOICES, through=YESTERDAY, now=NOW)
    table = statistics.report(MONTH).table("notice-versions")
    assert table is not None
    assert {row.key: (row.counts, row.percents) for row in table.rows} == {
        "1.0": ((30, 10, 0, 40), (75.0, 25.0, 0.0, 50.0)),
        "1.1": ((20, 20, 0, 10), (50.0, 50.0, 0.0, 20.0)),
    }


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", "Kaikki yhteensä, lokakuu 2026"),
        ("en", "Everybody together in October 2026"),
    ],
)
def test_the_cookie_page_tells_visitors_the_totals_of_last_month(
    app: Flask, client: Pages, frozen_clock: FrozenClock, language: str, words: str
) -> None:
    assert words not in client.get(f"/{language}/cookies").text
    with app.app_context():
        chosen(Outcome.ACCEPTED_ALL, 1_234, on=date(2026, 10, 31))
        chosen(Outcome.NECESSARY_ONLY, 3, on=date(2026, 10, 31))
        chosen(Outcome.ACCEPTED_ALL, 77, on=date(2026, 11, 1))
        publish(COOKIE_CHOICES, through=YESTERDAY, now=NOW)
    frozen_clock.advance(timedelta(minutes=1))  # a node's copy of the page is good for so long
    page = client.get(f"/{language}/cookies")
    assert words in page.text
    told = [(e.text or "") for e in page.all("dd") if (e.text or "")[:1].isdigit()]
    assert told == [{"fi": "1\N{NO-BREAK SPACE}237", "en": "1,237"}[language]]


@pytest.mark.parametrize(
    ("language", "words"), [("fi", "0 %"), ("en", "A count smaller than 5 is never shown")], ids=["fi", "en"]
)
def test_page_and_csv_show_the_same(app: Flask, sign_in: Callable[..., Pages], language: str, words: str) -> None:
    with app.app_context():
        a_usual_day()
    marketing = sign_in("marketing")
    page = marketing.get(f"/{language}/statistics/cookies?from=2026-11-20&to=2026-11-24")
    assert page.status == 200
    assert len(page.all("figure")) == 6
    assert len(page.all("details", class_="how")) == 7 + 6
    raw = marketing.get(f"/{language}/statistics/cookies.csv?from=2026-11-20&to=2026-11-24").html
    rows = list(csv.reader(io.StringIO(raw.lstrip("\ufeff")), delimiter=";" if language == "fi" else ","))
    shown_cells = [(cell.text or "").strip() for cell in page.all("td")]
    assert [row[3] for row in rows[1:] if row[0] != rows[1][0]] == shown_cells
    shares = [(span.text or "").rstrip("\N{NO-BREAK SPACE}%") for span in page.all("span", class_="share")]
    assert [row[4] for row in rows[1:] if row[0] != rows[1][0] and row[4]] == shares
    assert not {row[3] for row in rows[1:]} & {"1", "2", "3", "4"}
    headline = [(e.text or "").strip() for e in page.all("dd")]
    assert [text for text in headline if text.isdigit()] == [row[3] for row in rows[1:] if row[0] == rows[1][0]]


def test_an_address_keeps_the_filters_in_the_other_language_in_presets_and_in_files(
    app: Flask, sign_in: Callable[..., Pages]
) -> None:
    with app.app_context():
        a_usual_day()
    query = "from=2026-11-20&to=2026-11-24&lang=fi&surface=banner"
    page = sign_in("marketing").get(f"/en/statistics/cookies?{query}")
    other = next(urlsplit(link) for link in page.links() if link.startswith("/fi/statistics/"))
    assert sorted(other.query.split("&")) == sorted(query.split("&"))
    assert f"/en/statistics/cookies.csv?{query}" in page.links()
    assert [link for link in page.links() if link.endswith("to=2026-10-31&lang=fi&surface=banner")], "a preset"
    assert {image.get("src", "").partition("?")[2] for image in page.all("img") if "svg?" in image.get("src", "")} == {
        query
    }
    kept = {option.get("value") for option in page.all("option") if option.get("selected") is not None}
    assert kept == {"fi", "banner"}


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
