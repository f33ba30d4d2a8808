"""What a person has forbidden outlives imports, changes of contact, merges, erasure and keys; only they lift it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from portal.catalogues.sources import Source
from portal.core import clock, key_rotation
from portal.core.audit import SYSTEM
from portal.core.db import db, transaction
from portal.core.errors import Forbidden, NotFound
from portal.permissions import services, statistics, suppression
from portal.permissions.holders import holder
from portal.permissions.models import (
    Channel,
    Choice,
    CurrentPermission,
    MarketingType,
    PermissionEvent,
    State,
    Suppression,
)
from portal.permissions.statistics import PermissionCount
from portal.register import services as register
from portal.register.marketing_list import marketing_list
from portal.register.models import Billing, Customer
from tests.factories import make_customer, record_imported
from tests.subject_requests.people import CLERK, customer_actor

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ADVERTISING, SELLING = MarketingType.DIRECT_ADVERTISING, MarketingType.DISTANCE_SELLING
OWN_PHONE = "+358440001111"
OTHER_PHONE = "+358440002222"


def choose(customer_id: int, choice: Choice, channel: Channel = Channel.PHONE, *, now: datetime = NOW) -> None:
    services.choose(
        customer_id=customer_id,
        type=SELLING,
        channel=channel,
        choice=choice,
        source=Source.OWN_CHANGE,
        actor=customer_actor(customer_id),
        now=now,
    )


def forbid_all(customer_id: int, now: datetime = NOW) -> None:
    services.forbid_all(customer_id=customer_id, source=Source.OWN_CHANGE, actor=customer_actor(customer_id), now=now)


def listed(channel: Channel = Channel.PHONE, type: MarketingType = SELLING) -> list[str]:
    return [one.customer_number for one in marketing_list(type=type, channel=channel, actor=SYSTEM, now=NOW)]


def imported(customer_id: int, state: State, given_on: date, channel: Channel = Channel.PHONE) -> str:
    return record_imported(
        customer_id=customer_id,
        type=SELLING,
        channel=channel,
        state=state,
        given_on=given_on,
        source=Source.ORDER,
        actor=SYSTEM,
        now=NOW,
    )


def change(customer_id: int, **values: Any) -> None:
    """What an import does to contact details."""
    with transaction():
        before = holder(customer_id)
        of_customer = {name: value for name, value in values.items() if name in ("name", "phone", "email")}
        if of_customer:
            db.session.execute(update(Customer).where(Customer.id == customer_id).values(**of_customer))
        if of_billing := {name: value for name, value in values.items() if name not in of_customer}:
            db.session.execute(update(Billing).where(Billing.customer_id == customer_id).values(**of_billing))
        services.contact_point_changed(customer_id, before=before)


def erase(customer_id: int) -> None:
    with transaction():
        services.forget(customer_id, now=NOW)
        db.session.execute(delete(Customer).where(Customer.id == customer_id))


def state(customer_id: int, channel: Channel = Channel.PHONE) -> tuple[str, list[str]]:
    (line,) = [x for x in services.state_of(customer_id) if (x.type, x.channel) == (SELLING, channel)]
    return line.state.value, [reason.value for reason in line.assessment.reasons]


def test_an_import_neither_lifts_a_prohibition_nor_a_withdrawal(context: Flask) -> None:
    customer = make_customer(phone=OWN_PHONE)
    choose(customer.id, Choice.FORBID)
    assert imported(customer.id, State.PERMISSION, date(2026, 11, 24)) == "kept"
    assert state(customer.id) == ("prohibition", ["prohibition"])
    choose(customer.id, Choice.WITHDRAW)
    assert imported(customer.id, State.PERMISSION, date(2026, 1, 1)) == "kept"
    assert state(customer.id) == ("none", ["allowed-by-law"])


def test_an_import_applies_what_is_new_once_with_its_day_and_source(context: Flask) -> None:
    customer = make_customer()
    outcomes = [imported(customer.id, State.PERMISSION, date(2026, 1, 15), Channel.EMAIL) for _ in range(2)]
    assert outcomes == ["applied", "unchanged"]
    (line,) = [x for x in services.state_of(customer.id) if (x.type, x.channel) == (SELLING, Channel.EMAIL)]
    assert (line.source, line.is_allowed) == (Source.ORDER, True)
    assert line.since == datetime(2026, 1, 14, 22, 0, tzinfo=UTC), "the beginning of the day in Finland"
    (event,) = services.history_of(customer.id)
    assert (event.given_on, event.at, event.unit, event.wording_sha256) == (date(2026, 1, 15), NOW, "system", None)
    assert [of.customer_number for of in marketing_list(type=SELLING, channel=Channel.EMAIL, actor=SYSTEM, now=NOW)]


def test_an_older_prohibition_elsewhere_does_not_undo_what_the_person_has_allowed_since(context: Flask) -> None:
    customer = make_customer()
    choose(customer.id, Choice.ALLOW, Channel.EMAIL)
    assert imported(customer.id, State.PROHIBITION, date(2026, 11, 23), Channel.EMAIL) == "kept"
    assert state(customer.id, Channel.EMAIL) == ("permission", ["permission"])
    assert imported(customer.id, State.PROHIBITION, date(2026, 11, 24), Channel.EMAIL) == "applied"
    assert listed(Channel.EMAIL) == []


def test_only_the_person_allows_and_only_the_person_lifts(context: Flask) -> None:
    customer, other = make_customer(), make_customer()
    choose(customer.id, Choice.FORBID)
    for actor in (SYSTEM, CLERK, customer_actor(other.id)):
        for choice in (Choice.ALLOW, Choice.WITHDRAW):
            with pytest.raises(Forbidden):
                services.choose(
                    customer_id=customer.id,
                    type=SELLING,
                    channel=Channel.PHONE,
                    choice=choice,
                    source=Source.CUSTOMER_CONTACT,
                    actor=actor,
                    now=NOW,
                )
    assert state(customer.id)[0] == "prohibition"


def test_the_prohibition_goes_along_to_a_new_phone_number(context: Flask) -> None:
    customer = make_customer(phone=OWN_PHONE)
    choose(customer.id, Choice.FORBID)
    change(customer.id, phone=OTHER_PHONE)
    assert listed() == []
    erase(customer.id)
    assert make_customer(phone=OWN_PHONE).number not in listed()
    assert make_customer(phone=OTHER_PHONE).number not in listed()
    assert make_customer(phone="+358440003333").number in listed()


@pytest.mark.parametrize(
    ("field", "value", "channel"),
    [
        ("phone", "+358440009999", Channel.SMS),
        ("email", "new@example.com", Channel.EMAIL),
        ("name", "Uusi Nimi", Channel.POST),
        ("billing_street", "Uusikatu 1", Channel.POST),
        ("billing_postal_code", "45200", Channel.POST),
    ],
)
def test_a_correction_takes_the_prohibition_along(context: Flask, field: str, value: str, channel: Channel) -> None:
    customer = make_customer()
    forbid_all(customer.id)
    record = None
    with transaction():
        register.apply_correction(
            customer_id=customer.id,
            field_key=field,
            record_id=record,
            base_value=register.current_value(customer.id, field),
            new_value=value,
            request_id="K7F3-9QTD",
            actor=CLERK,
            now=LATER,
        )
    contact = holder(customer.id).contact_points[channel]
    assert suppression.is_suppressed(contact, type=SELLING, channel=channel)


def test_a_correction_of_something_else_marks_nothing(context: Flask) -> None:
    customer = make_customer()
    forbid_all(customer.id)
    marks = db.session.scalar(select(func.count()).select_from(Suppression))
    register.apply_correction(
        customer_id=customer.id,
        field_key="preferred_language",
        record_id=None,
        base_value="fi",
        new_value="sv",
        request_id="K7F3-9QTD",
        actor=CLERK,
        now=LATER,
    )
    assert db.session.scalar(select(func.count()).select_from(Suppression)) == marks


def test_what_was_known_by_a_mark_alone_goes_along_too(context: Flask) -> None:
    services.forbid_contact(OWN_PHONE, channels=[Channel.PHONE], now=NOW)
    anew = make_customer(phone=OWN_PHONE)
    assert state(anew.id) == ("none", ["suppressed"])
    change(anew.id, phone=OTHER_PHONE)
    assert state(anew.id) == ("none", ["suppressed"])
    choose(anew.id, Choice.ALLOW, now=LATER)
    assert state(anew.id) == ("permission", ["permission"])


def test_after_erasure_nothing_is_left_but_marks_of_nobody(context: Flask) -> None:
    customer = make_customer(phone=OWN_PHONE, email="gone@example.com")
    forbid_all(customer.id)
    choose(customer.id, Choice.ALLOW, Channel.EMAIL)
    erase(customer.id)
    for table in (PermissionEvent, CurrentPermission):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
    marks = db.session.scalars(select(Suppression)).all()
    assert {mark.holder_hash for mark in marks} == {""}
    assert len(marks) == 15, "what was allowed again leaves none"
    anew = make_customer(phone=OWN_PHONE, email="gone@example.com")
    assert anew.number not in listed()
    assert imported(anew.id, State.PERMISSION, date(2026, 11, 24)) == "kept"
    assert imported(anew.id, State.PERMISSION, date(2026, 11, 24), Channel.EMAIL) == "applied"
    choose(anew.id, Choice.ALLOW, now=LATER)
    assert listed() == [anew.number]


def test_erasure_takes_the_person_out_of_the_figures(context: Flask) -> None:
    customer, other = make_customer(), make_customer()
    for one in (customer, other):
        forbid_all(one.id)
    erase(customer.id)
    standing = dict.fromkeys(State, 0)
    for row in db.session.scalars(select(PermissionCount)):
        standing[row.new_state] += row.count
        standing[row.old_state] -= row.count
    assert standing[State.PROHIBITION] == 16


def test_nobody_else_takes_back_what_a_person_has_forbidden(context: Flask) -> None:
    one, other = make_customer(phone=OWN_PHONE), make_customer(phone=OWN_PHONE)
    choose(one.id, Choice.FORBID)
    assert listed() == []
    choose(other.id, Choice.ALLOW, now=LATER)
    assert listed() == [other.number], "they share the number, and each speaks for themself"
    erase(one.id)
    anew = make_customer(phone=OWN_PHONE)
    assert listed() == [other.number], "who said no is still not called, though the number has a new row"
    assert state(anew.id) == ("none", ["suppressed"])


def test_a_later_no_to_a_shared_number_outweighs_an_earlier_yes(context: Flask) -> None:
    one, other = make_customer(phone=OWN_PHONE), make_customer(phone=OWN_PHONE)
    choose(other.id, Choice.ALLOW)
    choose(one.id, Choice.FORBID, now=LATER)
    assert state(other.id) == ("permission", ["suppressed"])
    choose(other.id, Choice.ALLOW, now=LATER + timedelta(hours=1))
    assert state(other.id) == ("permission", ["permission"])
    assert services.history_of(other.id)[0].at == LATER + timedelta(hours=1), "said again, and on record"


def test_an_address_forbidden_without_a_name_is_forbidden_whoever_lives_there(context: Flask) -> None:
    services.forbid_contact("Esimerkkikatu 3 A 4 45100", channels=[Channel.POST], now=NOW)
    customer = make_customer(name="Kuka Tahansa")
    assert state(customer.id, Channel.POST) == ("none", ["suppressed"])


@pytest.mark.parametrize(
    ("survivor", "absorbed", "left"),
    [
        (Choice.ALLOW, Choice.FORBID, "prohibition"),
        (Choice.FORBID, Choice.ALLOW, "prohibition"),
        (Choice.WITHDRAW, Choice.ALLOW, "none"),
        (Choice.ALLOW, Choice.WITHDRAW, "none"),
        (Choice.ALLOW, None, "permission"),
        (None, Choice.ALLOW, "permission"),
        (None, Choice.FORBID, "prohibition"),
        (None, None, "none"),
    ],
)
def test_of_two_records_of_one_person_the_strictest_wins(
    context: Flask, survivor: Choice | None, absorbed: Choice | None, left: str
) -> None:
    kept, gone = make_customer(phone=OWN_PHONE), make_customer(phone=OTHER_PHONE)
    for customer, choice in ((kept, survivor), (gone, absorbed)):
        if choice is Choice.WITHDRAW:
            choose(customer.id, Choice.ALLOW)
        if choice is not None:
            choose(customer.id, choice)
    services.merge(absorbed_id=gone.id, survivor_id=kept.id, actor=CLERK, now=LATER)
    with transaction():
        db.session.execute(delete(Customer).where(Customer.id == gone.id))
    assert state(kept.id)[0] == left
    is_forbidden = left == "prohibition"
    for phone in (OWN_PHONE, OTHER_PHONE):
        is_marked = suppression.is_suppressed(phone, type=SELLING, channel=Channel.PHONE)
        assert is_marked is (is_forbidden and (phone == OWN_PHONE or absorbed is Choice.FORBID))
    if is_forbidden:
        choose(kept.id, Choice.ALLOW, now=LATER + timedelta(days=1))
        assert listed() == [kept.number], "the person lifts what came from either record"
        assert not suppression.is_suppressed(OTHER_PHONE, type=SELLING, channel=Channel.PHONE)


def test_a_merge_keeps_the_history_and_the_figures(context: Flask) -> None:
    kept, gone = make_customer(), make_customer()
    choose(kept.id, Choice.ALLOW)
    choose(gone.id, Choice.ALLOW)
    choose(gone.id, Choice.FORBID)
    services.merge(absorbed_id=gone.id, survivor_id=kept.id, actor=CLERK, now=LATER)
    assert services.history_of(gone.id) == []
    assert len(services.history_of(kept.id)) == 5
    rollup = {
        (row.week, row.type, row.channel, row.kind, row.old_state, row.new_state, row.source): row.count
        for row in db.session.scalars(select(PermissionCount))
    }
    statistics.rebuild()
    db.session.expire_all()
    again = {
        (row.week, row.type, row.channel, row.kind, row.old_state, row.new_state, row.source): row.count
        for row in db.session.scalars(select(PermissionCount))
    }
    assert again == rollup


def test_what_a_mark_forbade_the_absorbed_record_it_forbids_the_survivor(context: Flask) -> None:
    services.forbid_contact(OTHER_PHONE, channels=[Channel.PHONE], now=NOW)
    kept, gone = make_customer(phone=OWN_PHONE), make_customer(phone=OTHER_PHONE)
    services.merge(absorbed_id=gone.id, survivor_id=kept.id, actor=CLERK, now=LATER)
    assert state(kept.id) == ("none", ["suppressed"])


def test_marks_and_words_are_known_under_every_key(context: Flask) -> None:
    customer = make_customer(phone=OWN_PHONE)
    choose(customer.id, Choice.FORBID)
    key_rotation.rotate(now=clock.now())
    assert state(customer.id)[0] == "prohibition"
    anew = make_customer(phone=OWN_PHONE)
    assert state(anew.id) == ("none", ["suppressed"])
    choose(customer.id, Choice.FORBID, now=LATER)
    assert db.session.scalar(select(func.count()).select_from(Suppression)) == 1, "not marked twice"
    choose(customer.id, Choice.ALLOW, now=LATER)
    assert db.session.scalar(select(func.count()).select_from(Suppression)) == 0, "their own mark of before"
    assert listed() == sorted([customer.number, anew.number])


def test_what_is_not_there_is_not_found(context: Flask) -> None:
    for act in (
        lambda: services.forget(1, now=NOW),
        lambda: services.merge(absorbed_id=1, survivor_id=make_customer().id, actor=CLERK, now=NOW),
        lambda: services.may_contact(customer_id=1, type=SELLING, channel=Channel.PHONE),
        lambda: imported(1, State.PERMISSION, date(2026, 1, 1)),
    ):
        with pytest.raises(NotFound):
            act()
