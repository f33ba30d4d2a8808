"""The queue: what is late stands on top, filters live in the address, each figure leads to its cases."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.core import clock
from portal.core.clock import local_date
from portal.subject_requests import handling, queries, services
from portal.subject_requests.handling import ItemDecision
from portal.subject_requests.kinds import Kind, Outcome
from portal.subject_requests.queries import Due, Filters, Workload
from tests.conftest import START, FrozenClock
from tests.factories import make_account, make_customer, signed_in
from tests.pages import Pages
from tests.subject_requests.people import CLERK, DECIDER, customer_actor, phone_correction
from tests.subject_requests.test_pages import SignIn

QUEUE = "/en/desk/requests"


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, (0, 0, 0)), (27, (0, 0, 2)), (30, (0, 2, 0)), (45, (2, 0, 0))],
)
def test_the_figures_are_those_of_the_filters(context: Flask, days: int, expected: tuple[int, int, int]) -> None:
    cases = [phone_correction(make_customer().id, START) for _ in range(2)]
    handling.take(public_id=cases[0].public_id, actor=CLERK, now=START)
    today = local_date(START + timedelta(days=days))
    found = queries.workload(account_id=CLERK.account_id, today=today)
    assert found == Workload(*expected, unassigned=1, mine=1)
    for due, number in zip((Due.OVERDUE, Due.LATE, Due.SOON), expected, strict=True):
        assert queries.queue(Filters(due=due), page=1, today=today).total == number
    assert queries.queue(Filters(assignee="none"), page=1, today=today).total == 1


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
        handling.decide(public_id=case.public_id, decisions=decisions, actor=DECIDER, now=clock.now())
        assert queries.waiting_for_approval(DECIDER.account_id) == []
        public_id = case.public_id
    pages = sign_in("decision-maker")
    page = pages.get(QUEUE)
    assert "1 decision waits for your approval" in page.text
    shown = pages.get(f"{QUEUE}/{public_id}")
    for words in (
        "A decision waits for approval",
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
