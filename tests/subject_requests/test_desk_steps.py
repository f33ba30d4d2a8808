"""Steps of the desk that take two people, two requests, or more time; through the pages, also posted directly."""

from datetime import timedelta

from flask import Flask

from portal.core import audit, clock
from portal.core.audit import AuditAction
from portal.core.db import db
from portal.subject_requests import handling, services
from portal.subject_requests.kinds import Kind, Status
from portal.subject_requests.models import SubjectRequest
from tests.conftest import START, FrozenClock
from tests.factories import make_customer
from tests.subject_requests.people import CLERK, customer_actor, phone_correction
from tests.subject_requests.test_pages import SignIn, new_case, step


def status_of(app: Flask, public_id: str) -> Status:
    with app.app_context():
        return db.session.query(SubjectRequest).filter_by(public_id=public_id).one().status


def new_erasure(app: Flask) -> str:
    with app.app_context():
        customer = make_customer()
        case = services.submit(
            Kind.ERASURE, customer_id=customer.id, text="All.", actor=customer_actor(customer.id), now=clock.now()
        )
        handling.take(public_id=case.public_id, actor=CLERK, now=clock.now())
        return case.public_id


def test_an_erasure_is_proposed_by_one_and_approved_by_another(app: Flask, sign_in: SignIn) -> None:
    public_id = new_erasure(app)
    first, second, clerk = sign_in("decision-maker"), sign_in("decision-maker"), sign_in("clerk")
    assert step(first, public_id, "decide", **{"items-0-outcome": "grant"}).status == 303
    assert "A decision waits for approval" in first.get(f"/en/desk/requests/{public_id}").text
    assert status_of(app, public_id) is Status.IN_REVIEW
    for person, words in ((first, "Somebody else than the person"), (clerk, "does not belong to your role")):
        page = step(person, public_id, "approve")
        assert page.status == 422
        assert words in page.text
    assert status_of(app, public_id) is Status.IN_REVIEW
    assert step(second, public_id, "approve").status == 303
    assert status_of(app, public_id) is Status.DECIDED


def test_a_step_posted_past_the_page_is_refused_and_leaves_a_trace(app: Flask, sign_in: SignIn) -> None:
    public_id, _ = new_case(app)
    clerk = sign_in("clerk")
    for name in ("answer", "close", "approve", "remind-identity"):
        assert step(clerk, public_id, name).status == 422
        with app.app_context():
            newest = audit.latest(limit=20)
            refused = next(one for one in newest if one.event.action is AuditAction.REQUEST_STEP_REFUSED)
            assert refused.detail is not None
            assert (refused.detail.purpose, refused.detail.case) == (name, public_id)
            assert refused.detail.actor == clerk.person.account_id
    assert status_of(app, public_id) is Status.RECEIVED


def test_a_clerk_merges_two_requests_that_the_page_holds_for_the_same(app: Flask, sign_in: SignIn) -> None:
    public_id, customer_id = new_case(app)
    with app.app_context():
        other = phone_correction(customer_id, clock.now()).public_id
    clerk = sign_in("clerk")
    assert other in clerk.get(f"/en/desk/requests/{public_id}").text
    assert step(clerk, public_id, "merge", target="2222-2222").status == 422
    assert step(clerk, public_id, "merge", target=other).status == 303
    assert status_of(app, public_id) is Status.MERGED


def test_a_late_case_offers_to_tell_the_customer(app: Flask, sign_in: SignIn, frozen_clock: FrozenClock) -> None:
    public_id, _ = new_case(app)
    frozen_clock.at = START + timedelta(days=40)
    clerk = sign_in("clerk")
    assert "answer is on its way" in clerk.get(f"/en/desk/requests/{public_id}").text
    assert step(clerk, public_id, "hold").status == 303
    assert "emme ole unohtaneet pyyntöäsi" in clerk.get(f"/en/desk/requests/{public_id}").text


def test_who_looked_at_an_older_state_is_told_and_changes_nothing(app: Flask, sign_in: SignIn) -> None:
    public_id, _ = new_case(app)
    clerk = sign_in("clerk")
    page = clerk.get(f"/en/desk/requests/{public_id}")
    seen = page.all("input", name="version")[0].get("value")
    with app.app_context():
        handling.take(public_id=public_id, actor=CLERK, now=clock.now())
    clerk.get(f"/en/desk/requests/{public_id}")
    page = clerk.post(
        f"/en/desk/requests/{public_id}",
        {"step": "ask-identity", "reason": "doubt", "question": "Who?", "version": str(seen)},
    )
    assert page.status == 409
    assert status_of(app, public_id) is Status.IN_REVIEW
