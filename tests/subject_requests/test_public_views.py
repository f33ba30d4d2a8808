"""Pages for people without an account, and the figures for everybody."""

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core import clock
from portal.core.db import db
from portal.subject_requests import services
from portal.subject_requests.kinds import Kind, Status
from portal.subject_requests.models import SubjectRequest
from tests.conftest import FrozenClock
from tests.factories import make_customer
from tests.pages import Pages
from tests.subject_requests.people import customer_actor

TYPED = {"name": "Testi Testinen", "contact": "testi@example.com", "text": "Kaikki <b>tiedot</b>."}


def all_cases(app: Flask) -> list[SubjectRequest]:
    with app.app_context():
        return list(db.session.scalars(select(SubjectRequest)))


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("kind", ["access", "correction"])
def test_a_request_without_an_account_gets_a_number_and_dates(
    app: Flask, client: Pages, language: str, kind: str
) -> None:
    page = client.submit(f"/{language}/requests/{kind}", TYPED)
    assert page.status == 303
    shown = client.follow(page)
    (case,) = all_cases(app)
    assert (case.kind.value, case.status, case.language) == (kind, Status.IDENTITY_PENDING, language)
    assert case.public_id in shown.text
    assert ("24.12.2026" if language == "fi" else "24 December 2026") in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert client.cookies() == set()


def test_the_answer_is_the_same_whether_the_person_is_known_or_not(app: Flask, client: Pages) -> None:
    with app.app_context():
        number = make_customer(email="testi@example.com").number
    told = []
    for typed in ({"customer_number": number}, {"contact": "vieras@example.com", "customer_number": "99999999"}):
        shown = client.follow(client.submit("/en/requests/access", TYPED | typed))
        told.append(shown.text)
    for case in all_cases(app):
        told = [text.replace(case.public_id, "NUMBER") for text in told]
    assert told[0] == told[1]
    assert [case.customer_id for case in all_cases(app)] == [None, None]


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"name": ""}, "name"), ({"contact": "a@b"}, "contact"), ({"contact": "x"}, "contact"), ({"text": " "}, "text")],
)
def test_a_mistake_is_told_beside_its_field_and_what_was_typed_stays(
    app: Flask, client: Pages, typed: dict[str, str], field: str
) -> None:
    page = client.submit("/en/requests/correction", TYPED | typed)
    assert page.status == 422
    assert page.all("a", href=f"#{field}")
    kept = page.form_values()
    assert {name: kept[name] for name in TYPED} == TYPED | typed
    assert all_cases(app) == []


@pytest.mark.parametrize("kind", ["access", "correction"])
def test_an_empty_form_is_told_all_that_is_missing_at_once(client: Pages, kind: str) -> None:
    page = client.submit(f"/en/requests/{kind}", {})
    summary = [e.get("href") for e in page.all("div", id="error-summary")[0].iter("a")]
    assert (page.status, summary[:3]) == (422, ["#name", "#contact", "#text"])


def test_forms_are_limited_by_address_and_another_site_sends_none(app: Flask, client: Pages) -> None:
    assert client.post("/en/requests/access", dict(TYPED), Sec_Fetch_Site="cross-site").status == 403
    path = "/en/requests/access"
    for number in range(20):
        assert client.post(path, {**TYPED, "once": str(number)}).status == 303
    page = client.post(path, dict(TYPED))
    assert page.status == 429
    assert page.form_values()["text"] == TYPED["text"]
    assert len(all_cases(app)) == 20


@pytest.mark.parametrize("receipt", ["", "?receipt=forged"])
def test_a_forged_receipt_leads_to_the_ways_of_making_a_request(client: Pages, receipt: str) -> None:
    assert client.get(f"/en/requests/received{receipt}").location == "/en/requests"


@pytest.mark.parametrize(("language", "hours"), [("fi", "ma–pe 10–16"), ("en", "Mon–Fri 10:00–16:00")])
def test_every_way_to_make_a_request_stands_on_one_page(client: Pages, language: str, hours: str) -> None:
    page = client.get(f"/{language}/requests")
    links = page.links()
    for path in ("opt-out", "access", "correction", "opt-out.pdf", "access.pdf", "correction.pdf"):
        assert f"/{language}/requests/{path}" in links
    assert {f"/{language}/sign-in", f"/{language}/activate", f"/{language}/accountability", "tel:+3585885111"} <= set(
        links
    )
    assert "Hovioikeudenkatu 3" in page.text
    assert hours in page.text.replace("klo ", "")
    assert client.cookies() == set()


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_figures_are_linked_from_every_page_and_hide_small_numbers(
    app: Flask, client: Pages, frozen_clock: FrozenClock, language: str
) -> None:
    assert f"/{language}/accountability" in client.get(f"/{language}/").links()
    assert client.get(f"/{language}/accountability").all("table") == []
    with app.app_context():
        customer = make_customer()
        for kind, number in ((Kind.ACCESS, 7), (Kind.OPT_OUT, 1)):
            for _ in range(number):
                services.submit(
                    kind, customer_id=customer.id, text="", actor=customer_actor(customer.id), now=clock.now()
                )
    frozen_clock.at = frozen_clock.at.replace(year=2027, month=1)
    cells = ["".join(cell.itertext()).strip() for cell in client.get(f"/{language}/accountability").all("td")]
    hidden = {"fi": "ei näytetä", "en": "not shown"}[language]
    assert cells == ["7", hidden, hidden, "7", hidden]
