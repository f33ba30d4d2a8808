"""Two at the same case at the same moment: one wins, the other is told, and nothing is half done."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from flask import Flask
from sqlalchemy import func, select

from portal.core.db import db
from portal.core.errors import DomainError, RuleViolation, Stale
from portal.messages.models import Message
from portal.register import services as register
from portal.subject_requests import deciding, handling, reminding
from portal.subject_requests.kinds import Ground, Outcome, Status, TaskOutcome
from portal.subject_requests.models import CaseEvent, CaseReminder, Letter, SubjectRequest
from tests.conftest import START
from tests.factories import make_account, make_customer
from tests.subject_requests.people import CLERK, DECIDER, phone_correction


def at_once(app: Flask, *acts: Callable[[], object]) -> list[type[BaseException] | None]:
    """Do them at the same moment in threads of their own; tells what each was refused with."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> type[BaseException] | None:
        with app.app_context():
            try:
                start.wait(timeout=10)
                act()
            except DomainError as refusal:
                return type(refusal)
            finally:
                db.session.remove()
            return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_two_decisions_one_wins_and_the_other_is_told(context: Flask) -> None:
    customer_id = make_customer().id
    case = phone_correction(customer_id, START)
    public_id, row_id = case.public_id, case.id
    handling.take(public_id=public_id, actor=CLERK, now=START)
    seen = case.version
    db.session.remove()
    grant = {0: deciding.ItemDecision(outcome=Outcome.GRANT)}
    refuse = {0: deciding.ItemDecision(outcome=Outcome.REFUSE, ground=Ground.DATA_CORRECT, reasons="Checked.")}
    ended = at_once(
        context,
        lambda: deciding.decide(public_id=public_id, decisions=grant, actor=CLERK, now=START, version=seen),
        lambda: deciding.decide(public_id=public_id, decisions=refuse, actor=DECIDER, now=START, version=seen),
    )
    assert sorted(ended, key=str) == sorted([None, Stale], key=str)
    case = db.session.get_one(SubjectRequest, row_id)
    assert case.status is Status.DECIDED
    expected = "+358440009999" if case.outcome is Outcome.GRANT else "+358440001234"
    assert register.current_value(customer_id, "phone") == expected
    steps = db.session.scalars(select(CaseEvent.step).where(CaseEvent.request_id == row_id)).all()
    assert list(steps).count("decide") == 1


def test_a_decision_and_a_closing_sent_twice_are_made_once(context: Flask) -> None:
    """A finger that presses twice: the second is told, one letter is made and one mail queued."""
    case = phone_correction(make_customer().id, START)
    public_id, row_id = case.public_id, case.id
    handling.take(public_id=public_id, actor=CLERK, now=START)
    grant = {0: deciding.ItemDecision(outcome=Outcome.GRANT)}
    reports = {0: handling.TaskReport(outcome=TaskOutcome.DONE)}
    steps: list[Callable[[int], object]] = [
        lambda seen: deciding.decide(public_id=public_id, decisions=grant, actor=CLERK, now=START, version=seen),
        lambda seen: handling.answer(public_id=public_id, actor=CLERK, now=START, version=seen),
        lambda seen: handling.close(public_id=public_id, reports=reports, actor=CLERK, now=START, version=seen),
    ]
    for step in steps:
        seen = db.session.get_one(SubjectRequest, row_id).version
        db.session.remove()
        ended = at_once(context, *[lambda step=step, seen=seen: step(seen)] * 2)  # type: ignore[misc]
        assert sorted(ended, key=str) == sorted([None, Stale], key=str)
    taken = list(db.session.scalars(select(CaseEvent.step).where(CaseEvent.request_id == row_id)))
    assert [taken.count(name) for name in ("decide", "answer", "close")] == [1, 1, 1]
    assert db.session.scalar(select(func.count()).select_from(Letter)) == 1
    subjects = list(db.session.scalars(select(Message.subject)))
    assert sum(public_id in subject and "Vastaus" in subject for subject in subjects) == 1


def test_two_workers_remind_once(context: Flask) -> None:
    make_account("decision-maker", email="decider@example.com")
    phone_correction(make_customer().id, START)
    db.session.remove()
    later = START + timedelta(days=28)
    assert at_once(context, *[lambda: reminding.work(later)] * 2) == [None, None]
    assert db.session.scalar(select(func.count()).select_from(CaseReminder)) == 1


def test_two_merges_into_each_other_leave_one_request(context: Flask) -> None:
    customer_id = make_customer().id
    one, two = (phone_correction(customer_id, START) for _ in range(2))
    ids = {one.id, two.id}
    first, second = one.public_id, two.public_id
    db.session.remove()
    ended = at_once(
        context,
        lambda: handling.merge(public_id=first, target=second, actor=CLERK, now=START),
        lambda: handling.merge(public_id=second, target=first, actor=CLERK, now=START),
    )
    assert sorted(ended, key=str) == sorted([None, RuleViolation], key=str)
    statuses = db.session.scalars(select(SubjectRequest.status).where(SubjectRequest.id.in_(ids))).all()
    assert sorted(statuses) == [Status.MERGED, Status.RECEIVED]
