"""The clerk's page of one customer: what ten seconds on the phone need."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from portal.catalogues.sources import Source
from portal.core import clock
from portal.core.audit import SYSTEM
from portal.core.db import random_id, transaction
from portal.desk.customer_page import Money, money
from portal.permissions.models import Channel, MarketingType, State
from portal.register.models import Customer, Invoice
from portal.register.reading import records_of
from portal.subject_requests import handling, services
from portal.subject_requests.kinds import Status
from tests.factories import make_customer, record_imported
from tests.own_data.rich_customer import Rich, make_rich_customer
from tests.pages import Page, Pages
from tests.register.care.served import serve
from tests.subject_requests.people import CLERK, customer_actor, phone_correction, reach

SignIn = Callable[..., Pages]


@pytest.fixture
def rich(app: Flask) -> Rich:
    with app.app_context():
        return make_rich_customer()


def opened(sign_in: SignIn, number: str, language: str = "en") -> Page:
    pages = sign_in("clerk")
    pages.get(f"/en/desk/customers/{number}/open")
    pages.post(f"/en/desk/customers/{number}", {"purpose": "contact"})
    return pages.get(f"/{language}/desk/customers/{number}")


def words(page: Page, section: str) -> str:
    (card,) = page.all("section", id=section)
    return " ".join("".join(card.itertext()).split())


def test_the_page_answers_at_a_glance(app: Flask, sign_in: SignIn, rich: Rich) -> None:
    with app.app_context():
        serve(rich.customer_id, clock.now())
        case = phone_correction(rich.customer_id, clock.now(), proposed="044 000 1111").public_id
    page = opened(sign_in, "10001235")
    assert page.heading == "Åsa-Maria O’Neill Ääkkönen"
    assert "Eeva Edunvalvoja" in words(page, "mandates")
    assert "+358 44 000 4321" in words(page, "contact").replace("\N{NO-BREAK SPACE}", " ")
    assert "Laskutie 1, 45130 Kouvola" in words(page, "contact")
    assert "to be paid" in words(page, "money") and "29 November 2026" in words(page, "money")
    assert "952000000000000019" in words(page, "metering-points")
    assert case in words(page, "requests")
    assert "Muuttaa joulukuussa." in words(page, "contacts")
    assert "contract on paper: Arkisto 2, Kaappi B" in words(page, "papers")
    assert "Customer’s contact, Customer service" in words(page, "viewings")
    assert "Suomen Asiakastieto Oy" in words(page, "viewings")
    assert "280285-****" in page.text and "901N" not in page.text
    targets = {link[1:] for link in page.links() if link.startswith("#")} - {"content"}
    assert targets <= {e.get("id") for e in page.root.iter() if e.get("id")}  # type: ignore[union-attr]


def test_a_customer_of_whom_little_is_known_has_a_page_too(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        customer = make_customer(has_site=False, phone=None, email="", iban=None)
    page = opened(sign_in, customer.number, "fi")
    assert page.status == 200 and page.heading == "Testi Asiakas"


def test_marketing_is_answered_in_its_own_words_and_what_they_asked_about_apart(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        customer = make_customer()
        for type, channel, state in (
            (MarketingType.DISTANCE_SELLING, Channel.PHONE, State.PROHIBITION),
            (MarketingType.CONTACT, Channel.POST, State.PROHIBITION),
        ):
            record_imported(
                customer_id=customer.id,
                type=type,
                channel=channel,
                state=state,
                given_on=date(2026, 1, 15),
                source=Source.ORDER,
                actor=SYSTEM,
                now=clock.now(),
            )
    (card,) = opened(sign_in, customer.number).all("section", id="marketing")
    told = ["".join(part.itertext()) for kind in ("dt", "dd") for part in card.iter(kind)]
    assert told == [
        *("Post", "Phone", "E-mail", "Text message", "Other contact"),
        *("Allowed", "In part Direct advertising, Other direct marketing", "Not allowed", "Not allowed"),
        "In part Phone",
    ]


def _invoice(customer: Customer, number: int, state: str, due_on: date) -> Invoice:
    paid = {"paid_on": due_on if state == "paid" else None}
    return Invoice(
        id=random_id(), customer_id=customer.id, number=str(number), reference=str(number), amount_cents=1_000 * number,
        issued_on=date(2026, 10, 1), due_on=due_on, state=state, source=customer.source, source_on=customer.source_on,
        updated_at=customer.updated_at, **paid,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("invoices", "expected"),
    [
        ([], Money(0, 0, 0, 0, 0, None)),
        ([("paid", date(2026, 1, 1))], Money(0, 0, 0, 0, 0, None)),
        ([("open", date(2026, 11, 24))], Money(1, 1_000, 0, 0, 0, date(2026, 11, 24))),
        (
            [("open", date(2026, 11, 23)), ("open", date(2026, 12, 9)), ("in-collection", date(2026, 5, 1))],
            Money(3, 6_000, 2, 4_000, 1, date(2026, 12, 9)),
        ),
    ],
)
def test_what_is_to_be_paid(context: Flask, invoices: list[tuple[str, date]], expected: Money) -> None:
    customer = make_customer()
    with transaction() as session:
        session.add_all(_invoice(customer, n, state, due) for n, (state, due) in enumerate(invoices, start=1))
    payments = next(group for group in records_of(customer.id) if group.spec.category == "payments")
    assert money(payments.records, today=date(2026, 11, 24)) == expected


def test_a_message_that_waits_is_marked_though_its_request_has_ended(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        customer = make_customer()
        case = reach(customer.id, Status.WITHDRAWN).public_id
        actor = customer_actor(customer.id)
        services.message_from_customer(public_id=case, text="One thing more.", actor=actor, now=clock.now())
    card = words(opened(sign_in, customer.number), "requests")
    assert case in card and "The customer has written" in card and "answer by" not in card
    with app.app_context():
        handling.mark_read(public_id=case, actor=CLERK, now=clock.now())
    card = words(opened(sign_in, customer.number), "requests")
    assert "No open request." in card and case not in card
