"""What a restored backup is told of refusals, and what it does with them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from portal.catalogues.sources import Source
from portal.core.audit import SYSTEM
from portal.core.db import db
from portal.permissions import lasting, services, suppression
from portal.permissions.lasting import Refusal, refusals, repeat
from portal.permissions.models import Channel, Choice, MarketingType, State, Suppression
from portal.permissions.services import Line
from tests.conftest import START
from tests.factories import make_customer
from tests.subject_requests.people import customer_actor

HOUR = timedelta(hours=1)
ADVERTISING, SELLING = MarketingType.DIRECT_ADVERTISING, MarketingType.DISTANCE_SELLING


def choose(customer_id: int, choice: Choice, channel: Channel = Channel.EMAIL, *, now: datetime = START) -> None:
    services.choose(
        customer_id=customer_id,
        type=ADVERTISING,
        channel=channel,
        choice=choice,
        source=Source.OWN_CHANGE,
        actor=customer_actor(customer_id),
        now=now,
    )


def refusal(
    customer_id: int, channel: Channel = Channel.EMAIL, at: datetime = START, state: State = State.PROHIBITION
) -> Refusal:
    holder = suppression.holder_hash(customer_id)
    return Refusal(id=1, at=at, holder=holder, contact=None, type=ADVERTISING, channel=channel, state=state)


def line(customer_id: int, channel: Channel) -> Line:
    return next(one for one in services.state_of(customer_id) if one.type is ADVERTISING and one.channel is channel)


def say_again(told: list[Refusal]) -> int:
    return repeat(told, actor=SYSTEM, now=START + 9 * HOUR)


def test_every_no_since_a_moment_is_told_oldest_first_and_no_permission(context: Flask) -> None:
    customer_id = make_customer(email="aino@example.com").id
    for hours in (5, 1, 4, 3, 2, 0):
        services.forbid_contact(f"{hours}@example.com", channels=[Channel.EMAIL], now=START + hours * HOUR)
    for hours, choice in enumerate((Choice.FORBID, Choice.ALLOW, Choice.WITHDRAW, Choice.FORBID), 1):
        choose(customer_id, choice, now=START + hours * HOUR)
    told = list(refusals(START + HOUR))
    marks = [(one.at, one.contact) for one in told if one.contact is not None and one.type is SELLING]
    assert marks == [
        (START + hours * HOUR, suppression.contact_hash(f"{hours}@example.com")) for hours in (1, 2, 3, 4, 5)
    ]
    choices = [(one.at, one.state, one.type, one.channel, one.holder) for one in told if one.contact is None]
    holder = suppression.holder_hash(customer_id)
    assert choices == [
        (START + HOUR, State.PROHIBITION, ADVERTISING, Channel.EMAIL, holder),
        (START + 3 * HOUR, State.NONE, ADVERTISING, Channel.EMAIL, holder),
        (START + 4 * HOUR, State.PROHIBITION, ADVERTISING, Channel.EMAIL, holder),
    ]
    assert [one.at for one in refusals(START + 4 * HOUR) if one.contact is None] == [START + 4 * HOUR]


def test_choices_made_out_of_order_are_told_oldest_first(context: Flask) -> None:
    for hours in (5, 1, 4, 3, 2):
        choose(make_customer().id, Choice.FORBID, now=START + hours * HOUR)
    told = [one.at for one in refusals(START) if one.contact is None]
    assert told == [START + hours * HOUR for hours in (1, 2, 3, 4, 5)]


def test_what_is_written_down_of_a_refusal_is_read_as_it_was(context: Flask) -> None:
    choice = replace(refusal(7), id=2**61 + 1)
    for one in (choice, replace(choice, contact="0" * 64)):
        assert Refusal.of_json(one.as_json()) == one


def test_what_the_backup_has_forgotten_holds_again_from_when_it_was_said(context: Flask) -> None:
    one, other = make_customer().id, make_customer().id
    told = [refusal(one), refusal(one, Channel.PHONE, START + HOUR), refusal(other, at=START + 2 * HOUR)]
    assert say_again(told) == 3
    for customer_id, channel, at in ((one, Channel.EMAIL, 0), (one, Channel.PHONE, 1), (other, Channel.EMAIL, 2)):
        found = line(customer_id, channel)
        assert (found.state, found.since, found.source) == (
            State.PROHIBITION,
            START + at * HOUR,
            Source.OWN_CHANGE,
        )
    assert say_again(told) == 0


def test_somebody_who_is_gone_keeps_nobody_else_from_being_remembered(context: Flask) -> None:
    customer_id = make_customer().id
    assert say_again([refusal(7), refusal(customer_id, at=START + HOUR)]) == 1
    assert line(customer_id, Channel.EMAIL).state is State.PROHIBITION


@pytest.mark.parametrize("later", [0, 1])
def test_what_the_person_has_said_at_that_moment_or_later_stands_and_the_rest_is_said_again(
    context: Flask, later: int
) -> None:
    customer_id = make_customer(email="aino@example.com").id
    choose(customer_id, Choice.ALLOW, now=START + later * HOUR)
    assert say_again([refusal(customer_id), refusal(customer_id, Channel.PHONE, START + HOUR)]) == 1
    assert line(customer_id, Channel.EMAIL).state is State.PERMISSION
    assert line(customer_id, Channel.PHONE).state is State.PROHIBITION


def test_a_mark_is_of_one_contact_one_person_one_kind_and_one_channel(context: Flask) -> None:
    mark = replace(refusal(7), contact="a" * 64)
    marks = [
        mark,
        replace(mark, contact="b" * 64),
        replace(mark, holder=suppression.holder_hash(8)),
        replace(mark, type=SELLING),
        replace(mark, channel=Channel.PHONE),
    ]
    assert [say_again([one]) for one in marks] == [1, 1, 1, 1, 1]
    kept = {
        (one.contact_hash, one.holder_hash, one.type, one.channel, one.since) for one in db.session.query(Suppression)
    }
    assert kept == {(one.contact, one.holder, one.type, one.channel, START) for one in marks}
    assert say_again(marks) == 0


def test_a_mark_that_is_there_counts_from_the_later_word(context: Flask) -> None:
    mark = replace(refusal(7), contact="a" * 64)
    counted = [say_again([replace(mark, at=START + hours * HOUR)]) for hours in (2, 1, 2, 3)]
    assert counted == [1, 0, 0, 1]
    assert [one.since for one in db.session.query(Suppression)] == [START + 3 * HOUR]


def test_saying_again_takes_the_lock_of_the_audit_trail(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    monkeypatch.setattr(lasting, "serialise", taken.append)
    say_again([])
    assert taken == ["audit"]
