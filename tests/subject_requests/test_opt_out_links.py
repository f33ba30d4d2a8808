"""Forbidding by the link of a marketing message: no sign-in, at once, and as a mail program does it (RFC 8058)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from portal.core import audit, clock
from portal.core.audit import SYSTEM
from portal.core.db import db, transaction
from portal.messages.models import Message
from portal.permissions import services as permissions
from portal.permissions import suppression
from portal.permissions.models import Channel, MarketingType, State
from portal.register.marketing_list import marketing_list
from portal.register.models import Customer
from portal.subject_requests.models import SubjectRequest
from tests.conftest import FrozenClock
from tests.factories import make_customer
from tests.pages import BROWSER, Page, Pages

SignIn = Callable[..., Pages]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
ADVERTISING = MarketingType.DIRECT_ADVERTISING


@pytest.fixture
def customer(app: Flask) -> Customer:
    with app.app_context():
        return make_customer(kind="legal", name="Esimerkkipaja Oy", email="paja@example.com", phone="+358440001111")


def path_of(app: Flask, channel: Channel, language: str = "en") -> str:
    """The link that the list gives for the message to the customer."""
    with app.app_context():
        (contact,) = marketing_list(type=ADVERTISING, channel=channel, actor=SYSTEM, now=clock.now())
    link = contact.opt_out_url.removeprefix("http://localhost:8000")
    assert link.startswith("/fi/opt-out/"), "in the customer's language"
    return link.replace("/fi/", f"/{language}/", 1)


def listed(app: Flask) -> set[str]:
    """In which channels somebody is on a list."""
    with app.app_context():
        return {
            channel.value
            for channel in Channel
            for type in MarketingType
            if marketing_list(type=type, channel=channel, actor=SYSTEM, now=clock.now())
        }


def count(app: Flask, table: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(
    ("language", "heading", "done"),
    [
        ("en", "Forbid marketing by e-mail", "Marketing by e-mail is forbidden"),
        ("fi", "Kiellä markkinointi sähköpostilla", "Markkinointi sähköpostilla on kielletty"),
    ],
)
def test_one_button_forbids_the_channel_of_the_message(
    app: Flask, client: Pages, customer: Customer, language: str, heading: str, done: str
) -> None:
    path = path_of(app, Channel.EMAIL, language)
    page = client.get(path)
    assert page.heading == heading
    buttons = page.all("button", name="forbid")
    assert [button.get("value") for button in buttons] == ["channel", "everything"]
    answer = client.post(path, {"forbid": "channel"})
    assert answer.status == 303
    shown = client.follow(answer)
    assert shown.heading == done
    assert listed(app) == {"post", "phone", "sms"}
    assert client.cookies() == set()


def test_the_second_button_forbids_everything(app: Flask, client: Pages, customer: Customer) -> None:
    path = path_of(app, Channel.SMS)
    client.get(path)
    shown = client.follow(client.post(path, {"forbid": "everything"}))
    assert shown.heading == "All direct marketing is forbidden"
    assert listed(app) == set()
    assert not shown.all("button", value="everything")


def test_everything_can_still_be_forbidden_afterwards(app: Flask, client: Pages, customer: Customer) -> None:
    path = path_of(app, Channel.PHONE)
    client.get(path)
    shown = client.follow(client.post(path, {"forbid": "channel"}))
    (form,) = [form for form in shown.all("form") if form.get("action") == path]
    assert [button.get("value") for button in form.iter("button")] == ["everything"]
    client.post(path, {"forbid": "everything"})
    assert listed(app) == set()


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_link_changes_nothing(app: Flask, client: Pages, customer: Customer, method: str) -> None:
    path = path_of(app, Channel.EMAIL)
    answer = getattr(client.browser, method)(path, headers=BROWSER)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert listed(app) == {"post", "phone", "email", "sms"}
    assert count(app, SubjectRequest) == 0


def test_a_mail_program_unsubscribes_with_one_post_and_no_origin(app: Flask, client: Pages, customer: Customer) -> None:
    path = path_of(app, Channel.EMAIL)
    answer = client.browser.post(path, data=ONE_CLICK)
    assert answer.status_code == 200, "and is not sent elsewhere"
    assert "Set-Cookie" not in answer.headers
    assert listed(app) == {"post", "phone", "sms"}
    answer = client.browser.post(path, data=ONE_CLICK, content_type="multipart/form-data")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"forbid": "everything"},
        {"forbid": "everything", **ONE_CLICK},
        {"List-Unsubscribe": "one-click"},
        {"List-Unsubscribe": ["One-Click", "One-Click"]},
    ],
)
def test_any_other_post_without_an_origin_is_refused(
    app: Flask, client: Pages, customer: Customer, data: dict[str, object]
) -> None:
    path = path_of(app, Channel.EMAIL)
    assert client.browser.post(path, data=data).status_code == 403
    assert client.browser.post(path, data=data, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.browser.post(path, json=data).status_code == 403
    assert "email" in listed(app)


@pytest.mark.parametrize("path", ["/en/requests/opt-out", "/en/cookies", "/en/my/permissions", "/en/sign-in"])
def test_the_way_of_mail_programs_is_open_nowhere_else(client: Pages, path: str) -> None:
    assert client.browser.post(path, data=ONE_CLICK).status_code == 403


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("language", "heading"), [("en", "This link does not work"), ("fi", "Linkki ei toimi")])
def test_a_forged_link_leads_to_the_form(client: Pages, language: str, heading: str, method: str) -> None:
    path = f"/{language}/opt-out/eyJmb3JnZWQiOjF9.signature"
    page = client.get(path) if method == "GET" else client.post(path, ONE_CLICK)
    assert page.status == 410
    assert page.heading == heading
    assert f"/{language}/requests/opt-out" in page.links()
    assert client.get(f"{path}/done?receipt=x").location == path


def test_a_forged_receipt_tells_nothing(app: Flask, client: Pages, customer: Customer) -> None:
    path = path_of(app, Channel.EMAIL)
    assert client.get(f"{path}/done?receipt=forged").location == path


def test_the_link_works_for_somebody_who_has_been_erased_and_comes_back(
    app: Flask, client: Pages, customer: Customer
) -> None:
    path = path_of(app, Channel.PHONE)
    with app.app_context(), transaction():
        permissions.forget(customer.id, now=clock.now())
        db.session.execute(delete(Customer).where(Customer.id == customer.id))
    client.get(path)
    assert client.post(path, {"forbid": "everything"}).status == 303
    with app.app_context():
        entry = audit.latest(limit=1)[0]
        assert entry.detail is not None
        assert (entry.event.action.value, entry.detail.unit, entry.detail.subject) == (
            "permission:change",
            "visitor",
            None,
        )
        make_customer(kind="legal", phone="+358440001111", email="paja@example.com")
    assert listed(app) == {"post", "email"}, "the phone number is all that the link knew"


def test_the_link_of_an_old_message_covers_the_old_contact_and_the_person(
    app: Flask, client: Pages, customer: Customer
) -> None:
    path = path_of(app, Channel.EMAIL)
    with app.app_context(), transaction():
        db.session.get_one(Customer, customer.id).email = "uusi@example.com"
    client.get(path)
    client.post(path, {"forbid": "channel"})
    assert "email" not in listed(app)
    with app.app_context():
        for contact in ("paja@example.com", "uusi@example.com"):
            assert suppression.is_suppressed(contact, type=ADVERTISING, channel=Channel.EMAIL)


def test_pressing_again_makes_no_second_case_and_no_second_mail(
    app: Flask, client: Pages, customer: Customer, frozen_clock: FrozenClock
) -> None:
    path = path_of(app, Channel.EMAIL)
    for _ in range(3):
        assert client.browser.post(path, data=ONE_CLICK).status_code == 200
    assert (count(app, SubjectRequest), count(app, Message)) == (1, 1)
    frozen_clock.advance(timedelta(minutes=1))
    client.get(path)
    client.post(path, {"forbid": "everything"})
    assert count(app, SubjectRequest) == 1
    assert listed(app) == set()


def test_what_was_before_the_person_is_kept(app: Flask, client: Pages, customer: Customer) -> None:
    path = path_of(app, Channel.EMAIL, "fi")
    client.get(path)
    client.post(path, {"forbid": "channel"})
    with app.app_context():
        (act,) = permissions.acts_of(customer.id)
    assert act.language == "fi"
    assert act.wording is not None and act.wording.startswith("Kiellä markkinointi sähköpostilla\n")
    assert "[Kiellä markkinointi minulle sähköpostilla]" in act.wording


def test_only_signing_in_undoes_it(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    customer_id = pages.person.customer_id  # type: ignore[attr-defined]
    path = path_of(app, Channel.PHONE)
    visitor = Pages(app)
    visitor.get(path)
    shown = visitor.follow(visitor.post(path, {"forbid": "channel"}))
    assert "/en/my/permissions" in shown.links()
    assert visitor.get("/en/my/permissions").location == "/en/sign-in?next=/en/my/permissions"
    pages.get("/en/my/permissions")
    pages.post("/en/my/permissions", {"type": "direct-advertising", "channel": "phone", "choice": "allow"})
    with app.app_context():
        states = {(line.type, line.channel): line.state for line in permissions.state_of(customer_id)}
    assert states[ADVERTISING, Channel.PHONE] is State.PERMISSION
    assert states[MarketingType.CONTACT, Channel.PHONE] is State.PROHIBITION


def _forbidden_to(page: Page) -> list[str]:
    return [button.get("value", "") for button in page.all("button", name="forbid")]


@pytest.mark.parametrize("channel", list(Channel))
def test_every_channel_has_its_page(app: Flask, client: Pages, customer: Customer, channel: Channel) -> None:
    for language in ("fi", "en"):
        page = client.get(path_of(app, channel, language))
        assert _forbidden_to(page) == ["channel", "everything"]
    client.get(path_of(app, channel))
    assert client.follow(client.post(path_of(app, channel), {"forbid": "channel"})).status == 200
    assert channel.value not in listed(app)
