"""Four eyes: no role, and no second factor of staff, changes by one person's will."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from portal.accounts import administration, invitations, proposals, recovery_codes, sessions
from portal.accounts.models import LockReason, ProposalKind, ProposalState
from portal.accounts.problems import AdministrationProblem, SignInProblem
from portal.accounts.staff_accounts import AccountState, state_of
from portal.core import audit, clock
from portal.core.audit import AuditAction
from portal.core.db import db, transaction
from portal.core.errors import DomainError, Forbidden, Gone, NotFound, RuleViolation, Stale
from portal.core.roles import Role
from portal.messages.models import Message
from tests.accounts.administrators import account_of, actor_of, administrator
from tests.conftest import START
from tests.factories import PASSWORD, Person, make_account


def _propose(person, role, actor):
    proposals.propose_role(account_id=person.account_id, role=role, actor=actor, now=clock.now())
    return _waiting(person)


def _waiting(person):
    return next(line for line in proposals.waiting(clock.now()) if line.account_id == person.account_id)


def _decide(how, line, actor):
    return how(account_id=line.account_id, proposal_id=line.id, actor=actor, now=clock.now())


def _session(account):
    return sessions.open_session(account, device_id=None, name="", password_entered_at=clock.now(), now=clock.now())


def _new(actor, **changed):
    details = {
        "username": "Uusi",
        "display_name": "Uusi Tekijä",
        "email": "uusi@example.com",
        "language": "en",
        "role": Role.CLERK,
    }
    return proposals.propose_account(**details | changed, actor=actor, now=clock.now())


def _events(*actions):
    return [
        (e.event.action, e.detail.actor, e.detail.object, e.detail.purpose)
        for e in reversed(audit.latest(limit=20))
        if e.event.action in actions
    ]


def test_a_role_changes_when_a_second_administrator_approves_it(context):
    person, first, second = make_account("clerk"), administrator("Raili"), administrator("Aleksi")
    token = _session(account_of(person))
    line = _propose(person, Role.DECISION_MAKER, first)
    assert (line.proposed_by, line.old_role, line.role) == ("Raili", Role.CLERK, Role.DECISION_MAKER)
    assert account_of(person).role is Role.CLERK
    assert sessions.find(token, clock.now())
    epoch = account_of(person).epoch
    _decide(proposals.approve, line, second)
    assert account_of(person).role is Role.DECISION_MAKER
    assert account_of(person).epoch == epoch + 1
    assert sessions.find(token, clock.now()) is None
    about = f"account:{person.account_id}"
    assert _events(AuditAction.PROPOSAL_MADE, AuditAction.ROLE_CHANGED) == [
        (AuditAction.PROPOSAL_MADE, first.account_id, about, "clerk>decision-maker"),
        (AuditAction.ROLE_CHANGED, second.account_id, about, "clerk>decision-maker"),
    ]
    (done,) = proposals.of_account(person.account_id, clock.now())
    assert (done.state, done.decided_by) == (ProposalState.APPROVED, "Aleksi")


def test_neither_the_proposer_nor_the_person_decides(context):
    first, second = administrator(), administrator()
    line = _propose(second, Role.CLERK, first)
    for actor in (first, second):
        for how in (proposals.approve, proposals.reject):
            with pytest.raises(RuleViolation) as refusal:
                _decide(how, line, actor)
            assert refusal.value.code is AdministrationProblem.SECOND_ADMINISTRATOR
    assert account_of(second).role is Role.ADMINISTRATOR


def test_nobody_proposes_about_themselves(context):
    admin = administrator()
    for refused in (
        lambda: _propose(admin, Role.CLERK, admin),
        lambda: proposals.propose_second_factor_reset(account_id=admin.account_id, actor=admin, now=clock.now()),
    ):
        with pytest.raises(RuleViolation) as refusal:
            refused()
        assert refusal.value.code is AdministrationProblem.OWN_ACCOUNT


def test_only_administrators_propose_and_decide(context):
    person, first = make_account("clerk"), administrator()
    line = _propose(person, Role.MARKETING, first)
    for role in ("clerk", "decision-maker", "marketing", "customer"):
        other = actor_of(make_account(role))
        with pytest.raises(Forbidden):
            _propose(first, Role.CLERK, other)
        for how in (proposals.approve, proposals.reject, proposals.withdraw):
            with pytest.raises(Forbidden):
                _decide(how, line, other)


def test_only_the_proposer_withdraws(context):
    person, first, second = make_account("clerk"), administrator(), administrator()
    line = _propose(person, Role.MARKETING, first)
    with pytest.raises(Forbidden):
        _decide(proposals.withdraw, line, second)
    _decide(proposals.withdraw, line, first)
    with pytest.raises(Stale):
        _decide(proposals.approve, line, second)
    assert account_of(person).role is Role.CLERK


def test_what_was_rejected_is_not_approved_after_all(context):
    person, first, second = make_account("clerk"), administrator(), administrator()
    line = _propose(person, Role.MARKETING, first)
    _decide(proposals.reject, line, second)
    with pytest.raises(Stale):
        _decide(proposals.approve, line, second)
    assert account_of(person).role is Role.CLERK


def test_a_proposal_lapses_after_seven_days_and_can_be_made_again(context, frozen_clock):
    person, first, second = make_account("clerk"), administrator(), administrator()
    line = _propose(person, Role.MARKETING, first)
    frozen_clock.advance(timedelta(days=7))
    with pytest.raises(Stale):
        _decide(proposals.approve, line, second)
    assert proposals.waiting(clock.now()) == []
    _propose(person, Role.MARKETING, first)
    assert [one.state for one in proposals.of_account(person.account_id, clock.now())] == [
        ProposalState.OPEN,
        ProposalState.EXPIRED,
    ]


def test_one_change_of_an_account_waits_at_a_time(context):
    person, first, second = make_account("clerk"), administrator(), administrator()
    _propose(person, Role.MARKETING, first)
    with pytest.raises(RuleViolation) as refusal:
        _propose(person, Role.ADMINISTRATOR, second)
    assert refusal.value.code is AdministrationProblem.CHANGE_WAITS


def test_the_role_held_already_is_not_proposed(context):
    person, admin = make_account("clerk"), administrator()
    with pytest.raises(RuleViolation) as refusal:
        _propose(person, Role.CLERK, admin)
    assert (refusal.value.code, refusal.value.field) == (AdministrationProblem.SAME_ROLE, "role")


def test_staff_never_become_customers_nor_customers_staff(context):
    admin = administrator()
    with pytest.raises(Forbidden):
        _propose(make_account("clerk"), Role.CUSTOMER, admin)
    with pytest.raises(Forbidden):
        _propose(make_account("customer"), Role.CLERK, admin)
    with pytest.raises(Forbidden):
        _new(admin, role=Role.CUSTOMER)


def test_a_proposal_is_decided_on_its_own_account_alone(context):
    person, other, first, second = make_account("clerk"), make_account("clerk"), administrator(), administrator()
    line = _propose(person, Role.MARKETING, first)
    with pytest.raises(NotFound):
        proposals.approve(account_id=other.account_id, proposal_id=line.id, actor=second, now=clock.now())


def test_an_administrator_who_loses_the_role_leaves_no_proposal_behind(context):
    person, first, second, third = make_account("clerk"), administrator(), administrator(), administrator()
    _propose(person, Role.ADMINISTRATOR, first)
    _decide(proposals.approve, _propose(first, Role.CLERK, second), third)
    assert proposals.waiting(clock.now()) == []


def test_a_new_account_opens_nothing_before_it_is_approved(context):
    first, second = administrator(), administrator()
    account = _new(first, email="uusi@example.com", role=Role.ADMINISTRATOR)
    assert (account.username, account.password_hash) == ("uusi", None)
    assert state_of(account) is AccountState.UNAPPROVED
    for refused in (
        (
            Gone,
            lambda: invitations.set_first_password(
                invitations.link(account).rpartition("/")[2], password=PASSWORD, now=clock.now()
            ),
        ),
        (
            Forbidden,
            lambda: administration.unlock(account_id=account.id, actor=second, now=clock.now()),
        ),
        (Stale, lambda: administration.invite(account_id=account.id, actor=second, now=clock.now())),
    ):
        with pytest.raises(refused[0]):
            refused[1]()
    assert db.session.scalars(select(Message)).all() == []
    with pytest.raises(Forbidden):
        proposals.approve(
            account_id=account.id, proposal_id=_waiting_of(account).id, actor=account.actor, now=clock.now()
        )


def _waiting_of(account):
    return next(line for line in proposals.waiting(clock.now()) if line.account_id == account.id)


def test_approval_opens_the_new_account_and_invites_by_mail(context):
    first, second = administrator(), administrator()
    account = _new(first, email="uusi@example.com")
    assert _decide(proposals.approve, _waiting_of(account), second) is ProposalKind.NEW_ACCOUNT
    account = account_of(account.actor)
    assert state_of(account) is AccountState.INVITED
    (mail,) = db.session.scalars(select(Message)).all()
    assert (mail.to, mail.subject) == ("uusi@example.com", "Your account in the privacy portal")
    assert "Username: uusi\nRole: Clerk" in mail.body
    link = next(word for word in mail.body.split() if "/set-password/" in word)
    invitations.set_first_password(link.rpartition("/")[2], password=PASSWORD, now=clock.now())
    assert state_of(account_of(account.actor)) is AccountState.NO_SECOND_FACTOR
    about = account.reference
    told = (AuditAction.ACCOUNT_CREATED, AuditAction.PROPOSAL_MADE, AuditAction.ROLE_CHANGED)
    assert [event for event in _events(*told) if event[2] == about] == [
        (AuditAction.ACCOUNT_CREATED, first.account_id, about, None),
        (AuditAction.PROPOSAL_MADE, first.account_id, about, "none>clerk"),
        (AuditAction.ROLE_CHANGED, second.account_id, about, "none>clerk"),
    ]


@pytest.mark.parametrize("reason", [LockReason.LEFT, LockReason.SUSPECTED_MISUSE])
def test_who_left_or_is_suspected_comes_back_by_two_administrators_and_with_nothing_of_before(context, reason):
    first, second = administrator(), administrator()
    person = make_account("clerk", email="virkku@example.com")
    administration.lock(account_id=person.account_id, reason=reason, actor=first, now=clock.now())
    for one in (first, second):
        with pytest.raises(Forbidden):
            administration.unlock(account_id=person.account_id, actor=one, now=clock.now())
    proposals.propose_role(account_id=person.account_id, role=Role.CLERK, actor=first, now=clock.now())
    _decide(proposals.approve, _waiting_of(account_of(person)), second)
    account = account_of(person)
    assert state_of(account) is AccountState.INVITED
    assert (account.password_hash, account.has_second_factor) == (None, False)


def test_who_has_no_address_is_not_opened_since_nobody_may_be_shown_the_link(context):
    first, second = administrator(), administrator()
    person = make_account("clerk", email=None)
    administration.lock(account_id=person.account_id, reason=LockReason.LEFT, actor=first, now=clock.now())
    proposals.propose_role(account_id=person.account_id, role=Role.CLERK, actor=first, now=clock.now())
    with pytest.raises(RuleViolation) as refusal:
        _decide(proposals.approve, _waiting_of(account_of(person)), second)
    assert refusal.value.code is AdministrationProblem.NO_EMAIL
    assert account_of(person).is_locked


def test_a_rejected_account_stays_shut_and_can_be_proposed_again(context):
    first, second = administrator(), administrator()
    account = _new(first)
    _decide(proposals.reject, _waiting_of(account), second)
    assert state_of(account_of(account.actor)) is AccountState.UNAPPROVED
    proposals.propose_role(account_id=account.id, role=Role.CLERK, actor=second, now=clock.now())
    line = _waiting_of(account)
    assert (line.kind, line.old_role) == (ProposalKind.NEW_ACCOUNT, None)
    _decide(proposals.approve, line, first)
    assert state_of(account_of(account.actor)) is AccountState.INVITED


def test_a_user_name_that_is_taken_is_refused(context):
    admin = administrator()
    make_account("clerk", username="uusi")
    with pytest.raises(RuleViolation) as refusal:
        _new(admin, username=" UUSI ")
    assert (refusal.value.code, refusal.value.field) == (SignInProblem.USERNAME_TAKEN, "username")


def test_a_second_factor_is_set_back_by_two(context):
    person = make_account("clerk", email="virkku@example.com", language="en")
    first, second = administrator(), administrator()
    with transaction():
        recovery_codes.make(account_of(person))
    token = _session(account_of(person))
    proposals.propose_second_factor_reset(account_id=person.account_id, actor=first, now=clock.now())
    assert account_of(person).has_second_factor
    _decide(proposals.approve, _waiting(person), second)
    account = account_of(person)
    assert not account.has_second_factor
    assert recovery_codes.left(account.id) == 0
    assert account.password_hash is not None
    assert sessions.find(token, clock.now()) is None
    assert _events(AuditAction.SECOND_FACTOR_REMOVED) == [
        (AuditAction.SECOND_FACTOR_REMOVED, second.account_id, account.reference, "second-factor-reset")
    ]
    (mail,) = db.session.scalars(select(Message)).all()
    assert mail.subject == "Your second factor has been reset"
    with pytest.raises(Stale):
        proposals.propose_second_factor_reset(account_id=person.account_id, actor=first, now=clock.now())


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("en", "Your role has changed", ("Before: Clerk\nNow: Marketing", "viestinta@kssenergia.fi")),
        ("fi", "Roolisi on vaihtunut", ("Ennen: Asiakaspalvelija\nNyt: Markkinointi", "viestinta@kssenergia.fi")),
    ],
)
def test_a_new_role_is_told_by_mail_in_the_persons_language(context, language, subject, words):
    person = make_account("clerk", email="virkku@example.com", language=language)
    first, second = administrator(), administrator()
    _decide(proposals.approve, _propose(person, Role.MARKETING, first), second)
    (mail,) = db.session.scalars(select(Message)).all()
    assert mail.subject == subject
    for part in words:
        assert part in mail.body


@pytest.mark.parametrize("approver", ["proposed_by_id", "account_id"])
def test_the_database_itself_refuses_an_approval_by_one_person(context, approver):
    person, first = make_account("clerk"), administrator()
    line = _propose(person, Role.MARKETING, first)
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(
            text(f"UPDATE account_proposal SET state = 'approved', decided_by_id = {approver} WHERE id = :id"),
            {"id": line.id},
        )


def test_the_database_itself_refuses_a_proposal_about_oneself(context):
    person, first = make_account("clerk"), administrator()
    line = _propose(person, Role.MARKETING, first)
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text("UPDATE account_proposal SET proposed_by_id = account_id WHERE id = :id"), {"id": line.id})


def test_in_no_order_of_acts_does_one_person_change_a_role_or_the_last_administrator_go(installation, frozen_clock):
    # three administrators, a clerk, a customer, and an account that is not approved yet; mostly administrators act
    people = st.integers(0, 5)
    actors = st.sampled_from([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 5])
    roles = st.sampled_from(list(Role))

    class Grants(RuleBasedStateMachine):
        """Keeps its own book of who proposed what, and who is what; the portal must agree after every act."""

        def __init__(self):
            super().__init__()
            frozen_clock.at = START
            installation.reset()
            self.context = installation.app.app_context()
            self.context.push()
            self.people = [make_account(role) for role in ("administrator",) * 3 + ("clerk", "customer")]
            self.actors = [actor_of(person) for person in self.people]
            self.book = [(person.role, False, True) for person in self.people]
            self.open = {}  # about whom -> (kind, role, by whom, when)
            new = _new(self.actors[0])
            self.people.append(Person(new.id, None, new.username, "", new.role, None))
            self.actors.append(new.actor)
            self.book.append((Role.CLERK, True, False))
            self.unapproved = {5}
            self.ever_proposed = {5}
            self.open[5] = (ProposalKind.NEW_ACCOUNT, Role.CLERK, 0, clock.now())
            self.tokens = {}

        def teardown(self):
            db.session.remove()
            self.context.pop()

        def acts(self, actor, call, **arguments):
            """Whether the act was let through; a refused one must change nothing (the invariant sees to it)."""
            role, is_locked, _has_factor = self.book[actor]
            try:
                call(actor=self.actors[actor], now=clock.now(), **arguments)
            except (DomainError, ValueError):
                return False
            assert role is Role.ADMINISTRATOR, "somebody else administered"
            assert not is_locked, "a locked administrator acted"
            return True

        def about(self, whom):
            return {"account_id": self.people[whom].account_id}

        def ends(self, whom):
            self.tokens.pop(whom, None)
            self.open = {who: what for who, what in self.open.items() if whom not in (who, what[2])}

        @rule(actor=actors, whom=people, role=roles)
        def propose_role(self, actor, whom, role):
            if self.acts(actor, proposals.propose_role, role=role, **self.about(whom)):
                assert actor != whom
                assert role.is_staff and self.book[whom][0].is_staff
                self.ever_proposed.add(whom)
                kind = ProposalKind.NEW_ACCOUNT if whom in self.unapproved else ProposalKind.ROLE
                self.open[whom] = (kind, role, actor, clock.now())

        @rule(actor=actors, whom=people)
        def propose_reset(self, actor, whom):
            if self.acts(actor, proposals.propose_second_factor_reset, **self.about(whom)):
                assert actor != whom
                self.ever_proposed.add(whom)
                self.open[whom] = (ProposalKind.SECOND_FACTOR_RESET, None, actor, clock.now())

        def somebody_proposed(self, data):
            return data.draw(st.sampled_from(sorted(self.ever_proposed)), label="whom")

        def decides(self, actor, whom, how):
            lines = proposals.of_account(self.people[whom].account_id, clock.now())
            which = lines[0].id if lines else 1
            return self.acts(actor, how, proposal_id=which, **self.about(whom))

        @rule(actor=actors, data=st.data())
        def approve(self, actor, data):
            whom = self.somebody_proposed(data)
            if self.decides(actor, whom, proposals.approve):
                kind, role, proposer, at = self.open.pop(whom)
                assert len({actor, proposer, whom}) == 3
                assert clock.now() < at + timedelta(days=7)
                old, is_locked, has_factor = self.book[whom]
                if kind is ProposalKind.NEW_ACCOUNT:
                    self.book[whom] = (role, False, has_factor)
                    self.unapproved.remove(whom)
                elif kind is ProposalKind.ROLE:
                    self.book[whom] = (role, is_locked, has_factor)
                    self.ends(whom)
                else:
                    self.book[whom] = (old, is_locked, False)
                    self.tokens.pop(whom, None)

        @rule(actor=actors, data=st.data())
        def reject(self, actor, data):
            whom = self.somebody_proposed(data)
            if self.decides(actor, whom, proposals.reject):
                assert len({actor, self.open.pop(whom)[2], whom}) == 3

        @rule(actor=actors, data=st.data())
        def withdraw(self, actor, data):
            whom = self.somebody_proposed(data)
            if self.decides(actor, whom, proposals.withdraw):
                assert self.open.pop(whom)[2] == actor

        @rule(actor=actors, whom=st.sampled_from([0, 1, 2, 3, 4, 5, 0, 1, 2]))
        def lock(self, actor, whom):
            if self.acts(actor, administration.lock, reason=LockReason.OTHER, **self.about(whom)):
                assert actor != whom
                role, _is_locked, has_factor = self.book[whom]
                self.book[whom] = (role, True, has_factor)
                self.ends(whom)

        @rule(actor=actors, data=st.data())
        def unlock(self, actor, data):
            locked = [who for who, (_role, is_locked, _factor) in enumerate(self.book) if is_locked]
            whom = data.draw(st.sampled_from(locked or [3]), label="whom")
            if self.acts(actor, administration.unlock, **self.about(whom)):
                assert whom not in self.unapproved
                role, _is_locked, has_factor = self.book[whom]
                self.book[whom] = (role, False, has_factor)

        @rule()
        def everybody_comes_in(self):
            for whom, (_role, is_locked, _has_factor) in enumerate(self.book):
                if not is_locked and whom not in self.tokens:
                    self.tokens[whom] = _session(account_of(self.people[whom]))

        @rule(days=st.sampled_from([1, 3, 7]))
        def time_passes(self, days):
            frozen_clock.advance(timedelta(days=days))
            self.tokens.clear()  # sessions are shorter than a day

        @invariant()
        def the_portal_agrees_with_the_book(self):
            found = [account_of(person) for person in self.people]
            book = [(a.role, a.is_locked, a.has_second_factor or not a.role.is_staff) for a in found]
            assert book == self.book
            assert any(role is Role.ADMINISTRATOR and not is_locked for role, is_locked, _factor in book)
            assert all(sessions.find(token, clock.now()) for token in self.tokens.values())
            live = {s.account_id for person in found for s in sessions.live_sessions(person, clock.now())}
            assert live == {self.people[whom].account_id for whom in self.tokens}

    run_state_machine_as_test(
        Grants,
        settings=settings(
            max_examples=25 if installation.is_sqlite else 5,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
