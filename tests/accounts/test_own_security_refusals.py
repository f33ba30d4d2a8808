"""What the rules of one's own account refuse even when no page offers it."""

import pytest
from flask import Flask

from portal.accounts import own_security
from portal.accounts.problems import SignInProblem
from portal.accounts.services import Visit
from portal.core import clock
from portal.core.errors import Forbidden, RuleViolation, Stale
from tests.factories import Person, make_account


def set_up(person: Person, *, session_id: int = 1) -> None:
    own_security.set_up_second_factor(
        account_id=person.account_id,
        session_id=session_id,
        setup_token="made up",
        code="000000",
        visit=Visit("192.0.2.7"),
        now=clock.now(),
    )


def test_a_second_factor_takes_no_other_ones_place(context: Flask) -> None:
    with pytest.raises(Forbidden):
        set_up(make_account("clerk"))


def test_a_second_factor_is_not_set_up_with_a_secret_of_ones_own(context: Flask) -> None:
    with pytest.raises(RuleViolation) as refusal:
        set_up(make_account("customer"))
    assert refusal.value.code is SignInProblem.SETUP_EXPIRED


def test_a_second_factor_that_is_gone_cannot_be_given_up_again(context: Flask) -> None:
    person = make_account("customer")
    with pytest.raises(Stale):
        own_security.disable_second_factor(account_id=person.account_id, session_id=1, now=clock.now())


def test_only_staff_commit_to_confidentiality(context: Flask) -> None:
    person = make_account("customer")
    with pytest.raises(Forbidden):
        own_security.accept_commitment(account_id=person.account_id, now=clock.now())
