"""What the person is told by mail when something about their account's safety changes."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.accounts import own_security, password_resets, second_factor, services, sessions, try_warnings
from portal.accounts.models import Account, TryWarning
from portal.accounts.second_factor import current_code
from portal.accounts.services import Visit
from portal.core import clock
from portal.core.db import db
from portal.core.errors import RuleViolation, Throttled
from portal.messages.models import Message
from tests.factories import PASSWORD, make_account

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
VISIT = Visit(address="192.0.2.1", user_agent=FIREFOX)
NEW_PASSWORD = "viides hevonen on vihreä tänään"


@pytest.fixture
def person(context):
    return make_account("customer", username="aino", email="aino@example.com", language="en")


def _subjects():
    return [mail.subject for mail in db.session.scalars(select(Message).order_by(Message.queued_at))]


def _sign_in(password=PASSWORD, *, wants_memory=False):
    return services.sign_in(username="aino", password=password, wants_memory=wants_memory, visit=VISIT, now=clock.now())


def _session_id():
    return sessions.find(_sign_in().session_token, clock.now()).row.id


def test_signing_in_as_usual_is_no_news(person):
    _sign_in()
    assert _subjects() == []


def test_a_changed_password_is_told_with_time_and_what_to_do(person):
    own_security.change_password(
        account_id=person.account_id,
        session_id=_session_id(),
        current=PASSWORD,
        new=NEW_PASSWORD,
        visit=VISIT,
        now=clock.now(),
    )
    mail = db.session.scalars(select(Message)).one()
    assert (mail.to, mail.subject) == ("aino@example.com", "Your password was changed")
    assert "Time: 24 November 2026 at 10:00\n" in mail.body
    assert "/en/forgot-password" in mail.body
    assert NEW_PASSWORD not in mail.body


def test_a_password_set_by_link_is_told_too(person):
    password_resets.ask(username="aino", contact="aino@example.com", address="192.0.2.1", now=clock.now())
    password_resets.answer_requests(clock.now())
    token = db.session.scalars(select(Message)).one().body.split("/reset-password/")[1].split()[0]
    password_resets.set_password(token, password=NEW_PASSWORD, now=clock.now())
    assert sorted(_subjects()) == ["Set a new password", "Your password was changed"]


def test_the_second_factor_on_and_off_is_told(person):
    session_id = _session_id()
    secret = second_factor.new_secret()
    own_security.set_up_second_factor(
        account_id=person.account_id,
        session_id=session_id,
        setup_token=second_factor.setup_token(person.account_id, secret),
        code=current_code(secret, clock.now()),
        visit=VISIT,
        now=clock.now(),
    )
    own_security.disable_second_factor(account_id=person.account_id, session_id=session_id, now=clock.now())
    assert sorted(_subjects()) == ["The second factor is off", "The second factor is on"]
    assert not any(secret in mail.body for mail in db.session.scalars(select(Message)))


def test_a_newly_remembered_device_is_told_by_its_name(person):
    _sign_in(wants_memory=True)
    mail = db.session.scalars(select(Message)).one()
    assert mail.subject == "A new device is remembered"
    assert "Device: Firefox · Linux" in mail.body
    assert "Until 24 December 2026" in mail.body


def test_too_many_tries_are_told_once_a_day(person, frozen_clock):
    def ten_wrong():
        for _ in range(10):
            with pytest.raises(RuleViolation):
                _sign_in("wrong")
        try_warnings.tell(clock.now())

    ten_wrong()
    with pytest.raises(Throttled):
        _sign_in("wrong")
    assert _subjects() == ["Too many tries to sign in to your account"]
    frozen_clock.advance(timedelta(hours=1))
    ten_wrong()
    assert len(_subjects()) == 1
    frozen_clock.advance(timedelta(hours=23))
    ten_wrong()
    assert len(_subjects()) == 2


def test_the_last_try_of_a_name_that_nobody_has_takes_the_same_work_and_tells_nobody(person):
    for _ in range(10):
        with pytest.raises(RuleViolation):
            services.sign_in(username="nobody", password="wrong", wants_memory=False, visit=VISIT, now=clock.now())
    assert db.session.scalar(select(func.count()).select_from(TryWarning)) == 1
    try_warnings.tell(clock.now())
    assert db.session.scalar(select(func.count()).select_from(TryWarning)) == 0
    assert _subjects() == []


def test_nine_wrong_tries_are_not_told(person):
    for _ in range(9):
        with pytest.raises(RuleViolation):
            _sign_in("wrong")
    assert _subjects() == []


def test_somebody_without_an_address_is_not_written_to(context):
    account = db.session.get(Account, make_account("customer", username="aino").account_id)
    _sign_in(wants_memory=True)
    assert account.email is None
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0
