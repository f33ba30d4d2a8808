"""Staff see at once that a customer has written, until somebody has answered or said that no answer is needed."""

import importlib
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text

from portal.core import audit, clock
from portal.core.audit import AuditAction
from portal.core.clock import local_date
from portal.core.db import db, transaction
from portal.core.errors import RuleViolation, Stale
from portal.messages.models import Message
from portal.subject_requests import desk_queue, following, handling, identifying, purges, queries, sentences, services
from portal.subject_requests.desk_queue import Filters
from portal.subject_requests.guards import Problem
from portal.subject_requests.handling import ExtensionReason
from portal.subject_requests.kinds import OPEN, Kind, Outcome, Status
from portal.subject_requests.models import SubjectRequest
from tests.conftest import START, FrozenClock
from tests.factories import make_account, make_customer, signed_in
from tests.pages import Page, Pages
from tests.subject_requests.people import CLERK, DECIDER, customer_actor, decide, phone_correction, reach
from tests.subject_requests.test_desk_queue import with_task
from tests.subject_requests.test_pages import SignIn, step

QUEUE = "/en/desk/requests"
TODAY = local_date(START)
MARK = "The customer has written"
LATER, LATER_STILL = START + timedelta(hours=1), START + timedelta(hours=2)


def writes(case: SubjectRequest, at: datetime = LATER, words: str = "Has it moved on?") -> None:
    actor = customer_actor(case.customer_id or 0)
    services.message_from_customer(public_id=case.public_id, text=words, actor=actor, now=at)


def waiting(status: Status = Status.IN_REVIEW) -> SubjectRequest:
    """A case whose customer has written."""
    case = reach(make_customer().id, status)
    writes(case)
    assert case.unread_since == LATER
    return case


def listed(**wanted: Any) -> set[str]:
    return {line.case.public_id for line in desk_queue.queue(Filters(**wanted), page=1, today=TODAY, size=100).lines}


@pytest.mark.parametrize("status", list(Status))
def test_in_every_status_a_message_waits_and_is_listed_and_counted(context: Flask, status: Status) -> None:
    quiet = reach(make_customer().id, status).public_id
    case = waiting(status)
    assert listed(unread=True) == listed(unread=True, status=status) == {case.public_id}
    assert desk_queue.workload(account_id=None, today=TODAY).unread == 1
    everything = desk_queue.queue(Filters(), page=1, today=TODAY)
    assert case.public_id in {line.case.public_id for line in everything.lines}
    assert everything.returned == (status not in OPEN)
    assert (quiet in listed()) == (status in OPEN)
    handling.mark_read(public_id=case.public_id, actor=CLERK, now=LATER_STILL)
    assert listed(unread=True) == set()
    assert (case.public_id in listed()) == (status in OPEN)


def test_an_answered_case_with_a_task_and_a_message_is_on_the_list_once(context: Flask) -> None:
    with_task(waiting(Status.ANSWERED))
    found = desk_queue.queue(Filters(), page=1, today=TODAY)
    assert (found.total, len(found.lines), found.following, found.returned) == (1, 1, 1, 0)


def test_it_waits_since_the_first_of_the_messages(context: Flask) -> None:
    case = waiting()
    writes(case, LATER_STILL)
    assert case.unread_since == LATER


ANSWERS = {
    "message": lambda i: handling.message(public_id=i, text="Soon.", actor=CLERK, now=LATER_STILL),
    "mark-read": lambda i: handling.mark_read(public_id=i, actor=CLERK, now=LATER_STILL),
    "ask-identity": lambda i: identifying.ask_identity(
        public_id=i, reason="Doubt.", question="Who?", actor=CLERK, now=LATER_STILL
    ),
    "extend": lambda i: handling.extend(
        public_id=i, reason=ExtensionReason.NUMBER, explanation="Many.", actor=DECIDER, now=LATER_STILL
    ),
}
# Said of the case and not to the customer, or without a word about what was asked
NO_ANSWERS = {
    "note": lambda i: handling.note(public_id=i, text="Called.", actor=CLERK, now=LATER_STILL),
    "assign": lambda i: handling.assign(
        public_id=i, assignee=str(make_account("clerk").account_id), actor=CLERK, now=LATER_STILL
    ),
    "hold": lambda i: handling.hold(public_id=i, actor=CLERK, now=LATER_STILL),
}


@pytest.mark.parametrize("name", list(ANSWERS))
def test_what_staff_tell_the_customer_answers_the_message(context: Flask, name: str) -> None:
    case = waiting()
    ANSWERS[name](case.public_id)
    assert case.unread_since is None


@pytest.mark.parametrize("name", list(NO_ANSWERS))
def test_what_says_nothing_about_the_message_leaves_it_waiting(context: Flask, name: str) -> None:
    case = waiting()
    NO_ANSWERS[name](case.public_id)
    assert case.unread_since == LATER


def test_the_letter_answers_what_was_written_before_it_and_closing_answers_nothing(context: Flask) -> None:
    case = waiting(Status.IN_REVIEW)
    decide(case, Outcome.GRANT, LATER_STILL)
    assert case.unread_since, "a decision tells the customer nothing yet"
    handling.answer(public_id=case.public_id, actor=CLERK, now=LATER_STILL)
    assert case.unread_since is None
    writes(case, LATER_STILL + timedelta(days=1), "Thank you, but you misread me.")
    handling.close(public_id=case.public_id, reports={}, actor=CLERK, now=LATER_STILL + timedelta(days=2))
    assert case.unread_since == LATER_STILL + timedelta(days=1)


def test_the_answer_to_the_question_about_identity_is_to_be_read_too(context: Flask) -> None:
    case = reach(make_customer().id, Status.IDENTITY_PENDING)
    actor = customer_actor(case.customer_id or 0)
    following.answer_identity_question(
        public_id=case.public_id, statement="It is mine.", text="It is me.", actor=actor, now=LATER
    )
    assert (case.status, case.unread_since) == (Status.IN_REVIEW, LATER)


def test_who_marks_it_as_read_and_when_is_on_record_and_the_version_stands(context: Flask) -> None:
    case = waiting()
    version = case.version
    handling.mark_read(public_id=case.public_id, actor=CLERK, now=LATER_STILL, version=version)
    assert case.version == version, "a colleague’s decision is not out of date"
    mark = queries.case_view(case.public_id, actor=CLERK, today=TODAY).marked_read
    assert mark is not None and (mark.account_id, mark.at) == (CLERK.account_id, LATER_STILL)
    (newest,) = audit.latest(limit=1)
    assert newest.event.action is AuditAction.REQUEST_STEP and newest.detail is not None
    assert (newest.detail.purpose, newest.detail.case) == ("mark-read", case.public_id)
    with pytest.raises(RuleViolation) as refused:
        handling.mark_read(public_id=case.public_id, actor=CLERK, now=LATER_STILL)
    assert refused.value.code is Problem.NOTHING_UNREAD


def test_nobody_answers_or_marks_as_read_what_they_have_not_seen(context: Flask) -> None:
    case = waiting()
    seen = case.version
    writes(case, LATER_STILL, "And one thing more!")
    with pytest.raises(Stale):
        handling.mark_read(public_id=case.public_id, actor=CLERK, now=LATER_STILL, version=seen)
    handling.message(public_id=case.public_id, text="Soon.", actor=CLERK, now=LATER_STILL, seen_version=seen)
    assert case.unread_since, "it was sent, and what came meanwhile still waits"


def test_the_migration_finds_what_waits_in_the_cases_there_are(context: Flask) -> None:
    """Cases from before the mark, ended ones too, which is where messages were lost."""
    found = {status: waiting(status) for status in Status}
    for status in (Status.IN_REVIEW, Status.CLOSED):
        answered = waiting(status)
        handling.message(public_id=answered.public_id, text="Yes.", actor=CLERK, now=LATER_STILL)
    reach(make_customer().id, Status.CLOSED)
    by_letter = waiting(Status.IN_REVIEW)
    decide(by_letter, Outcome.GRANT, LATER_STILL)
    handling.answer(public_id=by_letter.public_id, actor=CLERK, now=LATER_STILL)
    emptied = waiting(Status.CLOSED)
    with transaction():
        purges.empty([emptied.id])
    with transaction():
        db.session.execute(text("UPDATE subject_request SET unread_since = NULL"))
        db.session.execute(text(importlib.import_module("portal.migrations.versions.0022_messages_that_wait").WAITING))
    db.session.expire_all()
    assert listed(unread=True) == {case.public_id for case in found.values()}
    assert {case.unread_since for case in found.values()} == {LATER}


def test_what_has_lost_its_words_and_its_customer_waits_for_nobody(context: Flask) -> None:
    """Its time is over, or its customer has been erased."""
    case = waiting(Status.CLOSED)
    with transaction():
        purges.empty([case.id])
    assert listed(unread=True) == set() == listed()


def test_cases_that_have_come_back_are_read_from_an_index_of_those_alone(context: Flask) -> None:
    waiting(Status.CLOSED)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    desk_queue.queue(Filters(), page=1, today=TODAY)
    desk_queue.queue(Filters(unread=True), page=1, today=TODAY)
    desk_queue.workload(account_id=None, today=TODAY)
    event.remove(db.engine, "before_cursor_execute", note)
    is_sqlite = db.engine.dialect.name == "sqlite"
    if not is_sqlite:
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
    explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
    plans = [
        [str(row[-1]) for row in db.session.connection().exec_driver_sql(f"{explain} {statement}", parameters)]
        for statement, parameters in asked
        if "unread_since IS NOT NULL" in statement
    ]
    assert len(plans) == 5, "a page and its count twice, and the figures"
    for steps in plans:
        assert any("ix_subject_request_unread" in re.sub("unread_since", "", one) for one in steps), steps
        assert not any(re.search(r"(SCAN|Seq Scan on) subject_request$", one) for one in steps), steps


def marks(page: Page) -> int:
    return sum(MARK in (chip.text or "") + "".join(child.tail or "" for child in chip) for chip in page.all("span"))


def test_the_desk_marks_it_first_in_what_comes_next_and_in_the_queue(
    app: Flask, sign_in: SignIn, frozen_clock: FrozenClock
) -> None:
    with app.app_context():
        public_id = waiting(Status.IN_REVIEW).public_id
        ended = waiting(Status.WITHDRAWN).public_id
    frozen_clock.at = LATER_STILL
    clerk = sign_in("clerk")
    queue = clerk.get(QUEUE)
    assert marks(queue) == 2
    assert "1 of them is done with, and is here because the customer has written again." in queue.text
    assert f"{QUEUE}?unread=on" in queue.links()
    unread = clerk.get(f"{QUEUE}?unread=on")
    (current,) = unread.all("a", href=f"{QUEUE}?unread=on")
    assert current.get("aria-current") == "true"
    for one in (public_id, ended):
        page = clerk.get(f"{QUEUE}/{one}")
        assert marks(page) == 2, "in what comes next, and at the message"
        assert "#unread" in page.links() and page.all("article", id="unread")
        assert "Nothing is left to do." not in page.text
        done = clerk.follow(step(clerk, one, "mark-read"))
        assert "The customer’s message has been marked as read." in done.text
        assert marks(done) == 0 and "Marked as read: " in done.text
    assert marks(clerk.get(QUEUE)) == 0 and ended not in clerk.last.text


def test_who_marks_as_read_what_has_just_been_added_to_sees_the_page_again(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        case = waiting()
        public_id, version = case.public_id, case.version
        writes(case, LATER_STILL, "And one thing more!")
    clerk = sign_in("clerk")
    clerk.get(f"{QUEUE}/{public_id}")
    page = clerk.post(f"{QUEUE}/{public_id}", {"step": "mark-read", "version": str(version)})
    assert page.status == 409
    assert "Look at the messages once more." in page.text and "And one thing more!" in page.text


def test_a_merged_request_leads_both_sides_to_the_one_that_goes_on(app: Flask, client: Pages, sign_in: SignIn) -> None:
    with app.app_context():
        customer = make_customer()
        main, merged = (phone_correction(customer.id, clock.now()).public_id for _ in range(2))
        handling.merge(public_id=merged, target=main, actor=CLERK, now=clock.now())
        person = make_account("customer", customer_id=customer.id)
    pages = signed_in(client, person=person)
    page = pages.get(f"/en/my/requests/{merged}")
    assert f"/en/my/requests/{main}#messages" in page.links()
    assert not page.all("textarea")
    desk = sign_in("clerk").get(f"{QUEUE}/{merged}")
    assert f"{QUEUE}/{main}" in desk.links()
    assert not desk.all("form", id="say") and "Write to the customer there." in desk.text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.IN_REVIEW, None),
        (Status.ANSWERED, "A message does not change the decision."),
        (Status.CLOSED, "A message does not change the decision."),
        (Status.WITHDRAWN, "A message does not take the request up again."),
    ],
)
def test_a_request_that_has_ended_tells_what_becomes_of_a_message(
    app: Flask, client: Pages, status: Status, words: str | None
) -> None:
    with app.app_context():
        customer = make_customer()
        case = reach(customer.id, status).public_id
        person = make_account("customer", customer_id=customer.id)
    page = signed_in(client, person=person).get(f"/en/my/requests/{case}")
    assert page.all("textarea", name="text"), "it can be written all the same"
    assert ("we read your message and reply here" in page.text) == bool(words)
    assert words is None or words in page.text


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        (Status.RECEIVED, {"thanks", "on-its-way", "more", "evidence"}),
        (Status.IN_REVIEW, {"thanks", "on-its-way", "more", "evidence"}),
        (Status.IDENTITY_PENDING, {"thanks"}),
        (Status.DECIDED, {"thanks", "on-its-way"}),
        (Status.ANSWERED, {"thanks", "decision-stands"}),
        (Status.CLOSED, {"thanks", "decision-stands"}),
        (Status.WITHDRAWN, {"thanks", "ask-again"}),
        (Status.MERGED, {"thanks"}),
    ],
)
def test_ready_sentences_are_true_of_the_case_as_it_stands(status: Status, offered: set[str]) -> None:
    case = SubjectRequest(kind=Kind.ACCESS, status=status)
    assert set(sentences.fitting(case, has_account=True)["message"]) == offered
    at_once = SubjectRequest(kind=Kind.OPT_OUT, status=status)
    assert "decision-stands" not in sentences.fitting(at_once, has_account=True)["message"]


def test_a_ready_sentence_is_offered_where_the_customer_can_follow_it() -> None:
    def offered(kind: Kind, step: str, *, has_account: bool) -> set[str]:
        return set(sentences.fitting(SubjectRequest(kind=kind, status=Status.RECEIVED), has_account=has_account)[step])

    assert offered(Kind.ACCESS, "ask-identity", has_account=True) == {"sign-in", "visit"}, "a call proves too little"
    assert offered(Kind.OBJECTION, "ask-identity", has_account=True) == {"sign-in", "visit", "call"}
    assert offered(Kind.OBJECTION, "ask-identity", has_account=False) == {"visit", "call"}, "no page to sign in to"
    assert offered(Kind.ACCESS, "message", has_account=False) == {"thanks", "on-its-way"}, "nothing to answer here"


@pytest.mark.parametrize("has_account", [True, False])
def test_who_writes_is_told_when_the_customer_cannot_read_it_here(
    app: Flask, sign_in: SignIn, has_account: bool
) -> None:
    with app.app_context():
        customer = make_customer()
        public_id = reach(customer.id, Status.IN_REVIEW).public_id
        if has_account:
            make_account("customer", customer_id=customer.id)
    page = sign_in("clerk").get(f"{QUEUE}/{public_id}")
    assert ("The customer sees everything here." in page.text) == has_account
    assert ("The customer has no account here to read these in." in page.text) != has_account


@pytest.mark.parametrize(
    ("has_account", "told", "untold"),
    [(True, "Sign in to the privacy portal", "phone"), (False, "please phone customer service", "Sign in")],
)
def test_the_mail_of_a_message_asks_nobody_to_sign_in_who_cannot(
    context: Flask, has_account: bool, told: str, untold: str
) -> None:
    customer = make_customer(email="aino@example.com")
    if has_account:
        make_account("customer", customer_id=customer.id)
    case = reach(customer.id, Status.IN_REVIEW)
    case.language = "en"
    handling.message(public_id=case.public_id, text="Hello.", actor=CLERK, now=LATER)
    (mail,) = [mail for mail in db.session.scalars(select(Message)) if mail.subject.startswith("New message")]
    assert told in mail.body and untold not in mail.body


def test_a_sentence_that_fits_no_longer_is_not_put_in_and_nothing_typed_is_lost(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        public_id = reach(make_customer().id, Status.CLOSED).public_id
    clerk = sign_in("clerk")
    page = step(clerk, public_id, "message", text="Omat sanani.", fill="on-its-way")
    assert page.status == 409
    (field,) = page.all("textarea", id="staff-message-text")
    assert (field.text or "").strip() == "Omat sanani."
    assert "Somebody else did something with this request" in page.text


def test_a_case_under_way_that_nobody_has_is_offered_to_be_taken(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        case = reach(make_customer().id, Status.IN_REVIEW)
        public_id = case.public_id
        with transaction():
            case.assignee_account_id = None
    clerk = sign_in("clerk")
    page = clerk.get(f"{QUEUE}/{public_id}")
    assert "Nobody has this request." in page.text
    assert step(clerk, public_id, "assign", assignee=str(clerk.person.account_id)).status == 303
    assert "Nobody has this request." not in clerk.get(f"{QUEUE}/{public_id}").text


def test_a_case_is_handed_to_others_who_may_handle_it(app: Flask, sign_in: SignIn) -> None:
    """Not to oneself, not to who has it already, and nobody handles their own."""
    clerk, other, decider = sign_in("clerk"), sign_in("clerk"), sign_in("decision-maker")
    with app.app_context():
        customer = make_customer()
        own = make_account("clerk", own_customer_id=customer.id).account_id
        public_id = phone_correction(customer.id, clock.now()).public_id

    def people() -> set[str | None]:
        page = clerk.get(f"{QUEUE}/{public_id}")
        return {option.get("value") for select in page.all("select", name="assignee") for option in select} - {""}

    others = {str(person.person.account_id) for person in (other, decider)}
    assert people() == others
    refused = step(clerk, public_id, "assign", assignee=str(own))
    assert refused.status == 422 and "Choose a member of staff who handles requests." in refused.text
    assert step(clerk, public_id, "assign", assignee=str(other.person.account_id)).status == 303
    assert people() == {str(decider.person.account_id)}
