"""The queue: what is late stands on top, filters live in the address, each figure leads to its cases."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.catalogues.recipients import Recipient
from portal.core import clock
from portal.core.clock import local_date
from portal.core.db import random_id, transaction
from portal.subject_requests import deciding, desk_queue, handling, services
from portal.subject_requests.deciding import ItemDecision
from portal.subject_requests.desk_queue import Due, Filters, Workload
from portal.subject_requests.kinds import OPEN, Kind, Outcome, Status, TaskKind
from portal.subject_requests.models import RecipientTask, SubjectRequest
from tests.conftest import START, FrozenClock
from tests.factories import make_account, make_customer, signed_in
from tests.pages import Pages
from tests.subject_requests.people import CLERK, DECIDER, customer_actor, decide, phone_correction, reach
from tests.subject_requests.test_pages import SignIn

QUEUE = "/en/desk/requests"


def with_task(case: SubjectRequest, recipient: Recipient = Recipient.CREDIT_INFORMATION) -> SubjectRequest:
    """Somebody still has to be told of it."""
    with transaction() as session:
        task = {"kind": TaskKind.RECIPIENT, "recipient": recipient, "opened_at": START}
        session.add(RecipientTask(id=random_id(), request_id=case.id, **task))
    return case


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, (0, 0, 0)), (27, (0, 0, 2)), (30, (0, 2, 0)), (45, (2, 0, 0))],
)
def test_the_figures_are_those_of_the_filters(context: Flask, days: int, expected: tuple[int, int, int]) -> None:
    cases = [phone_correction(make_customer().id, START) for _ in range(2)]
    handling.take(public_id=cases[0].public_id, actor=CLERK, now=START)
    today = local_date(START + timedelta(days=days))
    found = desk_queue.workload(account_id=CLERK.account_id, today=today)
    assert found == Workload(*expected, unread=0, unassigned=1, mine=1)
    for due, number in zip((Due.OVERDUE, Due.LATE, Due.SOON), expected, strict=True):
        assert desk_queue.queue(Filters(due=due), page=1, today=today).total == number
    assert desk_queue.queue(Filters(assignee="none"), page=1, today=today).total == 1


def test_figures_lead_to_their_cases_and_the_chosen_one_is_marked(
    app: Flask, sign_in: SignIn, frozen_clock: FrozenClock
) -> None:
    with app.app_context():
        case = phone_correction(make_customer().id, clock.now()).public_id
    frozen_clock.advance(timedelta(days=60))
    pages = sign_in("clerk")
    page = pages.get(QUEUE)
    assert f"{QUEUE}?due=overdue" in page.links() and f"{QUEUE}?assignee=me" in page.links()
    page = pages.get(f"{QUEUE}?due=overdue")
    assert case in page.text and "Past the legal limit" in page.text
    (current,) = page.all("a", href=f"{QUEUE}?due=overdue")
    assert current.get("aria-current") == "true"
    assert "No request fits these filters" in pages.get(f"{QUEUE}?assignee=me").text
    finnish = pages.get("/fi/desk/requests?due=overdue")
    assert case in finnish.text


def test_a_decision_maker_sees_what_waits_for_them_and_not_what_they_proposed(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        customer = make_customer()
        case = services.submit(
            Kind.ERASURE, customer_id=customer.id, text="All.", actor=customer_actor(customer.id), now=clock.now()
        )
        handling.take(public_id=case.public_id, actor=DECIDER, now=clock.now())
        decisions = {0: ItemDecision(outcome=Outcome.GRANT)}
        deciding.decide(public_id=case.public_id, decisions=decisions, actor=DECIDER, now=clock.now())
        assert desk_queue.waiting_for_approval(DECIDER.account_id) == []
        public_id = case.public_id
    pages = sign_in("decision-maker")
    page = pages.get(QUEUE)
    assert "1 decision waits for your approval" in page.text
    shown = pages.get(f"{QUEUE}/{public_id}")
    for words in (
        "A proposal waits for approval: nothing has been decided yet",
        "Proposed to be granted, not decided",
        "What would be deleted, and what stays until when",
        "Metering points",
    ):
        assert words in shown.text
    assert "decision waits for your approval" not in sign_in("clerk").get(QUEUE).text


def test_ones_own_request_is_in_the_queue_and_somebody_elses_to_handle(app: Flask, client: Pages) -> None:
    with app.app_context():
        own = make_customer()
        case = phone_correction(own.id, clock.now()).public_id
        person = make_account("clerk", own_customer_id=own.id)
    pages = signed_in(client, person=person)
    page = pages.get(QUEUE)
    assert case in page.text and "Your own request: somebody else handles it" in page.text
    assert f"{QUEUE}/{case}" not in page.links()
    for path in ("", "/print", "/receipt", "/letter.pdf", "/draft.pdf", "/files/1"):
        assert pages.get(f"{QUEUE}/{case}{path}").status == 403, path
    page = pages.submit(f"{QUEUE}/new?channel=letter", {"customer_number": own.number, "kind": "access", "look": "1"})
    assert page.status == 422
    assert "Nobody handles their own request" in page.text


def test_of_two_tasks_one_is_recorded_and_the_case_waits_for_the_other(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        case = phone_correction(make_customer().id, clock.now())
        handling.take(public_id=case.public_id, actor=CLERK, now=clock.now())
        decide(case, Outcome.GRANT, clock.now())
        handling.answer(public_id=case.public_id, actor=CLERK, now=clock.now())
        public_id = with_task(with_task(case), Recipient.DATAHUB).public_id
    pages = sign_in("clerk")
    path = f"{QUEUE}/{public_id}"
    nothing = pages.submit(path, {"step": "record-tasks", "tasks-0-note": "By phone"})
    assert nothing.status == 422 and "Choose for at least one task what has been done." in nothing.text
    assert "#tasks-0-outcome" in nothing.links(), "the error leads to a task"
    assert nothing.form_values(path)["tasks-0-note"] == "By phone"
    saved = pages.follow(pages.submit(path, {"step": "record-tasks", "tasks-1-outcome": "done"}))
    assert "What has been done has been saved." in saved.text
    assert "The request has been answered. 1 task that follows is still open." in saved.text
    fields = saved.form_values(path)
    assert "tasks-0-outcome" in fields and "tasks-1-outcome" not in fields
    assert pages.submit(path, {"step": "close", "tasks-0-outcome": "done"}).status == 303


def test_an_answered_case_says_why_it_is_still_on_the_list(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        case = phone_correction(make_customer().id, clock.now())
        waits = phone_correction(make_customer().id, clock.now())
        handling.take(public_id=case.public_id, actor=CLERK, now=clock.now())
        decide(case, Outcome.GRANT, clock.now())
        handling.answer(public_id=case.public_id, actor=CLERK, now=clock.now())
        public_id, other = with_task(case).public_id, waits.public_id
    pages = sign_in("clerk")
    page = pages.get(QUEUE)
    assert public_id in page.text and other in page.text
    assert "2 requests. 1 of them is answered, and stays here because a task is still open." in page.text
    assert "Answered, 1 task open" in page.text
    assert "Vastattu, 1 tehtävä avoinna" in pages.get("/fi/desk/requests").text
    shown = pages.get(f"{QUEUE}/{public_id}")
    assert "The request has been answered. 1 task that follows is still open." in shown.text
    unsent = pages.submit(f"{QUEUE}/{public_id}", {"step": "close"})
    assert unsent.status == 422 and "#tasks-0-outcome" in unsent.links(), "the error leads to the task"
    assert "Save what has been done" not in shown.text, "the only task that is left ends with the request"
    pages.submit(f"{QUEUE}/{public_id}", {"step": "close", "tasks-0-outcome": "done"})
    page = pages.get(QUEUE)
    assert public_id not in page.text
    assert "1 request" in page.text and "of them" not in page.text


def test_each_figure_is_the_length_of_its_list(context: Flask) -> None:
    """In every status that a case can have, and for what waits: the two ways of asking know the same cases."""
    for wanted in Status:
        case = reach(make_customer().id, wanted)
        if wanted is Status.ANSWERED:
            with_task(case)
    today = local_date(START)
    counts = desk_queue.counts_by_status()
    for status, count in counts.items():
        assert count == desk_queue.queue(Filters(status=status), page=1, today=today).total, status
    waiting = sum(counts[status] for status in OPEN)
    listed = desk_queue.queue(Filters(), page=1, today=today)
    assert listed.total == waiting + 1, "the one that is answered has a task"
    assert listed.following == 1
    assert {line.case.status for line in listed.lines} == {*OPEN, Status.ANSWERED}
    assert [case.public_id for case in desk_queue.all_cases()] == [line.case.public_id for line in listed.lines]


def test_pages_of_the_queue_follow_on_each_other(context: Flask) -> None:
    """Also where what waits and what has tasks are read apart."""
    for number in range(5):
        at = START - timedelta(days=number)
        if number % 2:
            with_task(reach(make_customer().id, Status.ANSWERED, at))
        else:
            reach(make_customer().id, Status.RECEIVED, at)
    today = local_date(START)
    whole = [line.case.public_id for line in desk_queue.queue(Filters(), page=1, today=today, size=9).lines]
    assert len(whole) == 5
    pages = [desk_queue.queue(Filters(), page=page, today=today, size=2).lines for page in (1, 2, 3, 99)]
    found = [[line.case.public_id for line in lines] for lines in pages]
    assert found == [whole[:2], whole[2:4], whole[4:], whole[4:]]
