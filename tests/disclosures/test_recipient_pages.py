"""Recipients on the desk: for the decision-maker alone, and nothing used changes."""

from collections.abc import Callable

import pytest
from flask import Flask

from portal.catalogues.recipients import Recipient
from portal.core.audit import SYSTEM
from portal.disclosures import holders, services
from portal.disclosures.services import Wanted
from tests.conftest import START
from tests.disclosures.recipients import serves
from tests.factories import make_customer
from tests.pages import Page, Pages

SignIn = Callable[..., Pages]
COLLECTION = "/en/desk/recipients/new/invoicing-and-collection"
PARTNER = "/en/desk/recipients/new/authorised-partner"


@pytest.fixture
def pages(sign_in: SignIn) -> Pages:
    return sign_in("decision-maker")


def section(page: Page, id: str) -> str:
    (found,) = page.all("section", id=id)
    return " ".join("".join(found.itertext()).split())


def test_the_list_is_empty_at_first_and_tells_what_to_do(pages: Pages) -> None:
    page = pages.get("/en/desk/recipients")
    assert "No recipient is in force today" in section(page, "in-force")
    assert "no data is transferred there" in section(page, "transfers")
    assert page.all("section", id="history") == []
    assert COLLECTION in page.links() and PARTNER in page.links()


def test_a_recipient_is_added_with_its_role_and_period(pages: Pages) -> None:
    answer = pages.submit(COLLECTION, {"name": "Lindorff Oy", "from_on": "2020-01-01", "categories": ["billing"]})
    assert (answer.status, answer.location) == (303, "/en/desk/recipients")
    page = pages.follow(answer)
    assert "Lindorff Oy is on the list of recipients." in page.text
    told = section(page, "in-force")
    for words in ("Lindorff Oy", "Invoicing and debt collection provider", "1 January 2020", "Billing", "Finland"):
        assert words in told


def test_the_page_is_in_finnish_too(app: Flask, pages: Pages) -> None:
    with app.app_context():
        serves(Recipient.AUTHORITY, name="Verohallinto", other_names={"en": "Tax Administration"})
    told = section(pages.get("/fi/desk/recipients"), "in-force")
    assert "Verohallinto" in told and "Suomi" in told and "Lakisääteinen velvoite" in told
    assert "Tax Administration" in section(pages.get("/en/desk/recipients"), "in-force")


@pytest.mark.parametrize(
    ("language", "sent", "told"),
    [
        ("en", {"name": "", "from_on": "2020-01-01"}, "Fill in this field."),
        ("en", {"name": "Uusi Oy", "from_on": "soon"}, "Write a date, like 24.11.2026."),
        ("en", {"name": "Uusi Oy", "from_on": "2026-01-01"}, "Lindorff Oy serves in this role at that time."),
        ("fi", {"name": "Uusi Oy", "from_on": "2026-01-01"}, "Lindorff Oy toimii tuolloin tässä roolissa."),
        ("en", {"name": "Uusi Oy", "from_on": "2019-01-01", "until_on": "2018-01-01"}, "The last day is before"),
        ("en", {"name": "Uusi Oy", "from_on": "2019-01-01", "country": "US"}, "Choose the ground of the transfer."),
        ("en", {"name": "Uusi Oy", "from_on": "2019-01-01", "country": "??"}, "Choose one from the list."),
        ("en", {"name": "Uusi Oy", "from_on": "2019-01-01", "categories": ["calls"]}, "does not let this role"),
    ],
)
def test_what_does_not_hold_is_told_beside_the_field_and_nothing_typed_is_lost(
    app: Flask, pages: Pages, language: str, sent: dict[str, object], told: str
) -> None:
    with app.app_context():
        serves(name="Lindorff Oy")
    path = COLLECTION.replace("/en/", f"/{language}/")
    page = pages.submit(path, {"categories": ["billing", "payments"], **sent})
    assert page.status == 422 and told in page.text
    assert page.form_values(path)["name"] == sent["name"]


def test_a_transfer_outside_the_eea_is_on_the_list_of_transfers(pages: Pages) -> None:
    sent = {
        "name": "Example Inc.", "from_on": "2026-01-01", "country": "US", "categories": ["feedback"],
        "transfer_ground": "standard-clauses", "safeguards": "Clauses of 2021, copy from us",
    }  # fmt: skip
    page = pages.follow(pages.submit(PARTNER, sent))
    told = section(page, "transfers")
    for words in ("Example Inc.", "United States", "Standard contractual clauses", "Clauses of 2021, copy from us"):
        assert words in told


def test_a_last_day_moves_a_recipient_to_the_history(app: Flask, pages: Pages) -> None:
    with app.app_context():
        path = f"/en/desk/recipients/{serves(name='Lindorff Oy').id}"
    page = pages.follow(pages.submit(path, {"until_on": "2026-11-23"}))
    assert "The last day is saved." in page.text
    assert "Lindorff Oy" in section(page, "history") and "Lindorff Oy" not in section(page, "in-force")
    page = pages.submit(path, {"until_on": "2019-11-23"})
    assert page.status == 422 and "The last day is before the first." in page.text


def test_what_was_never_used_is_corrected_or_taken_off(app: Flask, pages: Pages) -> None:
    with app.app_context():
        path = f"/en/desk/recipients/{serves(name='Lidorff Oy').id}"
    assert pages.get(f"{path}/correct").form_values(f"{path}/correct")["name"] == "Lidorff Oy"
    page = pages.follow(pages.submit(f"{path}/correct", {"name": "Lindorff Oy", "categories": ["billing"]}))
    assert "The recipient is corrected." in page.text and page.heading == "Lindorff Oy"
    answer = pages.post(path, {"step": "remove", "version": "2"})
    assert "The recipient was taken off the list." in pages.follow(answer).text
    assert pages.get(path).status == 404


def test_what_was_used_offers_no_correction_and_takes_none(app: Flask, pages: Pages) -> None:
    with app.app_context():
        holder_id = serves(name="Lindorff Oy").id
        services.disclose(
            Wanted(holder_id=holder_id, fields=["name"], ground=None, at=START),
            customer_id=make_customer().id,
            actor=SYSTEM,
            now=START,
        )
    path = f"/en/desk/recipients/{holder_id}"
    page = pages.get(path)
    assert f"{path}/correct" not in page.links()
    assert "24 November 2026, 10:00" in page.text
    refused = "Data has been given to this recipient, so it stays as it is. You can set its last day."
    for answer in (
        pages.post(path, {"step": "remove", "version": "1"}),
        pages.submit(f"{path}/correct", {"name": "Other", "categories": ["billing"]}),
    ):
        assert answer.status == 422 and refused in answer.text


def test_the_second_of_two_editors_is_told(app: Flask, pages: Pages) -> None:
    with app.app_context():
        holder_id = serves().id
    path = f"/en/desk/recipients/{holder_id}"
    prefilled = pages.get(path).form_values(path)
    with app.app_context():
        holders.end(holder_id, until_on=None, version=1, actor=SYSTEM, now=START)
    assert pages.post(path, {**prefilled, "until_on": "2026-12-31"}).status == 409


def test_only_the_decision_maker_gets_there_and_unknown_ones_are_not_found(
    client: Pages, sign_in: SignIn, pages: Pages
) -> None:
    assert client.get("/en/desk/recipients").status == 302
    for role in ("customer", "clerk", "marketing", "administrator"):
        assert sign_in(role).get("/en/desk/recipients").status == 403
    for path in ("1", "1/correct", f"{2**70}", "new/neighbour"):
        assert pages.get(f"/en/desk/recipients/{path}").status == 404
