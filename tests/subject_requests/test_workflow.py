"""The table of steps against the written one, and every illegal move."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from portal.core import audit
from portal.core.audit import AuditAction
from portal.core.db import db
from portal.core.errors import RuleViolation
from portal.subject_requests import handling, services, workflow
from portal.subject_requests.kinds import Ground, Kind, Outcome, Status
from portal.subject_requests.models import SubjectRequest
from portal.subject_requests.workflow import Problem
from tests.conftest import START
from tests.factories import make_customer
from tests.subject_requests.people import (
    CLERK,
    DECIDER,
    MARKETER,
    customer_actor,
    decide,
    phone_correction,
)

# Law.md section 3: (step, from, to, who). C customer, K clerk, D decision-maker, S system.
WRITTEN = {
    ("submit", "", "received", "CKS"),
    ("take", "received", "in-review", "K"),
    ("ask-identity", "received", "identity-pending", "KS"),
    ("ask-identity", "in-review", "identity-pending", "KS"),
    ("identity-answered", "identity-pending", "in-review", "CKS"),
    ("refuse-unidentified", "identity-pending", "decided", "D"),
    ("extend", "in-review", "in-review", "D"),
    ("decide", "in-review", "decided", "DK"),
    ("grant-at-once", "received", "decided", "CKS"),
    ("answer", "decided", "answered", "KS"),
    ("close", "answered", "closed", "KS"),
    ("withdraw", "received", "withdrawn", "CK"),
    ("withdraw", "in-review", "withdrawn", "CK"),
    ("withdraw", "identity-pending", "withdrawn", "CK"),
    ("merge", "received", "merged", "K"),
}
LETTERS = {"customer": "C", "clerk": "K", "decision-maker": "D", "system": "S"}


def test_the_table_is_the_written_one() -> None:
    table = {
        (step.name.value, source, step.target.value, "".join(sorted(LETTERS[who] for who in step.who)))
        for step in workflow.TABLE.values()
        for source in (sorted(step.sources) or [""])
    }
    assert table == WRITTEN


@pytest.fixture
def customer_id(context: Flask) -> int:
    return make_customer().id


def status(case: SubjectRequest) -> Status:
    db.session.expire_all()
    return db.session.get_one(SubjectRequest, case.id).status


def refused(act: Callable[[], object]) -> Problem:
    with pytest.raises(RuleViolation) as caught:
        act()
    assert isinstance(caught.value.code, Problem)
    return caught.value.code


def reach(customer_id: int, wanted: Status, now: datetime = START) -> SubjectRequest:
    """A case that has come to a status by lawful steps."""
    case = phone_correction(customer_id, now)
    public_id = case.public_id
    if wanted is Status.WITHDRAWN:
        services.withdraw(public_id=public_id, actor=customer_actor(customer_id), now=now)
    if wanted in (Status.RECEIVED, Status.WITHDRAWN):
        return case
    handling.take(public_id=public_id, actor=CLERK, now=now)
    if wanted is Status.IDENTITY_PENDING:
        handling.ask_identity(public_id=public_id, reason="doubt", question="Who are you?", actor=CLERK, now=now)
    if wanted in (Status.IN_REVIEW, Status.IDENTITY_PENDING):
        return case
    decide(case, Outcome.GRANT, now)
    if wanted is Status.DECIDED:
        return case
    handling.answer(public_id=public_id, actor=CLERK, now=now)
    if wanted is Status.CLOSED:
        handling.close(public_id=public_id, reports={}, actor=CLERK, now=now)
    return case


ACTS: dict[str, Callable[[str], object]] = {
    "take": lambda i: handling.take(public_id=i, actor=CLERK, now=START),
    "ask-identity": lambda i: handling.ask_identity(public_id=i, reason="d", question="q", actor=CLERK, now=START),
    "identity-answered": lambda i: handling.identity_answered(public_id=i, note="n", actor=CLERK, now=START),
    "decide": lambda i: handling.decide(
        public_id=i, decisions={0: handling.ItemDecision(outcome=Outcome.GRANT)}, actor=DECIDER, now=START
    ),
    "answer": lambda i: handling.answer(public_id=i, actor=CLERK, now=START),
    "close": lambda i: handling.close(public_id=i, reports={}, actor=CLERK, now=START),
    "withdraw": lambda i: services.withdraw(public_id=i, actor=CLERK, now=START, note="by phone"),
}
LAWFUL = {(name, source) for name, source, _, _ in WRITTEN} | {("decide", "identity-pending")}
REACHABLE = [
    Status.RECEIVED,
    Status.IN_REVIEW,
    Status.IDENTITY_PENDING,
    Status.DECIDED,
    Status.ANSWERED,
    Status.CLOSED,
    Status.WITHDRAWN,
]


@pytest.mark.parametrize("at", REACHABLE)
def test_every_move_that_the_table_does_not_hold_is_refused_and_audited(at: Status, customer_id: int) -> None:
    case = reach(customer_id, at)
    for name, act in ACTS.items():
        if (name, at.value) in LAWFUL:
            continue
        problem = refused(lambda act=act: act(case.public_id))  # type: ignore[misc]
        assert problem in (Problem.WRONG_STATUS, Problem.ENDED), (name, at)
        assert status(case) is at
        assert audit.latest(limit=1)[0].event.action is AuditAction.REQUEST_STEP_REFUSED


def test_a_clerk_does_not_decide_what_is_reserved(customer_id: int) -> None:
    case = reach(customer_id, Status.IN_REVIEW)
    refuse = {"ground": Ground.DATA_CORRECT, "reasons": "We checked."}
    assert refused(lambda: decide(case, Outcome.REFUSE, START, **refuse)) is Problem.RESERVED  # type: ignore[arg-type]
    assert refused(lambda: decide(case, Outcome.PARTLY, START, **refuse)) is Problem.RESERVED  # type: ignore[arg-type]
    assert status(case) is Status.IN_REVIEW


def test_a_refusal_without_ground_or_reasons_is_not_saved(customer_id: int) -> None:
    case = reach(customer_id, Status.IN_REVIEW)
    assert refused(lambda: decide(case, None, START, actor=DECIDER)) is Problem.NO_OUTCOME
    assert refused(lambda: decide(case, Outcome.REFUSE, START, actor=DECIDER, reasons="So.")) is Problem.NO_GROUND
    assert (
        refused(lambda: decide(case, Outcome.REFUSE, START, actor=DECIDER, ground=Ground.DATA_CORRECT, reasons="  "))
        is Problem.NO_REASONS
    )
    assert status(case) is Status.IN_REVIEW


def test_nobody_decides_their_own_case(customer_id: int) -> None:
    case = reach(customer_id, Status.IN_REVIEW)
    own = audit.Actor(account_id=15, role=DECIDER.role, unit="register-matters", customer_id=customer_id)
    assert refused(lambda: decide(case, Outcome.GRANT, START, actor=own)) is Problem.OWN_CASE


def test_marketing_has_no_case_rights(customer_id: int) -> None:
    case = reach(customer_id, Status.RECEIVED)
    assert refused(lambda: handling.take(public_id=case.public_id, actor=MARKETER, now=START)) is Problem.WRONG_ROLE


def test_the_time_is_extended_once_in_time_and_by_the_decision_maker(customer_id: int) -> None:
    case = reach(customer_id, Status.IN_REVIEW)

    def extend(actor: audit.Actor, now: datetime) -> None:
        handling.extend(
            public_id=case.public_id,
            reason=handling.ExtensionReason.COMPLEXITY,
            explanation="Many systems.",
            actor=actor,
            now=now,
        )

    assert refused(lambda: extend(CLERK, START)) is Problem.WRONG_ROLE
    assert refused(lambda: extend(DECIDER, START + timedelta(days=40))) is Problem.TOO_LATE_TO_EXTEND
    extend(DECIDER, START)
    db.session.expire_all()
    assert case.extended_on is not None
    assert case.extended_on.isoformat() == "2027-02-24"
    assert case.work_by.isoformat() == "2027-02-24"
    assert refused(lambda: extend(DECIDER, START)) is Problem.ALREADY_EXTENDED


def test_a_pause_moves_every_date_by_its_days(customer_id: int) -> None:
    case = reach(customer_id, Status.IDENTITY_PENDING)
    later = START + timedelta(days=9)
    handling.identity_answered(public_id=case.public_id, note="Called back.", actor=CLERK, now=later)
    db.session.expire_all()
    assert case.paused_days == 9
    assert case.promise_on.isoformat() == "2027-01-02"
    assert case.statutory_on.isoformat() == "2027-01-04"


def test_an_opt_out_is_never_paused_withdrawn_or_refused(customer_id: int) -> None:
    case = services.opt_out(customer_id=customer_id, actor=customer_actor(customer_id), now=START)
    assert status(case) is Status.ANSWERED
    for name in ("ask-identity", "withdraw", "decide"):
        assert refused(lambda name=name: ACTS[name](case.public_id)) is Problem.WRONG_STATUS  # type: ignore[misc]


def test_an_unidentified_case_is_refused_only_after_the_wait(customer_id: int) -> None:
    case = reach(customer_id, Status.IDENTITY_PENDING)
    unknown = {"actor": DECIDER, "ground": Ground.NOT_IDENTIFIED, "reasons": "No answer came."}
    assert refused(lambda: decide(case, Outcome.REFUSE, START, **unknown)) is Problem.WAIT_NOT_OVER  # type: ignore[arg-type]
    decide(case, Outcome.REFUSE, START + timedelta(days=31), **unknown)  # type: ignore[arg-type]
    assert status(case) is Status.DECIDED


def test_the_database_refuses_a_status_set_past_the_workflow(customer_id: int) -> None:
    case = reach(customer_id, Status.RECEIVED)
    for sql in (
        "UPDATE subject_request SET status = 'closed' WHERE public_id = :id",
        "UPDATE subject_request SET status = 'lost' WHERE public_id = :id",
        "UPDATE subject_request SET previous_status = 'closed', status = 'received' WHERE public_id = :id",
    ):
        with pytest.raises(IntegrityError):
            db.session.execute(text(sql), {"id": case.public_id})
        db.session.rollback()


def test_what_is_granted_but_done_by_hand_keeps_the_case_open(customer_id: int) -> None:
    case = services.submit(
        Kind.ERASURE, customer_id=customer_id, text="Delete it.", actor=customer_actor(customer_id), now=START
    )
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    assert refused(lambda: decide(case, Outcome.GRANT, START)) is Problem.RESERVED
    decide(case, Outcome.GRANT, START, actor=DECIDER)
    handling.answer(public_id=case.public_id, actor=CLERK, now=START)
    assert refused(lambda: ACTS["close"](case.public_id)) is Problem.OPEN_TASKS
    done = handling.TaskReport(outcome=handling.TaskOutcome.DONE)
    handling.close(public_id=case.public_id, reports={0: done}, actor=CLERK, now=START)
    assert status(case) is Status.CLOSED
