"""Marks on contact points: each belongs to whoever said the word, to one kind of marketing and to one channel."""

from datetime import timedelta

from flask import Flask

from portal.core.db import db, serialise, transaction
from portal.permissions import suppression
from portal.permissions.models import Channel, MarketingType, Suppression
from tests.conftest import START

NUMBER = "+358440001234"
ADVERTISING, SELLING = MarketingType.DIRECT_ADVERTISING, MarketingType.DISTANCE_SELLING


def forbid(customer_id: int | None, *types: MarketingType, channel: Channel = Channel.PHONE, days: int = 0) -> None:
    with transaction():
        serialise("audit")
        now = START + timedelta(days=days)
        suppression.suppress(NUMBER, types=types, channel=channel, now=now, customer_id=customer_id)


def lift(customer_id: int, type: MarketingType, channel: Channel = Channel.PHONE) -> None:
    with transaction():
        serialise("audit")
        suppression.lift(customer_id, type=type, channel=channel)


def forbidden() -> set[tuple[str, str]]:
    return {
        (type.value, channel.value)
        for type in MarketingType
        for channel in Channel
        if suppression.is_suppressed(NUMBER, type=type, channel=channel)
    }


def test_a_mark_is_of_one_kind_and_one_channel(context: Flask) -> None:
    forbid(7, ADVERTISING)
    assert forbidden() == {("direct-advertising", "phone")}


def test_lifting_one_word_leaves_the_others(context: Flask) -> None:
    forbid(7, ADVERTISING, SELLING)
    forbid(7, ADVERTISING, channel=Channel.SMS)
    lift(7, ADVERTISING)
    assert forbidden() == {("distance-selling", "phone"), ("direct-advertising", "sms")}
    lift(7, ADVERTISING, Channel.SMS)
    assert forbidden() == {("distance-selling", "phone")}


def test_what_two_people_forbade_stays_forbidden_when_one_of_them_allows_it(context: Flask) -> None:
    for first, second in ((7, 8), (8, 7)):
        forbid(7, ADVERTISING)
        forbid(8, ADVERTISING, days=1)
        lift(first, ADVERTISING)
        assert forbidden() == {("direct-advertising", "phone")}
        lift(second, ADVERTISING)
        assert forbidden() == set()


def test_what_nobody_known_forbade_no_customer_lifts(context: Flask) -> None:
    forbid(None, ADVERTISING)
    forbid(7, ADVERTISING)
    lift(7, ADVERTISING)
    assert forbidden() == {("direct-advertising", "phone")}


def test_said_again_it_counts_from_the_later_word_and_never_from_an_earlier_one(context: Flask) -> None:
    for days, since in ((1, 1), (3, 3), (2, 3)):
        forbid(7, ADVERTISING, days=days)
        marks = suppression.marks_of(type=ADVERTISING, channel=Channel.PHONE)
        assert suppression.suppressed_at([NUMBER], marks) == START + timedelta(days=since)


def test_what_strangers_said_twice_is_one_mark_from_the_later_word(context: Flask) -> None:
    forbid(None, ADVERTISING)
    forbid(None, ADVERTISING, days=2)
    marks = suppression.marks_of(type=ADVERTISING, channel=Channel.PHONE)
    assert list(marks.values()) == [START + timedelta(days=2)]


def test_of_two_words_the_later_one_counts_whoever_said_it_first(context: Flask) -> None:
    for customer_id, days in ((7, 3), (8, 1), (None, 2)):
        forbid(customer_id, ADVERTISING, days=days)
    marks = suppression.marks_of(type=ADVERTISING, channel=Channel.PHONE)
    assert suppression.suppressed_at([NUMBER], marks) == START + timedelta(days=3)


def test_the_later_word_counts_in_whatever_order_the_marks_are_read(context: Flask) -> None:
    with transaction() as session:
        for id, contact, days in ((1, "a", 3), (2, "a", 1), (3, "b", 1), (4, "b", 3)):
            session.add(
                Suppression(
                    id=id,
                    contact_hash=suppression.contact_hash(contact),
                    holder_hash=suppression.holder_hash(id),
                    type=ADVERTISING,
                    channel=Channel.PHONE,
                    since=START + timedelta(days=days),
                )
            )
    marks = suppression.marks_of(type=ADVERTISING, channel=Channel.PHONE)
    later = START + timedelta(days=3)
    assert [suppression.suppressed_at([contact], marks) for contact in "abc"] == [later, later, None]


def test_who_forbids_a_second_contact_has_both_forbidden(context: Flask) -> None:
    forbid(7, ADVERTISING)
    with transaction():
        suppression.suppress("other@example.com", types=[ADVERTISING], channel=Channel.PHONE, now=START, customer_id=7)
    assert suppression.is_suppressed("other@example.com", type=ADVERTISING, channel=Channel.PHONE)
    assert forbidden() == {("direct-advertising", "phone")}


def test_the_number_of_a_mark_tells_nothing_of_how_many_there_are(context: Flask) -> None:
    forbid(7, ADVERTISING, SELLING)
    assert min(mark.id for mark in db.session.query(Suppression)) > 1_000_000  # by chance once in 10^12 times


def test_white_space_and_case_make_no_other_contact(context: Flask) -> None:
    assert suppression.normal_contact(" Esimerkkikatu  3 A\t45100 ") == "esimerkkikatu 3 a 45100"
