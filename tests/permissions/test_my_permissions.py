"""My permissions, as a customer uses the page."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import select

from portal.consents.models import ConsentText
from portal.core import clock
from portal.core.db import db
from portal.permissions import services
from portal.permissions.models import Channel, State, Suppression
from tests.conftest import FrozenClock
from tests.factories import make_customer
from tests.pages import Page, Pages

SignIn = Callable[..., Pages]


def _states(app: Flask, pages: Pages) -> list[str]:
    with app.app_context():
        return [line.state.value for line in services.state_of(pages.person.customer_id)]


@pytest.mark.parametrize(("language", "heading"), [("en", "Marketing choices"), ("fi", "Markkinointivalinnat")])
def test_the_page_shows_every_type_in_every_channel(sign_in: SignIn, language: str, heading: str) -> None:
    page = sign_in("customer").get(f"/{language}/my/permissions")
    assert page.status == 200
    assert len(page.all("tbody")) == 4
    assert [section.get("id") for section in page.all("section") if section.find("h3") is not None] == [
        "direct-advertising",
        "distance-selling",
        "other-direct-marketing",
        "contact",
    ]
    assert sum(len(list(body.iter("tr"))) for body in page.all("tbody")) == 16
    assert page.heading == heading


def test_one_press_forbids_everything_and_the_page_says_from_when(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    pages.get("/en/my/permissions")
    answer = pages.post("/en/my/permissions", {"choice": "forbid-all"})
    assert answer.status == 303
    page = pages.follow(answer)
    assert "All direct marketing to you is forbidden from 24 November 2026, 10:00." in page.text
    assert _states(app, pages) == ["prohibition"] * 16


def test_a_line_is_allowed_and_undone_on_the_same_page(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    pages.get("/en/my/permissions")
    line = {"type": "direct-advertising", "channel": "email"}
    page = pages.follow(pages.post("/en/my/permissions", {**line, "choice": "allow"}))
    assert "Direct advertising, E-mail: your choice is in force from" in page.text
    assert _states(app, pages).count(State.PERMISSION) == 1
    pages.post("/en/my/permissions", {**line, "choice": "withdraw"})
    assert _states(app, pages) == ["none"] * 16
    history = pages.get("/en/my/permissions").all("section", id="history")[0]
    assert len([e for e in history.iter("ol") for _ in e if e.get("class") == "timeline"]) == 2


@pytest.mark.parametrize(
    "data",
    [{}, {"choice": "allow"}, {"type": "x", "channel": "email", "choice": "allow"}, {"choice": "everything"}],
)
def test_a_choice_of_something_unknown_is_a_clear_error(app: Flask, sign_in: SignIn, data: dict[str, object]) -> None:
    pages = sign_in("customer")
    pages.get("/en/my/permissions")
    page = pages.post("/en/my/permissions", data)
    assert page.status == 422
    assert "Choose one of the options on the page." in page.text
    assert _states(app, pages) == ["none"] * 16


def test_the_page_is_for_customers_only(client: Pages, sign_in: SignIn) -> None:
    assert client.get("/en/my/permissions").status == 302
    assert sign_in("clerk").get("/en/my/permissions").status == 403


LINE = {"type": "direct-advertising", "channel": "phone"}


def _notices(page: Page) -> list[str]:
    return [" ".join("".join(e.itertext()).split()) for e in page.all("div", role="status")]


def _chips(page: Page) -> list[str]:
    return ["".join(e.itertext()) for e in page.all("span", class_="chip")]


def _buttons(page: Page, **hidden: str) -> list[dict[str, str]]:
    forms = [
        {e.get("name", ""): e.get("value", "") for e in form.iter("input")}
        for form in page.all("form", action="/en/my/permissions")
    ]
    return [form for form in forms if hidden.items() <= form.items()]


def test_what_the_law_says_without_a_choice_is_told_in_words_with_the_reason(app: Flask, sign_in: SignIn) -> None:
    page = sign_in("customer").get("/en/my/permissions")
    (defaults,) = page.all("section", id="defaults")
    told = ["".join(e.itertext()) for e in defaults.iter("dd")]
    assert [text.split(".")[0] for text in told] == [
        "Allowed until you forbid it",
        "Not allowed without your permission",
    ]
    assert ["".join(e.itertext()) for e in defaults.iter("dt")] == ["Post, phone", "E-mail, text message"]
    assert all("(917/2014, section 200)" in text for text in told)
    assert page.text.count("No choice: allowed by law until you forbid it") == 8
    assert page.text.count("No choice: not allowed without your permission") == 8


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"kind": "legal"}, ["(917/2014, section 202)", "No choice: allowed by law until you forbid it"]),
        ({"status": "potential"}, ["While you are not our customer", "No choice: not allowed without your permission"]),
        ({"phone": None, "email": ""}, ["We hold no phone number of yours.", "We hold no e-mail address of yours."]),
        ({"is_protected": True}, ["Your address is protected, so we send no marketing by post."]),
        ({"contract_ended_on": date(2026, 5, 1)}, ["Your customer relationship has ended"]),
    ],
)
def test_what_stands_in_the_way_is_told(
    app: Flask, sign_in: SignIn, facts: dict[str, object], words: list[str]
) -> None:
    with app.app_context():
        customer = make_customer(**facts)
    page = sign_in("customer", customer_id=customer.id).get("/en/my/permissions")
    assert [text for text in words if text not in page.text] == []


def test_a_change_is_undone_from_the_notice_that_tells_of_it(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    pages.get("/en/my/permissions")
    page = pages.follow(pages.post("/en/my/permissions", {**LINE, "choice": "forbid"}))
    (undo,) = _buttons(page, choice="undo")
    assert len(_notices(page)) == 1
    page = pages.follow(pages.post("/en/my/permissions", undo))
    assert _notices(page) == ["The change has been undone from 24 November 2026, 10:00."]
    assert _states(app, pages) == ["none"] * 16
    page = pages.follow(pages.post("/en/my/permissions", undo))
    assert _notices(page) == ["Nothing was undone: you have changed this since."]
    assert not _buttons(pages.get("/en/my/permissions"), choice="undo")


def test_forbidding_all_is_undone_line_by_line_to_what_each_was(
    app: Flask, sign_in: SignIn, frozen_clock: FrozenClock
) -> None:
    pages = sign_in("customer")
    pages.get("/en/my/permissions")
    pages.post("/en/my/permissions", {**LINE, "choice": "forbid"})
    pages.post("/en/my/permissions", {"type": "contact", "channel": "email", "choice": "allow"})
    before = _states(app, pages)
    frozen_clock.advance(timedelta(minutes=1))
    page = pages.follow(pages.post("/en/my/permissions", {"choice": "forbid-all"}))
    assert _states(app, pages) == ["prohibition"] * 16
    assert "15 lines: Prohibition" in page.text
    frozen_clock.advance(timedelta(minutes=1))
    undo = _buttons(page, choice="undo")[-1]
    pages.post("/en/my/permissions", undo)
    assert _states(app, pages) == before
    with app.app_context():
        marked = [m.channel.value for m in db.session.scalars(select(Suppression))]
    assert marked == ["phone"], "what was forbidden before stays, the other marks are gone"


def test_somebody_elses_act_is_not_found(app: Flask, sign_in: SignIn) -> None:
    one, other = sign_in("customer"), sign_in("customer")
    one.get("/en/my/permissions")
    page = one.follow(one.post("/en/my/permissions", {**LINE, "choice": "forbid"}))
    (undo,) = _buttons(page, choice="undo")
    other.get("/en/my/permissions")
    assert other.post("/en/my/permissions", {"choice": "undo", "act": undo["act"]}).status == 404
    assert other.post("/en/my/permissions", {"choice": "undo", "act": "x"}).status == 404
    assert _states(app, one).count("prohibition") == 1


def test_choosing_what_is_so_already_says_so_and_changes_nothing(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    pages.get("/en/my/permissions")
    pages.post("/en/my/permissions", {**LINE, "choice": "forbid"})
    page = pages.follow(pages.post("/en/my/permissions", {**LINE, "choice": "forbid"}))
    assert _notices(page)[-1] == "Direct advertising, Phone: your choice was in force already."
    with app.app_context():
        assert len(services.history_of(pages.person.customer_id)) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_history_keeps_the_words_that_were_before_the_person(app: Flask, sign_in: SignIn, language: str) -> None:
    path = f"/{language}/my/permissions"
    pages = sign_in("customer")
    shown = pages.get(path)
    title = shown.heading
    pages.post(path, {"type": "distance-selling", "channel": "sms", "choice": "allow"})
    pages.post(path, {"choice": "forbid-all"})
    for other in ("fi", "en"):
        page = pages.get(f"/{other}/my/permissions")
        (history,) = page.all("section", id="history")
        wordings = [e for e in history.iter("p") if e.get("class") == "pre"]
        assert {e.get("lang") for e in wordings} == {language}
        assert all("".join(e.itertext()).startswith(f"{title}\n") for e in wordings)
    with app.app_context():
        acts = services.acts_of(pages.person.customer_id)  # type: ignore[attr-defined]
        assert {act.language for act in acts} == {language}
        assert sorted(len(act.events) for act in acts) == [1, 16]
        for act in acts:
            kept = db.session.get_one(ConsentText, act.events[0].wording_sha256)
            assert sha256(kept.body).hexdigest() == kept.sha256 == act.events[0].wording_sha256
            assert kept.body.decode() == act.wording


def test_every_sentence_that_is_kept_stood_on_the_page(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    page = pages.get("/en/my/permissions")
    before = page.text
    pages.post("/en/my/permissions", {"type": "distance-selling", "channel": "sms", "choice": "allow"})
    pages.post("/en/my/permissions", {"choice": "forbid-all"})
    with app.app_context():
        acts = services.acts_of(pages.person.customer_id)  # type: ignore[attr-defined]
        sentences = {line for act in acts for line in (act.wording or "").splitlines()}
    parts = {part for line in sentences for part in re.split(r"[][]+|^Distance selling: |^Text message: ", line)}
    assert [part for part in parts if part.strip() and part.strip() not in before] == []


def test_a_contact_that_somebody_forbade_without_signing_in_is_opened_by_allowing(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    with app.app_context():
        services.forbid_contact("+358440001234", channels=[Channel.PHONE], now=clock.now())
    page = pages.get("/en/my/permissions")
    assert _chips(page).count("Not allowed: this contact has been forbidden") == 4
    assert "Allow opens it again for you." in page.text
    page = pages.follow(pages.post("/en/my/permissions", {**LINE, "choice": "allow"}))
    assert _chips(page).count("Not allowed: this contact has been forbidden") == 3
    assert _chips(page).count("Allowed: permission given") == 1
