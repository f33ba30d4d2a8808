"""Public figures of requests by closed quarter; a count under the floor is shown to nobody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import median

from sqlalchemy import func, select

from portal.core.clock import local_date
from portal.core.db import db
from portal.core.settings import settings
from portal.subject_requests.kinds import AT_ONCE, Status
from portal.subject_requests.models import SubjectRequest

QUARTERS = 8
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Answered:
    """What the figures need of one request; `limit` is the last day by law."""

    received_on: date
    answered_on: date | None
    limit: date
    ended_on: date | None = None  # withdrawn or merged: no answer is waited for any more


@dataclass(frozen=True)
class Quarter:
    """A closed quarter. None stands for a count under the floor, or a median of too few.

    None at all is under the floor too: of one request that is open, as received less answered tells, "overdue, but
    fewer than five" would say that it is overdue.
    """

    first: date
    last: date
    received: int | None
    answered: int | None
    median_days: int | None
    overdue: int | None
    at_once: int | None

    @property
    def number(self) -> int:
        return (self.first.month + 2) // 3

    @property
    def tells_anything(self) -> bool:
        return any(count is not None for count in (self.received, self.answered, self.overdue, self.at_once))


def figures(*, today: date) -> list[Quarter]:
    """Closed quarters, newest first, from the first request on."""
    quarters = closed_quarters(today)
    oldest = quarters[-1][0]
    rows = db.session.execute(
        select(
            SubjectRequest.received_on,
            SubjectRequest.answered_at,
            func.coalesce(SubjectRequest.extended_on, SubjectRequest.statutory_on),
            SubjectRequest.ended_at,
            SubjectRequest.status,
        ).where(SubjectRequest.kind.not_in(AT_ONCE), SubjectRequest.received_on > oldest - timedelta(days=366))
    )
    requests = [
        Answered(
            received_on,
            local_date(answered_at) if answered_at else None,
            limit,
            local_date(ended_at) if ended_at and status in (Status.WITHDRAWN, Status.MERGED) else None,
        )
        for received_on, answered_at, limit, ended_at, status in rows
    ]
    at_once = db.session.execute(
        select(SubjectRequest.received_on, func.count())
        .where(SubjectRequest.kind.in_(AT_ONCE), SubjectRequest.received_on >= oldest)
        .group_by(SubjectRequest.received_on)
    )
    done = {row[0]: row[1] for row in at_once}
    quarterly = without_forced(
        [counted(requests, done, first, last, floor=settings().small_cell) for first, last in quarters]
    )
    while quarterly and not quarterly[-1].tells_anything:
        quarterly.pop()  # before the portal had its first requests
    return quarterly


def without_forced(newest_first: Sequence[Quarter]) -> list[Quarter]:
    """Answers are not told where more were given than told requests can explain: the rest would be the hidden ones."""
    waiting = 0
    shown = []
    for quarter in reversed(newest_first):
        waiting += quarter.received or 0
        if (quarter.answered or 0) > waiting:
            quarter = replace(quarter, answered=None, median_days=None)  # noqa: PLW2901 - the same quarter, less told
        waiting -= quarter.answered or 0
        shown.append(quarter)
    return shown[::-1]


def closed_quarters(today: date) -> list[tuple[date, date]]:
    """The first and last day of each, newest first."""
    quarters = []
    last = date(today.year, (today.month - 1) // 3 * 3 + 1, 1) - ONE_DAY
    for _number in range(QUARTERS):
        first = date(last.year, last.month - 2, 1)
        quarters.append((first, last))
        last = first - ONE_DAY
    return quarters


def counted(requests: Iterable[Answered], at_once: dict[date, int], first: date, last: date, *, floor: int) -> Quarter:
    """Everything as it was at the end of the quarter: what is published never moves by one person."""
    received = answered = overdue = 0
    days = []
    for request in requests:
        received += first <= request.received_on <= last
        if request.answered_on and first <= request.answered_on <= last:
            answered += 1
            days.append((request.answered_on - request.received_on).days)
        overdue += _is_overdue(request, last)
    done = sum(count for day, count in at_once.items() if first <= day <= last)
    return Quarter(
        first,
        last,
        received=_shown(received, floor),
        answered=_shown(answered, floor),
        median_days=_median(days, floor),
        overdue=_shown(overdue, floor),
        at_once=_shown(done, floor),
    )


def _is_overdue(request: Answered, on: date) -> bool:
    if request.limit >= on or request.received_on > on:
        return False
    ended = request.answered_on or request.ended_on
    return ended is None or ended > on


def _shown(count: int, floor: int) -> int | None:
    return count if count >= floor else None


def _median(days: Sequence[int], floor: int) -> int | None:
    return round(median(days)) if len(days) >= floor else None
