"""Permissions and prohibitions: what holds without a choice, and what a choice does at once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.catalogues.sources import Source
from portal.consents.ledger import ShownText
from portal.core import audit
from portal.core.audit import SYSTEM, AuditAction, AuditDetail, AuditEvent
from portal.core.db import db, transaction
from portal.permissions import imported, ledger, opt_out_links, services, suppression
from portal.permissions.holders import everybody, holder
from portal.permissions.models import NOBODY, Channel, Choice, MarketingType, PermissionEvent, State, Suppression
from portal.register import restrictions
from portal.register.marketing_list import marketing_list
from portal.register.models import Customer, RestrictionGround
from tests.factories import make_customer, record_imported
from tests.subject_requests.people import CLERK, customer_actor

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ADVERTISING, SELLING = MarketingType.DIRECT_ADVERTISING, MarketingType.DISTANCE_SELLING


def _choose(customer_id: int, type: MarketingType, channel: Channel, choice: Choice) -> Sequence[PermissionEvent]:
    return services.choose(
        customer_id=customer_id,
        type=type,
        channel=channel,
        choice=choice,
        source=Source.OWN_CHANGE,
        actor=customer_actor(customer_id),
        now=NOW,
    )


def _listed(type: MarketingType, channel: Channel) -> list[tuple[str, str]]:
    contacts = marketing_list(type=type, channel=channel, actor=SYSTEM, now=NOW)
    return [(contact.customer_number, contact.contact) for contact in contacts]


def test_a_choice_changes_its_own_line_and_leaves_the_others(context: Flask) -> None:
    customer = make_customer()
    before = services.state_of(customer.id)
    assert _choose(customer.id, ADVERTISING, Channel.EMAIL, Choice.ALLOW)
    after = services.state_of(customer.id)
    changed = [(b, a) for b, a in zip(before, after, strict=True) if a != b]
    assert [(a.type, a.channel, b.state, a.state) for b, a in changed] == [
        (ADVERTISING, Channel.EMAIL, State.NONE, State.PERMISSION)
    ]


def test_every_change_stays_in_the_history_newest_first(context: Flask) -> None:
    customer = make_customer()
    for choice in (Choice.ALLOW, Choice.FORBID, Choice.FORBID, Choice.WITHDRAW):
        _choose(customer.id, ADVERTISING, Channel.EMAIL, choice)
    events = services.history_of(customer.id)
    assert sorted((event.old_state.value, event.new_state.value) for event in events) == [
        ("none", "permission"),
        ("permission", "prohibition"),
        ("prohibition", "none"),
    ]


def test_a_list_is_weighed_after_its_moment_by_what_held_then(context: Flask) -> None:
    """Only the reading holds up others who write."""
    customer = make_customer()
    _choose(customer.id, ADVERTISING, Channel.EMAIL, Choice.ALLOW)
    before = services.allowed(type=ADVERTISING, channel=Channel.EMAIL)
    _choose(customer.id, ADVERTISING, Channel.EMAIL, Choice.FORBID)
    after = services.allowed(type=ADVERTISING, channel=Channel.EMAIL)
    assert (list(dict(before)), list(dict(after))) == ([customer.id], [])


def test_forbidding_all_takes_the_customer_off_every_list_at_once(context: Flask) -> None:
    customer = make_customer(email="a@example.com")
    for type in MarketingType:
        for channel in Channel:
            _choose(customer.id, type, channel, Choice.ALLOW)
            assert len(_listed(type, channel)) == 1
    changed = services.forbid_all(customer_id=customer.id, source=Source.OWN_CHANGE, actor=SYSTEM, now=NOW)
    assert len(changed) == 16
    assert all(_listed(type, channel) == [] for type in MarketingType for channel in Channel)
    assert not any(
        services.may_contact(customer_id=customer.id, type=type, channel=channel)
        for type in MarketingType
        for channel in Channel
    )
    event = audit.latest(subject=customer.id, limit=1)[0].event
    assert event.action is AuditAction.PERMISSION_CHANGED


def test_a_forbidden_contact_point_stays_forbidden_when_somebody_registers_it_anew(context: Flask) -> None:
    customer = make_customer(phone="+358440001111")
    _choose(customer.id, SELLING, Channel.PHONE, Choice.FORBID)
    anew = make_customer(phone="+358440001111")
    assert services.state_of(anew.id)[0].state is State.NONE
    assert _listed(SELLING, Channel.PHONE) == []
    assert not services.may_contact(customer_id=anew.id, type=SELLING, channel=Channel.PHONE)
    assert [number for number, _ in _listed(ADVERTISING, Channel.PHONE)] == sorted([customer.number, anew.number])


def test_the_person_lifts_the_prohibition_by_allowing_again(context: Flask) -> None:
    customer = make_customer(phone="+358440001111")
    _choose(customer.id, SELLING, Channel.PHONE, Choice.FORBID)
    _choose(customer.id, SELLING, Channel.PHONE, Choice.ALLOW)
    assert _listed(SELLING, Channel.PHONE) == [(customer.number, "+358440001111")]


def test_a_protected_address_is_never_on_a_postal_list(context: Flask) -> None:
    seen = make_customer()
    make_customer(is_protected=True)
    assert _listed(ADVERTISING, Channel.POST) == [(seen.number, "Esimerkkikatu 3 A 4, 45100 Kouvola")]


def test_a_prohibition_on_the_phone_and_a_permission_by_mail_go_together(context: Flask) -> None:
    customer = make_customer(email="toivo@example.com")
    _choose(customer.id, ADVERTISING, Channel.PHONE, Choice.FORBID)
    _choose(customer.id, ADVERTISING, Channel.EMAIL, Choice.ALLOW)
    assert _listed(ADVERTISING, Channel.PHONE) == []
    assert _listed(ADVERTISING, Channel.EMAIL) == [(customer.number, "toivo@example.com")]


def test_the_trail_tells_of_whom_a_prohibition_is_which_request_asked_for_it_and_what_holds_now(context: Flask) -> None:
    customer = make_customer()
    services.forbid_all(
        customer_id=customer.id, source=Source.OWN_CHANGE, actor=customer_actor(customer.id), now=NOW, case="AAAA-BBBB"
    )
    told = select(AuditDetail).join(AuditEvent, AuditEvent.seq == AuditDetail.seq)
    details = db.session.scalars(told.where(AuditEvent.action == AuditAction.PERMISSION_CHANGED)).all()
    assert {(d.subject, d.case, d.object, d.purpose) for d in details} == {
        (customer.id, "AAAA-BBBB", f"customer:{customer.id}", "prohibition")
    }


def test_a_postal_contact_point_may_be_marked_with_the_name_and_without_and_others_as_they_are(context: Flask) -> None:
    whose = holder(make_customer(name="Aino Esimerkki", phone="+358441234567", email="aino@example.com").id)
    assert {channel: whose.spellings(channel) for channel in Channel} == {
        Channel.POST: ["Aino Esimerkki Esimerkkikatu 3 A 4 45100", "Esimerkkikatu 3 A 4 45100"],
        Channel.PHONE: ["+358441234567"],
        Channel.SMS: ["+358441234567"],
        Channel.EMAIL: ["aino@example.com"],
    }
    assert {(line.channel, line.contact) for line in services.state_of(whose.customer_id)} == {
        (Channel.POST, "Aino Esimerkki Esimerkkikatu 3 A 4 45100"),
        (Channel.PHONE, "+358441234567"),
        (Channel.SMS, "+358441234567"),
        (Channel.EMAIL, "aino@example.com"),
    }


def test_everybody_comes_in_the_order_of_customer_numbers(context: Flask) -> None:
    made = sorted((make_customer() for _ in range(6)), key=lambda customer: customer.number)
    assert [whose.customer_id for whose in everybody()] == [customer.id for customer in made]


def test_every_contested_value_closes_the_channels_that_it_is_used_in(context: Flask) -> None:
    customer, other = make_customer(), make_customer()
    places = [("phone", None), ("billing_street", None), ("iban", None)]
    options = {"ground": RestrictionGround.ACCURACY_CONTESTED, "case": "TP-AAAA-AAAA", "actor": SYSTEM, "now": NOW}
    restrictions.restrict(customer_id=customer.id, places=places, **options)  # type: ignore[arg-type]
    restrictions.restrict(customer_id=other.id, places=None, **options)  # type: ignore[arg-type]
    assert holder(customer.id).restricted == {Channel.PHONE, Channel.SMS, Channel.POST}
    assert holder(other.id).restricted == set(Channel)
    assert holder(make_customer().id).restricted == set()


def test_every_writing_function_takes_the_lock_of_the_audit_trail(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One lock for ledger, marks and trail: no two orders of locks can meet. On SQLite its name is read."""
    one, other = make_customer(), make_customer()
    own: dict[str, Any] = {"source": Source.OWN_CHANGE, "actor": customer_actor(one.id), "now": NOW}
    link = opt_out_links.link_to(customer_id=one.id, channel=Channel.PHONE, contact="+358440001234")
    (chosen,) = _choose(one.id, ADVERTISING, Channel.EMAIL, Choice.ALLOW)
    taken: list[str] = []
    monkeypatch.setattr(services, "serialise", taken.append)
    acts: dict[str, Callable[[], object]] = {
        "undo": lambda: services.undo(customer_id=one.id, act=str(chosen.act_id), **own),
        "choose": lambda: _choose(one.id, SELLING, Channel.EMAIL, Choice.ALLOW),
        "forbid_all": lambda: services.forbid_all(customer_id=one.id, **own),
        "forbid_contact": lambda: services.forbid_contact("x@example.com", channels=[Channel.EMAIL], now=NOW),
        "forbid_linked_contact": lambda: services.forbid_linked_contact(link, channels=[], actor=SYSTEM, now=NOW),
        "contact_point_changed": lambda: services.contact_point_changed(one.id, before=holder(one.id)),
        "merge": lambda: services.merge(absorbed_id=one.id, survivor_id=other.id, actor=SYSTEM, now=NOW),
        "forget": lambda: services.forget(other.id, now=NOW),
    }
    for name, act in acts.items():
        act()
        assert taken == ["audit"], name
        taken.clear()


def test_who_has_opened_a_forbidden_contact_for_themself_changes_nothing_by_saying_so_again(context: Flask) -> None:
    customer = make_customer(email="aino@example.com")
    _choose(customer.id, ADVERTISING, Channel.EMAIL, Choice.ALLOW)
    services.forbid_contact("aino@example.com", channels=[Channel.EMAIL], now=NOW - timedelta(hours=1))
    assert _choose(customer.id, ADVERTISING, Channel.EMAIL, Choice.ALLOW) == []
    services.forbid_contact("aino@example.com", channels=[Channel.EMAIL], now=NOW + timedelta(hours=1))
    assert len(_choose(customer.id, ADVERTISING, Channel.EMAIL, Choice.ALLOW)) == 1, "somebody has forbidden it since"


def test_what_was_changed_back_since_is_not_undone(context: Flask) -> None:
    customer = make_customer()
    (first,) = _choose(customer.id, ADVERTISING, Channel.EMAIL, Choice.ALLOW)
    own: dict[str, Any] = {
        "customer_id": customer.id,
        "source": Source.OWN_CHANGE,
        "actor": customer_actor(customer.id),
    }
    for hours, choice in enumerate((Choice.WITHDRAW, Choice.ALLOW), 1):
        line: dict[str, Any] = {"type": ADVERTISING, "channel": Channel.EMAIL, "choice": choice}
        services.choose(**own, **line, now=NOW + timedelta(hours=hours))
    assert services.undo(**own, act=str(first.act_id), now=NOW + timedelta(hours=3)) == []


def test_undoing_keeps_the_words_that_it_was_pressed_under(context: Flask) -> None:
    customer = make_customer()
    (first,) = _choose(customer.id, ADVERTISING, Channel.EMAIL, Choice.ALLOW)
    services.undo(
        customer_id=customer.id,
        act=str(first.act_id),
        source=Source.OWN_CHANGE,
        actor=customer_actor(customer.id),
        now=NOW + timedelta(hours=1),
        shown=ShownText(kind="permission", language="en", body="Undo"),
    )
    newest = services.acts_of(customer.id)[0]
    assert (newest.new_state, newest.wording, newest.language) == (State.NONE, "Undo", "en")


def test_what_a_stranger_forbade_goes_along_with_who_moves_and_stays_the_strangers_where_nobody_moved(
    context: Flask,
) -> None:
    customer = make_customer(phone="+358441234567", email="old@example.com")
    for contact, channel in (("+358441234567", Channel.PHONE), ("old@example.com", Channel.EMAIL)):
        services.forbid_contact(contact, channels=[channel], now=NOW)
    before = holder(customer.id)
    with transaction() as session:
        session.execute(update(Customer).where(Customer.id == customer.id).values(email="new@example.com"))
        services.contact_point_changed(customer.id, before=before)
    marks = {(mark.channel, mark.contact_hash, mark.holder_hash) for mark in db.session.query(Suppression)}
    assert marks == {
        (Channel.PHONE, suppression.contact_hash("+358441234567"), NOBODY),
        (Channel.EMAIL, suppression.contact_hash("old@example.com"), NOBODY),
        (Channel.EMAIL, suppression.contact_hash("new@example.com"), suppression.holder_hash(customer.id)),
    }


def test_joining_two_records_of_a_person_is_one_act(context: Flask) -> None:
    one, other = make_customer(), make_customer()
    _choose(one.id, ADVERTISING, Channel.EMAIL, Choice.ALLOW)
    _choose(one.id, SELLING, Channel.PHONE, Choice.FORBID)
    later = NOW + timedelta(hours=1)
    services.merge(absorbed_id=one.id, survivor_id=other.id, actor=SYSTEM, now=later)
    joined = [event for event in services.history_of(other.id) if event.at == later]
    assert len(joined) == 4, "two lines taken over, two closed"
    assert len({event.act_id for event in joined}) == 1
    held = {(line.type, line.channel, line.state, line.since) for line in services.state_of(other.id) if line.since}
    assert held == {
        (ADVERTISING, Channel.EMAIL, State.PERMISSION, NOW),
        (SELLING, Channel.PHONE, State.PROHIBITION, NOW),
    }


def test_what_the_person_has_opened_for_themself_is_not_forbidden_at_their_new_contact(context: Flask) -> None:
    customer = make_customer(email="old@example.com")
    services.forbid_contact("old@example.com", channels=[Channel.EMAIL], now=NOW - timedelta(hours=1))
    _choose(customer.id, ADVERTISING, Channel.EMAIL, Choice.ALLOW)
    before = holder(customer.id)
    with transaction() as session:
        session.execute(update(Customer).where(Customer.id == customer.id).values(email="new@example.com"))
        services.contact_point_changed(customer.id, before=before)
    is_forbidden = {
        type: suppression.is_suppressed("new@example.com", type=type, channel=Channel.EMAIL) for type in MarketingType
    }
    assert is_forbidden == {type: type is not ADVERTISING for type in MarketingType}


def test_of_who_is_erased_what_was_forbidden_stays_forbidden_by_name_too(context: Flask) -> None:
    customer = make_customer(name="Aino Esimerkki")
    services.forbid_contact("Esimerkkikatu 3 A 4 45100", channels=[Channel.POST], now=NOW)
    services.forget(customer.id, now=NOW + timedelta(hours=1))
    for contact in ("Esimerkkikatu 3 A 4 45100", "Aino Esimerkki Esimerkkikatu 3 A 4 45100"):
        assert suppression.is_suppressed(contact, type=ADVERTISING, channel=Channel.POST)
    assert {mark.holder_hash for mark in db.session.query(Suppression)} == {NOBODY}


def test_a_change_that_is_imported_tells_what_it_changed(context: Flask) -> None:
    customer_id = make_customer().id
    line: dict[str, Any] = {"type": SELLING, "channel": Channel.EMAIL, "source": Source.ORDER}
    for month, state in ((1, State.PERMISSION), (2, State.PROHIBITION)):
        record_imported(
            customer_id=customer_id, **line, state=state, given_on=date(2026, month, 1), actor=CLERK, now=NOW
        )
    changes = {(event.old_state, event.new_state, event.given_on) for event in services.history_of(customer_id)}
    assert changes == {
        (State.NONE, State.PERMISSION, date(2026, 1, 1)),
        (State.PERMISSION, State.PROHIBITION, date(2026, 2, 1)),
    }
    assert {(event.actor_id, event.unit) for event in services.history_of(customer_id)} == {(11, "customer-service")}
    assert not ledger.current_of(customer_id)[SELLING, Channel.EMAIL].is_own_word


def test_what_is_forbidden_at_a_contact_goes_along_in_an_import_but_not_what_the_person_has_opened(
    context: Flask,
) -> None:
    customer = make_customer(email="old@example.com")
    services.forbid_contact("old@example.com", channels=[Channel.EMAIL], now=NOW - timedelta(hours=1))
    _choose(customer.id, ADVERTISING, Channel.EMAIL, Choice.ALLOW)
    before = holder(customer.id)
    after = replace(before, contact_points={**before.contact_points, Channel.EMAIL: "new@example.com"})
    (decision,) = imported.decide([imported.Telling(holder=after, told=(), before=before)])
    assert decision.marks == {
        (type, Channel.EMAIL): NOW - timedelta(hours=1) for type in MarketingType if type is not ADVERTISING
    }


def test_a_link_forbids_where_it_was_sent_in_the_channels_that_were_named(context: Flask) -> None:
    customer_id = make_customer().id
    link = opt_out_links.link_to(customer_id=customer_id, channel=Channel.PHONE, contact="+358440001234")
    later = NOW + timedelta(hours=1)
    before = len(audit.latest(limit=50))
    channels = [Channel.SMS, Channel.EMAIL]
    assert services.forbid_linked_contact(link, channels=channels, actor=customer_actor(customer_id), now=later) is True
    marks = [
        (mark.type, mark.channel, mark.contact_hash, mark.holder_hash, mark.since)
        for mark in db.session.query(Suppression)
    ]
    holder_hash = suppression.holder_hash(customer_id)
    assert sorted(marks) == sorted(
        (type, Channel.SMS, suppression.contact_hash("+358440001234"), holder_hash, later) for type in MarketingType
    )
    assert len(audit.latest(limit=50)) == before, "the customer's own lines tell of it"


def test_a_link_of_somebody_erased_forbids_on_nobodys_word_and_the_trail_tells_of_it(context: Flask) -> None:
    link = opt_out_links.link_to(customer_id=7, channel=Channel.EMAIL, contact="aino@example.com")
    assert services.forbid_linked_contact(link, channels=[Channel.EMAIL], actor=customer_actor(9), now=NOW) is False
    marks = {(mark.type, mark.channel, mark.contact_hash, mark.holder_hash) for mark in db.session.query(Suppression)}
    contact = suppression.contact_hash("aino@example.com")
    assert marks == {(type, Channel.EMAIL, contact, NOBODY) for type in MarketingType}
    told = audit.latest(limit=1)[0]
    assert (told.event.action, told.event.at) == (AuditAction.PERMISSION_CHANGED, NOW)
    assert told.detail is not None
    assert (told.detail.object, told.detail.purpose, told.detail.actor) == ("suppression", "prohibition", 14)


def test_joining_or_erasing_people_leaves_everybody_elses_permissions(context: Flask) -> None:
    one, other, third = make_customer(), make_customer(), make_customer()
    for customer in (one, other, third):
        _choose(customer.id, ADVERTISING, Channel.EMAIL, Choice.ALLOW)
    services.merge(absorbed_id=one.id, survivor_id=other.id, actor=SYSTEM, now=NOW + timedelta(hours=1))
    services.forget(other.id, now=NOW + timedelta(hours=2))
    held = [(line.type, line.channel) for line in services.state_of(third.id) if line.state is State.PERMISSION]
    assert held == [(ADVERTISING, Channel.EMAIL)]
    (event,) = services.history_of(third.id)
    assert (event.actor_id, event.given_on, event.new_state) == (14, None, State.PERMISSION)
    assert (services.history_of(one.id), services.history_of(other.id)) == ([], [])
