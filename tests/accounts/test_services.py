"""Accounts without HTTP."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import select, update

from portal.accounts import own_security, services, sessions
from portal.accounts.models import Account, SignInAttempt, UserSession
from portal.accounts.passwords import PasswordProblem
from portal.accounts.problems import SignInProblem
from portal.accounts.second_factor import current_code
from portal.accounts.services import CodeNeeded, Visit
from portal.core import audit, clock
from portal.core.audit import AuditAction
from portal.core.db import db, transaction
from portal.core.errors import NotFound, RuleViolation, Throttled
from tests.factories import PASSWORD, TOTP_SECRET, make_account

VISIT = Visit(address="192.0.2.1", user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
NEW_PASSWORD = "viides hevonen on vihreä tänään"


def _sign_in(username, password=PASSWORD, visit=VISIT):
    return services.sign_in(username=username, password=password, wants_memory=False, visit=visit, now=clock.now())


def _finish(pending, code):
    return services.sign_in_with_code(pending, code=code, visit=VISIT, now=clock.now())


def test_a_name_is_the_same_however_it_is_spelled(context):
    make_account("clerk", username="Clerk.Åsa")
    assert isinstance(_sign_in("  CLERK.ÅSA "), CodeNeeded)


def test_a_locked_account_gets_the_answer_of_a_wrong_password(context):
    person = make_account("clerk", username="clerk.one")
    db.session.get(Account, person.account_id).is_locked = True
    db.session.commit()
    with pytest.raises(RuleViolation) as refusal:
        _sign_in("clerk.one")
    assert (refusal.value.code, refusal.value.field) == (SignInProblem.WRONG, None)


def test_an_unknown_name_costs_the_same_work(context, monkeypatch):
    from argon2 import PasswordHasher

    checks = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", lambda *args: checks.append(1) or verify(*args))
    for username in ("clerk.one", "locked", "invited"):
        make_account("clerk", username=username)
    with transaction() as session:
        session.execute(update(Account).where(Account.username == "locked").values(is_locked=True))
        session.execute(update(Account).where(Account.username == "invited").values(password_hash=None))
    for number, username in enumerate(("clerk.one", "locked", "invited", "nobody"), start=1):
        with pytest.raises(RuleViolation):
            _sign_in(username, "wrong")
        assert len(checks) == number, username


def test_at_most_ten_tries_reach_the_check_whatever_the_address(context):
    make_account("clerk", username="clerk.one")
    for n in range(10):
        with pytest.raises(RuleViolation):
            _sign_in("clerk.one", "wrong", Visit(address=f"192.0.2.{n}"))
    with pytest.raises(Throttled) as refusal:
        _sign_in("clerk.one", PASSWORD, Visit(address="198.51.100.1"))
    assert refusal.value.retry_after == timedelta(minutes=15)


def test_an_unknown_name_is_throttled_like_a_known_one(context):
    for _ in range(10):
        with pytest.raises(RuleViolation):
            _sign_in("nobody", "wrong")
    with pytest.raises(Throttled):
        _sign_in("nobody", "wrong")


def test_one_address_makes_at_most_sixty_checks(context):
    for n in range(60):
        with pytest.raises(RuleViolation):
            _sign_in(f"nobody{n}", "wrong")
    with pytest.raises(Throttled):
        _sign_in("somebody", "wrong")
    with pytest.raises(RuleViolation):
        _sign_in("somebody", "wrong", Visit(address="198.51.100.1"))


def test_getting_in_resets_the_accounts_count(context, frozen_clock):
    make_account("clerk", username="clerk.one")
    for _ in range(3):
        for _ in range(5):
            with pytest.raises(RuleViolation):
                _sign_in("clerk.one", "wrong")
        _finish(_sign_in("clerk.one"), current_code(TOTP_SECRET, clock.now()))
        frozen_clock.advance(timedelta(seconds=60))


def test_what_is_kept_of_a_try_names_nobody(context):
    with pytest.raises(RuleViolation):
        _sign_in("010195-9010", "wrong")
    attempt = db.session.scalars(select(SignInAttempt)).one()
    assert len(attempt.account_key) == 64
    assert len(attempt.address_key) == 64


def test_a_code_works_once(context, frozen_clock):
    make_account("clerk", username="clerk.one")
    pending = _sign_in("clerk.one")
    code = current_code(TOTP_SECRET, clock.now())
    _finish(pending, code)
    with pytest.raises(RuleViolation) as refusal:
        _finish(_sign_in("clerk.one"), code)
    assert (refusal.value.code, refusal.value.field) == (SignInProblem.WRONG_CODE, "code")
    frozen_clock.advance(timedelta(seconds=30))
    _finish(_sign_in("clerk.one"), current_code(TOTP_SECRET, clock.now()))


def test_a_code_older_than_one_step_does_not_work(context, frozen_clock):
    make_account("clerk", username="clerk.one")
    code = current_code(TOTP_SECRET, clock.now())
    frozen_clock.advance(timedelta(seconds=60))
    with pytest.raises(RuleViolation):
        _finish(_sign_in("clerk.one"), code)


def test_the_first_step_is_forgotten_after_ten_minutes(context, frozen_clock):
    make_account("clerk", username="clerk.one")
    pending = _sign_in("clerk.one")
    frozen_clock.advance(timedelta(minutes=11))
    with pytest.raises(RuleViolation):
        _finish(pending, current_code(TOTP_SECRET, clock.now()))


def test_a_new_password_ends_every_other_session(context):
    person = make_account("clerk", username="clerk.one", has_second_factor=False)
    mine, other = _sign_in("clerk.one"), _sign_in("clerk.one")
    live = sessions.find(mine.session_token, clock.now())
    token = own_security.change_password(
        account_id=person.account_id,
        session_id=live.row.id,
        current=PASSWORD,
        new=NEW_PASSWORD,
        visit=VISIT,
        now=clock.now(),
    )
    assert sessions.find(other.session_token, clock.now()) is None
    assert sessions.find(mine.session_token, clock.now()) is None, "a copy of the old id is dead too"
    assert sessions.find(token, clock.now()).account.id == person.account_id
    assert db.session.get(Account, person.account_id).epoch == 2
    with pytest.raises(RuleViolation):
        _sign_in("clerk.one", PASSWORD)
    assert _sign_in("clerk.one", NEW_PASSWORD).session_token


def test_a_session_of_an_older_epoch_is_dead(context):
    person = make_account("marketing", username="market.er", has_second_factor=False)
    opened = _sign_in("market.er")
    assert sessions.find(opened.session_token, clock.now())
    db.session.get(Account, person.account_id).epoch += 1
    db.session.commit()
    assert sessions.find(opened.session_token, clock.now()) is None


def test_the_session_id_is_not_stored(context):
    make_account("marketing", username="market.er", has_second_factor=False)
    opened = _sign_in("market.er")
    row = db.session.scalars(select(UserSession)).one()
    assert opened.session_token not in (row.token_digest, str(row.id), row.name)
    assert row.name == "Firefox · Linux"


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("lyhyt", PasswordProblem.TOO_SHORT),
        ("aaaaaaaaaaaaaaaaaa", PasswordProblem.TOO_UNIFORM),
        ("Salasana Salasana 2026", PasswordProblem.COMMON),
        ("sähkö-kouvola-2026", PasswordProblem.COMMON),
        ("qwertyuiopasdfghj", PasswordProblem.COMMON),
        ("KSS Energia 12345", PasswordProblem.COMMON),
        ("minä olen clerk.one täällä", PasswordProblem.CONTAINS_USERNAME),
        ("pitkä" * 50, PasswordProblem.TOO_LONG),
        ("neljä punaista lyhtyä", None),
        ("ж" * 3 + "аписка про лошадь", None),
        ("pieni kuu", PasswordProblem.TOO_SHORT),
    ],
)
def test_a_password_must_be_long_and_not_what_is_guessed_first(context, password, problem):
    if problem is None:
        assert make_account("clerk", username="clerk.one", password=password)
        return
    with pytest.raises(RuleViolation) as refusal:
        make_account("clerk", username="clerk.one", password=password)
    assert (refusal.value.code, refusal.value.field) == (problem, "password")


def test_a_username_is_given_once(context):
    make_account("clerk", username="clerk.one")
    with pytest.raises(RuleViolation) as refusal:
        make_account("clerk", username="CLERK.ONE")
    assert refusal.value.code == SignInProblem.USERNAME_TAKEN


def test_a_hash_of_other_parameters_is_renewed_at_sign_in(context):
    from argon2 import PasswordHasher

    person = make_account("marketing", username="market.er", has_second_factor=False)
    old = PasswordHasher(time_cost=2, memory_cost=128, parallelism=1).hash(PASSWORD)
    db.session.get(Account, person.account_id).password_hash = old
    db.session.commit()
    assert _sign_in("market.er").session_token
    assert "m=64,t=1,p=1" in db.session.get(Account, person.account_id).password_hash


def test_the_second_factor_is_stored_encrypted(context):
    person = make_account("clerk")
    account = db.session.get(Account, person.account_id)
    assert TOTP_SECRET.encode() not in account.totp_secret_encrypted
    assert account.totp_secret == TOTP_SECRET


def test_somebody_elses_session_is_not_found(context):
    make_account("marketing", username="market.er", has_second_factor=False)
    other = make_account("clerk")
    live = sessions.find(_sign_in("market.er").session_token, clock.now())
    with pytest.raises(NotFound):
        own_security.revoke_place(account_id=other.account_id, place_id=live.row.id, now=clock.now())
    assert sessions.find(_sign_in("market.er").session_token, clock.now())


def test_sign_ins_and_failures_are_in_the_audit_trail(context):
    make_account("marketing", username="market.er", has_second_factor=False)
    with pytest.raises(RuleViolation):
        _sign_in("market.er", "wrong")
    _sign_in("market.er")
    told = [(entry.event.action, entry.event.outcome) for entry in audit.latest(limit=2)]
    assert told == [(AuditAction.SIGN_IN_SUCCEEDED, "success"), (AuditAction.SIGN_IN_FAILED, "refused")]
    assert audit.verify().ok


def test_of_a_burst_of_eighty_tries_ten_reach_the_check(app, context):
    make_account("clerk", username="clerk.one")
    answers: list[str] = []

    def guess(worker: int) -> None:
        with app.app_context():
            for n in range(10):
                try:
                    _sign_in("clerk.one", "wrong", Visit(address=f"192.0.2.{worker * 10 + n}"))
                except (RuleViolation, Throttled) as refusal:
                    answers.append(type(refusal).__name__)
            db.session.remove()

    threads = [Thread(target=guess, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), answers.count("RuleViolation")) == (80, 10)
