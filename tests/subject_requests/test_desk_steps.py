"""Steps of the desk that take two people, two requests, or more time; through the pages, also posted directly."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.core import audit, clock
from portal.core.audit import AuditAction
from portal.core.db import db
from portal.subject_requests import handling, services
from portal.subject_requests.desk_steps import STEPS
from portal.subject_requests.kinds import Kind, Status
from portal.subject_requests.models import SubjectRequest
from tests.conftest import START, FrozenClock
from tests.factories import make_customer
from tests.subject_requests.people import CLERK, customer_actor, phone_correction
from tests.subject_requests.test_pages import SignIn, new_case, step

CASE = "/en/desk/requests"


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
    done = first.follow(step(first, public_id, "decide", **{"items-0-outcome": "grant"}))
    assert "Nothing is decided until somebody else approves it." in done.text
    assert "The decision has been made." not in done.text
    page = first.get(f"/en/desk/requests/{public_id}")
    assert "You proposed this decision. Somebody else approves it" in page.text
    assert "Proposed to be granted, not decided" in page.text
    assert not [chip for chip in page.all("span") if (chip.text or "").strip() == "Granted"]
    assert "You proposed, somebody else approves" in first.get("/en/desk/requests").text
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


FIELDS = {
    "assign": {"assignee": "clerk"},
    "ask-identity": {"reason": "Doubt.", "question": "Who?"},
    "identity-answered": {"note": "Seen."},
    "show-identity": {"note": "Seen.", "method": "id-document", "document_type": "passport"},
    "join-customer": {"customer_number": "10000001", "note": "Seen."},
    "remind-identity": {"note": "By post."},
    "change-arrival": {"received_on": "20.11.2026", "reason": "Stamp."},
    "extend": {"reason": "complexity", "explanation": "Much."},
    "split": {"categories": "calls"},
    "decide": {"items-0-outcome": "grant"},
    "merge": {"target": "K7F3-9QTD"},
    "lift-restriction": {"explanation": "Over."},
    "withdraw": {"note": "By phone."},
}
POSSIBLE = {
    Status.RECEIVED: {
        *("take", "assign", "ask-identity", "show-identity", "join-customer", "change-arrival", "merge", "withdraw"),
        *("message", "note", "hold", "mark-read"),
    },
    Status.WITHDRAWN: {"message", "note", "mark-read"},
}


@pytest.mark.parametrize("at", list(POSSIBLE))
def test_every_step_that_is_not_possible_is_refused_in_words_when_it_is_posted(
    app: Flask, sign_in: SignIn, at: Status
) -> None:
    """By the decision-maker, who may do most; the page tells why, and the trail tells who tried."""
    public_id, _ = new_case(app)
    pages = sign_in("decision-maker")
    if at is Status.WITHDRAWN:
        assert step(pages, public_id, "withdraw", note="By phone.").status == 303
    for name in set(STEPS) - POSSIBLE[at] - {"open-linked"}:
        page = pages.submit(f"{CASE}/{public_id}", {"step": name, **FIELDS.get(name, {})})
        assert page.status == 422, name
        words = "has ended" if at is Status.WITHDRAWN else "is not possible in the request’s present state"
        assert words in page.text, name
        with app.app_context():
            newest = audit.latest(limit=2)[1]  # the last is the view of the page
            assert newest.event.action is AuditAction.REQUEST_STEP_REFUSED
            assert newest.detail is not None
            assert (newest.detail.purpose, newest.detail.actor) == (name, pages.person.account_id)
    assert status_of(app, public_id) is at


@pytest.mark.parametrize("role", ["customer", "marketing", "administrator"])
def test_a_step_posted_by_who_has_no_case_rights_is_refused_and_on_record(
    app: Flask, sign_in: SignIn, role: str
) -> None:
    public_id, _ = new_case(app)
    pages = sign_in(role)
    pages.get("/en/my/devices")
    assert pages.post(f"{CASE}/{public_id}", {"step": "take"}).status == 403
    assert status_of(app, public_id) is Status.RECEIVED
    with app.app_context():
        newest = audit.latest(limit=1)[0]
        assert newest.event.action is AuditAction.ACCESS_DENIED
        assert newest.detail is not None
        assert newest.detail.actor == pages.person.account_id
        assert (newest.detail.object, newest.detail.purpose) == ("desk_requests.show", "requests:handle")


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
    page = clerk.get(f"/en/desk/requests/{public_id}")
    assert "Emme ole unohtaneet pyyntöäsi" in page.text
    assert "that the answer is on its way. Tell the customer again" in page.text, "nobody tells it twice unawares"


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
