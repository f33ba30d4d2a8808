"""What a page notes for the worker: answered once, the oldest first, and gone with the answer."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.accounts.models import TryWarning
from portal.core import crypto
from portal.core.db import db, random_id, transaction
from portal.messages import errands
from tests.conftest import START

HOUR = timedelta(hours=1)


def note(name, *, at=START):
    warning = TryWarning(id=random_id(), asked_at=at)
    warning.username = name
    errands.note(warning)
    return warning.id


def deal(answer=lambda *_: None, *, now=START):
    return errands.deal(TryWarning, answer, lasts=HOUR, now=now)


def left():
    return len(db.session.scalars(select(TryWarning)).all())


def test_the_oldest_is_answered_first_and_each_once(context):
    note("second", at=START + timedelta(minutes=1))
    note("first")
    answered = []
    assert deal(lambda errand, now: answered.append((errand.username, now))) == 2
    assert answered == [("first", START), ("second", START)]
    assert (deal(lambda errand, _now: answered.append(errand)), len(answered), left()) == (0, 2, 0)


def test_what_has_waited_too_long_is_dropped_without_an_answer(context):
    note("old")
    note("young", at=START + timedelta(seconds=1))
    answered = []
    assert deal(lambda errand, _now: answered.append(errand.username), now=START + HOUR) == 2
    assert (answered, left()) == (["young"], 0)


def test_an_answer_that_fails_leaves_its_errand_for_the_next_round(context):
    note("aino")

    def fails(_errand, _now):
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        deal(fails)
    assert left() == 1
    assert deal() == 1


def test_what_another_worker_has_taken_meanwhile_is_passed_over(context):
    note("first")
    other = note("second", at=START + timedelta(seconds=1))
    answered = []

    def answer(errand, _now):
        answered.append(errand.username)
        db.session.delete(db.session.get_one(TryWarning, other))

    deal(answer)
    assert answered == ["first"]


def test_one_that_cannot_be_read_is_answered_with_a_mark(context):
    with transaction():
        db.session.get_one(TryWarning, note("aino")).username_encrypted = b"gone|" + bytes(40)
    answered = []
    deal(lambda errand, _now: answered.append(crypto.readable(errand, "username")))
    assert (answered, left()) == ([crypto.DAMAGED], 0)
