"""The desk's customers: nothing opens without a purpose."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import audit, clock
from portal.core.db import db
from portal.register.models import Customer
from tests.conftest import FrozenClock
from tests.factories import make_customer
from tests.pages import Page, Pages
from tests.subject_requests.people import phone_correction

SignIn = Callable[..., Pages]


@pytest.fixture
def number(app: Flask) -> str:
    with app.app_context():
        return make_customer(name="Aino Kuusilampi", identity_code="280285-901N").number


def test_a_clerk_searches_opens_and_sees_the_customer_with_the_code_masked(
    app: Flask, sign_in: SignIn, number: str
) -> None:
    pages = sign_in("clerk")
    pages.get("/en/desk/customers")
    page = pages.post("/en/desk/customers", {"q": "kuusilampi", "purpose": "contract"})
    assert page.status == 200 and "Aino Kuusilampi" in page.text
    shown = pages.follow(pages.post(f"/en/desk/customers/{number}", {"purpose": "contract"}))
    assert shown.status == 200
    assert "280285-****" in shown.text and "280285-901N" not in shown.html
    with app.app_context():
        entry = audit.latest(limit=1)[0]
        assert entry.detail is not None
        assert (entry.event.action.value, entry.detail.purpose, entry.detail.unit) == (
            "customer:view",
            "contract",
            "customer-service",
        )


def test_each_view_is_audited(app: Flask, sign_in: SignIn, number: str) -> None:
    pages = sign_in("clerk")
    pages.get("/en/desk/customers")
    pages.post(f"/en/desk/customers/{number}", {"purpose": "fault"})
    for _ in range(2):
        pages.get(f"/en/desk/customers/{number}")
    with app.app_context():
        actions = [entry.event.action.value for entry in audit.latest(limit=2)]
    assert actions == ["customer:view", "customer:view"]


def test_a_customer_does_not_open_without_a_purpose(sign_in: SignIn, number: str) -> None:
    pages = sign_in("clerk")
    page = pages.get(f"/en/desk/customers/{number}")
    assert page.status == 303 and page.location == f"/en/desk/customers/{number}/open"
    asked = pages.follow(page)
    assert "Tell first why you open the customer." in asked.text
    assert pages.post(f"/en/desk/customers/{number}", {}).status == 422
    assert pages.post("/en/desk/customers", {"q": "kuusi"}).status == 422


def test_handling_a_request_needs_its_number(app: Flask, sign_in: SignIn, number: str) -> None:
    with app.app_context():
        whose = db.session.scalars(select(Customer).where(Customer.number == number)).one()
        case = phone_correction(whose.id, clock.now()).public_id
        others = phone_correction(make_customer().id, clock.now()).public_id
    pages = sign_in("clerk")
    pages.get("/en/desk/customers")
    page = pages.post(f"/en/desk/customers/{number}", {"purpose": "case"})
    assert page.status == 422 and "Write the number of the request." in page.text
    page = pages.post(f"/en/desk/customers/{number}", {"purpose": "case", "case": others})
    assert page.status == 422 and "The request with this number is not of this customer." in page.text
    assert pages.post(f"/en/desk/customers/{number}", {"purpose": "case", "case": case.lower()}).status == 303


def test_an_opening_lasts_for_a_working_day(sign_in: SignIn, number: str, frozen_clock: FrozenClock) -> None:
    pages = sign_in("clerk")
    pages.get("/en/desk/customers")
    pages.post(f"/en/desk/customers/{number}", {"purpose": "other"})
    frozen_clock.advance(timedelta(hours=13))
    pages = sign_in(person=pages.person)
    assert pages.get(f"/en/desk/customers/{number}").location == f"/en/desk/customers/{number}/open"


def test_an_unknown_customer_is_not_found(sign_in: SignIn) -> None:
    pages = sign_in("clerk")
    pages.get("/en/desk/customers")
    assert pages.get("/en/desk/customers/10009999").status == 404
    assert pages.post("/en/desk/customers/10009999", {"purpose": "other"}).status == 404


def test_others_have_no_way_in(client: Pages, sign_in: SignIn, number: str) -> None:
    assert client.get(f"/en/desk/customers/{number}").status == 302
    for role in ("customer", "marketing", "administrator"):
        assert sign_in(role).get("/en/desk/customers").status == 403


def test_an_identity_code_that_was_searched_for_does_not_stay_on_the_page(sign_in: SignIn, number: str) -> None:
    pages = sign_in("clerk")
    pages.get("/en/desk/customers")
    page = pages.post("/en/desk/customers", {"q": "280285-901N", "purpose": "contact"})
    assert "Aino Kuusilampi" in page.text and "280285-901N" not in page.html


def test_what_was_typed_is_kept_when_the_purpose_is_missing(sign_in: SignIn) -> None:
    pages = sign_in("clerk")
    pages.get("/en/desk/customers")
    page = pages.post("/en/desk/customers", {"q": "Kuusilampi"})
    assert page.status == 422
    assert page.all("input", name="q")[0].get("value") == "Kuusilampi"


@pytest.mark.parametrize("typed", ["280285-901N", "K7F3-9QTD", "x'; --"])
def test_what_is_typed_for_a_request_is_not_kept_unless_there_is_one(
    app: Flask, sign_in: SignIn, number: str, typed: str
) -> None:
    pages = sign_in("clerk")
    pages.get("/en/desk/customers")
    for purpose in ("case", "other"):
        page = pages.post("/en/desk/customers", {"q": "kuusilampi", "purpose": purpose, "case": typed})
        assert page.status == 422 and "There is no request with this number." in page.text
        assert pages.post(f"/en/desk/customers/{number}", {"purpose": purpose, "case": typed}).status == 422
    with app.app_context():
        details = [entry.detail for entry in audit.latest(limit=10)]
    assert typed not in {detail.case for detail in details if detail}


def searched(pages: Pages, query: str, language: str = "en") -> Page:
    pages.get(f"/{language}/desk/customers")
    return pages.post(f"/{language}/desk/customers", {"q": query, "purpose": "contact"})


def test_a_result_tells_who_where_and_by_what(sign_in: SignIn, number: str) -> None:
    page = searched(sign_in("clerk"), "lampi aino")
    (row,) = [r for body in page.all("tbody") for r in body.iter("tr")]
    cells = [" ".join("".join(cell.itertext()).split()) for cell in row]
    assert cells == ["Aino Kuusilampi", number, "natural person", "Kouvola", "name", "Open the customer"]
    assert page.all("input", name="q")[0].get("value") == "lampi aino"
    by_code = searched(sign_in("clerk"), "280285-901N")
    assert "personal identity code" in by_code.text and "901" not in by_code.text


@pytest.mark.parametrize(
    ("query", "heading", "help"),
    [
        ("zzzz", "No customer found", "Searched by: name."),
        ("044 000 9876", "No customer found", "Searched by: phone."),
        ("a", "Nothing was searched for", "Write at least two letters of the name"),
        ("280285-901M", "Nothing was searched for", "This is not a valid personal identity code"),
    ],
)
def test_a_search_that_finds_nobody_says_what_to_try(sign_in: SignIn, query: str, heading: str, help: str) -> None:
    page = searched(sign_in("clerk"), query)
    assert page.status == 200
    assert page.all("h2", id="results-title")[0].text.strip() == heading and help in page.text
    kept = page.all("input", name="q")[0].get("value")
    assert kept == ("" if query.startswith("2802") else query)


def test_too_many_results_say_what_to_add(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        for letter in "abcdefghijklmnopqrstuvwxyz":
            make_customer(name=f"Virtanen {letter * 2}", has_site=False)
    page = searched(sign_in("clerk"), "virtanen")
    assert "More than 25 customers found" in page.text and "Add a first name" in page.text


def test_neither_search_nor_opening_puts_anything_into_addresses(sign_in: SignIn, number: str) -> None:
    page = searched(sign_in("clerk"), "Kuusilampi")
    assert not [link for link in page.links() if "uusilampi" in link]
    assert page.all("form", action=f"/en/desk/customers/{number}")[0].get("method") == "post"
