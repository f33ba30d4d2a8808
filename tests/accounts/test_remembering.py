"""Remembered devices: rotation, grace, theft, and their end."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from portal.accounts import remembering, services, sessions
from portal.accounts.models import Account, RememberedDevice
from portal.core import audit, clock
from portal.core.audit import AuditAction
from portal.core.db import db
from portal.messages.models import Message
from tests.factories import make_account


@pytest.fixture
def account(context):
    return db.session.get(Account, make_account(email="testi@example.com").account_id)


def _remember(account):
    device_id, cookie = remembering.remember(account, name="Firefox · Linux", now=clock.now())
    return device_id, cookie.value


def _resume(cookie):
    return remembering.resume(cookie, name="Firefox · Linux", now=clock.now())


def _is_live(resumption):
    return sessions.find(resumption.session_token, clock.now()) is not None


def _actions():
    return [entry.event.action for entry in audit.latest(limit=3)]


def test_the_current_value_signs_in_and_is_replaced(account):
    _, first = _remember(account)
    resumed = _resume(first)
    live = sessions.find(resumed.session_token, clock.now())
    assert live.account.id == account.id
    assert live.row.password_entered_at is None, "a remembered person is not fresh"
    assert resumed.cookie.value.split(".")[0] == first.split(".")[0]
    assert resumed.cookie.value != first
    assert _resume(resumed.cookie.value).cookie is not None


def test_only_digests_are_stored(account):
    _, cookie = _remember(account)
    selector, validator = cookie.split(".")
    device = db.session.scalars(select(RememberedDevice)).one()
    assert device.selector == selector
    assert validator not in str(vars(device))


def test_the_previous_value_signs_in_without_a_new_cookie_within_the_grace_time(account, frozen_clock):
    _, first = _remember(account)
    _resume(first)
    frozen_clock.advance(timedelta(seconds=30))
    again = _resume(first)
    assert again.cookie is None
    assert _is_live(again)


def test_a_lost_answer_ends_the_device_quietly(account, frozen_clock):
    _, first = _remember(account)
    resumed = _resume(first)
    frozen_clock.advance(timedelta(seconds=31))
    assert _resume(first) is None
    assert not _is_live(resumed)
    assert _actions()[0] is AuditAction.TOKEN_REVOKED
    assert len(db.session.scalars(select(Message)).all()) == 1, "only that the device is remembered was told"


def test_a_replay_after_the_successor_was_seen_is_theft_and_ends_that_device_alone(account, frozen_clock):
    _, stolen = _remember(account)
    _, other = _remember(account)
    resumed = _resume(stolen)
    remembering.confirm_seen(sessions.find(resumed.session_token, clock.now()), resumed.cookie.value)
    frozen_clock.advance(timedelta(seconds=31))
    assert _resume(stolen) is None
    assert AuditAction.TOKEN_REUSED in _actions()
    assert not _is_live(resumed)
    assert _resume(resumed.cookie.value) is None
    assert _is_live(_resume(other))
    told = db.session.scalars(select(Message).where(Message.subject == "Kirjasimme yhden laitteesi ulos")).one()
    assert told.to == "testi@example.com"


def test_a_value_older_than_the_previous_one_is_theft_even_within_the_grace_time(account):
    _, first = _remember(account)
    second = _resume(first).cookie.value
    _resume(second)
    assert _resume(first) is None
    assert AuditAction.TOKEN_REUSED in _actions()


def test_a_guessed_validator_for_a_known_selector_is_theft(account):
    _, cookie = _remember(account)
    assert _resume(cookie.split(".")[0] + "." + "A" * 43) is None
    assert _resume(cookie) is None


@pytest.mark.parametrize("cookie", ["", ".", "x", "A" * 22 + "." + "B" * 43, "ä" * 22 + "." + "B" * 43, "A" * 5000])
def test_a_garbled_or_unknown_cookie_is_worth_nothing(account, cookie):
    assert _resume(cookie) is None


def test_a_device_unused_for_fourteen_days_is_forgotten(account, frozen_clock):
    _, cookie = _remember(account)
    frozen_clock.advance(timedelta(days=14))
    assert _resume(cookie) is None


def test_thirty_days_after_the_password_a_device_is_forgotten_however_much_it_is_used(account, frozen_clock):
    _, cookie = _remember(account)
    for _ in range(29):
        frozen_clock.advance(timedelta(days=1))
        resumed = _resume(cookie)
        cookie = resumed.cookie.value
    assert resumed.cookie.max_age == 86_400
    frozen_clock.advance(timedelta(days=1))
    assert _resume(cookie) is None
    frozen_clock.advance(timedelta(days=-1))
    assert _resume(cookie) is None, "a clock set back revives nothing"


def test_the_eleventh_device_replaces_the_one_unused_longest(account, frozen_clock):
    cookies = []
    for _ in range(11):
        cookies.append(_remember(account)[1])
        frozen_clock.advance(timedelta(minutes=1))
    assert _resume(cookies[0]) is None
    assert all(_is_live(_resume(cookie)) for cookie in cookies[1:])


def test_staff_are_never_remembered(context):
    make_account("marketing", username="market.er", has_second_factor=False)
    opened = services.sign_in(
        username="market.er",
        password="neljä sinistä hevosta juoksee",
        wants_memory=True,
        visit=services.Visit(address="192.0.2.1"),
        now=clock.now(),
    )
    assert opened.remember_cookie is None
    assert db.session.scalars(select(RememberedDevice)).all() == []


def test_a_raised_epoch_or_a_lock_ends_being_remembered(account):
    _, cookie = _remember(account)
    account.epoch += 1
    db.session.commit()
    assert _resume(cookie) is None

    _, cookie = _remember(account)
    account.is_locked = True
    db.session.commit()
    assert _resume(cookie) is None


def test_of_parallel_requests_with_one_cookie_exactly_one_gets_the_next(app, account):
    """Twenty rounds of eight: no false alarm, and one new cookie a round."""
    device_id, cookie = _remember(account)
    for _ in range(20):
        answers, barrier = [], Barrier(8)

        def ask(cookie=cookie, answers=answers, barrier=barrier):
            with app.app_context():
                barrier.wait()
                answers.append(_resume(cookie))
                db.session.remove()

        threads = [Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(answer is not None and answer.session_token for answer in answers)
        fresh = [answer.cookie.value for answer in answers if answer.cookie]
        assert len(fresh) == 1
        cookie = fresh[0]
    db.session.rollback()
    assert db.session.get(RememberedDevice, device_id).revoked_at is None
