"""Identity code and account number in full: once, after a fresh password, on the audit trail, and nowhere else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from portal.core import audit
from portal.core.db import transaction
from portal.register.models import Billing, Customer
from tests.conftest import FrozenClock
from tests.factories import PASSWORD, make_customer
from tests.own_data.reading import shown_values, value_of
from tests.own_data.rich_customer import IBAN, IDENTITY_CODE, Rich
from tests.pages import Page, Pages

IBAN_IN_FOURS = "FI93 9999 9900 0000 14"


def ask_for(pages: Pages, field: str, record: str = "", language: str = "en") -> Page:
    pages.get(f"/{language}/my/data")
    return pages.post(f"/{language}/my/data/reveal", {"field": field, "record": record})


def reveals(app: Flask) -> list[tuple[int | None, str | None, str | None]]:
    with app.app_context():
        found = [entry for entry in audit.latest(limit=50) if entry.event.action == "field:reveal"]
        return [(e.detail.subject, e.detail.object, e.detail.purpose) for e in found if e.detail]


@pytest.mark.parametrize(
    ("field", "masked", "full"),
    [("identity_code", "280285-****", IDENTITY_CODE), ("iban", "FI** **** **** **** 14", IBAN_IN_FOURS)],
)
def test_a_masked_value_is_shown_in_full_once(pages: Pages, field: str, masked: str, full: str) -> None:
    answer = ask_for(pages, field)
    assert (answer.status, answer.location) == (303, f"/en/my/data#field-{field}")
    page = pages.follow(answer)
    assert shown_values(page)[field] == [full]
    assert page.headers["Cache-Control"] == "no-store"
    assert "It is on record that you looked." in page.text
    assert shown_values(pages.get("/en/my/data"))[field] == [masked]


def test_only_the_field_that_was_asked_for_loses_its_mask(pages: Pages) -> None:
    page = pages.follow(ask_for(pages, "identity_code"))
    assert shown_values(page)["iban"] == ["FI** **** **** **** 14"]
    assert IBAN not in page.html.replace(" ", "")


def test_the_address_leads_to_the_value_which_takes_the_focus(pages: Pages) -> None:
    answer = ask_for(pages, "identity_code")
    (cell,) = pages.follow(answer).all("td", id=answer.location.partition("#")[2])
    assert (value_of(cell), cell.get("tabindex")) == (IDENTITY_CODE, "-1")


def test_each_look_is_on_the_audit_trail_without_the_value(app: Flask, rich: Rich, pages: Pages) -> None:
    pages.follow(ask_for(pages, "identity_code"))
    pages.follow(ask_for(pages, "iban"))
    who = f"customer:{rich.customer_id}"
    assert reveals(app) == [(rich.customer_id, who, "iban"), (rich.customer_id, who, "identity_code")]


def test_the_password_is_asked_for_first_and_the_question_is_not_lost(
    app: Flask, pages: Pages, frozen_clock: FrozenClock
) -> None:
    frozen_clock.advance(timedelta(minutes=16))
    answer = ask_for(pages, "iban", language="fi")
    assert answer.status == 302 and answer.location == "/fi/sign-in/confirm?next=/fi/my/data/reveal"
    assert reveals(app) == []
    confirmed = pages.submit(answer.location, {"password": PASSWORD})
    assert (confirmed.status, confirmed.location) == (303, "/fi/my/data/reveal")
    answer = pages.follow(confirmed)
    assert (answer.status, answer.location) == (303, "/fi/my/data#field-iban")
    assert shown_values(pages.follow(answer))["iban"] == [IBAN_IN_FOURS]


def test_opening_the_address_without_having_asked_shows_nothing(app: Flask, pages: Pages) -> None:
    answer = pages.get("/en/my/data/reveal")
    assert (answer.status, answer.location) == (302, "/en/my/data")
    assert shown_values(pages.follow(answer))["identity_code"] == ["280285-****"]
    assert reveals(app) == []


def test_what_was_revealed_and_not_looked_at_is_masked_again_after_a_minute(
    pages: Pages, frozen_clock: FrozenClock
) -> None:
    answer = ask_for(pages, "identity_code")
    frozen_clock.advance(timedelta(seconds=61))
    assert shown_values(pages.follow(answer))["identity_code"] == ["280285-****"]


def test_a_question_left_open_for_ten_minutes_is_forgotten(app: Flask, pages: Pages, frozen_clock: FrozenClock) -> None:
    frozen_clock.advance(timedelta(minutes=16))
    answer = ask_for(pages, "iban")
    frozen_clock.advance(timedelta(minutes=11))
    confirmed = pages.submit(answer.location, {"password": PASSWORD})
    assert pages.follow(confirmed).location == "/en/my/data"
    assert reveals(app) == []


@pytest.mark.parametrize(
    ("field", "record"),
    [
        ("name", ""),  # not masked
        ("identity_code", "1"),  # there is only one
        ("iban", "4611686018427387903"),
        ("street", "1"),
        ("unknown", ""),
        ("", ""),
        ("identity_code:1", ""),
        ("identity_code", "x" * 50),
    ],
)
def test_anything_else_is_the_same_404(pages: Pages, field: str, record: str) -> None:
    assert ask_for(pages, field, record).status == 404


def test_a_field_that_holds_nothing_is_not_there_to_be_revealed(app: Flask, sign_in: Callable[..., Pages]) -> None:
    with app.app_context():
        customer_id = make_customer(identity_code=None, iban=None).id
    pages = sign_in(customer_id=customer_id)
    page = pages.get("/en/my/data")
    assert [form for form in page.all("form") if form.get("action", "").endswith("/reveal")] == []
    assert ask_for(pages, "identity_code").status == ask_for(pages, "iban").status == 404


def test_a_value_moved_from_another_row_is_not_revealed(app: Flask, rich: Rich, pages: Pages) -> None:
    with app.app_context(), transaction() as session:
        other = make_customer(identity_code="010594Y9032", iban="FI6299900000000011")
        customer = session.get(Customer, other.id)
        session.execute(
            update(Customer)
            .where(Customer.id == rich.customer_id)
            .values(identity_code_encrypted=customer.identity_code_encrypted)
        )
        stolen = session.query(Billing.iban_encrypted).filter_by(customer_id=other.id).scalar()
        session.execute(update(Billing).where(Billing.customer_id == rich.customer_id).values(iban_encrypted=stolen))
    page = pages.get("/en/my/data")
    assert shown_values(page)["identity_code"] == ["Cannot be read. Tell us if you need it."]
    page = pages.follow(ask_for(pages, "iban"))
    assert "FI62" not in page.text and "010594" not in page.text


def test_the_full_values_stand_on_no_other_page_of_the_customer(pages: Pages) -> None:
    for path in ("my/data", "my/permissions", "my/requests", "my/requests/new/correction?field=identity_code",
                 "my/requests/new/correction?field=iban", "my/consents", "my/viewings", "my/devices"):  # fmt: skip
        html = pages.get(f"/en/{path}").html.replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
        assert IDENTITY_CODE not in html and IBAN not in html, path
