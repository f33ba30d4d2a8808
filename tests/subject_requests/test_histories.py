"""Random histories of a case: whatever people try, in whatever order, what the law wants stays true."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import db
from portal.core.errors import RuleViolation
from portal.register import restrictions
from portal.subject_requests import cases, deciding, handling, identifying, reminding, services
from portal.subject_requests.deciding import ItemDecision
from portal.subject_requests.handling import TaskReport
from portal.subject_requests.kinds import ENDED, ExtensionReason, Ground, Kind, Outcome, Status, TaskOutcome
from portal.subject_requests.models import ALLOWED_PAIRS, CaseEvent, SubjectRequest
from tests.conftest import START, EmptyDatabase
from tests.factories import make_customer
from tests.subject_requests.people import CLERK, DECIDER, MARKETER, SECOND_DECIDER, customer_actor

staff = st.sampled_from((CLERK, DECIDER, SECOND_DECIDER, MARKETER))


class Histories(RuleBasedStateMachine):
    installation: EmptyDatabase

    def __init__(self) -> None:
        super().__init__()
        self.installation.reset()
        self.context = self.installation.app.app_context()
        self.context.push()
        self.now = START
        self.decision: Any = None
        self.events = 0

    def teardown(self) -> None:
        assert audit.verify().ok
        db.session.remove()
        self.context.pop()

    @initialize(kind=st.sampled_from((Kind.ERASURE, Kind.OBJECTION, Kind.RESTRICTION, Kind.CORRECTION)))
    def arrives(self, kind: Kind) -> None:
        customer_id = make_customer().id
        self.person = customer_actor(customer_id)
        case = services.submit(kind, customer_id=customer_id, text="Please.", actor=self.person, now=self.now)
        self.id, self.public_id, self.customer_id = case.id, case.public_id, customer_id
        self.received_on = case.received_on

    @property
    def case(self) -> SubjectRequest:
        return db.session.get_one(SubjectRequest, self.id)

    def attempt(self, act: Any, **arguments: Any) -> None:
        """What is refused changes nothing but the audit trail, which tells of it."""
        before = (self.case.status, self.case.version)
        try:
            act(public_id=self.public_id, now=self.now, **arguments)
        except RuleViolation as refusal:
            db.session.expire_all()
            assert (self.case.status, self.case.version) == before
            newest = audit.latest(limit=1)[0].event
            assert (newest.action, newest.outcome) == (AuditAction.REQUEST_STEP_REFUSED, refusal.code.value)
        db.session.expire_all()

    @rule(days=st.sampled_from((1, 16, 32)))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        reminding.work(self.now)
        db.session.expire_all()

    @rule(actor=staff)
    def take(self, actor: Actor) -> None:
        self.attempt(handling.take, actor=actor)

    @rule(actor=staff)
    def ask(self, actor: Actor) -> None:
        self.attempt(identifying.ask_identity, reason="doubt", question="Who?", actor=actor)

    @rule(by_customer=st.booleans(), actor=staff)
    def identified(self, by_customer: bool, actor: Actor) -> None:
        self.attempt(identifying.identity_answered, note="shown", actor=self.person if by_customer else actor)

    @rule(actor=staff)
    def remind(self, actor: Actor) -> None:
        self.attempt(identifying.remind_identity, note="By post.", actor=actor)

    @rule(actor=staff)
    def extend(self, actor: Actor) -> None:
        self.attempt(handling.extend, reason=ExtensionReason.NUMBER, explanation="Many.", actor=actor)

    @rule(
        actor=staff,
        outcome=st.sampled_from((*Outcome, None)),
        ground=st.sampled_from((Ground.LEGAL_OBLIGATION, Ground.NOT_IDENTIFIED, None)),
        assessment=st.sampled_from(("", "Weighed.")),
    )
    def decide(self, actor: Actor, outcome: Outcome | None, ground: Ground | None, assessment: str) -> None:
        decisions = {0: ItemDecision(outcome=outcome, ground=ground, reasons="So it is.")}
        self.attempt(deciding.decide, decisions=decisions, assessment=assessment, actor=actor)

    @rule(actor=staff)
    def approve(self, actor: Actor) -> None:
        self.attempt(deciding.approve, actor=actor)

    @rule(actor=staff)
    def answer(self, actor: Actor) -> None:
        self.attempt(handling.answer, actor=actor)

    @rule(actor=staff)
    def close(self, actor: Actor) -> None:
        done = {n: TaskReport(outcome=TaskOutcome.DONE) for n, _ in enumerate(cases.tasks_of(self.case))}
        self.attempt(handling.close, reports=done, actor=actor)

    @rule(by_customer=st.booleans(), actor=staff)
    def withdraw(self, by_customer: bool, actor: Actor) -> None:
        self.attempt(services.withdraw, note="by phone", actor=self.person if by_customer else actor)

    @rule(actor=staff, days=st.integers(-3, 3))
    def change_arrival(self, actor: Actor, days: int) -> None:
        day = self.case.received_on + timedelta(days=days)
        self.attempt(handling.change_arrival, received_on=day, reason="Stamp.", actor=actor)

    @invariant()
    def the_history_is_one_chain_of_allowed_steps(self) -> None:
        events = db.session.scalars(
            select(CaseEvent).where(CaseEvent.request_id == self.id).order_by(CaseEvent.sequence)
        ).all()
        assert len(events) >= self.events, "history only grows"
        self.events = len(events)
        at: Status | None = None
        for event in events:
            assert event.from_status is at
            assert at is None or at is event.to_status or (at.value, event.to_status.value) in ALLOWED_PAIRS
            at = event.to_status
        assert self.case.status is at

    @invariant()
    def what_was_decided_stands(self) -> None:
        case = self.case
        if case.decided_at is None:
            self.received_on = case.received_on
            return
        told = (case.outcome, case.decided_at, case.decided_by_account_id, case.received_on)
        assert self.decision in (None, told)
        self.decision = told
        assert case.received_on == self.received_on
        if case.kind is Kind.ERASURE and case.outcome is not Outcome.REFUSE:
            assert case.proposed_by_account_id not in (None, case.decided_by_account_id)
        if case.outcome is Outcome.REFUSE:
            assert case.decided_by_account_id in (12, 21), "only decision-makers refuse"
            assert all(item.ground and item.reasons for item in cases.items_of(case))

    @invariant()
    def the_clock_fits(self) -> None:
        case = self.case
        assert (case.paused_from is not None) is (case.status is Status.IDENTITY_PENDING) or case.status in ENDED
        assert case.work_by <= case.legal_limit
        assert (case.extended_on is not None) is (case.extension_reason is not None)

    @invariant()
    def an_answer_is_a_letter(self) -> None:
        case = self.case
        assert (cases.letter_of(case) is not None) is (case.status in (Status.ANSWERED, Status.CLOSED))

    @invariant()
    def an_objection_restricts_until_it_is_refused_or_taken_back(self) -> None:
        case = self.case
        if case.kind is Kind.OBJECTION:
            is_over = case.status is Status.WITHDRAWN or (
                case.outcome is Outcome.REFUSE and case.status in (Status.ANSWERED, Status.CLOSED)
            )
            assert bool(restrictions.of_customer(self.customer_id)) is not is_over


def test_any_history_of_a_case_keeps_what_the_law_wants(installation: EmptyDatabase) -> None:
    if not installation.is_sqlite:
        pytest.skip("the rules are the same on every engine")

    class OnThisDatabase(Histories):
        pass

    OnThisDatabase.installation = installation
    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=15,
            stateful_step_count=16,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
