"""On whatever day the register is loaded: nothing lies ahead, and nobody is answered before they have asked."""

from datetime import UTC, date, datetime, timedelta
from itertools import chain

import pytest
from flask import Flask

from portal.core.clock import local_date
from portal.demo import answered_requests, case_telling, loading
from portal.demo.customers import draw
from portal.demo.diary import Cast
from portal.demo.drawing import Drawing
from portal.register.models import Consumption, ConsumptionKind
from portal.subject_requests import handling

MAY_LIE_AHEAD = {"due_on", "delete_on"}
# the first and the last of a month and a year, Easter Monday, Midsummer, the leap day, a change of the clock
DAYS = (
    date(2026, 11, 1),
    date(2027, 1, 1),
    date(2026, 12, 31),
    date(2026, 4, 6),
    date(2026, 6, 20),
    date(2028, 2, 29),
    date(2026, 3, 29),
    date(2028, 6, 5),
)


def _drawn(today: date) -> dict[int, Drawing]:
    taken: set[str] = set()
    return {index: draw(index, random_seed=1, today=today, taken=taken) for index in range(42)}


@pytest.mark.parametrize("today", DAYS)
def test_nothing_lies_ahead_of_any_day(loaded: Flask, today: date) -> None:
    drawn = _drawn(today)
    for drawing in drawn.values():
        for row in chain.from_iterable(drawing.rows.values()):
            for name, value in row.items():
                if isinstance(value, datetime):
                    assert local_date(value) < today, name
                elif isinstance(value, date) and name not in MAY_LIE_AHEAD:
                    assert value < today, name
    moments = [moment for moment, _ in loading._stories(Cast(today, drawn), 1)]
    assert moments and all(local_date(moment) < today for moment in moments)


def test_a_step_is_never_earlier_than_the_one_told_before() -> None:
    """A holiday may move the first step behind the second."""
    case = case_telling.Case(Cast(date(2026, 11, 24), {}), 0)
    planned = [datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (13, 9, 15)]
    moments = [case.step(moment, handling.take, by="clerk1")[0] for moment in planned]
    assert [moment.strftime("%H:%M") for moment in moments] == ["13:00", "13:20", "15:00"]


def test_on_the_first_of_a_month_the_last_one_is_still_an_estimate(loaded: Flask) -> None:
    rows = draw(0, random_seed=1, today=date(2026, 11, 1), taken=set()).rows[Consumption]
    newest = {row["month"]: row["kind"] for row in rows if row["month"] >= date(2026, 9, 1)}
    assert newest == {date(2026, 9, 1): ConsumptionKind.MEASURED, date(2026, 10, 1): ConsumptionKind.ESTIMATE}


@pytest.mark.parametrize("today", DAYS)
def test_requests_of_awkward_days_are_far_enough_behind_to_have_been_answered(today: date) -> None:
    for day in ((1, 31), (3, 5), (5, 20), (11, 25)):
        received_on = answered_requests.far_enough_behind(*day, today)
        assert (received_on.month, received_on.day) == day
        assert timedelta(days=24) < today - received_on < timedelta(days=390)
