"""When a request must be answered: pure functions on Helsinki dates."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib.metadata import version

import holidays

PROMISE = timedelta(days=30)  # the company's own word (the original description, sections 10 and 11)
ONE_DAY = timedelta(days=1)
EVES = frozenset({"Midsummer Eve", "Christmas Eve"})
HOLIDAY_TABLE = f"holidays {version('holidays')} FI"


class CountRule(StrEnum):
    """One step of counting; the words are in labels."""

    RECEIVED = "received"
    PAUSED = "paused"
    PROMISE = "promise"
    SAME_DAY = "same-day"
    LAST_DAY = "last-day"
    STATUTORY = "statutory"
    STATUTORY_ROLLED = "statutory-rolled"
    EXTENDED = "extended"
    WORK_BY = "work-by"
    WORK_BY_EXTENDED = "work-by-extended"


@dataclass(frozen=True, slots=True)
class CountStep:
    rule: CountRule
    on: date
    days: int = 0


@dataclass(frozen=True, slots=True)
class Deadlines:
    received_on: date
    paused_days: int
    promise: date
    month_end: date
    statutory: date
    extended: date
    work_by: date

    @property
    def work_by_when_extended(self) -> date:
        return previous_working_day(self.extended)


def count(received_on: date, *, paused_days: int = 0) -> Deadlines:
    """All dates of a request: GDPR 12(3) with Regulation 1182/71 art. 3, and the company's 30 days."""
    if paused_days < 0:
        raise ValueError("paused_days cannot be negative")
    paused = timedelta(days=paused_days)
    month_end = add_months(received_on, 1)
    promise = received_on + PROMISE + paused
    statutory = next_working_day(month_end + paused)
    return Deadlines(
        received_on=received_on,
        paused_days=paused_days,
        promise=promise,
        month_end=month_end,
        statutory=statutory,
        extended=next_working_day(add_months(month_end, 2) + paused),  # never past three months from the arrival
        work_by=min(previous_working_day(promise), previous_working_day(statutory)),
    )


def add_months(start: date, months: int) -> date:
    """The day with the same number, or the last day of a month that has no such day (art. 3(2)(c))."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def next_working_day(day: date) -> date:
    """The day itself or the first working day after it (art. 3(4)).

    The two eves count as working days here: whether they are public holidays is unsettled, and not skipping them can
    only make us early.
    """
    while day.weekday() >= calendar.SATURDAY or day in _public_holidays(day.year):
        day += ONE_DAY
    return day


def previous_working_day(day: date) -> date:
    """The day itself or the last working day before it; the two eves are days off here."""
    while day.weekday() >= calendar.SATURDAY or day in _days_off(day.year):
        day -= ONE_DAY
    return day


def working_days_before(day: date, number: int) -> date:
    """So many working days back; the two eves are days off here."""
    for _ in range(number):
        day = previous_working_day(day - ONE_DAY)
    return day


def working_days_after(day: date, number: int) -> date:
    for _ in range(number):
        day = next_working_day(day + ONE_DAY)
    return day


def counting(dates: Deadlines, *, is_extended: bool = False) -> list[CountStep]:
    """How the dates were counted, step by step."""
    same_day = dates.month_end.day == dates.received_on.day
    rolled = dates.statutory != dates.month_end + timedelta(days=dates.paused_days)
    steps = [CountStep(CountRule.RECEIVED, dates.received_on)]
    if dates.paused_days:
        steps.append(CountStep(CountRule.PAUSED, dates.received_on, dates.paused_days))
    steps += [
        CountStep(CountRule.PROMISE, dates.promise),
        CountStep(CountRule.SAME_DAY if same_day else CountRule.LAST_DAY, dates.month_end),
        CountStep(CountRule.STATUTORY_ROLLED if rolled else CountRule.STATUTORY, dates.statutory),
        CountStep(CountRule.EXTENDED, dates.extended),
    ]
    if is_extended:
        steps.append(CountStep(CountRule.WORK_BY_EXTENDED, dates.work_by_when_extended))
    else:
        steps.append(CountStep(CountRule.WORK_BY, dates.work_by))
    return steps


@cache
def _days_off(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FI", years=year, language="en_US"))


@cache
def _public_holidays(year: int) -> frozenset[date]:
    table = holidays.country_holidays("FI", years=year, language="en_US")
    # A name list, not "in": two holidays on one day share an entry, and the other one still counts.
    return frozenset(day for day in table if not set(table.get_list(day)) <= EVES)
