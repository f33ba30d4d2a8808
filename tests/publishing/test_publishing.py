"""Closed days become cells once; what is out never changes into something smaller."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from portal.consents.models import Outcome, Surface
from portal.consents.statistics import COOKIE_CHOICES, count_choice
from portal.core import settings as core_settings
from portal.core.db import db
from portal.core.errors import RuleViolation
from portal.publishing import queries, services
from portal.publishing.models import PublishedCell
from portal.publishing.services import Outcome as Published
from portal.publishing.services import publish

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
FIRST, SECOND, THIRD = date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 23)


def chosen(outcome: Outcome, times: int, *, on: date, language: str = "fi") -> None:
    for _ in range(times):
        count_choice(
            outcome=outcome, categories=[], language=language, surface=Surface.BANNER, notice_version="1.0", on=on
        )


def published(first: date = FIRST, last: date = THIRD) -> list[tuple[date, tuple[str, ...], int]]:
    return [(c.period, c.dimensions["outcome"], c.count) for c in queries.between("consents", first, last)]


def test_a_closed_day_is_published_once(context: Flask) -> None:
    chosen(Outcome.ACCEPTED_ALL, 7, on=FIRST)
    assert publish(COOKIE_CHOICES, through=THIRD, now=NOW) == Published(published=1)
    assert publish(COOKIE_CHOICES, through=THIRD, now=NOW) == Published()
    assert published() == [(FIRST, ("accepted-all",), 7)]


def test_a_small_count_is_joined_and_said_so(context: Flask) -> None:
    chosen(Outcome.ACCEPTED_ALL, 7, on=FIRST)
    chosen(Outcome.WITHDRAWN, 2, on=FIRST)
    assert publish(COOKIE_CHOICES, through=THIRD, now=NOW) == Published(published=1, folded=1)
    assert published() == [(FIRST, ("accepted-all", "withdrawn"), 9)]


def test_a_small_day_is_carried_over_whole(context: Flask) -> None:
    chosen(Outcome.ACCEPTED_ALL, 3, on=FIRST)
    assert publish(COOKIE_CHOICES, through=FIRST, now=NOW) == Published(carried_over=1)
    assert published() == []
    chosen(Outcome.ACCEPTED_ALL, 3, on=SECOND)
    assert publish(COOKIE_CHOICES, through=SECOND, now=NOW) == Published(published=1)
    assert published() == [(SECOND, ("accepted-all",), 6)]


def test_counts_that_come_late_are_added_without_changing_what_is_out(context: Flask) -> None:
    chosen(Outcome.ACCEPTED_ALL, 6, on=FIRST)
    publish(COOKIE_CHOICES, through=FIRST, now=NOW)
    chosen(Outcome.ACCEPTED_ALL, 2, on=FIRST)
    publish(COOKIE_CHOICES, through=FIRST, now=NOW)
    assert published() == [(FIRST, ("accepted-all",), 6)]
    chosen(Outcome.ACCEPTED_ALL, 5, on=SECOND)
    publish(COOKIE_CHOICES, through=SECOND, now=NOW)
    assert published() == [(FIRST, ("accepted-all",), 6), (SECOND, ("accepted-all",), 7)]


def test_in_demo_mode_today_may_be_published_and_tomorrow_may_not(context: Flask) -> None:
    chosen(Outcome.ACCEPTED_ALL, 6, on=date(2026, 11, 24))
    assert publish(COOKIE_CHOICES, through=date(2026, 11, 24), now=NOW) == Published(published=1)
    with pytest.raises(RuleViolation):
        publish(COOKIE_CHOICES, through=date(2026, 11, 25), now=NOW)


def test_in_production_a_day_that_has_not_ended_is_refused(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    production = replace(core_settings.settings(), mode="production")
    monkeypatch.setitem(context.extensions, core_settings.EXTENSION, production)
    with pytest.raises(RuleViolation):
        publish(COOKIE_CHOICES, through=date(2026, 11, 24), now=NOW)
    # at 22.30 UTC in Helsinki the 24th has ended
    after_midnight = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    assert publish(COOKIE_CHOICES, through=date(2026, 11, 24), now=after_midnight) == Published()


def test_every_statistic_is_published_through_yesterday_by_default(context: Flask) -> None:
    chosen(Outcome.ACCEPTED_ALL, 6, on=THIRD)
    chosen(Outcome.ACCEPTED_ALL, 6, on=date(2026, 11, 24))
    assert services.publish_all(now=NOW).published == 1
    assert published(last=date(2026, 11, 30)) == [(THIRD, ("accepted-all",), 6)]


def test_published_cells_hold_no_person_and_nothing_beside_the_count(context: Flask) -> None:
    assert set(PublishedCell.__table__.columns.keys()) == {"id", "statistic", "period_start", "dimensions", "count"}
    assert not PublishedCell.__table__.foreign_keys
    assert db.session.scalars(select(PublishedCell)).all() == []
