"""The public figures: closed quarters, and no count from which a person could be recognised."""

from datetime import date, timedelta
from itertools import pairwise

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.core import clock
from portal.subject_requests import accountability, services
from portal.subject_requests.accountability import Answered, counted
from portal.subject_requests.kinds import Kind
from tests.conftest import FrozenClock
from tests.factories import make_customer
from tests.subject_requests.people import customer_actor

FIRST, LAST = date(2026, 7, 1), date(2026, 9, 30)


def many(number: int, received: date, answered: date | None, limit: date = date(2026, 12, 31)) -> list[Answered]:
    return [Answered(received, answered, limit)] * number


def test_a_quarter_counts_what_came_and_what_was_answered_in_it() -> None:
    requests = [
        *many(6, date(2026, 7, 1), date(2026, 7, 9)),
        *many(5, date(2026, 6, 20), date(2026, 9, 30)),  # came before, answered on the last day
        *many(7, date(2026, 9, 30), date(2026, 10, 1)),  # came on the last day, answered after
    ]
    quarter = counted(requests, {date(2026, 8, 1): 9, date(2026, 10, 1): 50}, FIRST, LAST, floor=5)
    assert (quarter.received, quarter.answered, quarter.overdue, quarter.at_once) == (13, 11, None, 9)
    assert quarter.median_days == 8
    assert quarter.number == 3


def test_overdue_is_what_was_past_the_limit_when_the_quarter_ended() -> None:
    late = many(5, date(2026, 8, 1), None, limit=date(2026, 9, 29))
    on_time = many(5, date(2026, 8, 1), None, limit=date(2026, 9, 30))
    answered_later = many(5, date(2026, 8, 1), date(2026, 10, 2), limit=date(2026, 9, 1))
    withdrawn = [Answered(date(2026, 8, 1), None, date(2026, 9, 1), ended_on=date(2026, 9, 15))] * 5
    quarter = counted([*late, *on_time, *answered_later, *withdrawn], {}, FIRST, LAST, floor=5)
    assert quarter.overdue == 10


@given(st.integers(0, 12), st.integers(0, 12), st.integers(2, 9))
def test_no_count_under_the_floor_is_shown_nor_told_from_none(received: int, answered: int, floor: int) -> None:
    requests = [*many(received, date(2026, 8, 1), None), *many(answered, date(2026, 1, 1), date(2026, 8, 2))]
    quarter = counted(requests, {date(2026, 8, 3): received}, FIRST, LAST, floor=floor)
    for shown, count in ((quarter.received, received), (quarter.answered, answered), (quarter.at_once, received)):
        assert shown == (None if count < floor else count)
    assert (quarter.median_days is None) == (answered < floor)


requests_of_a_quarter = st.integers(0, 12)


@given(st.lists(st.tuples(requests_of_a_quarter, requests_of_a_quarter), min_size=2, max_size=8))
def test_who_adds_up_all_quarters_learns_nothing_of_a_hidden_one(quarters: list[tuple[int, int]]) -> None:
    """As many are answered as there may be; all that is known is that nobody is answered before asking."""
    ends = accountability.closed_quarters(date(2026, 11, 24))[: len(quarters)]
    waiting, rows = 0, []
    for (received, wanted), (first, last) in zip(quarters, reversed(ends), strict=True):
        waiting += received
        answered = min(wanted, waiting)
        waiting -= answered
        rows.append([*many(received, first, None), *many(answered, date(2020, 1, 1), last)])
    told = accountability.without_forced(
        [counted(of, {}, first, last, floor=5) for of, (first, last) in zip(reversed(rows), ends, strict=True)]
    )
    received = answered = 0
    for quarter in reversed(told):
        received += quarter.received or 0
        answered += quarter.answered or 0
        # with nothing at all in place of each hidden count everything still fits
        assert answered <= received


def test_answers_that_would_give_a_small_number_away_are_not_told() -> None:
    older = [*many(10, date(2026, 4, 1), None), *many(5, date(2020, 1, 1), date(2026, 4, 2))]
    newer = [*many(4, date(2026, 7, 1), None), *many(9, date(2020, 1, 1), date(2026, 7, 2))]
    told = accountability.without_forced(
        [
            counted(newer, {}, FIRST, LAST, floor=5),
            counted(older, {}, date(2026, 4, 1), date(2026, 6, 30), floor=5),
        ]
    )
    assert [(quarter.received, quarter.answered) for quarter in told] == [(None, None), (10, 5)]


def test_quarters_are_closed_ones_newest_first() -> None:
    quarters = accountability.closed_quarters(date(2026, 11, 24))
    assert quarters[0] == (date(2026, 7, 1), date(2026, 9, 30))
    assert quarters[-1] == (date(2024, 10, 1), date(2024, 12, 31))
    assert all(older[1] + timedelta(days=1) == newer[0] for newer, older in pairwise(quarters))


def test_the_figures_come_from_the_cases_and_wait_for_the_quarter_to_end(
    context: Flask, frozen_clock: FrozenClock
) -> None:
    customer = make_customer()
    for _ in range(5):
        services.submit(
            Kind.ACCESS, customer_id=customer.id, text="", actor=customer_actor(customer.id), now=clock.now()
        )
    services.submit(Kind.OPT_OUT, customer_id=customer.id, text="", actor=customer_actor(customer.id), now=clock.now())
    assert accountability.figures(today=date(2026, 12, 31)) == []
    (quarter,) = accountability.figures(today=date(2027, 1, 1))
    assert (quarter.received, quarter.answered, quarter.overdue, quarter.at_once) == (5, None, 5, None)
