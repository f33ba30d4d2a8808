"""Visits as published figures: outcomes that exclude one another, and nothing small."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.analytics.commands import statistics as statistics_command
from portal.analytics.counters import count_visit
from portal.analytics.statistics import report
from portal.analytics.visit_classes import Device, Referrer, Step
from portal.analytics.visit_statistics import VISITS
from portal.analytics.visits import Counted
from portal.core.db import db
from portal.demo.history import load_history
from portal.publishing import queries
from portal.publishing.buffer import flush_all
from portal.publishing.models import PublishedCell
from portal.publishing.reports import Filters
from portal.publishing.services import Outcome, publish
from tests.pages import Pages

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
YESTERDAY = date(2026, 11, 23)
TODAY = date(2026, 11, 24)
PERIOD = "from=2026-11-01&to=2026-11-24"


def visited(
    times: int,
    *steps: Step,
    device: Device = Device.PHONE,
    referrer: Referrer = Referrer.DIRECT,
    day: date = YESTERDAY,
) -> None:
    for _ in range(times):
        for step in steps:
            count_visit(Counted(day, device, referrer, step))
    flush_all()


def some_visits() -> None:
    visited(20, Step.BEGUN)
    visited(12, Step.BEGUN, Step.SECOND)
    visited(6, Step.BEGUN, Step.SECOND, Step.DEEP)
    visited(10, Step.BEGUN, device=Device.COMPUTER, referrer=Referrer.SEARCH)
    visited(2, Step.BEGUN, Step.SECOND, device=Device.OTHER, referrer=Referrer.SEARCH)
    visited(3, Step.BEGUN, Step.SECOND, device=Device.COMPUTER, referrer=Referrer.SOCIAL)
    visited(1, Step.BEGUN, Step.SECOND, device=Device.COMPUTER, referrer=Referrer.OTHER)
    publish(VISITS, through=YESTERDAY, now=NOW)


def cells() -> dict[tuple[str, ...], int]:
    found = queries.between("visits", date(2026, 11, 1), TODAY)
    return {tuple("+".join(values) for values in cell.dimensions.values()): cell.count for cell in found}


def test_outcomes_exclude_one_another_and_small_ones_are_joined(context: Flask) -> None:
    some_visits()
    published = cells()
    assert sum(published.values()) == 54
    assert min(published.values()) >= 5
    assert published["phone", "one-page", "direct"] == 20
    assert published["phone", "two-to-four-pages", "direct"] == 12
    assert published["phone", "five-or-more-pages", "direct"] == 6


def test_a_day_of_few_visits_waits_whole(context: Flask) -> None:
    visited(4, Step.BEGUN)
    assert publish(VISITS, through=YESTERDAY, now=NOW) == Outcome(carried_over=1)
    assert cells() == {}
    visited(6, Step.BEGUN, day=TODAY)
    assert publish(VISITS, through=TODAY, now=NOW) == Outcome(published=1)
    assert cells() == {("phone", "one-page", "direct"): 10}


def test_a_visit_published_while_it_lasts_is_not_counted_again(context: Flask) -> None:
    visited(6, Step.BEGUN, day=TODAY)
    publish(VISITS, through=TODAY, now=NOW)
    visited(6, Step.SECOND, day=TODAY)
    visited(5, Step.BEGUN, device=Device.COMPUTER, day=TODAY)
    publish(VISITS, through=TODAY, now=NOW)
    assert cells() == {("phone", "one-page", "direct"): 6, ("computer", "one-page", "direct"): 5}


def test_the_page_names_of_whom_its_visits_are(app: Flask, sign_in: Callable[..., Pages]) -> None:
    with app.app_context():
        some_visits()
    marketing = sign_in("marketing")
    page = marketing.get(f"/en/statistics/usage?{PERIOD}")
    assert page.status == 200
    assert "Visits that allowed analytics" in page.text
    assert re.search(r"at least \d+\.\d% of visits that allowed analytics", page.text)
    captions = {"".join(caption.itertext()).strip() for caption in page.all("caption")}
    assert {"Visits by device", "Where visits came from", "Visits over time"} <= captions
    rows = [["".join(cell.itertext()) for cell in row if cell.tag in ("th", "td")] for row in page.all("tr")]
    assert ["Phone", "38"] in rows
    for key in ("visits-by-device", "visits-by-referrer", "visits-over-time"):
        assert marketing.get(f"/en/statistics/usage/{key}.svg?{PERIOD}").status == 200
    told = marketing.get(f"/en/statistics/usage.csv?{PERIOD}").html
    assert "Visits by device,Phone,Visits,38," in told
    assert "Key figures,Visits that allowed analytics,Visits that allowed analytics,54," in told


def test_every_row_adds_up_to_the_visits(context: Flask) -> None:
    some_visits()
    shown = report(Filters(date(2026, 11, 1), TODAY))
    for key in ("visits-by-device", "visits-by-referrer"):
        table = shown.table(key)
        assert table is not None
        assert sum(row.counts[0] or 0 for row in table.rows) == 54
        assert all(row.counts[0] is None or row.counts[0] == 0 or row.counts[0] >= 5 for row in table.rows)


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_filter_that_visits_do_not_have_leaves_them_out(
    app: Flask, sign_in: Callable[..., Pages], language: str
) -> None:
    with app.app_context():
        some_visits()
        assert report(Filters(date(2026, 11, 1), TODAY, {"lang": language})).table("visits-by-device") is None
    page = sign_in("marketing").get(f"/en/statistics/usage?{PERIOD}&lang={language}")
    assert "Visits by device" not in page.text


def test_the_command_tells_the_visits(app: Flask) -> None:
    with app.app_context():
        some_visits()
    answer = app.test_cli_runner().invoke(
        statistics_command, ["usage", "--from", "2026-11-01", "--to", "2026-11-24", "--json"]
    )
    told = json.loads(answer.output)
    figures = {figure["key"]: figure for figure in told["figures"]}
    assert figures["visits"]["count"] == 54
    deep = figures["visits-five-pages"]
    assert (deep["count"], deep["of"], deep["of_key"], deep["percent"]) == (6, 54, "visits", 11.1)
    assert told["tables"]["visits-by-device"][0] == {"device": "phone", "visits": 38}


def test_the_demo_shows_believable_visits(context: Flask) -> None:
    load_history(today=TODAY, random=Random(7))
    smallest = db.session.scalar(select(func.min(PublishedCell.count)).where(PublishedCell.statistic == "visits"))
    assert smallest is not None
    assert smallest >= 5
    figures = {figure.key: figure for figure in report(Filters(date(2026, 10, 26), TODAY)).figures}
    assert 2_000 < (figures["visits"].count or 0) < (figures["page-views"].count or 0) / 2
    assert 30 < (figures["visits-second-page"].percent or 0) < 60
