"""The dates of a request, against the written table and against properties."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.clock import local_date
from portal.subject_requests import deadlines
from portal.subject_requests.deadlines import CountRule

WRITTEN = [
    # received, paused, promise, work_by, statutory, extended
    ("2026-01-31", 0, "2026-03-02", "2026-03-02", "2026-03-02", "2026-04-28"),
    ("2026-03-05", 0, "2026-04-04", "2026-04-02", "2026-04-07", "2026-06-05"),
    ("2026-05-20", 0, "2026-06-19", "2026-06-18", "2026-06-22", "2026-08-20"),
    ("2026-11-25", 0, "2026-12-25", "2026-12-23", "2026-12-28", "2027-02-25"),
    ("2028-01-31", 0, "2028-03-01", "2028-02-29", "2028-02-29", "2028-05-02"),
    ("2026-03-05", 9, "2026-04-13", "2026-04-13", "2026-04-14", "2026-06-15"),
]


# The same law counted another way: day by day, with holidays written out by their rules. Slow, and by nobody's library.


def easter(year: int) -> date:
    """Gauss's way, as amended for the Gregorian calendar."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    j = (2 * e + 2 * i - h - k + 32) % 7
    m = (a + 11 * h + 22 * j) // 451
    month, day = divmod(h + j - 7 * m + 114, 31)
    return date(year, month, day + 1)


def saturday_from(day: date) -> date:
    while day.weekday() != 5:
        day += timedelta(days=1)
    return day


def is_off(day: date, *, with_eves: bool) -> bool:
    sunday = easter(day.year)
    midsummer = saturday_from(date(day.year, 6, 20))
    off = {
        date(day.year, 1, 1),
        date(day.year, 1, 6),
        sunday - timedelta(days=2),
        sunday + timedelta(days=1),
        date(day.year, 5, 1),
        sunday + timedelta(days=39),
        midsummer,
        saturday_from(date(day.year, 10, 31)),
        date(day.year, 12, 6),
        date(day.year, 12, 25),
        date(day.year, 12, 26),
    }
    eves = {midsummer - timedelta(days=1), date(day.year, 12, 24)}
    return day.weekday() >= 5 or day in off or (with_eves and day in eves)


def months_later(start: date, months: int) -> date:
    """Walk to the month wanted, then to the day, stopping at the last one there is."""
    wanted = start.month + months
    day = start
    while (day.year - start.year) * 12 + day.month < wanted:
        day += timedelta(days=1)
    while day.day < start.day and (day + timedelta(days=1)).month == day.month:
        day += timedelta(days=1)
    return day


def rolled(day: date, step: int) -> date:
    while is_off(day, with_eves=step < 0):
        day += timedelta(days=step)
    return day


def slowly(received: date, paused: int) -> dict[str, date]:
    pause = timedelta(days=paused)
    promise = received
    for _ in range(30 + paused):
        promise += timedelta(days=1)
    month_end = months_later(received, 1)
    statutory = rolled(month_end + pause, 1)
    two_more = months_later(month_end, 2)
    extended = rolled(min(months_later(received, 3), two_more) + pause, 1)
    work_by = min(rolled(promise, -1), rolled(statutory, -1))
    return {
        "promise": promise,
        "month_end": month_end,
        "statutory": statutory,
        "extended": extended,
        "work_by": work_by,
        "work_by_when_extended": rolled(extended, -1),
    }


NAMES = ("promise", "month_end", "statutory", "extended", "work_by", "work_by_when_extended")


def counted(received: date, paused: int) -> dict[str, date]:
    dates = deadlines.count(received, paused_days=paused)
    return {name: getattr(dates, name) for name in NAMES}


def test_every_day_of_two_years_is_counted_as_by_hand() -> None:
    """A leap year among them; each day with another pause."""
    for number in range(731):
        received = date(2027, 1, 1) + timedelta(days=number)
        paused = number % 47
        assert counted(received, paused) == slowly(received, paused), (received, paused)


DAYS = st.dates(min_value=date(2018, 5, 25), max_value=date(2099, 6, 30))
PAUSES = st.integers(min_value=0, max_value=120)


@pytest.mark.parametrize(("received", "paused", "promise", "work_by", "statutory", "extended"), WRITTEN)
def test_the_written_table_holds(
    received: str, paused: int, promise: str, work_by: str, statutory: str, extended: str
) -> None:
    dates = deadlines.count(date.fromisoformat(received), paused_days=paused)
    assert dates.promise == date.fromisoformat(promise)
    assert dates.work_by == date.fromisoformat(work_by)
    assert dates.statutory == date.fromisoformat(statutory)
    assert dates.extended == date.fromisoformat(extended)


@pytest.mark.parametrize(
    "holiday",
    [
        "2026-01-01",
        "2026-01-06",
        "2026-04-03",
        "2026-04-06",
        "2026-05-01",
        "2026-05-14",
        "2026-06-20",
        "2026-10-31",
        "2026-12-06",
        "2026-12-25",
        "2026-12-26",
    ],
)
def test_no_limit_rests_on_a_public_holiday(holiday: str) -> None:
    day = date.fromisoformat(holiday)
    assert deadlines.next_working_day(day) > day
    assert deadlines.previous_working_day(day) < day


@pytest.mark.parametrize("eve", ["2026-06-19", "2026-12-24", "2027-06-25", "2027-12-24"])
def test_the_two_eves_are_skipped_backward_only(eve: str) -> None:
    day = date.fromisoformat(eve)
    assert deadlines.next_working_day(day) == day
    assert deadlines.previous_working_day(day) < day


@given(DAYS, PAUSES)
def test_staff_dates_never_pass_the_promise_or_the_law(received: date, paused: int) -> None:
    dates = deadlines.count(received, paused_days=paused)
    assert dates.work_by <= dates.promise
    assert dates.work_by <= dates.statutory <= dates.extended
    assert dates.work_by_when_extended <= dates.extended
    assert all(day.weekday() < 5 for day in (dates.work_by, dates.statutory, dates.extended))


@given(DAYS, PAUSES)
def test_the_promise_is_thirty_days_and_the_pause(received: date, paused: int) -> None:
    assert deadlines.count(received, paused_days=paused).promise - received == timedelta(days=30 + paused)


@given(DAYS)
def test_the_law_gives_a_month_and_rolls_by_at_most_a_long_weekend(received: date) -> None:
    dates = deadlines.count(received)
    assert 28 <= (dates.month_end - received).days <= 31
    assert timedelta(0) <= dates.statutory - dates.month_end <= timedelta(days=4)


@given(DAYS, PAUSES)
def test_a_day_of_pause_never_brings_a_date_forward(received: date, paused: int) -> None:
    shorter = deadlines.count(received, paused_days=paused)
    longer = deadlines.count(received, paused_days=paused + 1)
    assert (longer.statutory, longer.extended, longer.work_by) >= (
        shorter.statutory,
        shorter.extended,
        shorter.work_by,
    )


@given(DAYS)
def test_the_counting_ends_at_the_dates_it_explains(received: date) -> None:
    dates = deadlines.count(received)
    steps = {step.rule: step.on for step in deadlines.counting(dates)}
    assert steps[CountRule.PROMISE] == dates.promise
    assert steps[CountRule.WORK_BY] == dates.work_by
    assert dates.statutory in (steps.get(CountRule.STATUTORY), steps.get(CountRule.STATUTORY_ROLLED))


@given(DAYS, PAUSES)
def test_any_day_is_counted_as_by_hand(received: date, paused: int) -> None:
    assert counted(received, paused) == slowly(received, paused)


def test_working_days_are_stepped_over_the_eves_backward_only() -> None:
    assert deadlines.working_days_before(date(2026, 12, 28), 1) == date(2026, 12, 23)
    assert deadlines.working_days_after(date(2026, 12, 23), 1) == date(2026, 12, 24)
    assert deadlines.working_days_after(date(2026, 11, 20), 3) == date(2026, 11, 25)


def test_a_request_of_late_evening_utc_is_of_the_next_day_in_helsinki() -> None:
    assert local_date(datetime(2026, 11, 30, 22, 30, tzinfo=UTC)) == date(2026, 12, 1)


def test_a_negative_pause_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        deadlines.count(date(2026, 1, 1), paused_days=-1)


def test_the_holiday_table_has_a_version() -> None:
    assert deadlines.HOLIDAY_TABLE.startswith("holidays 0.")


def steps(received_on: date, *, paused_days: int = 0, is_extended: bool = False) -> list[tuple[str, str, int]]:
    dates = deadlines.count(received_on, paused_days=paused_days)
    told = deadlines.counting(dates, is_extended=is_extended)
    return [(step.rule.value, step.on.isoformat(), step.days) for step in told]


def test_the_counting_is_told_step_by_step() -> None:
    assert steps(date(2026, 11, 24)) == [
        ("received", "2026-11-24", 0),
        ("promise", "2026-12-24", 0),
        ("same-day", "2026-12-24", 0),
        ("statutory", "2026-12-24", 0),
        ("extended", "2027-02-24", 0),
        ("work-by", "2026-12-23", 0),
    ]


def test_the_counting_tells_a_month_without_that_day_and_a_limit_on_a_day_off() -> None:
    assert steps(date(2026, 1, 31)) == [
        ("received", "2026-01-31", 0),
        ("promise", "2026-03-02", 0),
        ("last-day", "2026-02-28", 0),
        ("statutory-rolled", "2026-03-02", 0),
        ("extended", "2026-04-28", 0),
        ("work-by", "2026-03-02", 0),
    ]


def test_the_counting_tells_what_was_added_while_the_person_was_asked_and_the_longer_time() -> None:
    assert steps(date(2026, 11, 24), paused_days=5, is_extended=True) == [
        ("received", "2026-11-24", 0),
        ("paused", "2026-11-24", 5),
        ("promise", "2026-12-29", 0),
        ("same-day", "2026-12-24", 0),
        ("statutory", "2026-12-29", 0),
        ("extended", "2027-03-01", 0),
        ("work-by-extended", "2027-03-01", 0),
    ]


def test_a_request_that_was_never_paused_counts_no_pause() -> None:
    assert deadlines.count(date(2026, 11, 24)).paused_days == 0


def test_the_longer_time_never_ends_later_than_three_months_from_the_arrival() -> None:
    for number in range(4 * 366):
        received_on = date(2027, 1, 1) + timedelta(days=number)
        three_months = deadlines.next_working_day(deadlines.add_months(received_on, 3))
        assert deadlines.count(received_on).extended <= three_months
