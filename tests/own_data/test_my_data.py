"""My data, the copy, the timeline and who has looked."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from portal.catalogues.fields import BY_CATEGORY, BY_KEY, FIELDS, Category
from portal.core.db import db
from portal.demo import loading
from portal.demo.accounts import SIGN_INS
from portal.register.reading import records_of
from tests.conftest import FrozenClock
from tests.factories import Person, make_customer
from tests.pages import Pages

SignIn = Callable[..., Pages]
NOT_OF_A_NATURAL_PERSON = {"business_id"}


@pytest.fixture
def aino(app: Flask, sign_in: SignIn) -> Pages:
    """The demo customer who has something of everything."""
    with app.app_context():
        loading.load(now=datetime(2026, 11, 24, 8, 0, tzinfo=UTC), customers=1)
        db.session.remove()
    demo = SIGN_INS[0]
    return sign_in(person=Person(0, 0, demo.username, demo.password, demo.role, None))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_page_shows_every_field_of_the_catalogue(aino: Pages, language: str) -> None:
    page = aino.get(f"/{language}/my/data")
    assert page.root is not None
    shown = {element.get("data-field") for element in page.root.iter() if element.get("data-field")}
    assert {spec.key for spec in FIELDS} - shown == NOT_OF_A_NATURAL_PERSON


def test_the_page_masks_identity_code_and_account_number(aino: Pages) -> None:
    page = aino.get("/en/my/data")
    assert "280285-****" in page.text
    assert "280285-901N" not in page.html


def test_every_correctable_field_leads_to_a_prefilled_correction(aino: Pages) -> None:
    page = aino.get("/en/my/data")
    wanted = [link.split("field=")[1] for link in page.links() if "/my/requests/new/correction" in link]
    keys = {reference.split("%3A")[0].split(":")[0] for reference in wanted}
    assert keys == {spec.key for spec in FIELDS if spec.is_correctable} - NOT_OF_A_NATURAL_PERSON


def test_the_copy_holds_what_the_page_shows_with_full_values(aino: Pages) -> None:
    answer = aino.get("/en/my/data/export.json")
    assert answer.status == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    copy = json.loads(answer.html)
    assert copy["format"] == "portal-export/1"
    assert copy["customer_number"] == "10001235"
    assert set(copy["categories"]) == {category.value for category in Category}
    for category in Category:
        keys = {spec.key for spec in BY_CATEGORY[category]} - NOT_OF_A_NATURAL_PERSON
        for record in copy["categories"][category.value]:
            assert set(record["fields"]) == keys
    field = copy["categories"]["customer"][0]["fields"]["identity_code"]
    assert field["value"] == "280285-901N"
    assert {"value", "source", "source_on", "updated_at", "purposes", "recipients", "kept_until"} <= set(field)
    invoice = copy["categories"]["payments"][0]["fields"]["invoice_amount"]["value"]
    assert invoice["currency"] == "EUR" and isinstance(invoice["cents"], int)
    assert {"permissions", "consents", "requests", "viewings", "disclosures"} <= set(copy)


def test_the_copy_needs_a_fresh_password_and_is_on_the_audit_trail(
    app: Flask, aino: Pages, frozen_clock: FrozenClock
) -> None:
    from portal.core import audit

    frozen_clock.advance(timedelta(minutes=16))
    answer = aino.get("/en/my/data/export.json")
    assert answer.status == 302 and "/en/sign-in/confirm" in answer.location
    frozen_clock.advance(timedelta(minutes=-16))
    aino.get("/en/my/data/export.json")
    with app.app_context():
        assert [entry.event.action.value for entry in audit.latest(limit=1)] == ["own-data:export"]


def test_the_page_shows_nobody_elses_data(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        make_customer(name="Joku Muu", phone="+358440009876", email="joku.muu@example.com")
    page = sign_in("customer").get("/en/my/data")
    assert page.status == 200
    assert "Joku Muu" not in page.text and "joku.muu@example.com" not in page.text


def test_reading_takes_the_same_number_of_queries_however_much_there_is(context: Flask) -> None:
    small = make_customer(has_site=False).id
    counts = []
    for customer_id in (small, _large()):
        db.session.remove()
        statements: list[str] = []

        def note(_c: Any, _u: Any, statement: str, *_rest: Any, seen: list[str] = statements) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        records_of(customer_id)
        event.remove(db.engine, "before_cursor_execute", note)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 16


def _large() -> int:
    from portal.core.db import transaction
    from portal.demo.customers import draw

    drawing = draw(0, random_seed=1, today=datetime(2026, 11, 24, tzinfo=UTC).date(), taken=set())
    with transaction():
        loading._write([drawing])
    return drawing.customer.id


def test_pages_are_for_customers_only(client: Pages, sign_in: SignIn) -> None:
    paths = ["/en/my/data", "/en/my/data/export.json", "/en/my/consents", "/en/my/viewings"]
    clerk = sign_in("clerk")
    for path in paths:
        assert client.get(path).status == 302
        assert clerk.get(path).status == 403


def test_the_timeline_tells_of_permissions_with_a_way_to_undo(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    assert "No choices yet" in pages.get("/en/my/consents").text
    pages.get("/en/my/permissions")
    pages.post("/en/my/permissions", {"type": "contact", "channel": "sms", "choice": "allow"})
    page = pages.get("/en/my/consents")
    assert "Permission to contact, Text message: Permission" in page.text
    assert "/en/my/permissions#contact" in page.links()


def test_a_cookie_choice_made_while_signed_in_is_on_the_timeline(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    pages.get("/en/cookies")
    pages.post("/en/cookies", {"choice": "necessary-only"})
    assert "Cookie choice: Necessary only" in pages.get("/en/my/consents").text


def test_the_customer_sees_who_looked_and_why_but_no_name(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    assert "Nobody has opened your data" in pages.get("/en/my/viewings").text
    with app.app_context():
        from portal.register.services import customer_of

        number = customer_of(pages.person.customer_id).number
    clerk = sign_in("clerk", display_name="Kaisa Utelias")
    clerk.get("/en/desk/customers")
    clerk.post(f"/en/desk/customers/{number}", {"purpose": "invoice"})
    assert clerk.get(f"/en/desk/customers/{number}").status == 200
    page = pages.get("/en/my/viewings")
    assert "Customer service" in page.text and "Invoice" in page.text
    assert "Utelias" not in page.text


def test_a_code_of_the_catalogue_has_words_in_the_pages_language(aino: Pages) -> None:
    assert BY_KEY["kind"].code_list is not None
    assert "natural person" in aino.get("/en/my/data").text
