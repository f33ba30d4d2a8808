"""Requests without an account: taken at once, joined to nobody, and asked who they are."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import clock
from portal.core.db import db
from portal.core.errors import RuleViolation
from portal.messages.models import Message
from portal.subject_requests import cases, queries, strangers
from portal.subject_requests.kinds import Channel, IdentityLevel, Kind, Status
from portal.subject_requests.models import SubjectRequest
from portal.subject_requests.strangers import Told
from tests.conftest import FrozenClock
from tests.factories import make_customer
from tests.subject_requests.people import CLERK


def submitted(
    kind: Kind = Kind.ACCESS, *, language: str = "en", once: str | None = None, **told: str
) -> SubjectRequest:
    values = {"name": "Testi Testinen", "contact": "testi@example.com", "text": "Kaikki tiedot."} | told
    return strangers.submit(kind, Told(**values), language=language, now=clock.now(), once=once)


@pytest.mark.parametrize("kind", strangers.KINDS)
def test_the_clock_is_paused_by_the_question_of_the_same_moment(context: Flask, kind: Kind) -> None:
    case = submitted(kind, customer_number="12345678")
    assert (case.status, case.channel, case.identity_level) == (
        Status.IDENTITY_PENDING,
        Channel.PORTAL,
        IdentityLevel.UNKNOWN,
    )
    assert (case.received_on, case.paused_from, case.promise_on) == (
        date(2026, 11, 24),
        date(2026, 11, 24),
        date(2026, 12, 24),
    )
    assert case.customer_id is None
    view = queries.view_of(case, actor=CLERK, today=date(2026, 11, 24))
    assert [event.step for event in view.events] == ["submit", "ask-identity"]
    assert view.messages[0].text == strangers.question("en")
    assert case.text == "Name: Testi Testinen\nCustomer number as told: 12345678\n\nKaikki tiedot."


def test_nobody_fills_the_mailbox_of_another_with_requests(context: Flask, frozen_clock: FrozenClock) -> None:
    made = [submitted(contact=contact) for contact in ("testi@example.com", "Testi@Example.com") * 3]
    assert {case.status for case in made} == {Status.IDENTITY_PENDING}  # each is taken
    assert len(db.session.scalars(select(Message)).all()) == 3
    submitted(contact="toinen@example.com")
    frozen_clock.advance(timedelta(minutes=15))
    submitted()
    assert len(db.session.scalars(select(Message)).all()) == 5


@pytest.mark.parametrize(
    ("language", "words"),
    [("fi", " 24.12.2026"), ("en", "answer by 24 December 2026, which is also the limit set by law.")],
)
def test_one_mail_tells_the_number_the_question_and_the_dates(context: Flask, language: str, words: str) -> None:
    case = submitted(language=language)
    (mail,) = db.session.scalars(select(Message))
    assert case.public_id in mail.subject
    assert words in mail.body
    assert f"http://localhost:8000/{language}/requests" in mail.body
    assert strangers.question(language) in mail.body


@pytest.mark.parametrize("contact", ["044 000 1234", "Esimerkkikatu 3, 45100 Kouvola"])
def test_who_gives_no_mail_address_gets_no_mail(context: Flask, contact: str) -> None:
    case = submitted(contact=contact)
    assert case.contact == contact
    assert db.session.scalars(select(Message)).all() == []


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"contact": ""}, "contact"),
        ({"contact": "a@b"}, "contact"),
        ({"contact": "nonsense"}, "contact"),
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"text": " "}, "text"),
        ({"text": "x" * 9_999}, "text"),
        ({"customer_number": "1" * 21}, "customer_number"),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field(context: Flask, told: dict[str, str], field: str) -> None:
    with pytest.raises(RuleViolation) as refusal:
        submitted(**told)
    assert refusal.value.field == field
    assert db.session.scalars(select(SubjectRequest)).all() == []


def test_a_known_contact_and_number_join_the_request_to_nobody(context: Flask) -> None:
    customer = make_customer(email="tuttu@example.com")
    case = submitted(contact="tuttu@example.com", customer_number=customer.number)
    assert case.customer_id is None
    assert queries.of_customer(customer.id) == []


def test_a_form_sent_twice_makes_one_request_and_one_question(context: Flask) -> None:
    assert submitted(once="abc").id == submitted(once="abc").id
    case = db.session.scalars(select(SubjectRequest)).one()
    assert len(cases.items_of(case)) == 1
    assert len(db.session.scalars(select(Message)).all()) == 1
