"""What an import does with potential customers, permissions and prohibitions: it lifts none."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.catalogues.sources import Source
from portal.core.audit import SYSTEM
from portal.core.db import db
from portal.core.errors import NotFound
from portal.permissions import services as permissions
from portal.permissions import statistics
from portal.permissions.models import Channel, Choice, MarketingType, State
from portal.permissions.statistics import PermissionCount
from portal.register import services
from portal.register.importing.services import Counts
from portal.register.marketing_list import marketing_list
from portal.register.searching import search
from tests.conftest import START, FrozenClock
from tests.register.importing.files import (
    CODES,
    NUMBERS,
    billing,
    customer,
    import_lines,
    permission,
    site,
)
from tests.subject_requests.people import customer_actor


def choose(number: str, choice: Choice, channel: Channel = Channel.EMAIL) -> None:
    customer_id = services.customer_by_number(number).id
    permissions.choose(
        customer_id=customer_id,
        type=MarketingType.DIRECT_ADVERTISING,
        channel=channel,
        choice=choice,
        source=Source.OWN_CHANGE,
        actor=customer_actor(customer_id),
        now=START,
    )


def state(number: str, channel: Channel = Channel.EMAIL) -> State:
    lines = permissions.state_of(services.customer_by_number(number).id)
    wanted = (MarketingType.DIRECT_ADVERTISING, channel)
    return next(line.state for line in lines if (line.type, line.channel) == wanted)


def listed(channel: Channel = Channel.EMAIL) -> list[str]:
    people = marketing_list(type=MarketingType.DIRECT_ADVERTISING, channel=channel, actor=SYSTEM, now=START)
    return [contact.customer_number for contact in people]


def standing() -> list[PermissionCount]:
    db.session.rollback()
    rows = db.session.scalars(select(PermissionCount).where(PermissionCount.count != 0)).all()
    for row in rows:
        db.session.expunge(row)
    return sorted(rows, key=lambda row: row.kind)


def test_potential_customers_without_a_permission_are_dropped_and_counted(context: Flask, tmp_path: Path) -> None:
    done = import_lines(
        tmp_path,
        [
            customer(0, status="potential", permissions=[permission(source="competition")]),
            customer(1, status="potential"),
            customer(2, status="potential", permissions=[permission(state="prohibition")], identity_code=CODES[0]),
            customer(3, identity_code=CODES[0]),  # what a dropped line told is nobody's
        ],
    )
    assert (done.read, done.created, done.dropped_without_permission, done.faults) == (4, 2, 2, [])
    assert services.customer_by_number(NUMBERS[0]).source is Source.COMPETITION
    with pytest.raises(NotFound):
        services.customer_by_number(NUMBERS[1])


def test_a_potential_customer_who_withdrew_the_last_permission_does_not_come_back(
    context: Flask, tmp_path: Path
) -> None:
    line = customer(status="potential", permissions=[permission()])
    import_lines(tmp_path, [line])
    choose(NUMBERS[0], Choice.WITHDRAW)
    done = import_lines(tmp_path, [{**line, "name": "Uusi Nimi"}])
    assert (done.created, done.updated, done.dropped_without_permission) == (0, 0, 1)
    assert not search("Uusi Nimi").rows


def test_an_imported_permission_is_on_the_ledger_with_its_source(context: Flask, tmp_path: Path) -> None:
    import_lines(tmp_path, [customer(email="a@example.com", permissions=[permission(source="prize-draw")])])
    [told] = permissions.history_of(services.customer_by_number(NUMBERS[0]).id)
    assert (told.old_state, told.new_state, told.source, told.unit) == (
        State.NONE,
        State.PERMISSION,
        Source.PRIZE_DRAW,
        "system",
    )
    assert listed() == [NUMBERS[0]]


@pytest.mark.parametrize("given_on", ["2020-01-01", "2026-11-24"])
def test_an_import_never_lifts_a_prohibition(context: Flask, tmp_path: Path, given_on: str) -> None:
    line = customer(email="a@example.com", permissions=[permission(given_on=given_on)])
    import_lines(tmp_path, [customer(email="a@example.com")])
    choose(NUMBERS[0], Choice.FORBID)
    done = import_lines(tmp_path, [line])
    assert (done.unchanged, done.permissions_kept) == (1, 1)
    assert state(NUMBERS[0]) is State.PROHIBITION and listed() == []


def test_after_an_opt_out_by_any_channel_the_person_is_on_no_list_and_stays_off(context: Flask, tmp_path: Path) -> None:
    everything = [permission(t.value, c.value) for t in MarketingType for c in Channel]
    line = customer(phone="0440001234", email="a@example.com", billing=billing(), permissions=everything)
    import_lines(tmp_path, [line])
    assert all(listed(channel) == [NUMBERS[0]] for channel in Channel)
    permissions.forbid_all(
        customer_id=services.customer_by_number(NUMBERS[0]).id, source=Source.CUSTOMER_CONTACT, actor=SYSTEM, now=START
    )
    for lines in ([], [line], [{**line, "email": "b@example.com", "phone": "0440005555"}]):
        import_lines(tmp_path, lines)
        assert all(listed(channel) == [] for channel in Channel)


def test_a_forbidden_contact_point_stays_forbidden_under_another_customer_number(
    context: Flask, tmp_path: Path
) -> None:
    import_lines(tmp_path, [customer(0, email="a@example.com")])
    choose(NUMBERS[0], Choice.FORBID)
    told = [permission(), permission(channel="phone")]
    done = import_lines(
        tmp_path,
        [
            customer(1, email="A@example.com", phone="0440001234", permissions=told),
            customer(2, status="potential", email="a@example.com", permissions=[permission()]),
        ],
    )
    assert (done.created, done.permissions_kept, done.dropped_without_permission) == (1, 1, 1)
    assert listed() == [] and listed(Channel.PHONE) == [NUMBERS[1]]


def test_an_imported_prohibition_marks_the_contact_point_and_follows_it(context: Flask, tmp_path: Path) -> None:
    line = customer(email="a@example.com", permissions=[permission(state="prohibition")])
    import_lines(tmp_path, [line])
    import_lines(tmp_path, [{**line, "email": "b@example.com"}])
    strangers = [customer(1, email="a@example.com"), customer(2, email="b@example.com")]
    for stranger in strangers:
        stranger["permissions"] = [permission()]
    assert import_lines(tmp_path, strangers).permissions_kept == 2
    assert listed() == []


def test_what_was_forbidden_without_a_name_goes_to_the_new_contact_point(context: Flask, tmp_path: Path) -> None:
    import_lines(tmp_path, [customer(email="a@example.com")])
    permissions.forbid_contact("a@example.com", channels=[Channel.EMAIL], now=START)
    done = import_lines(tmp_path, [customer(email="b@example.com", permissions=[permission(given_on="2026-11-24")])])
    assert (done.updated, done.permissions_kept) == (1, 1)
    assert (
        import_lines(tmp_path, [customer(1, email="b@example.com", permissions=[permission()])]).permissions_kept == 1
    )
    assert listed() == []
    choose(NUMBERS[0], Choice.ALLOW)
    assert listed() == [NUMBERS[0]]


def test_an_imported_permission_keeps_the_day_it_was_given_and_is_an_act_of_its_own(
    context: Flask, tmp_path: Path
) -> None:
    import_lines(tmp_path, [customer(permissions=[permission(), permission(channel="post")])])
    told = permissions.history_of(services.customer_by_number(NUMBERS[0]).id)
    assert [(event.at, str(event.given_on), event.wording_sha256) for event in told] == [
        (START, "2026-01-15", None)
    ] * 2
    assert len({event.act_id for event in told}) == 1


def test_a_withdrawal_outweighs_an_older_permission_and_a_newer_one_outweighs_it(
    context: Flask, tmp_path: Path, frozen_clock: FrozenClock
) -> None:
    line = customer(email="a@example.com", permissions=[permission()])
    import_lines(tmp_path, [line])
    choose(NUMBERS[0], Choice.WITHDRAW)
    assert import_lines(tmp_path, [line]).permissions_kept == 1
    assert state(NUMBERS[0]) is State.NONE
    frozen_clock.advance(timedelta(days=2))
    later = {**line, "permissions": [permission(given_on="2026-11-25")]}
    assert import_lines(tmp_path, [later]).updated == 1
    assert state(NUMBERS[0]) is State.PERMISSION


def test_an_older_prohibition_does_not_undo_what_the_person_has_chosen_since(context: Flask, tmp_path: Path) -> None:
    line = customer(email="a@example.com", permissions=[permission(state="prohibition")])
    import_lines(tmp_path, [line])
    choose(NUMBERS[0], Choice.ALLOW)
    assert import_lines(tmp_path, [line]).permissions_kept == 1
    assert state(NUMBERS[0]) is State.PERMISSION
    today = {**line, "permissions": [permission(state="prohibition", given_on="2026-11-24")]}
    assert import_lines(tmp_path, [today]).updated == 1
    assert state(NUMBERS[0]) is State.PROHIBITION


def test_a_permission_without_its_day_is_refused(context: Flask, tmp_path: Path) -> None:
    done = import_lines(tmp_path, [customer(permissions=[permission(given_on="")])])
    assert done.told() == [(1, "permissions[0].given_on", "missing")]


def test_counts_of_permissions_follow_an_import_and_a_change_of_holder(context: Flask, tmp_path: Path) -> None:
    lines = [customer(n, status="potential", permissions=[permission()]) for n in range(3)]
    import_lines(tmp_path, lines)
    import_lines(tmp_path, [{**lines[0], "status": "customer"}])
    counted = standing()
    assert sorted((count.kind.value, count.count) for count in counted) == [("natural", 1), ("potential", 2)]
    statistics.rebuild()
    assert [(c.kind, c.week, c.count) for c in standing()] == [(c.kind, c.week, c.count) for c in counted]


def test_corrections_and_choices_go_on_while_an_import_runs(context: Flask, tmp_path: Path) -> None:
    lines = [customer(n, phone=f"04400012{n:02d}", email="a@example.com", sites=[site(n)]) for n in range(20)]
    import_lines(tmp_path, lines)
    app, ids = context, [services.customer_by_number(number).id for number in NUMBERS]
    db.session.rollback()

    def correct_and_forbid(customer_id: int) -> None:
        with app.app_context():
            phone = services.current_value(customer_id, "phone")
            services.apply_correction(
                customer_id=customer_id,
                field_key="phone",
                record_id=None,
                base_value=phone,
                new_value="0440005555",
                request_id="K7F3-9QTD",
                actor=SYSTEM,
                now=START,
            )
            permissions.forbid_all(customer_id=customer_id, source=Source.OWN_CHANGE, actor=SYSTEM, now=START)
            db.session.remove()

    def import_again(round: int) -> Counts:
        with app.app_context():
            folder = tmp_path / str(round)
            folder.mkdir()
            told = [{**line, "name": f"Testi {round}", "permissions": [permission()]} for line in lines]
            counts = import_lines(folder, told).counts
            db.session.remove()
            return counts

    with ThreadPoolExecutor(4) as pool:
        imports = [pool.submit(import_again, round) for round in range(4)]
        for done in [pool.submit(correct_and_forbid, customer_id) for customer_id in ids]:
            done.result()
        assert [done.result().rejected for done in imports] == [0] * 4
    assert all(services.current_value(customer_id, "phone") == "+358440005555" for customer_id in ids)
    assert {state(number) for number in NUMBERS} == {State.PROHIBITION}
    assert listed() == []
