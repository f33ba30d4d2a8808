"""The queue: the same words as the case, the same effort however long it is, and nothing that a filter loses."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from portal.core.db import db
from portal.subject_requests import desk_queue, handling, identifying, services
from portal.subject_requests.arriving import Arrival
from portal.subject_requests.desk_queue import Due, Filters
from portal.subject_requests.kinds import Channel, IdentityMethod, Kind, Status
from tests.conftest import START
from tests.factories import make_customer
from tests.subject_requests.people import CLERK, DECIDER, phone_correction

TODAY = START.date()


@pytest.fixture
def customer_id(context: Flask) -> int:
    return make_customer().id


def arrived(customer_id: int, days_ago: int, *, channel: Channel = Channel.EMAIL) -> str:
    return services.submit(
        Kind.ACCESS,
        customer_id=customer_id,
        text="",
        actor=CLERK,
        now=START,
        arrival=Arrival(
            channel=channel,
            received_on=TODAY - timedelta(days=days_ago),
            late_reason="late",
            identity_method=IdentityMethod.ID_DOCUMENT,
        ),
    ).public_id


def found(today: date, **wanted: object) -> set[str]:
    page = desk_queue.queue(Filters(**wanted), page=1, today=today, size=100)  # type: ignore[arg-type]
    assert page.total == len(page.lines)
    return {line.case.public_id for line in page.lines}


def test_every_open_case_is_in_one_filter_of_due_and_says_the_same_itself(customer_id: int) -> None:
    """Some stand still since before or after their day; one has been extended."""
    made = [arrived(customer_id, days) for days in (0, 20, 24, 27, 29, 31, 33, 40, 70)]
    for public_id in made[2::2]:
        identifying.ask_identity(public_id=public_id, reason="d", question="q", actor=CLERK, now=START)
    handling.take(public_id=made[1], actor=CLERK, now=START)
    reason = handling.ExtensionReason.NUMBER
    handling.extend(public_id=made[1], reason=reason, explanation="Many.", actor=DECIDER, now=START)
    for today in (TODAY, TODAY + timedelta(days=3), TODAY + timedelta(days=45)):
        lines = desk_queue.queue(Filters(), page=1, today=today, size=100).lines
        assert len(lines) == len(made)
        by_filter = {due: found(today, due=due) for due in Due}
        assert by_filter == {due: {line.case.public_id for line in lines if line.due is due} for due in Due}


def test_a_clock_that_was_stopped_in_time_never_makes_a_case_late(customer_id: int) -> None:
    public_id = arrived(customer_id, 10)
    identifying.ask_identity(public_id=public_id, reason="d", question="q", actor=CLERK, now=START)
    line = desk_queue.queue(Filters(), page=1, today=TODAY + timedelta(days=400)).lines[0]
    assert (line.due, line.days_left) == (Due.LATER, (line.case.work_by - TODAY).days)


def test_filters_find_by_what_the_case_says(customer_id: int) -> None:
    letter = arrived(customer_id, 1, channel=Channel.LETTER)
    mail = arrived(customer_id, 1)
    correction = phone_correction(customer_id, START).public_id
    handling.take(public_id=mail, actor=CLERK, now=START)
    assert found(TODAY, channel=Channel.LETTER) == {letter}
    assert found(TODAY, kind=Kind.CORRECTION) == {correction}
    assert found(TODAY, status=Status.IN_REVIEW) == {mail}
    assert found(TODAY, assignee="11") == {mail}
    assert found(TODAY, assignee="none") == {letter, correction}
    assert found(TODAY, q=letter[:6].lower()) >= {letter}
    assert found(TODAY, q="testi asiakas") == {letter, mail, correction}
    assert found(TODAY, q="nobody") == set()
    assert desk_queue.counts_by_status()[Status.RECEIVED] == 2


def test_the_queue_asks_as_much_of_the_database_however_long_it_is(customer_id: int) -> None:
    asked_of: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked_of.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        found = []
        for more in (2, 28):
            for _ in range(more):
                phone_correction(customer_id, START)
            db.session.remove()
            asked_of.clear()
            assert len(desk_queue.queue(desk_queue.Filters(), page=1, today=TODAY).lines) in (2, 25)
            found.append(len([one for one in asked_of if one.startswith("SELECT")]))
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    assert found[0] == found[1]
    assert found[0] <= 6
