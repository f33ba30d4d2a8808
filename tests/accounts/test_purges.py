"""Old sessions, devices, links and attempts go; what is alive or just ended stays."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.accounts import password_resets, purges, services, sessions, throttling
from portal.accounts.models import PasswordReset, RememberedDevice, SignInAttempt, UserSession
from portal.accounts.services import Visit
from portal.core import clock, purging
from portal.core.audit import VISITOR
from portal.core.db import db
from portal.core.errors import Gone
from tests.factories import PASSWORD, make_account

VISIT = Visit(address="192.0.2.1")


@pytest.fixture
def opened(context):
    make_account("customer", username="aino", email="aino@example.com")
    return services.sign_in(username="aino", password=PASSWORD, wants_memory=True, visit=VISIT, now=clock.now())


def tidy(now):
    purging.tidy(purges.SHORT_LIVED, now=now)


def _rows(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_nothing_goes_while_it_is_alive(opened):
    throttling.count_attempt(username="aino", address="192.0.2.1", now=clock.now())
    tidy(clock.now())
    assert (_rows(UserSession), _rows(RememberedDevice), _rows(SignInAttempt)) == (1, 1, 2)
    assert sessions.find(opened.session_token, clock.now())


def test_what_ended_is_kept_thirty_days_and_then_goes(opened, frozen_clock):
    services.sign_out(
        visit=Visit(address="192.0.2.1", session_token=opened.session_token), actor=VISITOR, now=clock.now()
    )
    tidy(frozen_clock.advance(timedelta(days=30)))
    assert (_rows(UserSession), _rows(RememberedDevice)) == (1, 1)
    tidy(frozen_clock.advance(timedelta(seconds=1)))
    assert (_rows(UserSession), _rows(RememberedDevice)) == (0, 0)


def test_a_device_that_nobody_used_any_more_goes_with_its_session(opened, frozen_clock):
    tidy(frozen_clock.advance(timedelta(days=44, seconds=1)))
    assert (_rows(UserSession), _rows(RememberedDevice)) == (0, 0)


def test_a_clock_set_back_revives_nothing_that_was_cleaned_up(opened, frozen_clock):
    tidy(frozen_clock.advance(timedelta(days=60)))
    frozen_clock.advance(timedelta(days=-60))
    assert sessions.find(opened.session_token, clock.now()) is None


def test_attempts_go_when_they_no_longer_count(opened, frozen_clock):
    tidy(frozen_clock.advance(timedelta(minutes=15)))
    assert _rows(SignInAttempt) == 0


def test_links_for_a_new_password_go_after_they_expired(opened, frozen_clock):
    password_resets.ask(username="aino", contact="aino@example.com", address="192.0.2.1", now=clock.now())
    password_resets.answer_requests(clock.now())
    tidy(frozen_clock.advance(timedelta(hours=2)))
    assert _rows(PasswordReset) == 1
    tidy(frozen_clock.advance(timedelta(seconds=1)))
    assert _rows(PasswordReset) == 0
    with pytest.raises(Gone):
        password_resets.set_password("any", password=PASSWORD, now=clock.now())
