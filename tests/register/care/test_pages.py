"""The desk's pages on serving one customer: open customers alone, errors beside the field, both languages."""

from collections.abc import Callable

import pytest
from flask import Flask

from portal.core import audit, clock
from portal.register.care import contact_log, mandates, manual_material
from portal.register.models import Customer
from tests.factories import make_customer
from tests.pages import Page, Pages
from tests.register.care.served import serve

SignIn = Callable[..., Pages]
PAGES = ["", "/permissions", "/mandates", "/mandates/new", "/contacts", "/manual-material", "/address-protection"]
MANDATE = {
    "kind": "guardian",
    "scope": "all",
    "name": "Eeva Edunvalvoja",
    "contact": "eeva@example.org",
    "evidence": "guardianship-extract",
}


@pytest.fixture
def customer(app: Flask) -> Customer:
    with app.app_context():
        return make_customer(name="Aino Kuusilampi")


@pytest.fixture
def clerk(sign_in: SignIn, customer: Customer) -> Pages:
    pages = sign_in("clerk")
    pages.get(f"/en/desk/customers/{customer.number}/open")
    pages.post(f"/en/desk/customers/{customer.number}", {"purpose": "contact"})
    return pages


def path_of(customer: Customer, rest: str = "", language: str = "en") -> str:
    return f"/{language}/desk/customers/{customer.number}{rest}"


def errors(page: Page) -> str:
    (summary,) = page.all("div", class_="error-summary")
    return " ".join("".join(summary.itertext()).split())


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_only_with_a_purpose_and_each_view_is_on_record(
    app: Flask, sign_in: SignIn, customer: Customer, clerk: Pages, path: str
) -> None:
    stranger = sign_in("clerk")
    assert stranger.get(path_of(customer, path)).location == path_of(customer, "/open")
    with app.app_context():
        before = len(audit.viewings_of(customer.id))
    assert clerk.get(path_of(customer, path)).status == 200
    assert clerk.get(path_of(customer, path, "fi")).status == 200
    with app.app_context():
        assert len(audit.viewings_of(customer.id)) == before + 2


def test_unknown_and_strange_ids_are_the_same_404(app: Flask, clerk: Pages, customer: Customer) -> None:
    with app.app_context():
        mandate, entry, paper = serve(make_customer().id, clock.now())
        strange = [
            f"/mandates/{mandate.id}/end", f"/contacts/{entry.id}/correct", f"/manual-material/{paper.id}/destroyed",
        ]  # fmt: skip
    unknown = [path.replace(path.split("/")[2], "1") for path in strange]
    huge = [path.replace(path.split("/")[2], "9" * 30) for path in strange]
    for path in (*strange, *unknown, *huge):
        assert clerk.get(path_of(customer, path)).status == 404
    assert clerk.get("/en/desk/customers/10009999/contacts").status == 404


def test_a_mandate_is_recorded_stands_on_top_and_is_ended(app: Flask, clerk: Pages, customer: Customer) -> None:
    answer = clerk.submit(path_of(customer, "/mandates/new"), MANDATE)
    assert answer.location == path_of(customer) + "#mandates"
    page = clerk.follow(answer)
    (card,) = page.all("section", id="mandates")
    words = " ".join("".join(card.itertext()).split())
    assert "Eeva Edunvalvoja, guardian: all matters, eeva@example.org from 24 November 2026, no end set" in words
    with app.app_context():
        (mandate,) = mandates.of_customer(customer.id)
    end = path_of(customer, f"/mandates/{mandate.id}/end")
    assert clerk.submit(end, {}).status == 422
    assert clerk.submit(end, {"reason": "decision"}).status == 303
    assert "Only the customer." in clerk.get(path_of(customer)).text
    listed = clerk.get(path_of(customer, "/mandates")).text
    assert "Not in force" in listed and "ended by a decision of an authority or a court" in listed
    assert "This mandate has been ended already" in clerk.get(end).text


def test_a_mandate_without_a_name_tells_beside_the_field_and_keeps_what_was_typed(
    clerk: Pages, customer: Customer
) -> None:
    page = clerk.submit(path_of(customer, "/mandates/new"), {**MANDATE, "name": ""})
    assert page.status == 422
    assert "Representative’s name: Write the name of the representative, or their customer number." in errors(page)
    assert page.all("input", name="contact")[0].get("value") == "eeva@example.org"
    empty = clerk.submit(path_of(customer, "/mandates/new"), {"valid_from": "soon", "evidence": ""})
    assert "Valid from: Write a date, like 24.11.2026." in errors(empty)


def test_a_contact_is_recorded_now_and_corrected_beside(app: Flask, clerk: Pages, customer: Customer) -> None:
    path = path_of(customer, "/contacts")
    form = clerk.get(path).form_values(path)
    assert (form["happened_on"], form["happened_time"][:5]) == ("2026-11-24", "10:00")
    answer = clerk.submit(path, {"channel": "phone", "topic": "moving", "note": "Muuttaa marraskuussa."})
    assert answer.location == path_of(customer) + "#contacts"
    assert "Muuttaa marraskuussa." in clerk.follow(answer).text
    with app.app_context():
        (entry,) = contact_log.of_customer(customer.id)
    correct = path_of(customer, f"/contacts/{entry.id}/correct")
    assert clerk.submit(correct, {"note": "Muuttaa joulukuussa."}).location == path
    text = clerk.get(path).text
    assert "Muuttaa marraskuussa." in text and "Muuttaa joulukuussa." in text
    assert "corrected later" in text and "correction of an earlier entry" in text
    again = clerk.submit(correct, {"note": "Kolmas"})
    assert again.status == 422 and "has been corrected already" in errors(again)


def test_a_contact_tells_what_is_wrong_and_keeps_the_note(clerk: Pages, customer: Customer) -> None:
    path = path_of(customer, "/contacts")
    page = clerk.submit(
        path, {"note": "Soitti laskusta", "happened_on": "2026-11-25", "channel": "phone", "topic": "invoice"}
    )
    assert page.status == 422 and "Day: The date has not come yet." in errors(page)
    assert page.all("textarea", name="note")[0].text.strip() == "Soitti laskusta"
    code = clerk.submit(path, {"note": "280285-901N", "channel": "phone", "topic": "invoice"})
    assert "Leave the personal identity code out." in errors(code)


def test_the_log_is_paged(app: Flask, clerk: Pages, customer: Customer) -> None:
    from datetime import timedelta

    from tests.register.care.served import a_contact
    from tests.subject_requests.people import CLERK

    with app.app_context():
        for number in range(51):
            told = a_contact(note=f"Merkintä {number}.", happened_at=clock.now() - timedelta(hours=number))
            contact_log.add(customer_id=customer.id, told=told, actor=CLERK, now=clock.now())
    first = clerk.get(path_of(customer, "/contacts"))
    assert "Merkintä 49." in first.text and "Merkintä 50." not in first.text
    assert "Merkintä 50." in clerk.get(path_of(customer, "/contacts?page=2")).text


def test_paper_is_recorded_listed_and_destroyed(app: Flask, clerk: Pages, customer: Customer) -> None:
    empty = clerk.get("/en/desk/manual-material")
    assert "No paper has been recorded" in empty.text
    path = path_of(customer, "/manual-material")
    assert clerk.submit(path, {"kind": "contract"}).status == 422
    answer = clerk.submit(path, {"kind": "contract", "room": "Arkisto 2", "shelf": "B", "key_holder": "network"})
    assert answer.location == path_of(customer) + "#papers"
    listed = clerk.get("/en/desk/manual-material?room=Arkisto+2")
    assert "1 paper" in listed.text and customer.number in listed.text and customer.name not in listed.text
    assert "No paper like this" in clerk.get("/en/desk/manual-material?room=Muualla").text
    with app.app_context():
        (paper,) = manual_material.of_customer(customer.id)
    gone = f"{path}/{paper.id}/destroyed"
    assert clerk.submit(gone, {"destroyed_on": "2026-11-24"}).status == 303
    assert customer.number not in clerk.get("/en/desk/manual-material").text
    assert customer.number in clerk.get("/en/desk/manual-material?destroyed=y").text


@pytest.mark.parametrize("role", ["customer", "marketing", "administrator"])
def test_others_have_no_way_in(sign_in: SignIn, customer: Customer, role: str) -> None:
    pages = sign_in(role)
    for path in (*PAGES, "/address"):
        assert pages.get(path_of(customer, path)).status == 403
    assert pages.get("/en/desk/manual-material").status == 403


def test_how_far_a_mandate_goes_is_chosen_and_not_assumed(customer: Customer, clerk: Pages) -> None:
    page = clerk.submit(
        path_of(customer, "/mandates/new"), {name: MANDATE[name] for name in MANDATE if name != "scope"}
    )
    assert page.status == 422
    assert "In which matters?" in errors(page)
