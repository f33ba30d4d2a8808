"""The usage page, its CSV, its pictures and the command say the same."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from portal.analytics.commands import statistics as statistics_command
from portal.analytics.counters import OTHER_PAGE, PREFIX, STAFF, count_page
from portal.analytics.labels import NAMES
from portal.analytics.models import UsageOpen
from portal.analytics.statistics import PAGE_VIEWS
from portal.core.db import db
from portal.publishing import queries
from portal.publishing.buffer import flush_all
from portal.publishing.services import Outcome, publish
from tests.pages import Pages

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
YESTERDAY = date(2026, 11, 23)
PERIOD = "from=2026-11-01&to=2026-11-24"


def viewed(page: str, language: str, times: int, at: datetime = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)) -> None:
    for _ in range(times):
        count_page(page=page, language=language, status=200, now=at)


def some_views() -> None:
    viewed("/", "fi", 40)
    viewed("/", "en", 12)
    viewed("/cookies", "fi", 9)
    viewed("/contact", "en", 2)
    flush_all()
    publish(PAGE_VIEWS, through=YESTERDAY, now=NOW)


def test_hours_belong_to_the_day_of_helsinki(context: Flask) -> None:
    viewed("/", "fi", 6, at=datetime(2026, 11, 22, 22, 30, tzinfo=UTC))  # half past midnight on the 23rd
    viewed("/", "fi", 7, at=datetime(2026, 11, 23, 22, 30, tzinfo=UTC))  # the 24th
    flush_all()
    assert publish(PAGE_VIEWS, through=YESTERDAY, now=NOW) == Outcome(published=1)
    assert [(c.period, c.count) for c in queries.between("usage", date(2026, 11, 1), date(2026, 11, 30))] == [
        (YESTERDAY, 6)
    ]
    assert [row.count for row in db.session.scalars(select(UsageOpen).where(UsageOpen.dimension == "page"))] == [7]


def test_the_page_shows_totals_and_hides_the_small(app: Flask, sign_in: Callable[..., Pages]) -> None:
    with app.app_context():
        some_views()
    page = sign_in("marketing").get(f"/en/statistics/usage?{PERIOD}")
    assert page.status == 200
    cells = [["".join(cell.itertext()) for cell in row if cell.tag in ("th", "td")] for row in page.all("tr")]
    assert ["Front page", "52"] in cells
    # two views of the contact page are told only together with the nine of the cookie page
    assert not [row for row in cells if row[0] in ("Contact", "Cookie settings")]
    assert "11 are in the totals but in no row of their own" in page.text
    assert len(page.all("figure")) == 2


@pytest.mark.parametrize(("language", "front_page"), [("fi", "Etusivu"), ("en", "Front page")])
def test_pages_are_told_by_their_names_and_a_page_that_is_no_more_by_its_address(
    app: Flask, sign_in: Callable[..., Pages], language: str, front_page: str
) -> None:
    with app.app_context():
        viewed("/", "fi", 40)
        viewed("/old/<thing>", "fi", 12)
        flush_all()
        publish(PAGE_VIEWS, through=YESTERDAY, now=NOW)
    page = sign_in("marketing").get(f"/{language}/statistics/usage?{PERIOD}")
    names = [(cell.text or "").strip() for cell in page.all("th", scope="row")]
    assert {front_page, "/old/…"} <= set(names)


def test_every_page_that_is_counted_has_a_name(app: Flask) -> None:
    templates = {
        rule.rule.removeprefix(PREFIX)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.rule.startswith(PREFIX) and not rule.rule.startswith(STAFF)
    }
    files = {template for template in templates if "." in template or "/files/" in template}
    assert templates - files - set(NAMES) == set()
    assert set(NAMES) - templates == {OTHER_PAGE}, "no name outlives its page"


def test_the_csv_says_what_the_page_says(app: Flask, sign_in: Callable[..., Pages]) -> None:
    with app.app_context():
        some_views()
    marketing = sign_in("marketing")
    page = marketing.get(f"/en/statistics/usage?{PERIOD}")
    rows = list(csv.reader(io.StringIO(marketing.get(f"/en/statistics/usage.csv?{PERIOD}").html)))
    assert rows[0] == ["Table", "Row", "Measure", "Count", "Share (%)", "Period before", "Change (%)"]
    assert rows[1:4] == [
        ["Key figures", "Page views", "Page views", "63", "", "", ""],
        ["Key figures", "Views: Finnish", "Views: Finnish", "40", "63.5", "", ""],
        ["Key figures", "Views: English", "Views: English", "12", "19.0", "", ""],
    ]
    shown = ["".join(cell.itertext()) for cell in page.all("td")]
    told = [row[3] for row in rows if row[0] in ("Pages", "Page views over time")]
    assert told == shown
    assert (told[-2:], set(told[1:-2])) == (["40", "12"], {"–"}), "days of which nothing is published are no zeros"


def test_the_finnish_csv_opens_in_a_finnish_spreadsheet(app: Flask, sign_in: Callable[..., Pages]) -> None:
    with app.app_context():
        some_views()
    raw = sign_in("marketing").browser.get(f"/fi/statistics/usage.csv?{PERIOD}").get_data()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert '40;"63,5"' in raw.decode() or "40;63,5" in raw.decode()


def test_the_command_says_what_the_page_says(app: Flask) -> None:
    with app.app_context():
        some_views()
    answer = app.test_cli_runner().invoke(
        statistics_command, ["usage", "--from", "2026-11-01", "--to", "2026-11-24", "--json"]
    )
    told = json.loads(answer.output)
    assert told["figures"][0] == {
        "key": "page-views",
        "count": 63,
        "of": None,
        "of_key": None,
        "percent": None,
        "before": None,
        "before_of": None,
        "change_percent": None,
        "is_rough": False,
    }
    assert told["tables"]["pages"] == [{"page": "/", "count": 52}]


def test_publishing_by_command_tells_what_it_did_and_refuses_tomorrow(app: Flask) -> None:
    with app.app_context():
        viewed("/", "fi", 6)
        flush_all()
    runner = app.test_cli_runner()
    answer = runner.invoke(statistics_command, ["publish", "--through", "2026-11-24", "--json"])
    assert json.loads(answer.output) == {"published": 1, "folded": 0, "carried_over": 0}
    refused = runner.invoke(statistics_command, ["publish", "--through", "2026-11-25"])
    assert refused.exit_code != 0
    assert "2026-11-25 has not ended yet" in refused.stderr


@pytest.mark.parametrize("language", ["fi", "en"])
def test_an_empty_portal_says_so(sign_in: Callable[..., Pages], language: str) -> None:
    page = sign_in("marketing").get(f"/{language}/statistics/usage")
    assert page.status == 200
    assert page.all("figure") == []


def test_filters_that_make_no_sense_are_told_and_kept(sign_in: Callable[..., Pages]) -> None:
    page = sign_in("marketing").get("/en/statistics/usage?from=yesterday&to=2026-11-24&lang=sv")
    assert page.status == 422
    assert "Enter a date, for example 2026-11-24." in page.text
    assert page.all("input", id="from")[0].get("value") == "yesterday"


def test_a_period_that_ends_before_it_begins_is_told(sign_in: Callable[..., Pages]) -> None:
    page = sign_in("marketing").get("/en/statistics/usage?from=2026-11-24&to=2026-11-01")
    assert page.status == 422
    assert "The period ends before it begins." in page.text


def test_pictures_have_no_scripts_and_know_the_dark(app: Flask, sign_in: Callable[..., Pages]) -> None:
    with app.app_context():
        some_views()
    marketing = sign_in("marketing")
    for key in ("pages", "views-over-time"):
        answer = marketing.get(f"/en/statistics/usage/{key}.svg?{PERIOD}")
        assert answer.status == 200
        assert answer.response.mimetype == "image/svg+xml"
        assert "style-src 'unsafe-inline'" in answer.headers["Content-Security-Policy"], "opened on its own, too"
        assert "<script" not in answer.html
        assert "prefers-color-scheme: dark" in answer.html or "prefers-color-scheme:dark" in answer.html
    assert marketing.get("/en/statistics/usage/no-such.svg").status == 404


@pytest.mark.parametrize(("language", "day"), [("fi", "23.11."), ("en", "23 Nov")])
def test_days_on_the_axis_are_written_as_the_page_speaks(
    app: Flask, sign_in: Callable[..., Pages], language: str, day: str
) -> None:
    with app.app_context():
        some_views()
    picture = sign_in("marketing").get(
        f"/{language}/statistics/usage/views-over-time.svg?from=2026-11-20&to=2026-11-24"
    )
    assert f">{day}</text>" in picture.html


@pytest.mark.parametrize("role", ["clerk", "administrator"])
def test_other_roles_do_not_see_statistics(sign_in: Callable[..., Pages], role: str) -> None:
    assert sign_in(role).get("/en/statistics/usage").status == 403


def test_without_signing_in_one_is_sent_to_sign_in(client: Pages) -> None:
    assert client.get("/en/statistics/usage.csv").status == 302
