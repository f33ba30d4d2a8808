"""My permissions, as a customer uses the page."""

from collections.abc import Callable

import pytest
from flask import Flask

from portal.permissions import services
from portal.permissions.models import State
from tests.pages import Pages

SignIn = Callable[..., Pages]


def _states(app: Flask, pages: Pages) -> list[str]:
    with app.app_context():
        return [line.state.value for line in services.state_of(pages.person.customer_id)]


@pytest.mark.parametrize(
    ("language", "heading"), [("en", "My marketing permissions"), ("fi", "Omat markkinointiluvat")]
)
def test_the_page_shows_every_type_in_every_channel(sign_in: SignIn, language: str, heading: str) -> None:
    page = sign_in("customer").get(f"/{language}/my/permissions")
    assert page.status == 200
    assert len(page.all("tbody")) == 4
    assert sum(len(list(body.iter("tr"))) for body in page.all("tbody")) == 16
    assert page.heading == heading


def test_one_press_forbids_everything_and_the_page_says_from_when(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    pages.get("/en/my/permissions")
    answer = pages.post("/en/my/permissions", {"choice": "forbid-all"})
    assert answer.status == 303
    page = pages.follow(answer)
    assert "All direct marketing to you is forbidden from 24 November 2026, 10:00:00." in page.text
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
