"""A protected address: hidden from staff, shown with a purpose and on record, begun by anybody and ended by a clerk."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from portal.core import audit
from portal.register import services
from portal.register.care import address_protection
from portal.register.care.kinds import ProtectionReason
from portal.register.models import Customer
from portal.register.reading import addresses_of, desk_records_of
from tests.conftest import START, FrozenClock
from tests.factories import make_customer
from tests.pages import Page, Pages
from tests.subject_requests.people import CLERK

SignIn = Callable[..., Pages]
ADDRESS = ("Esimerkkikatu", "45100", "Kouvola")


def told(page: Page) -> list[str]:
    """The parts of the address that the page tells; the company's own stands in the foot of every page."""
    (main,) = page.all("main")
    words = "".join(main.itertext())
    return [part for part in ADDRESS if part in words]


@pytest.fixture
def customer(app: Flask) -> Customer:
    with app.app_context():
        return make_customer(name="Saima Hallavaara", is_protected=True)


def opened(sign_in: SignIn, customer: Customer) -> Pages:
    pages = sign_in("clerk")
    pages.get(f"/en/desk/customers/{customer.number}/open")
    assert pages.post(f"/en/desk/customers/{customer.number}", {"purpose": "contact"}).status == 303
    return pages


def change(customer_id: int, reason: ProtectionReason) -> None:
    address_protection.change(customer=services.customer_of(customer_id), reason=reason, actor=CLERK, now=START)


def test_a_clerk_marks_an_address_with_a_reason_and_the_other_system_is_told(context: Flask) -> None:
    customer_id = make_customer().id
    change(customer_id, ProtectionReason.POPULATION_DATA)
    change(customer_id, ProtectionReason.CUSTOMER_TOLD)
    customer = services.customer_of(customer_id)
    assert customer.is_protected
    assert address_protection.origin_of(customer).source.value == "population-data"
    (entry,) = [e for e in audit.latest(limit=9) if e.event.action.value == "address:protect"]
    assert entry.detail is not None and entry.detail.purpose == "population-data"
    assert [(c.field_key, c.old, c.new) for c in services.changes()] == [("is_protected", "no", "yes")]
    change(customer_id, ProtectionReason.ORDER_ENDED)
    assert not services.customer_of(customer_id).is_protected


def test_staff_read_everything_but_the_address(context: Flask) -> None:
    plain, protected = make_customer(), make_customer(is_protected=True)
    hidden = {f.key for group in desk_records_of(protected) for r in group.records for f in r.fields if f.is_hidden}
    assert hidden == {"street", "postal_code", "city", "billing_street", "billing_postal_code", "billing_city"}
    assert not [f for group in desk_records_of(plain) for r in group.records for f in r.fields if f.is_hidden]
    assert {f.key for group in addresses_of(protected.id) for r in group.records for f in r.fields} == {*hidden, "gsrn"}


@pytest.mark.parametrize(
    "path", ["", "/permissions", "/contacts", "/mandates", "/manual-material", "/activation-letter", "/address"]
)
def test_no_page_about_the_customer_shows_the_address(sign_in: SignIn, customer: Customer, path: str) -> None:
    page = opened(sign_in, customer).get(f"/en/desk/customers/{customer.number}{path}")
    assert page.status == 200 and told(page) == []


def test_a_search_shows_the_mark_in_place_of_the_place(sign_in: SignIn, customer: Customer) -> None:
    pages = sign_in("clerk")
    pages.get("/en/desk/customers")
    page = pages.post("/en/desk/customers", {"q": "hallavaara", "purpose": "contact"})
    assert "protected address" in page.text and told(page) == []


def test_the_address_is_shown_with_a_purpose_for_ten_minutes_and_the_customer_sees_it(
    app: Flask, sign_in: SignIn, customer: Customer, frozen_clock: FrozenClock
) -> None:
    pages, path = opened(sign_in, customer), f"/en/desk/customers/{customer.number}/address"
    pages.get(path)
    assert pages.post(path, {}).status == 422
    shown = pages.follow(pages.post(path, {"purpose": "address-field-work"}))
    assert told(shown) == list(ADDRESS)
    assert "Shown for: Work at the metering point, until 10:10." in shown.text
    with app.app_context():
        purposes = [entry.detail.purpose for entry in audit.viewings_of(customer.id) if entry.detail]
    assert purposes[0] == "address-field-work"
    frozen_clock.advance(timedelta(minutes=11))
    assert told(pages.get(path)) == []
    with app.app_context():
        actions = [entry.event.action.value for entry in audit.latest(subject=customer.id)]
    assert actions.count("address:show") == 1
    own = sign_in("customer", customer_id=customer.id).get("/en/my/viewings")
    assert "Protected address shown: work at the metering point" in own.text


def test_another_clerk_is_asked_again(sign_in: SignIn, customer: Customer) -> None:
    path = f"/en/desk/customers/{customer.number}/address"
    first, second = opened(sign_in, customer), opened(sign_in, customer)
    first.get(path)
    first.post(path, {"purpose": "address-fault"})
    assert told(second.get(path)) == []


def test_opening_the_customer_anew_asks_again(sign_in: SignIn, customer: Customer) -> None:
    pages, path = opened(sign_in, customer), f"/en/desk/customers/{customer.number}/address"
    pages.get(path)
    pages.post(path, {"purpose": "address-fault"})
    pages.post(f"/en/desk/customers/{customer.number}", {"purpose": "invoice"})
    assert told(pages.get(path)) == []


def test_an_address_without_the_mark_stands_on_the_page_itself(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        plain = make_customer()
    pages = opened(sign_in, plain)
    assert pages.get(f"/en/desk/customers/{plain.number}/address").location.endswith("#contact")
    assert told(pages.get(f"/en/desk/customers/{plain.number}")) == list(ADDRESS)


def test_the_mark_is_set_and_taken_away_on_its_page(sign_in: SignIn, customer: Customer) -> None:
    pages, path = opened(sign_in, customer), f"/en/desk/customers/{customer.number}/address-protection"
    page = pages.get(path)
    assert page.heading == "Take the protection of the address away"
    assert pages.post(path, {"lifts": "yes"}).status == 422
    assert "no longer protected" in pages.follow(pages.post(path, {"lifts": "yes", "reason": "order-ended"})).text
    assert pages.post(path, {"lifts": "yes", "reason": "order-ended"}).status == 303
    assert pages.get(path).heading == "Protect the address"
    assert "protected now" in pages.follow(pages.post(path, {"lifts": "no", "reason": "order-shown"})).text


def test_the_customer_sees_the_whole_address_and_that_it_is_protected(sign_in: SignIn, customer: Customer) -> None:
    pages = sign_in("customer", customer_id=customer.id)
    page = pages.get("/en/my/data")
    assert told(page) == list(ADDRESS) and "Your address is protected" in page.text
