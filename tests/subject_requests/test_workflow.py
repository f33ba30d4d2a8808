"""The table of steps against the written one, and every illegal move."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from portal.catalogues.fields import Category
from portal.core import audit
from portal.core.audit import AuditAction
from portal.core.db import db, table_of
from portal.core.errors import RuleViolation
from portal.core.roles import Role
from portal.messages.models import Message
from portal.subject_requests import deciding, handling, identifying, opting_out, services, workflow
from portal.subject_requests.guards import Problem
from portal.subject_requests.kinds import (
    DocumentType,
    ExtensionReason,
    Ground,
    IdentityLevel,
    IdentityMethod,
    Kind,
    Outcome,
    Status,
)
from portal.subject_requests.models import (
    ALLOWED_PAIRS,
    CaseEvent,
    CaseMessage,
    CaseNote,
    Letter,
    RecipientTask,
    RequestItem,
    SubjectRequest,
)
from portal.subject_requests.workflow import StepName
from tests.conftest import START
from tests.factories import make_customer
from tests.subject_requests.people import (
    CLERK,
    DECIDER,
    MARKETER,
    SECOND_DECIDER,
    customer_actor,
    decide,
    phone_correction,
    reach,
)

# Written out: who may take the step in which status. C customer, K clerk, D decision-maker, S system.
GRID = """
                     received  in-review  identity-pending  decided  answered  closed  withdrawn  merged
take                 KD        -          -                 -        -         -       -          -
ask-identity         KDS       KDS        -                 -        -         -       -          -
identity-answered    -         -          CKDS              -        -         -       -          -
refuse-unidentified  -         -          D                 -        -         -       -          -
extend               -         D          -                 -        -         -       -          -
decide               -         KD         -                 -        -         -       -          -
propose              -         D          -                 -        -         -       -          -
approve              -         D          -                 -        -         -       -          -
grant-at-once        CKDS      -          -                 -        -         -       -          -
answer               -         -          -                 KDS      -         -       -          -
close                -         -          -                 -        KDS       -       -          -
withdraw             CKD       CKD        CKD               -        -         -       -          -
merge                KD        -          -                 -        -         -       -          -
assign               KD        KD         KD                KD       KD        -       -          -
message              CKDS      CKDS       CKDS              CKDS     CKDS      CKDS    CKDS       CKDS
note                 KD        KD         KD                KD       KD        KD      KD         KD
split                -         KD         -                 -        -         -       -          -
change-arrival       D         D          D                 -        -         -       -          -
remind-identity      -         -          KDS               -        -         -       -          -
hold                 KD        KD         KD                KD       -         -       -          -
recount              S         S          S                 S        -         -       -          -
absorb               KD        KD         KD                -        -         -       -          -
ask-ombudsman        -         -          -                 CKD      CKD       -       -          -
lift-restriction     -         -          -                 -        D         D       -          -
join-customer        KD        KD         KD                -        -         -       -          -
show-identity        KD        KD         -                 KD       KD        -       -          -
record-tasks         -         -          -                 -        KD        -       -          -
mark-read            KD        KD         KD                KD       KD        KD      KD         KD
send-letter          -         -          -                 -        KD        -       -          -
"""
TARGETS = {
    "submit": "received",
    "take": "in-review",
    "ask-identity": "identity-pending",
    "identity-answered": "in-review",
    "refuse-unidentified": "decided",
    "extend": "in-review",
    "decide": "decided",
    "propose": "in-review",
    "approve": "decided",
    "grant-at-once": "decided",
    "answer": "answered",
    "close": "closed",
    "withdraw": "withdrawn",
    "merge": "merged",
}
ACTORS = {
    "C": customer_actor(1),
    "K": CLERK,
    "D": DECIDER,
    "S": audit.SYSTEM,
    "marketing": MARKETER,
    "administrator": audit.Actor(account_id=16, role=Role.ADMINISTRATOR, unit="administration"),
}
OVER = ("closed", "withdrawn", "merged")


def written() -> dict[str, dict[str, str]]:
    head, *rows = [line.split() for line in GRID.strip().splitlines()]
    return {row[0]: dict(zip(head, row[1:], strict=True)) for row in rows}


def test_the_table_is_the_written_one_for_every_status_step_and_role() -> None:
    grid = written()
    assert {*grid, "submit"} == {step.value for step in workflow.TABLE}
    for name, row in grid.items():
        for at, who in row.items():
            case = SubjectRequest(status=Status(at), kind=Kind.CORRECTION)
            for letter, actor in ACTORS.items():
                refusal = workflow.why_not(case, StepName(name), actor)
                found = refusal.code if refusal else None
                if who == "-":
                    assert found is (Problem.ENDED if at in OVER else Problem.WRONG_STATUS), (name, at, letter)
                else:
                    assert found is (None if letter in who else Problem.WRONG_ROLE), (name, at, letter)


def test_every_step_leads_where_it_is_written() -> None:
    assert {step.name.value: step.target.value for step in workflow.TABLE.values() if step.target} == TARGETS


def test_the_database_allows_the_pairs_of_the_table_and_no_others() -> None:
    pairs = {
        (at, TARGETS[name])
        for name, row in written().items()
        for at, who in row.items()
        if who != "-" and name in TARGETS
    }
    assert pairs == set(ALLOWED_PAIRS)


TODAY = date(2026, 11, 24)


def seen(kind: Kind, status: Status, **values: Any) -> SubjectRequest:
    """A case of the customer in row 7, signed in, with a month to answer in."""
    usual = {"customer_id": 7, "identity_level": IdentityLevel.PORTAL, "statutory_on": date(2026, 12, 24)}
    return SubjectRequest(kind=kind, status=status, **{**usual, **values})


PROPOSED = {"proposed_by_account_id": 21}
IN_REVIEW_FOR_ALL = "decide withdraw assign message note hold absorb show-identity mark-read"
OFFERED: list[tuple[Kind, Status, audit.Actor, dict[str, Any], str]] = [
    (Kind.CORRECTION, Status.IN_REVIEW, CLERK, {}, f"ask-identity {IN_REVIEW_FOR_ALL}"),
    (Kind.CORRECTION, Status.IN_REVIEW, DECIDER, {}, f"ask-identity extend change-arrival {IN_REVIEW_FOR_ALL}"),
    (Kind.ACCESS, Status.IN_REVIEW, CLERK, {}, f"ask-identity split {IN_REVIEW_FOR_ALL}"),
    (
        Kind.ACCESS,
        Status.IN_REVIEW,
        CLERK,
        {"customer_id": None},
        f"ask-identity split join-customer {IN_REVIEW_FOR_ALL}",
    ),
    (Kind.ERASURE, Status.IN_REVIEW, CLERK, {}, f"ask-identity split {IN_REVIEW_FOR_ALL}"),
    (
        Kind.ERASURE,
        Status.IN_REVIEW,
        DECIDER,
        {},
        f"ask-identity extend propose split change-arrival {IN_REVIEW_FOR_ALL}",
    ),
    (
        Kind.ERASURE,
        Status.IN_REVIEW,
        DECIDER,
        PROPOSED,
        f"ask-identity extend propose approve split change-arrival {IN_REVIEW_FOR_ALL}",
    ),
    (
        Kind.ERASURE,
        Status.IN_REVIEW,
        SECOND_DECIDER,
        PROPOSED,
        f"ask-identity extend propose split change-arrival {IN_REVIEW_FOR_ALL}",
    ),
    (Kind.CORRECTION, Status.RECEIVED, ACTORS["C"], {}, "withdraw message"),
    (Kind.OPT_OUT, Status.RECEIVED, ACTORS["C"], {}, "grant-at-once message"),
    (
        Kind.OPT_OUT,
        Status.RECEIVED,
        CLERK,
        {},
        "take grant-at-once merge assign message note hold absorb show-identity mark-read",
    ),
    (Kind.CORRECTION, Status.CLOSED, CLERK, {}, "message note mark-read"),
    (Kind.CORRECTION, Status.IN_REVIEW, MARKETER, {}, ""),
]


@pytest.mark.parametrize(("kind", "at", "actor", "values", "names"), OFFERED)
def test_what_is_offered_fits_the_status_the_role_and_the_kind(
    kind: Kind, at: Status, actor: audit.Actor, values: dict[str, Any], names: str
) -> None:
    offered = workflow.offered(seen(kind, at, **values), actor)
    assert {name.value for name in offered} == set(names.split())
    assert [name for name in workflow.TABLE if name in offered] == offered, "in the order of the table"


ROLE, WEAK = Problem.WRONG_ROLE, Problem.WEAK_IDENTITY
OBSTACLES: list[tuple[str, Kind, Status, audit.Actor, dict[str, Any], date, dict[str, Problem]]] = [
    (
        "what the role does not allow",
        Kind.CORRECTION,
        Status.IN_REVIEW,
        CLERK,
        {},
        TODAY,
        dict.fromkeys(("extend", "propose", "approve", "change-arrival", "recount"), ROLE),
    ),
    (
        "nobody has proposed anything",
        Kind.ERASURE,
        Status.IN_REVIEW,
        DECIDER,
        {},
        TODAY,
        {"approve": Problem.NO_PROPOSAL, "recount": ROLE},
    ),
    ("another proposed it", Kind.ERASURE, Status.IN_REVIEW, DECIDER, PROPOSED, TODAY, {"recount": ROLE}),
    (
        "who proposed it does not approve it",
        Kind.ERASURE,
        Status.IN_REVIEW,
        SECOND_DECIDER,
        PROPOSED,
        TODAY,
        {"approve": Problem.SAME_PERSON, "recount": ROLE},
    ),
    (
        "too little is known of who asks",
        Kind.CORRECTION,
        Status.IN_REVIEW,
        DECIDER,
        {"identity_level": IdentityLevel.CONTACT},
        TODAY,
        {"decide": WEAK, "propose": WEAK, "approve": WEAK, "join-customer": WEAK, "recount": ROLE},
    ),
    (
        "the time was extended",
        Kind.CORRECTION,
        Status.IN_REVIEW,
        DECIDER,
        {"extension_reason": ExtensionReason.COMPLEXITY},
        TODAY,
        {"extend": Problem.ALREADY_EXTENDED, "approve": Problem.NO_PROPOSAL, "recount": ROLE},
    ),
    (
        "the first limit is over",
        Kind.CORRECTION,
        Status.IN_REVIEW,
        DECIDER,
        {},
        date(2026, 12, 25),
        {"extend": Problem.TOO_LATE_TO_EXTEND, "approve": Problem.NO_PROPOSAL, "recount": ROLE},
    ),
    (
        "what is asked already, and what an answer brings",
        Kind.CORRECTION,
        Status.IDENTITY_PENDING,
        DECIDER,
        {"paused_from": date(2026, 11, 1), "identity_level": IdentityLevel.CONTACT},
        TODAY,
        {"refuse-unidentified": Problem.WAIT_NOT_OVER, "join-customer": WEAK, "recount": ROLE},
    ),
    (
        "the wait is over without a reminder",
        Kind.CORRECTION,
        Status.IDENTITY_PENDING,
        DECIDER,
        {"paused_from": date(2026, 10, 25)},
        TODAY,
        {"refuse-unidentified": Problem.NOT_REMINDED, "recount": ROLE},
    ),
    (
        "a pause that is open still",
        Kind.CORRECTION,
        Status.IN_REVIEW,
        CLERK,
        {"paused_from": date(2026, 11, 1)},
        TODAY,
        {
            "ask-identity": Problem.ALREADY_PAUSED,
            **dict.fromkeys(("extend", "propose", "approve", "change-arrival", "recount"), ROLE),
        },
    ),
    (
        "of what is in force at once nothing is said that it never takes",
        Kind.OPT_OUT,
        Status.RECEIVED,
        CLERK,
        {"paused_from": date(2026, 11, 1)},
        TODAY,
        {"change-arrival": ROLE, "recount": ROLE},
    ),
]


@pytest.mark.parametrize(
    ("kind", "at", "actor", "values", "today", "said"),
    [row[1:] for row in OBSTACLES],
    ids=[row[0] for row in OBSTACLES],
)
def test_of_what_is_not_possible_now_the_reason_is_said(
    kind: Kind, at: Status, actor: audit.Actor, values: dict[str, Any], today: date, said: dict[str, Problem]
) -> None:
    found = workflow.obstacles(seen(kind, at, **values), actor, today)
    assert {name.value: refusal.code for name, refusal in found.items()} == said


def test_a_decision_is_out_of_question_only_where_none_of_its_three_rows_fits() -> None:
    def said(at: Status, name: StepName, actor: audit.Actor) -> Problem | None:
        refusal = workflow.out_of_question(seen(Kind.CORRECTION, at), name, actor)
        return None if refusal is None else Problem(refusal.code)

    assert said(Status.IN_REVIEW, StepName.DECIDE, CLERK) is None
    assert said(Status.IDENTITY_PENDING, StepName.DECIDE, DECIDER) is None, "refused to somebody unknown"
    assert said(Status.IDENTITY_PENDING, StepName.DECIDE, CLERK) is Problem.WRONG_STATUS
    assert said(Status.IN_REVIEW, StepName.DECIDE, MARKETER) is Problem.WRONG_ROLE
    assert said(Status.CLOSED, StepName.DECIDE, DECIDER) is Problem.ENDED
    assert said(Status.IN_REVIEW, StepName.TAKE, CLERK) is Problem.WRONG_STATUS
    assert said(Status.RECEIVED, StepName.TAKE, CLERK) is None


@pytest.fixture
def customer_id(context: Flask) -> int:
    return make_customer().id


def status(case: SubjectRequest) -> Status:
    db.session.expire_all()
    return db.session.get_one(SubjectRequest, case.id).status


HOUR = timedelta(hours=1)


def test_the_history_tells_every_step_in_order_with_both_statuses_and_who_took_it(customer_id: int) -> None:
    case = phone_correction(customer_id, START)
    handling.take(public_id=case.public_id, actor=CLERK, now=START + HOUR)
    decide(case, Outcome.GRANT, START + 2 * HOUR, actor=DECIDER)
    handling.answer(public_id=case.public_id, actor=CLERK, now=START + 3 * HOUR)
    assert case.ended_at is None
    handling.close(public_id=case.public_id, reports={}, actor=CLERK, now=START + 4 * HOUR)
    of_case = select(CaseEvent).where(CaseEvent.request_id == case.id).order_by(CaseEvent.sequence)
    lines = db.session.scalars(of_case).all()
    assert min(line.id for line in lines) > 1_000_000, "an identifier that tells nothing"
    assert [
        (line.sequence, line.step, line.from_status, line.to_status, line.at, line.account_id, line.unit)
        for line in lines
    ] == [
        (1, "submit", None, "received", START, 14, "customer"),
        (2, "take", "received", "in-review", START + HOUR, 11, "customer-service"),
        (3, "decide", "in-review", "decided", START + 2 * HOUR, 12, "register-matters"),
        (4, "answer", "decided", "answered", START + 3 * HOUR, 11, "customer-service"),
        (5, "close", "answered", "closed", START + 4 * HOUR, 11, "customer-service"),
    ]
    assert (case.previous_status, case.ended_at) == (Status.ANSWERED, START + 4 * HOUR)
    assert case.version == 5, "each step makes what somebody has before them out of date"
    handling.note(public_id=case.public_id, text="Called back.", actor=CLERK, now=START + 5 * HOUR)
    assert case.version == 5
    steps = {AuditAction.REQUEST_RECEIVED, AuditAction.REQUEST_STEP}
    trail = [entry for entry in audit.latest(limit=50)[::-1] if entry.event.action in steps]
    assert {(entry.detail.subject, entry.detail.case) for entry in trail if entry.detail} == {
        (customer_id, case.public_id)
    }
    assert [
        (entry.event.action, entry.event.at, entry.detail.purpose, entry.detail.actor)
        for entry in trail
        if entry.detail
    ] == [
        (AuditAction.REQUEST_RECEIVED, START, "submit", 14),
        (AuditAction.REQUEST_STEP, START + HOUR, "take", 11),
        (AuditAction.REQUEST_STEP, START + 2 * HOUR, "decide", 12),
        (AuditAction.REQUEST_STEP, START + 3 * HOUR, "answer", 11),
        (AuditAction.REQUEST_STEP, START + 4 * HOUR, "close", 11),
        (AuditAction.REQUEST_STEP, START + 5 * HOUR, "note", 11),
    ]


def refused(act: Callable[[], object]) -> Problem:
    with pytest.raises(RuleViolation) as caught:
        act()
    assert isinstance(caught.value.code, Problem)
    return caught.value.code


Act = Callable[[str, audit.Actor, str], object]
# Every step that somebody can send, with everything that it needs; the last is another request of the same customer.
ACTS: dict[str, Act] = {
    "take": lambda i, a, _: handling.take(public_id=i, actor=a, now=START),
    "ask-identity": lambda i, a, _: identifying.ask_identity(public_id=i, reason="d", question="q", actor=a, now=START),
    "identity-answered": lambda i, a, _: identifying.identity_answered(public_id=i, note="n", actor=a, now=START),
    "show-identity": lambda i, a, _: identifying.show_identity(
        public_id=i,
        note="n",
        method=IdentityMethod.ID_DOCUMENT,
        document_type=DocumentType.PASSPORT,
        actor=a,
        now=START,
    ),
    "remind-identity": lambda i, a, _: identifying.remind_identity(public_id=i, note="n", actor=a, now=START),
    "change-arrival": lambda i, a, _: handling.change_arrival(
        public_id=i, received_on=date(2026, 11, 20), reason="r", actor=a, now=START
    ),
    "extend": lambda i, a, _: handling.extend(
        public_id=i, reason=handling.ExtensionReason.COMPLEXITY, explanation="e", actor=a, now=START
    ),
    "hold": lambda i, a, _: handling.hold(public_id=i, actor=a, now=START),
    "split": lambda i, a, _: deciding.split(public_id=i, categories=[Category.CALLS], actor=a, now=START),
    "decide": lambda i, a, _: deciding.decide(
        public_id=i, decisions={0: deciding.ItemDecision(outcome=Outcome.GRANT)}, actor=a, now=START
    ),
    "approve": lambda i, a, _: deciding.approve(public_id=i, actor=a, now=START),
    "answer": lambda i, a, _: handling.answer(public_id=i, actor=a, now=START),
    "close": lambda i, a, _: handling.close(public_id=i, reports={}, actor=a, now=START),
    "record-tasks": lambda i, a, _: handling.record_tasks(public_id=i, reports={}, actor=a, now=START),
    "send-letter": lambda i, a, _: handling.send_letter(public_id=i, actor=a, now=START),
    "withdraw": lambda i, a, _: services.withdraw(public_id=i, actor=a, now=START, note="by phone"),
    "merge": lambda i, a, other: handling.merge(public_id=i, target=other, actor=a, now=START),
    "mark-read": lambda i, a, _: handling.mark_read(public_id=i, actor=a, now=START),
    "assign": lambda i, a, _: handling.assign(public_id=i, assignee="nobody", actor=a, now=START),
    "message": lambda i, a, _: handling.message(public_id=i, text="t", actor=a, now=START),
    "note": lambda i, a, _: handling.note(public_id=i, text="t", actor=a, now=START),
    "ask-ombudsman": lambda i, a, _: services.ask_ombudsman(public_id=i, actor=a, now=START),
    "lift-restriction": lambda i, a, _: handling.lift_restriction(public_id=i, explanation="e", actor=a, now=START),
    "join-customer": lambda i, a, _: identifying.join_customer(
        public_id=i, customer_number=NUMBER[0], note="n", actor=a, now=START
    ),
}
NUMBER: list[str] = []  # of some customer
# Begun by the portal itself, or by another step: nobody can send them.
NOT_SENT = {"grant-at-once", "recount", "absorb", "propose", "refuse-unidentified"}


def may(name: str, at: str, letter: str) -> bool:
    """Whether the written table lets this role take the step; `decide` is three of its rows in one form."""
    rows = {"decide": ("decide", "propose", "refuse-unidentified")}.get(name, (name,))
    return any(letter in written()[row][at] for row in rows)


def state_of(case: SubjectRequest) -> dict[str, object]:
    """Everything that a step may write: the row of the case, and how much belongs to it."""
    db.session.rollback()
    row = db.session.execute(select(table_of(SubjectRequest)).where(SubjectRequest.id == case.id)).mappings().one()
    belongings = (CaseEvent, CaseMessage, CaseNote, Letter, RecipientTask, RequestItem, Message)
    counts = {model.__tablename__: db.session.query(model).count() for model in belongings}
    return {**row, **counts}


@pytest.mark.parametrize("at", list(Status))
def test_every_move_that_the_table_does_not_hold_is_refused_for_every_role_and_audited(
    at: Status, customer_id: int
) -> None:
    """Whoever sends it, past every page: nothing changes, and the trail tells who tried what."""
    assert set(ACTS) | NOT_SENT == set(written())
    NUMBER[:] = [make_customer().number]
    case = reach(customer_id, at)
    other = phone_correction(customer_id, START, "044 000 5555").public_id
    before = state_of(case)
    actors = {**ACTORS, "C": customer_actor(customer_id)}
    tried = 0
    for name, act in ACTS.items():
        for letter, actor in actors.items():
            if may(name, at.value, letter):
                continue
            problem = refused(lambda act=act, actor=actor: act(case.public_id, actor, other))  # type: ignore[misc]
            assert problem in (Problem.WRONG_STATUS, Problem.ENDED, Problem.WRONG_ROLE), (name, at, letter)
            newest = audit.latest(limit=1)[0]
            assert (newest.event.action, newest.event.outcome) == (AuditAction.REQUEST_STEP_REFUSED, problem.value)
            assert newest.detail is not None
            assert (newest.detail.case, newest.detail.purpose) == (case.public_id, name)
            assert newest.detail.actor == actor.account_id
            tried += 1
    assert state_of(case) == before
    assert tried > 60


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
    identifying.identity_answered(public_id=case.public_id, note="Called back.", actor=CLERK, now=later)
    db.session.expire_all()
    assert case.paused_days == 9
    assert case.promise_on.isoformat() == "2027-01-02"
    assert case.statutory_on.isoformat() == "2027-01-04"


def test_an_opt_out_is_never_paused_withdrawn_or_refused(customer_id: int) -> None:
    case = opting_out.opt_out(customer_id=customer_id, actor=customer_actor(customer_id), now=START)
    assert status(case) is Status.ANSWERED
    for name in ("ask-identity", "withdraw", "decide"):
        assert refused(lambda name=name: ACTS[name](case.public_id, DECIDER, case.public_id)) is Problem.WRONG_STATUS  # type: ignore[misc]


def test_an_unidentified_case_is_refused_only_after_the_wait(customer_id: int) -> None:
    case = reach(customer_id, Status.IDENTITY_PENDING)
    unknown = {"actor": DECIDER, "ground": Ground.NOT_IDENTIFIED, "reasons": "No answer came."}
    over = START + timedelta(days=31)
    assert refused(lambda: decide(case, Outcome.REFUSE, START, **unknown)) is Problem.WAIT_NOT_OVER  # type: ignore[arg-type]
    assert refused(lambda: decide(case, Outcome.REFUSE, over, **unknown)) is Problem.NOT_REMINDED  # type: ignore[arg-type]
    identifying.remind_identity(public_id=case.public_id, note="By post.", actor=CLERK, now=START + timedelta(days=14))
    for wrong in ({"outcome": Outcome.GRANT}, {"outcome": Outcome.REFUSE, "ground": Ground.DATA_CORRECT}):
        act = {**unknown, "now": over, **wrong}
        assert refused(lambda act=act: decide(case, **act)) is Problem.WEAK_IDENTITY  # type: ignore[misc]
    decide(case, Outcome.REFUSE, START + timedelta(days=31), **unknown)  # type: ignore[arg-type]
    assert status(case) is Status.DECIDED


def erasure(customer_id: int) -> SubjectRequest:
    case = services.submit(
        Kind.ERASURE, customer_id=customer_id, text="Delete it.", actor=customer_actor(customer_id), now=START
    )
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    return case


def approve(case: SubjectRequest, actor: audit.Actor) -> None:
    deciding.approve(public_id=case.public_id, actor=actor, now=START)


def test_an_erasure_takes_two_people(customer_id: int) -> None:
    case = erasure(customer_id)
    assert refused(lambda: decide(case, Outcome.GRANT, START)) is Problem.RESERVED
    assert refused(lambda: approve(case, DECIDER)) is Problem.NO_PROPOSAL
    decide(case, Outcome.GRANT, START, actor=DECIDER)
    assert status(case) is Status.IN_REVIEW
    assert refused(lambda: approve(case, CLERK)) is Problem.WRONG_ROLE
    assert refused(lambda: approve(case, DECIDER)) is Problem.SAME_PERSON
    assert status(case) is Status.IN_REVIEW
    approve(case, SECOND_DECIDER)
    assert status(case) is Status.DECIDED
    assert (case.proposed_by_account_id, case.decided_by_account_id) == (12, 21)
    handling.answer(public_id=case.public_id, actor=CLERK, now=START)
    handling.close(public_id=case.public_id, reports={}, actor=CLERK, now=START)
    assert status(case) is Status.CLOSED


def test_who_proposes_anew_cannot_approve_it_either(customer_id: int) -> None:
    case = erasure(customer_id)
    decide(case, Outcome.GRANT, START, actor=DECIDER)
    decide(case, Outcome.PARTLY, START, actor=SECOND_DECIDER, ground=Ground.LEGAL_OBLIGATION, reasons="Invoices stay.")
    assert refused(lambda: approve(case, SECOND_DECIDER)) is Problem.SAME_PERSON
    approve(case, DECIDER)
    assert case.outcome is Outcome.PARTLY


def test_one_person_refuses_an_erasure(customer_id: int) -> None:
    case = erasure(customer_id)
    decide(case, Outcome.REFUSE, START, actor=DECIDER, ground=Ground.LEGAL_OBLIGATION, reasons="The contract runs.")
    assert status(case) is Status.DECIDED


def test_an_objection_and_an_unfounded_request_are_refused_only_with_an_assessment(customer_id: int) -> None:
    case = services.submit(
        Kind.OBJECTION, customer_id=customer_id, text="Not this.", actor=customer_actor(customer_id), now=START
    )
    handling.take(public_id=case.public_id, actor=CLERK, now=START)
    refusal = deciding.ItemDecision(
        outcome=Outcome.REFUSE, ground=Ground.COMPELLING_GROUNDS, reasons="The network must be kept running."
    )

    def act(assessment: str) -> None:
        deciding.decide(
            public_id=case.public_id, decisions={0: refusal}, actor=DECIDER, now=START, assessment=assessment
        )

    assert refused(lambda: act("  ")) is Problem.NO_ASSESSMENT
    act("We weighed both sides.")
    assert status(case) is Status.DECIDED
    other = reach(customer_id, Status.IN_REVIEW)
    unfounded = {"actor": DECIDER, "ground": Ground.UNFOUNDED_OR_EXCESSIVE, "reasons": "The tenth time this week."}
    assert refused(lambda: decide(other, Outcome.REFUSE, START, **unfounded)) is Problem.NO_ASSESSMENT  # type: ignore[arg-type]


def change_arrival(
    case: SubjectRequest, day: date, *, actor: audit.Actor = DECIDER, reason: str = "The stamp."
) -> None:
    handling.change_arrival(public_id=case.public_id, received_on=day, reason=reason, actor=actor, now=START)


def test_the_day_of_arrival_is_changed_by_the_decision_maker_with_a_reason_and_both_days_are_kept(
    customer_id: int,
) -> None:
    case = reach(customer_id, Status.RECEIVED)
    day = date(2026, 11, 20)
    assert refused(lambda: change_arrival(case, day, actor=CLERK)) is Problem.WRONG_ROLE
    assert refused(lambda: change_arrival(case, day, reason=" ")) is Problem.NO_REASON
    assert refused(lambda: change_arrival(case, date(2026, 11, 25))) is Problem.FUTURE_ARRIVAL
    assert refused(lambda: change_arrival(case, date(2026, 11, 24))) is Problem.UNCHANGED
    change_arrival(case, day)
    db.session.expire_all()
    assert case.promise_on == date(2026, 12, 20)
    told = audit.latest(limit=1)[0].detail
    assert told is not None
    assert told.object == "received_on:2026-11-24>2026-11-20"


def test_the_day_of_arrival_stands_once_the_case_is_decided(customer_id: int) -> None:
    case = reach(customer_id, Status.DECIDED)
    assert refused(lambda: change_arrival(case, date(2026, 11, 20))) is Problem.WRONG_STATUS
    with pytest.raises(IntegrityError):
        db.session.execute(text("UPDATE subject_request SET received_on = '2026-11-20'"))
    db.session.rollback()


def test_a_mistake_is_repaired_by_a_new_linked_request(customer_id: int) -> None:
    early = reach(customer_id, Status.IN_REVIEW)
    assert (
        refused(lambda: services.open_linked(public_id=early.public_id, text="x", actor=CLERK, now=START))
        is Problem.WRONG_STATUS
    )
    case = reach(customer_id, Status.CLOSED)
    repair = services.open_linked(public_id=case.public_id, text="The wrong digit.", actor=CLERK, now=START)
    assert (repair.linked_to_id, repair.kind, repair.customer_id) == (case.id, Kind.CORRECTION, customer_id)
    assert repair.status is Status.RECEIVED
    assert status(case) is Status.CLOSED
