"""Why we may or may not contact a person: for clerks who have the customer open."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.catalogues.sources import Source
from portal.core import audit
from portal.core.audit import SYSTEM
from portal.core.db import db
from portal.permissions import services
from portal.permissions.models import Channel, MarketingType, State
from portal.register.models import Customer
from portal.subject_requests.models import SubjectRequest
from tests.conftest import FrozenClock
from tests.factories import make_customer, record_imported
from tests.pages import Page, Pages

SignIn = Callable[..., Pages]
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture
def customer(app: Flask) -> Customer:
    """Permission for advertising by e-mail from an order, selling by phone forbidden, the rest never chosen."""
    with app.app_context():
        made = make_customer(name="Aino Kuusilampi", email="aino@example.com")
        for type, channel, state in (
            (MarketingType.DIRECT_ADVERTISING, Channel.EMAIL, State.PERMISSION),
            (MarketingType.DISTANCE_SELLING, Channel.PHONE, State.PROHIBITION),
        ):
            record_imported(
                customer_id=made.id,
                type=type,
                channel=channel,
                state=state,
                given_on=date(2026, 1, 15),
                source=Source.ORDER,
                actor=SYSTEM,
                now=NOW,
            )
        return made


def opened(sign_in: SignIn, customer: Customer, role: str = "clerk") -> Pages:
    pages = sign_in(role)
    pages.get("/en/desk/customers")
    assert pages.post(f"/en/desk/customers/{customer.number}", {"purpose": "contact"}).status == 303
    return pages


def path_of(customer: Customer, language: str = "en") -> str:
    return f"/{language}/desk/customers/{customer.number}/permissions"


def cells(page: Page) -> dict[str, list[str]]:
    """What the table says, row by row."""
    (table,) = page.all("table")
    return {
        "".join(row[0].itertext()): [" ".join(" ".join(cell.itertext()).split()) for cell in row[1:]]
        for body in table.iter("tbody")
        for row in body.iter("tr")
    }


def test_each_kind_and_channel_is_answered_with_its_reason(sign_in: SignIn, customer: Customer) -> None:
    page = opened(sign_in, customer).get(path_of(customer))
    assert page.heading == "Why may (may not) we contact this person?"
    told = cells(page)
    assert list(told) == ["Direct advertising", "Distance selling", "Other direct marketing", "Permission to contact"]
    assert told["Direct advertising"][2] == "Allowed Permission given on 15 January 2026. Source: Order."
    assert told["Distance selling"][1] == (
        "Not allowed Forbidden on 15 January 2026. Source: Order. Only the person can lift it, signed in."
    )
    assert told["Other direct marketing"] == [
        "Allowed No choice made. By law, marketing by post and by a person who phones is allowed until it is "
        "forbidden (917/2014, section 200).",
        "Allowed No choice made. By law, marketing by post and by a person who phones is allowed until it is "
        "forbidden (917/2014, section 200).",
        "Not allowed No permission given. By law, e-mail and text messages need one first (917/2014, section 200).",
        "Not allowed No permission given. By law, e-mail and text messages need one first (917/2014, section 200).",
    ]


@pytest.mark.parametrize(
    ("facts", "row", "column", "answer"),
    [
        ({"status": "potential"}, "Distance selling", 0, "A potential customer is contacted only as they have"),
        ({"kind": "legal"}, "Distance selling", 2, "By law, an organisation may be contacted until it forbids that"),
        ({"is_protected": True}, "Distance selling", 0, "The address is protected by a non-disclosure order."),
        ({"phone": None}, "Distance selling", 1, "There is no contact point for this channel in the register."),
        ({"contract_ended_on": date(2026, 5, 1)}, "Distance selling", 0, "The customer relationship has ended."),
    ],
)
def test_everything_that_stands_in_the_way_is_told_to_the_clerk(
    app: Flask, sign_in: SignIn, facts: dict[str, object], row: str, column: int, answer: str
) -> None:
    with app.app_context():
        customer = make_customer(**facts)
        if facts.get("status") == "potential":  # without a permission it is hidden from the desk
            record_imported(
                customer_id=customer.id,
                type=MarketingType.CONTACT,
                channel=Channel.EMAIL,
                state=State.PERMISSION,
                given_on=date(2026, 1, 15),
                source=Source.QUOTE_REQUEST,
                actor=SYSTEM,
                now=NOW,
            )
    assert answer in cells(opened(sign_in, customer).get(path_of(customer)))[row][column]


def test_a_forbidden_contact_point_is_told_as_such(app: Flask, sign_in: SignIn, customer: Customer) -> None:
    with app.app_context():
        services.forbid_contact("aino@example.com", channels=[Channel.EMAIL], now=NOW)
    told = cells(opened(sign_in, customer).get(path_of(customer)))["Direct advertising"][2]
    assert told.startswith("Not allowed The contact point has been forbidden:")
    assert told.endswith("Permission given on 15 January 2026. Source: Order."), "what was given is still told"


def test_it_opens_only_with_a_purpose_and_is_a_view_that_the_customer_sees(
    app: Flask, sign_in: SignIn, customer: Customer, frozen_clock: FrozenClock
) -> None:
    pages = sign_in("clerk")
    answer = pages.get(path_of(customer))
    assert (answer.status, answer.location) == (303, f"/en/desk/customers/{customer.number}/open")
    pages = opened(sign_in, customer)
    for _ in range(2):
        pages.get(path_of(customer))
    with app.app_context():
        details = [entry.detail for entry in audit.viewings_of(customer.id)]
    assert [(d.unit, d.purpose) for d in details if d] == [("customer-service", "contact")] * 2
    frozen_clock.advance(timedelta(hours=13))
    assert sign_in(person=pages.person).get(path_of(customer)).status == 303  # type: ignore[attr-defined]


def test_only_the_desk_gets_there(client: Pages, sign_in: SignIn, customer: Customer) -> None:
    assert client.get(path_of(customer)).status == 302
    for role in ("customer", "marketing", "administrator"):
        assert sign_in(role).get(path_of(customer)).status == 403
    assert sign_in("clerk").get("/en/desk/customers/10009999/permissions").status == 404


def test_the_history_is_there_with_source_and_unit(sign_in: SignIn, customer: Customer) -> None:
    page = opened(sign_in, customer, "decision-maker").get(path_of(customer))
    (history,) = page.all("section", id="history")
    told = " ".join("".join(history.itertext()).split())
    assert "Distance selling, phone: Prohibition" in told
    assert "Before: No choice. Given on 15 January 2026. Source: Order (System)." in told


@pytest.mark.parametrize(("link", "left"), [(0, set()), (1, {"phone", "email", "sms"}), (2, {"post", "email", "sms"})])
def test_a_word_by_phone_is_recorded_through_the_intake_and_in_force_at_once(
    app: Flask, sign_in: SignIn, link: int, left: set[str]
) -> None:
    with app.app_context():
        customer = make_customer(kind="legal")
    pages = opened(sign_in, customer)
    page = pages.get(path_of(customer))
    paths = [path for path in page.links() if path.startswith("/en/desk/requests/new?")]
    assert len(paths) == 5, "everything, and each channel"
    form = pages.get(paths[link]).form_values("/en/desk/requests/new")
    assert (form["customer_number"], form["kind"]) == (customer.number, "opt-out")
    typed = {"channel": "phone", "received_on": "2026-11-24", "text": "No more of this, please."}
    answer = pages.post(paths[link], {**form, **typed})
    assert answer.status == 303
    with app.app_context():
        allowed = {line.channel.value for line in services.state_of(customer.id) if line.is_allowed}
    assert allowed == left
    told = cells(pages.get(path_of(customer)))["Direct advertising"]
    assert sum("Source: Other contact with the customer." in cell for cell in told) == 4 - len(left)


def test_an_opt_out_that_came_by_letter_is_in_force_for_a_contact_alone(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        known = make_customer(kind="legal", email="paja@example.com")
    pages = sign_in("clerk")
    typed = {"channel": "letter", "received_on": "2026-11-24", "kind": "opt-out", "text": "No advertising."}
    for contact in ("paja@example.com", "stranger@example.com"):
        answer = pages.submit("/en/desk/requests/new", {**typed, "contact": contact})
        assert answer.status == 303
        assert "Answered" in pages.follow(answer).text
    with app.app_context():
        assert not any(line.is_allowed for line in services.state_of(known.id))
        later = make_customer(kind="legal", email="stranger@example.com")
        assert not services.may_contact(customer_id=later.id, type=MarketingType.CONTACT, channel=Channel.EMAIL)


def test_what_no_channel_can_be_forbidden_for_is_told_beside_the_field(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("clerk")
    typed = {"channel": "letter", "received_on": "2026-11-24", "kind": "opt-out", "text": "No advertising."}
    page = pages.submit("/en/desk/requests/new", {**typed, "contact": "x@example.com", "forbidden": "phone"})
    assert page.status == 422
    assert page.all("a", href="#forbidden")
    page = pages.submit("/en/desk/requests/new", {**typed, "contact": "somebody from the town"})
    assert page.status == 422
    assert page.all("a", href="#contact")
    assert page.form_values("/en/desk/requests/new")["text"] == "No advertising."


def test_what_the_address_misspells_begins_an_empty_form(sign_in: SignIn) -> None:
    pages = sign_in("clerk")
    form = pages.get("/en/desk/requests/new?kind=x&forbidden=pigeon&customer_number=12").form_values()
    assert (form["forbidden"], form["customer_number"]) == ("all", "12")


def test_an_opt_out_recorded_twice_is_one_case(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("clerk")
    typed = {"channel": "letter", "received_on": "2026-11-24", "kind": "opt-out", "text": "No advertising."}
    form = pages.get("/en/desk/requests/new").form_values()
    answers = [
        pages.post("/en/desk/requests/new", {**form, **typed, "contact": "stranger@example.com"}) for _ in range(2)
    ]
    assert answers[0].location == answers[1].location
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SubjectRequest)) == 1
