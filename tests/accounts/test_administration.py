"""What one administrator does alone: inviting, locking, unlocking."""

from contextlib import suppress
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from portal.accounts import administration, invitations, proposals, remembering, services, sessions
from portal.accounts.models import LockReason, ProposalState
from portal.accounts.problems import AdministrationProblem
from portal.accounts.second_factor import current_code
from portal.accounts.services import Visit
from portal.core import audit, clock
from portal.core.audit import SYSTEM, AuditAction
from portal.core.db import db
from portal.core.errors import Forbidden, Gone, NotFound, RuleViolation, Stale
from portal.core.roles import Role
from portal.messages.models import Message
from tests.accounts.administrators import account_of, actor_of, administrator
from tests.factories import PASSWORD, TOTP_SECRET, make_account

VISIT = Visit(address="192.0.2.1")


def _signed_in(person, *, wants_memory=False):
    opened = services.sign_in(
        username=person.username, password=PASSWORD, wants_memory=wants_memory, visit=VISIT, now=clock.now()
    )
    if person.totp_secret:
        code = current_code(TOTP_SECRET, clock.now())
        opened = services.sign_in_with_code(opened, code=code, visit=VISIT, now=clock.now())
    return opened.session_token


def _lock(person, actor, reason=LockReason.OTHER):
    administration.lock(account_id=person.account_id, reason=reason, actor=actor, now=clock.now())


def _unlock(person, actor):
    administration.unlock(account_id=person.account_id, actor=actor, now=clock.now())


def _told():
    entry = next(e for e in audit.latest(limit=5) if e.event.action is not AuditAction.MESSAGE_QUEUED)
    return entry.event.action, entry.detail.actor, entry.detail.object, entry.detail.purpose


def _invited(email=None):
    return administration.create_account(
        username="uusi",
        role=Role.CLERK,
        language="en",
        display_name="Uusi Tekijä",
        email=email,
        actor=SYSTEM,
        now=clock.now(),
    )


def test_a_locked_account_is_signed_out_at_the_next_request_and_cannot_come_back(context):
    person, admin = make_account("clerk"), administrator()
    token = _signed_in(person)
    _lock(person, admin, LockReason.SUSPECTED_MISUSE)
    assert _told() == (
        AuditAction.ACCOUNT_LOCKED,
        admin.account_id,
        f"account:{person.account_id}",
        "suspected-misuse",
    )
    assert sessions.find(token, clock.now()) is None
    with pytest.raises(RuleViolation):
        _signed_in(person)


def test_unlocking_leaves_password_and_second_factor_but_no_session(context, frozen_clock):
    person, admin = make_account("clerk"), administrator()
    token = _signed_in(person)
    _lock(person, admin)
    _unlock(person, admin)
    assert sessions.find(token, clock.now()) is None
    frozen_clock.advance(timedelta(minutes=1))  # a code works once
    assert sessions.find(_signed_in(person), clock.now())
    assert account_of(person).lock_reason is None
    with pytest.raises(Stale):
        _unlock(person, admin)


def test_a_customers_account_is_locked_with_its_remembered_devices(context):
    person, admin = make_account("customer"), administrator()
    token = _signed_in(person, wants_memory=True)
    _lock(person, admin)
    _unlock(person, admin)
    assert sessions.find(token, clock.now()) is None
    assert remembering.live_devices(account_of(person), clock.now()) == []


def test_nobody_locks_themselves_and_nobody_twice(context):
    person, admin = make_account("clerk"), administrator()
    with pytest.raises(RuleViolation) as refusal:
        administration.lock(account_id=admin.account_id, reason=LockReason.OTHER, actor=admin, now=clock.now())
    assert refusal.value.code is AdministrationProblem.OWN_ACCOUNT
    _lock(person, admin)
    with pytest.raises(Stale):
        _lock(person, admin)


def test_a_locked_administrator_and_other_roles_administer_nothing(context):
    person, first, second = make_account("clerk"), administrator(), administrator()
    administration.lock(account_id=second.account_id, reason=LockReason.LEFT, actor=first, now=clock.now())
    for actor in (second, actor_of(person), actor_of(make_account("decision-maker")), SYSTEM):
        with pytest.raises(Forbidden):
            _lock(person, actor)


def test_locking_ends_what_the_person_has_proposed_and_what_waits_about_them(context):
    first, second, third = administrator(), administrator(), administrator()
    person = make_account("clerk")
    proposals.propose_role(account_id=person.account_id, role=Role.MARKETING, actor=second, now=clock.now())
    proposals.propose_role(account_id=second.account_id, role=Role.CLERK, actor=third, now=clock.now())
    administration.lock(account_id=second.account_id, reason=LockReason.LEFT, actor=first, now=clock.now())
    assert proposals.waiting(clock.now()) == []
    (line,) = proposals.of_account(person.account_id, clock.now())
    assert (line.state, line.decided_by) == (ProposalState.WITHDRAWN, "Raili Hallinto")


def test_of_two_administrators_who_lock_each_other_at_once_one_remains(app, context):
    for _ in range(5):
        actors = [administrator(), administrator()]
        start = Barrier(2)

        def act(own: int, actors=actors, start=start) -> None:
            with app.app_context():
                start.wait()
                with suppress(Forbidden):
                    administration.lock(
                        account_id=actors[1 - own].account_id,
                        reason=LockReason.OTHER,
                        actor=actors[own],
                        now=clock.now(),
                    )
                db.session.remove()

        threads = [Thread(target=act, args=(own,)) for own in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        db.session.rollback()  # to see what they wrote
        assert sorted(account_of(actor).is_locked for actor in actors) == [False, True]


def test_an_unknown_account_is_not_there(context):
    admin = administrator()
    with pytest.raises(NotFound):
        administration.lock(account_id=1, reason=LockReason.OTHER, actor=admin, now=clock.now())
    for reference in ("", "x", "-1", "9" * 30, "１"):
        with pytest.raises(NotFound):
            administration.account_at(reference)


def test_an_invitation_is_mailed_and_a_newer_one_ends_it(context):
    account, admin = _invited("uusi@example.com"), administrator()
    links = []
    for _ in range(2):
        assert administration.invite(account_id=account.id, actor=admin, now=clock.now()) is None
        mail = db.session.scalars(select(Message).order_by(Message.queued_at.desc(), Message.id)).all()
        (link,) = {word for m in mail for word in m.body.split() if "/set-password/" in word} - set(links)
        links.append(link)
    assert _told() == (AuditAction.INVITATION_MADE, admin.account_id, f"account:{account.id}", "mailed")
    old, new = (link.rpartition("/")[2] for link in links)
    with pytest.raises(Gone):
        invitations.set_first_password(old, password=PASSWORD, now=clock.now())
    invitations.set_first_password(new, password=PASSWORD, now=clock.now())
    assert account_of(account.actor).password_hash
    with pytest.raises(Stale):
        administration.invite(account_id=account.id, actor=admin, now=clock.now())


def test_without_an_address_no_administrator_is_shown_a_link(context):
    account, admin = _invited(), administrator()
    with pytest.raises(RuleViolation) as refusal:
        administration.invite(account_id=account.id, actor=admin, now=clock.now())
    assert refusal.value.code is AdministrationProblem.NO_EMAIL
    assert db.session.scalars(select(Message)).all() == []


def test_on_the_server_a_new_link_is_printed_for_who_has_no_password(context):
    account = _invited()
    link = administration.link_on_the_server(username="uusi", actor=SYSTEM, now=clock.now())
    assert link.startswith("http://localhost:8000/en/set-password/")
    assert _told() == (AuditAction.INVITATION_MADE, None, f"account:{account.id}", "shown")
    invitations.set_first_password(link.rpartition("/")[2], password=PASSWORD, now=clock.now())
    with pytest.raises(Stale):
        administration.link_on_the_server(username="uusi", actor=SYSTEM, now=clock.now())
    with pytest.raises(NotFound):
        administration.link_on_the_server(username="nobody", actor=SYSTEM, now=clock.now())


def test_a_customer_is_not_invited_by_an_administrator(context):
    person, admin = make_account("customer"), administrator()
    with pytest.raises(Forbidden):
        administration.invite(account_id=person.account_id, actor=admin, now=clock.now())


@pytest.mark.parametrize(
    ("language", "subjects"),
    [
        ("en", ["Your account is locked", "Your account is open again"]),
        ("fi", ["Käyttäjätilisi on lukittu", "Käyttäjätilisi on taas auki"]),
    ],
)
def test_the_person_is_told_in_their_language_and_not_why(context, language, subjects):
    person = make_account("clerk", email="virkku@example.com", language=language)
    admin = administrator()
    _lock(person, admin, LockReason.OTHER)
    _unlock(person, admin)
    mails = db.session.scalars(select(Message).order_by(Message.queued_at)).all()
    assert sorted(mail.subject for mail in mails) == sorted(subjects)
    for mail in mails:
        assert "nother reason" not in mail.body
        assert "muu syy" not in mail.body.casefold()
