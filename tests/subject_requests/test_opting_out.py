"""Forbidding marketing without HTTP: what is recorded, what is forbidden where, and whose contact a text is."""

from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.catalogues.sources import Source
from portal.consents.ledger import ShownText
from portal.core import audit
from portal.core.audit import VISITOR, AuditAction
from portal.core.db import db
from portal.core.errors import RuleViolation
from portal.messages.models import Message
from portal.permissions import opt_out_links, suppression
from portal.permissions import services as permissions
from portal.permissions.models import Channel as ContactChannel
from portal.permissions.models import Choice, MarketingType, PermissionEvent, State
from portal.register.models import Customer
from portal.subject_requests import cases, opting_out, pace, services
from portal.subject_requests.arriving import Arrival, unidentified
from portal.subject_requests.guards import Problem
from portal.subject_requests.kinds import Channel, IdentityMethod, Kind, Outcome, Status
from portal.subject_requests.models import SubjectRequest
from tests.conftest import START
from tests.factories import make_customer
from tests.subject_requests.people import CLERK, customer_actor

ADVERTISING = MarketingType.DIRECT_ADVERTISING
PHONE, SMS, EMAIL, POST = ContactChannel.PHONE, ContactChannel.SMS, ContactChannel.EMAIL, ContactChannel.POST
EVERYWHERE = list(ContactChannel)
SHOWN = ShownText(kind="opt-out", language="en", body="I forbid it.")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BY_LETTER = Arrival(channel=Channel.LETTER, received_on=date(2026, 11, 23), at=time(9, 30))


@pytest.fixture
def customer(context: Flask) -> Customer:
    return make_customer(
        name="Aino Esimerkki", email="aino@example.com", phone="+358441234567", preferred_language="en"
    )


def all_cases() -> list[SubjectRequest]:
    return list(db.session.scalars(select(SubjectRequest).order_by(SubjectRequest.recorded_at, SubjectRequest.id)))


def forbidden_to(customer_id: int) -> set[ContactChannel]:
    """Channels in which every kind of marketing is forbidden to the customer."""
    lines = permissions.state_of(customer_id)
    return {
        channel
        for channel in ContactChannel
        if {line.state for line in lines if line.channel is channel} == {State.PROHIBITION}
    }


def allow(customer_id: int, channel: ContactChannel, now: datetime) -> None:
    permissions.choose(
        customer_id=customer_id,
        type=ADVERTISING,
        channel=channel,
        choice=Choice.ALLOW,
        source=Source.OWN_CHANGE,
        actor=customer_actor(customer_id),
        now=now,
    )


def by_contact(contact: str, **options: object) -> SubjectRequest | None:
    usual = {"channels": EVERYWHERE, "language": "en", "actor": VISITOR, "now": START}
    return opting_out.opt_out_by_contact(contact, **{**usual, **options})  # type: ignore[arg-type]


def by_link(customer: Customer, channels: list[ContactChannel], now: datetime = START) -> None:
    link = opt_out_links.link_to(customer_id=customer.id, channel=EMAIL, contact="aino@example.com")
    opting_out.opt_out_by_link(link, channels=channels, actor=VISITOR, now=now, shown=SHOWN)


def test_a_customers_own_opt_out_is_a_case_of_theirs_without_words(customer: Customer) -> None:
    actor = customer_actor(customer.id)
    case = opting_out.opt_out(customer_id=customer.id, actor=actor, now=START)
    assert (case.kind, case.customer_id, case.text, case.contact) == (Kind.OPT_OUT, customer.id, None, None)
    assert (case.channel, case.identity_method) == (Channel.PORTAL, IdentityMethod.PORTAL)
    assert (case.received_on, case.recorded_at, case.recorded_by_account_id) == (date(2026, 11, 24), START, 14)
    assert (case.status, case.outcome, case.decided_at, case.answered_at) == (
        Status.ANSWERED,
        Outcome.GRANT,
        START,
        START,
    )
    assert case.decided_by_account_id == 14
    (item,) = cases.items_of(case)
    assert (item.position, item.outcome) == (0, Outcome.GRANT)
    assert forbidden_to(customer.id) == set(ContactChannel)


def test_what_was_written_with_it_is_kept_without_the_space_around_it(customer: Customer) -> None:
    case = opting_out.opt_out(
        customer_id=customer.id, text="  Please stop. ", contact="aino@example.com", actor=CLERK, now=START
    )
    assert (case.text, case.contact) == ("Please stop.", "aino@example.com")


def test_a_text_that_is_too_long_is_refused_beside_its_field(customer: Customer) -> None:
    with pytest.raises(RuleViolation) as caught:
        opting_out.opt_out(customer_id=customer.id, text="x" * 10_001, actor=CLERK, now=START)
    assert (caught.value.code, caught.value.field) == (Problem.TOO_LONG, "text")
    assert all_cases() == []


def test_how_it_arrived_is_kept_and_is_the_source_of_the_prohibition(customer: Customer) -> None:
    case = opting_out.opt_out(customer_id=customer.id, arrival=BY_LETTER, actor=CLERK, now=START)
    assert (case.channel, case.received_on, case.received_time) == (Channel.LETTER, date(2026, 11, 23), time(9, 30))
    assert {line.source for line in permissions.state_of(customer.id)} == {Source.CUSTOMER_CONTACT}


def test_only_the_channels_that_were_named_are_forbidden(customer: Customer) -> None:
    opting_out.opt_out(customer_id=customer.id, channels=(one for one in [PHONE, POST]), actor=CLERK, now=START)
    assert forbidden_to(customer.id) == {PHONE, POST}


def test_the_prohibition_tells_what_was_shown_who_pressed_and_for_which_request(customer: Customer) -> None:
    actor = customer_actor(customer.id)
    case = opting_out.opt_out(customer_id=customer.id, channels=[PHONE], shown=SHOWN, actor=actor, now=START)
    (act,) = permissions.acts_of(customer.id)
    assert (act.at, act.wording, act.language) == (START, "I forbid it.", "en")
    assert {(event.channel, event.new_state, event.actor_id) for event in act.events} == {
        (PHONE, State.PROHIBITION, 14)
    }
    changed = [entry.detail for entry in audit.latest(limit=20) if entry.event.action is AuditAction.PERMISSION_CHANGED]
    assert [(detail.case, detail.actor) for detail in changed if detail] == [(case.public_id, 14)]


def test_a_form_sent_twice_is_one_opt_out_of_this_customer_alone(customer: Customer) -> None:
    other = make_customer()
    first, again, others = (
        opting_out.opt_out(customer_id=one, once="key", actor=CLERK, now=START)
        for one in (customer.id, customer.id, other.id)
    )
    assert first.id == again.id != others.id
    assert len(all_cases()) == 2


def test_who_has_sent_very_many_gets_the_receipt_of_the_one_that_holds(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "MOST", 2)
    actor = customer_actor(customer.id)
    made = [opting_out.opt_out(customer_id=customer.id, actor=actor, now=START + n * HOUR) for n in range(2)]
    again = opting_out.opt_out(customer_id=customer.id, actor=actor, now=START + 2 * HOUR)
    assert again.id == made[1].id
    assert len(all_cases()) == 2
    allow(customer.id, PHONE, START + 3 * HOUR)
    anew = opting_out.opt_out(customer_id=customer.id, actor=actor, now=START + 4 * HOUR)
    assert anew.id not in {case.id for case in made}, "one channel was open again"
    assert forbidden_to(customer.id) == set(ContactChannel)


def test_sent_very_often_it_marks_a_contact_point_as_of_the_last_time(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a word of somebody else in between does not outweigh it."""
    monkeypatch.setattr(pace, "MOST", 1)
    actor = customer_actor(customer.id)
    opting_out.opt_out(customer_id=customer.id, actor=actor, now=START)
    opting_out.opt_out(customer_id=customer.id, channels=[EMAIL], actor=actor, now=START + 5 * HOUR)
    assert len(all_cases()) == 1
    for channel, contact, at in ((EMAIL, "aino@example.com", START + 5 * HOUR), (PHONE, "+358441234567", START)):
        marks = suppression.marks_of(type=ADVERTISING, channel=channel)
        assert suppression.suppressed_at([contact], marks) == at


def test_a_known_contact_makes_a_case_of_somebody_unidentified(customer: Customer) -> None:
    case = by_contact(" Aino@Example.com\u200b ", text=" Enough. ", shown=SHOWN)
    assert case is not None
    assert (case.customer_id, case.contact, case.text) == (customer.id, "Aino@Example.com", "Enough.")
    assert (case.channel, case.identity_method, case.received_on) == (
        Channel.PORTAL,
        IdentityMethod.NONE,
        date(2026, 11, 24),
    )
    assert forbidden_to(customer.id) == set(ContactChannel)
    assert permissions.acts_of(customer.id)[0].wording == "I forbid it."


def test_an_unknown_contact_makes_a_case_that_is_nobodys_and_is_marked(context: Flask) -> None:
    case = by_contact("somebody@example.com", text="  Enough. ", actor=CLERK, now=START)
    assert case is not None
    assert (case.kind, case.customer_id, case.contact, case.text, case.language) == (
        Kind.OPT_OUT,
        None,
        "somebody@example.com",
        "Enough.",
        "en",
    )
    assert (case.status, case.outcome, case.recorded_by_account_id) == (Status.ANSWERED, Outcome.GRANT, 11)
    assert (case.recorded_at, case.decided_at, case.decided_by_account_id) == (START, START, 11)
    assert (case.channel, case.identity_method) == (Channel.PORTAL, IdentityMethod.NONE)
    (item,) = cases.items_of(case)
    assert (item.position, item.outcome) == (0, Outcome.GRANT)
    marks = suppression.marks_of(type=ADVERTISING, channel=EMAIL)
    assert suppression.suppressed_at(["somebody@example.com"], marks) == START
    without = by_contact("another@example.com", text="  ", language="fi", arrival=BY_LETTER)
    assert without is not None
    assert (without.text, without.language, without.channel) == (None, "fi", Channel.LETTER)


def test_an_unknown_contact_sent_twice_is_one_case(context: Flask) -> None:
    first, again = (by_contact("somebody@example.com", once="key") for _ in range(2))
    assert first is not None and again is not None
    assert first.id == again.id
    assert len(all_cases()) == 1


def test_a_known_contact_that_a_clerk_sends_twice_is_one_case_recorded_as_it_arrived(customer: Customer) -> None:
    first, again = (by_contact("aino@example.com", once="key", arrival=BY_LETTER, actor=CLERK) for _ in range(2))
    assert first is not None and again is not None
    assert first.id == again.id
    assert (first.channel, first.recorded_by_account_id) == (Channel.LETTER, 11)


def test_staff_get_the_case_of_the_first_of_those_whose_contact_it_is(customer: Customer) -> None:
    other = make_customer(email="aino@example.com")
    case = by_contact("aino@example.com", arrival=BY_LETTER, actor=CLERK)
    assert case is not None
    assert case.customer_id == opting_out.customers_with("aino@example.com")[0]
    assert {one.customer_id for one in all_cases()} == {customer.id, other.id}


@pytest.mark.parametrize(
    ("contact", "channels", "marked"),
    [
        ("aino@example.com", EVERYWHERE, {EMAIL}),
        ("+358 44 123 4567", EVERYWHERE, {PHONE, SMS}),
        ("+358 44 123 4567", [SMS, EMAIL], {SMS}),
        ("Uusikatu 1, 45100 Kouvola", EVERYWHERE, {POST}),
    ],
)
def test_a_contact_point_is_forbidden_in_the_channels_that_reach_it(
    context: Flask, contact: str, channels: list[ContactChannel], marked: set[ContactChannel]
) -> None:
    by_contact(contact, channels=channels)
    normal, _ = opting_out.normal_contact(contact)
    assert {
        channel
        for channel in ContactChannel
        if all(suppression.is_suppressed(normal, type=type, channel=channel) for type in MarketingType)
    } == marked


def test_a_channel_that_does_not_reach_the_contact_is_refused_beside_its_field(context: Flask) -> None:
    with pytest.raises(RuleViolation) as caught:
        by_contact("aino@example.com", channels=[PHONE, POST])
    assert (caught.value.code, caught.value.field) == (Problem.CHANNEL_UNFIT, "channel")
    assert all_cases() == []


@pytest.mark.parametrize(
    "contact",
    [
        "AINO@example.com",
        "044 123 4567",
        "Esimerkkikatu 3 A 4, 45100 Kouvola",
        "Osoite: Esimerkkikatu 3 A 4, 45100 Kouvola, Aino Esimerkki",
    ],
)
def test_a_known_contact_is_found_however_it_is_written(customer: Customer, contact: str) -> None:
    case = by_contact(contact)
    assert case is not None
    assert (case.customer_id, case.text) == (customer.id, None)
    assert forbidden_to(customer.id) == set(ContactChannel)


def test_only_the_channels_that_were_named_are_forbidden_to_whose_contact_it_is(customer: Customer) -> None:
    by_contact("aino@example.com", channels=[EMAIL, POST])
    assert forbidden_to(customer.id) == {EMAIL, POST}


def test_who_shares_a_contact_later_is_reached_beside_those_who_were_before(customer: Customer) -> None:
    for _ in range(4):
        by_contact("aino@example.com")
        newcomer = make_customer(email="aino@example.com")
        by_contact("aino@example.com")
        assert forbidden_to(newcomer.id) == set(ContactChannel)


def test_a_stranger_is_told_of_one_case_a_day_and_staff_of_each(customer: Customer) -> None:
    assert by_contact("aino@example.com") is not None
    assert by_contact("aino@example.com", now=START + HOUR) is None
    assert by_contact("aino@example.com", now=START + HOUR, arrival=BY_LETTER, actor=CLERK) is not None
    assert len(all_cases()) == 2


@pytest.mark.parametrize(("later", "number"), [(DAY - timedelta(seconds=1), 1), (DAY, 2)])
def test_the_day_ends_to_the_second(customer: Customer, later: timedelta, number: int) -> None:
    by_contact("aino@example.com")
    by_contact("aino@example.com", now=START + later)
    assert len(all_cases()) == number


def test_what_is_forbidden_again_within_the_day_is_in_force_and_mails_nobody(customer: Customer) -> None:
    by_contact("aino@example.com")
    allow(customer.id, PHONE, START + HOUR)
    allow(customer.id, EMAIL, START + HOUR)
    by_contact("aino@example.com", channels=[EMAIL, PHONE], now=START + 2 * HOUR, shown=SHOWN)
    assert forbidden_to(customer.id) == set(ContactChannel)
    assert len(all_cases()) == 1
    assert len(db.session.scalars(select(Message)).all()) == 1
    newest = permissions.acts_of(customer.id)[0]
    assert (newest.at, newest.wording) == (START + 2 * HOUR, "I forbid it.")
    assert {(event.source, event.channel) for event in newest.events} == {
        (Source.OWN_CHANGE, PHONE),
        (Source.OWN_CHANGE, EMAIL),
    }


def test_only_an_opt_out_that_a_stranger_sent_here_makes_the_next_one_silent(customer: Customer) -> None:
    """Not the customer's own, not one by letter, not one of somebody else, and no other request."""
    opting_out.opt_out(customer_id=customer.id, actor=customer_actor(customer.id), now=START)
    opting_out.opt_out(customer_id=customer.id, arrival=BY_LETTER, actor=CLERK, now=START)
    services.submit(Kind.ACCESS, customer_id=customer.id, text="", actor=CLERK, now=START, arrival=unidentified(START))
    opting_out.opt_out_by_contact("+358 44 999 8888", channels=[PHONE], language="fi", actor=VISITOR, now=START)
    assert by_contact("aino@example.com", now=START + HOUR) is not None


def test_by_a_link_the_customer_gets_a_case_of_somebody_unidentified(customer: Customer) -> None:
    by_link(customer, [EMAIL])
    (case,) = all_cases()
    assert (case.customer_id, case.channel, case.identity_method) == (customer.id, Channel.PORTAL, IdentityMethod.NONE)
    assert forbidden_to(customer.id) == {EMAIL}
    assert permissions.acts_of(customer.id)[0].wording == "I forbid it."


def test_by_a_link_pressed_again_what_was_opened_meanwhile_is_forbidden_in_the_same_words(customer: Customer) -> None:
    by_link(customer, [EMAIL])
    allow(customer.id, EMAIL, START + HOUR)
    by_link(customer, [EMAIL, PHONE], START + 2 * HOUR)
    assert len(all_cases()) == 1
    assert forbidden_to(customer.id) == {EMAIL, PHONE}
    newest = permissions.acts_of(customer.id)[0]
    assert (newest.at, newest.wording) == (START + 2 * HOUR, "I forbid it.")
    by_link(customer, [EMAIL], START + DAY)
    assert len(all_cases()) == 2


def test_the_ledger_of_what_a_stranger_forbade_names_nobody_who_pressed(customer: Customer) -> None:
    by_link(customer, [EMAIL])
    assert {event.actor_id for event in db.session.scalars(select(PermissionEvent))} == {None}


@pytest.mark.parametrize(
    ("contact", "normal", "channels"),
    [
        ("Aino@Example.COM", "Aino@example.com", {EMAIL}),
        ("  aino@\u200bexample.com ", "aino@example.com", {EMAIL}),
        ("044 123 4567", "+358441234567", {PHONE, SMS}),
        ("puh. (044) 123\u20114567", "+358441234567", {PHONE, SMS}),
        ("GSM: +358 44 123 4567", "+358441234567", {PHONE, SMS}),
        ("Uusikatu 1, 45100 Kouvola", "Uusikatu 1 45100", {POST}),
        ("Aino Esimerkki, Uusikatu 1, 45100", "Aino Esimerkki Uusikatu 1 45100", {POST}),
        ("Uusikatu 1, 45100 Kouvola, 2. krs", "Uusikatu 1 45100", {POST}),
        ("PL 10000, Uusikatu 1, 45100 Kouvola", "PL 10000 Uusikatu 1 45100", {POST}),
        ("45100 Kouvola", "45100 Kouvola", {POST}),
        ("Uusikatu 1", "Uusikatu 1", {POST}),
        ("Mallitie 4 45100", "Mallitie 4 45100", {POST}),
    ],
)
def test_a_contact_is_read_as_the_register_writes_it(contact: str, normal: str, channels: set[ContactChannel]) -> None:
    assert opting_out.normal_contact(contact) == (normal, channels)


@pytest.mark.parametrize(
    ("contact", "problem"),
    [
        (" \u200b ", Problem.EMPTY),
        ("Uusikatu 1 " + "x" * 390, Problem.TOO_LONG),
        ("Uusikatu", Problem.INVALID_VALUE),
        ("12", Problem.INVALID_VALUE),
        ("aino@", "email"),
    ],
)
def test_a_text_that_is_no_contact_is_refused_beside_its_field(contact: str, problem: str) -> None:
    with pytest.raises(RuleViolation) as caught:
        opting_out.normal_contact(contact)
    assert (caught.value.code, caught.value.field) == (problem, "contact")


def test_the_longest_contact_is_400_signs() -> None:
    longest = "Uusikatu 1 " + "x" * 389
    assert opting_out.normal_contact(longest)[0] == longest


@pytest.mark.parametrize(
    ("contact", "is_theirs"),
    [
        ("Esimerkkikatu 3 A 4 45100", True),
        ("Esimerkkikatu 3 A 4, 45100 Kouvola", True),
        ("Aino Esimerkki, Esimerkkikatu 3 A 4, 45100", True),
        ("AINO ESIMERKKI ESIMERKKIKATU 3 A 4 45100", True),
        ("Börje Malli, Esimerkkikatu 3 A 4, 45100", False),
        ("Esimerkkikatu 3 A 45, 45100", False),
        ("Esimerkkikatu 3 A 4, 45200", False),
        ("aino@example.com", True),
        ("AINO@example.com", True),
        ("aino@example.org", False),
        ("+358441234567", True),
        ("+358441234568", False),
    ],
)
def test_an_address_is_of_whoever_is_billed_there_and_with_a_name_of_who_is_called_so(
    customer: Customer, contact: str, is_theirs: bool
) -> None:
    assert opting_out.customers_with(contact) == ([customer.id] if is_theirs else [])
