"""Recording a disclosure at the desk: of an open customer, by the rule, and told in both languages."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from portal.catalogues.recipients import Recipient
from portal.core import audit
from portal.register.models import Customer
from portal.register.openings import Part, part_seen
from portal.register.reading import disclosures_of
from tests.conftest import START
from tests.disclosures.recipients import serves
from tests.factories import make_customer
from tests.pages import Pages
from tests.subject_requests.people import phone_correction

SignIn = Callable[..., Pages]


@pytest.fixture
def customer(app: Flask) -> Customer:
    with app.app_context():
        return make_customer(name="Aino Kuusilampi", identity_code="280285-901N")


def serving(app: Flask, recipient: Recipient = Recipient.INVOICING_AND_COLLECTION, name: str = "Lindorff Oy") -> int:
    with app.app_context():
        return serves(recipient, name=name).id


def opened(sign_in: SignIn, customer: Customer) -> Pages:
    pages = sign_in("clerk")
    pages.get("/en/desk/customers")
    pages.post(f"/en/desk/customers/{customer.number}", {"purpose": "invoice"})
    return pages


def path_of(customer: Customer, holder_id: int | None = None, language: str = "en") -> str:
    path = f"/{language}/desk/customers/{customer.number}/disclosures"
    return path if holder_id is None else f"{path}/to/{holder_id}"


def test_a_clerk_records_what_was_given_and_sees_it_listed(app: Flask, sign_in: SignIn, customer: Customer) -> None:
    holder_id = serving(app)
    pages = opened(sign_in, customer)
    assert path_of(customer) in pages.get(f"/en/desk/customers/{customer.number}").links()
    page = pages.get(path_of(customer))
    assert "Nothing has been given to anybody" in page.text
    assert path_of(customer, holder_id) in page.links()
    answer = pages.submit(path_of(customer, holder_id), {"fields": ["phone", "name"]})
    assert (answer.status, answer.location) == (303, path_of(customer))
    page = pages.follow(answer)
    assert "The disclosure is on record. The customer sees it." in page.text
    for words in ("24 November 2026, 10:00", "Lindorff Oy", "Legitimate interests", "Name, Phone"):
        assert words in page.text
    with app.app_context():
        (row,) = disclosures_of(customer.id)
        assert (row.disclosed_at, row.fields) == (START, ["name", "phone"])


def test_only_what_the_recipient_may_receive_and_the_register_holds_is_offered(
    app: Flask, sign_in: SignIn, customer: Customer
) -> None:
    page = opened(sign_in, customer).get(path_of(customer, serving(app)))
    offered = [box.get("value") for box in page.all("input", name="fields")]
    assert "phone" in offered and "iban" in offered
    assert "heating" not in offered and "business_id" not in offered and "invoice_number" not in offered
    assert page.all("select", name="law") == []


def test_an_authority_is_told_with_the_law(app: Flask, sign_in: SignIn, customer: Customer) -> None:
    path = path_of(customer, serving(app, Recipient.AUTHORITY, "Poliisi"))
    pages = opened(sign_in, customer)
    page = pages.submit(path, {"fields": ["name"]})
    assert page.status == 422 and "Choose the law that obliges us to give the data, or write it." in page.text
    page = pages.submit(path, {"fields": ["name"], "law_text": "They asked for it"})
    assert page.status == 422 and "Name the law with its number" in page.text
    assert page.form_values(path)["law_text"] == "They asked for it"
    assert pages.submit(path, {"fields": ["name"], "law": "police"}).status == 303
    page = pages.follow(pages.submit(path, {"fields": ["name"], "law_text": "Tullilaki (304/2016) 102 §"}))
    assert "Police Act (872/2011), chapter 4, section 3" in page.text and "Tullilaki (304/2016) 102 §" in page.text


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "The customer has no own liabilities, so the payment defaults are not followed"),
        ("fi", "Asiakkaalla ei ole omia vastuita, joten maksuhäiriöitä ei seurata"),
    ],
)
def test_credit_information_of_somebody_without_liabilities_is_refused(
    app: Flask, sign_in: SignIn, customer: Customer, language: str, told: str
) -> None:
    path = path_of(customer, serving(app, Recipient.CREDIT_INFORMATION, "Suomen Asiakastieto Oy"), language)
    pages = opened(sign_in, customer)
    boxes = pages.get(path).all("input", name="fields")
    assert [(box.get("value"), box.get("checked") is not None) for box in boxes] == [
        ("name", True),
        ("identity_code", True),
    ]
    page = pages.submit(path, {"fields": ["name", "identity_code"]})
    assert page.status == 422 and told in page.text


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, "Choose what was given."),
        ({"fields": ["name", "heating"]}, "This recipient may not receive: Type of heating."),
        ({"fields": ["name", "nonsense"]}, "The register has no such field: nonsense."),
        ({"fields": ["name", "phone"]}, "until it is decided these may not be given: Phone."),
        ({"fields": ["name"], "day": "2026-11-25"}, "The moment has not come yet."),
        ({"fields": ["name"], "day": "2019-12-31"}, "Nobody by this name serves in this role on that day."),
        ({"fields": ["name"], "day": "then"}, "Write a date, like 24.11.2026."),
        ({"fields": ["name"], "time": ""}, "Write a time, like 10:16."),
    ],
)
def test_what_may_not_be_given_is_told_beside_the_field(
    app: Flask, sign_in: SignIn, customer: Customer, sent: dict[str, object], told: str
) -> None:
    with app.app_context():
        phone_correction(customer.id, START)
    path = path_of(customer, serving(app))
    pages = opened(sign_in, customer)
    assert "asked for a correction that is not decided yet: Phone." in pages.get(path).text
    page = pages.submit(path, sent)
    assert page.status == 422 and told in page.text
    with app.app_context():
        assert disclosures_of(customer.id) == []


def test_the_same_form_sent_twice_records_one(app: Flask, sign_in: SignIn, customer: Customer) -> None:
    path = path_of(customer, serving(app))
    pages = opened(sign_in, customer)
    sent = {**pages.get(path).form_values(path), "fields": ["name"]}
    assert [pages.post(path, sent).status for _ in range(2)] == [303, 303]
    with app.app_context():
        assert len(disclosures_of(customer.id)) == 1


def test_it_needs_an_open_customer_and_each_look_is_a_viewing(app: Flask, sign_in: SignIn, customer: Customer) -> None:
    holder_id = serving(app)
    clerk = sign_in("clerk")
    for path in (path_of(customer), path_of(customer, holder_id)):
        answer = clerk.get(path)
        assert (answer.status, answer.location) == (303, f"/en/desk/customers/{customer.number}/open")
    pages = opened(sign_in, customer)
    pages.get(path_of(customer))
    pages.get(path_of(customer, holder_id))
    with app.app_context():
        details = [entry.detail for entry in audit.viewings_of(customer.id)]
        assert [part_seen(detail) for detail in details if detail] == [Part.DISCLOSURES, Part.DISCLOSURES]


def test_only_the_desk_gets_there_and_unknown_ones_are_not_found(
    client: Pages, app: Flask, sign_in: SignIn, customer: Customer
) -> None:
    assert client.get(path_of(customer)).status == 302
    for role in ("customer", "marketing", "administrator"):
        assert sign_in(role).get(path_of(customer)).status == 403
    pages = opened(sign_in, customer)
    assert pages.get(path_of(customer, 1)).status == 404
    assert pages.get("/en/desk/customers/10009999/disclosures").status == 404


def test_a_recipient_that_has_ended_is_there_for_what_was_given_before(
    app: Flask, sign_in: SignIn, customer: Customer
) -> None:
    with app.app_context():
        holder_id = serves(name="Vanha Perintä Oy", until_on=date(2026, 11, 1)).id
    pages = opened(sign_in, customer)
    assert path_of(customer, holder_id) in pages.get(path_of(customer)).links()
    assert pages.submit(path_of(customer, holder_id), {"fields": ["name"], "day": "2026-11-01"}).status == 303
