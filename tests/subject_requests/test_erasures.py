"""A restored backup is told what it has forgotten: erasures and refusals, without a name."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.catalogues.sources import Source
from portal.core import audit, clock
from portal.core.audit import AuditAction
from portal.core.db import Model, db, transaction
from portal.permissions import services as permissions
from portal.permissions.models import Channel, Choice, CurrentPermission, MarketingType, State, Suppression
from portal.purge_commands import list_erasures
from portal.register import erased
from portal.register.models import Customer, Erasure, ErasureReason, Feedback, RecordedCall
from portal.subject_requests import erasing, erasures
from portal.subject_requests.erasures import Replayed, UnreadableList
from portal.subject_requests.kinds import Kind
from tests.conftest import START, EmptyDatabase, FrozenClock
from tests.factories import make_customer
from tests.purging.records import add, call, feedback
from tests.subject_requests.people import CLERK, DECIDER, customer_actor
from tests.subject_requests.test_erasing import ask

ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
ADVERTISING = {"type": MarketingType.DIRECT_ADVERTISING, "channel": Channel.EMAIL}


def rows(model: type[Model]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def replay(lines: list[str]) -> Replayed:
    return erasures.replay(lines, actor=DECIDER, now=clock.now())


def choose(customer_id: int, choice: Choice) -> None:
    permissions.choose(
        customer_id=customer_id,
        choice=choice,
        source=Source.OWN_CHANGE,
        actor=customer_actor(customer_id),
        now=clock.now(),
        **ADVERTISING,
    )


def state(customer_id: int) -> State:
    lines = permissions.state_of(customer_id)
    return next(line.state for line in lines if {"type": line.type, "channel": line.channel} == ADVERTISING)


class Backup:
    """The customers of a moment, put back into the empty database."""

    def __init__(self, installation: EmptyDatabase) -> None:
        self.installation = installation
        self.rows: list[tuple[Any, list[dict[str, Any]]]] = []
        for table in Model.metadata.sorted_tables:
            found = [dict(row) for row in db.session.execute(select(table)).mappings()]
            if found:
                self.rows.append((table, found))

    def restore(self) -> None:
        db.session.remove()
        self.installation.reset()
        with transaction() as session:
            for table, found in self.rows:
                session.execute(table.insert(), found)


def test_who_was_erased_since_the_backup_is_erased_again(context: Flask, installation: EmptyDatabase) -> None:
    gone = make_customer(contract_ended_on=date(2018, 3, 1))
    partly = make_customer()
    stays = make_customer()
    add(
        feedback(partly.id, date(2026, 10, 1)), call(partly.id, date(2028, 1, 1)), feedback(stays.id, date(2026, 10, 1))
    )
    backup = Backup(installation)
    for whose in (gone, partly):
        erasing.erase(customer_id=whose.id, reason=ErasureReason.REQUEST, actor=DECIDER, now=clock.now())
    lines = list(erasures.since(START))
    backup.restore()
    assert (rows(Customer), rows(Feedback), rows(RecordedCall), rows(Erasure)) == (3, 2, 1, 0)
    assert replay(lines).erased == 2
    assert sorted(db.session.scalars(select(Customer.id))) == sorted([partly.id, stays.id])
    assert (rows(Feedback), rows(RecordedCall), rows(Erasure)) == (1, 0, 2)
    assert erased.days([gone.number, stays.number]) == {gone.number: date(2026, 11, 24)}
    assert replay(lines) == Replayed(0, 0)
    event = next(entry for entry in audit.latest() if entry.event.action is AuditAction.ERASURES_REPLAYED)
    assert event.detail is not None and event.detail.purpose == "erased:0 refusals:0"


def test_what_had_not_been_granted_stays_when_it_is_repeated(context: Flask, installation: EmptyDatabase) -> None:
    whose = make_customer()
    add(feedback(whose.id, date(2026, 10, 1)), call(whose.id, date(2028, 1, 1)))
    backup = Backup(installation)
    erasing.erase(
        customer_id=whose.id,
        reason=ErasureReason.REQUEST,
        granted={erasing.Category.CALLS},
        actor=DECIDER,
        now=clock.now(),
    )
    lines = list(erasures.since(START))
    backup.restore()
    assert replay(lines).erased == 1
    assert (rows(Feedback), rows(RecordedCall), rows(CurrentPermission)) == (1, 0, 0)


def test_a_request_that_the_backup_still_shows_open_does_not_stand_in_the_way(
    context: Flask, installation: EmptyDatabase
) -> None:
    whose = make_customer(contract_ended_on=date(2018, 3, 1))
    case = ask(whose.id)
    ask(whose.id, Kind.ACCESS)
    backup = Backup(installation)
    with transaction():
        for other in db.session.scalars(
            select(erasing.SubjectRequest).where(erasing.SubjectRequest.kind == Kind.ACCESS)
        ):
            other.previous_status, other.status = "received", "withdrawn"
    erasing.erase(
        customer_id=whose.id, reason=ErasureReason.REQUEST, case=case.public_id, actor=DECIDER, now=clock.now()
    )
    lines = list(erasures.since(START))
    backup.restore()
    assert replay(lines).erased == 1
    assert rows(Customer) == 0


def test_prohibitions_and_withdrawals_since_the_backup_are_in_force_again(
    context: Flask, installation: EmptyDatabase, frozen_clock: FrozenClock
) -> None:
    no, back, yes = (make_customer(email=f"{name}@example.com").id for name in ("no", "back", "yes"))
    for whose in (no, back, yes):
        choose(whose, Choice.ALLOW)
    backup = Backup(installation)
    frozen_clock.advance(timedelta(days=1))
    choose(no, Choice.FORBID)
    choose(back, Choice.WITHDRAW)
    permissions.forbid_contact("stranger@example.com", channels=[Channel.EMAIL], now=clock.now())
    lines = list(erasures.since(START + timedelta(hours=1)))
    backup.restore()
    assert {state(whose) for whose in (no, back, yes)} == {State.PERMISSION}
    frozen_clock.advance(timedelta(days=1))
    assert replay(lines).refusals > 0
    assert [state(whose) for whose in (no, back, yes)] == [State.PROHIBITION, State.NONE, State.PERMISSION]
    assert not permissions.may_contact(customer_id=no, **ADVERTISING)
    stranger = make_customer(email="stranger@example.com", kind="legal").id
    assert not permissions.may_contact(customer_id=stranger, **ADVERTISING)
    assert replay(lines) == Replayed(0, 0)


def test_what_the_person_has_allowed_later_stands(
    context: Flask, installation: EmptyDatabase, frozen_clock: FrozenClock
) -> None:
    whose = make_customer(email="aino@example.com").id
    choose(whose, Choice.FORBID)
    lines = list(erasures.since(START))
    frozen_clock.advance(timedelta(days=1))
    choose(whose, Choice.ALLOW)
    replay(lines)
    assert state(whose) is State.PERMISSION
    assert permissions.may_contact(customer_id=whose, **ADVERTISING)


def test_who_has_come_back_since_an_erasure_that_the_backup_knows_stays(context: Flask) -> None:
    whose = make_customer(contract_ended_on=date(2018, 3, 1))
    erasing.erase(customer_id=whose.id, reason=ErasureReason.REQUEST, actor=DECIDER, now=clock.now())
    lines = list(erasures.since(ALWAYS))
    again = make_customer()
    with transaction() as session:
        session.get_one(Customer, again.id).number = whose.number
    assert replay(lines) == Replayed(0, 0)
    assert rows(Customer) == 1


def test_the_list_names_nobody_and_begins_when_it_is_told_to(context: Flask, frozen_clock: FrozenClock) -> None:
    whose = make_customer(name="Aino Esimerkki", email="aino@example.com", contract_ended_on=date(2018, 3, 1))
    choose(whose.id, Choice.FORBID)
    erasing.erase(customer_id=whose.id, reason=ErasureReason.REQUEST, actor=CLERK, now=clock.now())
    run = context.test_cli_runner()
    lines = run.invoke(list_erasures, []).output.splitlines()
    assert [json.loads(line).get("kind") for line in lines][-1] == "erasure"
    assert json.loads(lines[0])["format"] == "portal-erasures/1"
    everything = "\n".join(lines)
    for secret in (whose.number, str(whose.id), "Aino", "aino@example.com", whose.phone or "-"):
        assert secret not in everything
    assert len(run.invoke(list_erasures, ["--since", "2026-11-24"]).output.splitlines()) == len(lines)
    assert len(run.invoke(list_erasures, ["--since", "2026-11-25"]).output.splitlines()) == 1
    refused = run.invoke(list_erasures, ["--since", "yesterday"])
    assert (refused.exit_code, "is not a date like 2026-11-24" in refused.output) == (2, True)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["{"],
        ['{"format": "something-else"}'],
        ['{"format": "portal-erasures/1"}', '{"kind": "erasure"}'],
        ['{"format": "portal-erasures/1"}', '{"kind": "nothing"}'],
        ["[]"],
        ["[" * 200_000],
        ['{"format": "portal-erasures/1"}', '{"kind": "erasure", "id": Infinity}'],
    ],
)
def test_another_file_is_refused_and_nothing_is_done(context: Flask, lines: list[str]) -> None:
    with pytest.raises(UnreadableList):
        replay(lines)
    assert (rows(Suppression), audit.count()) == (0, 0)
