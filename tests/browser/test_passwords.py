"""Passwords with the script: they can be shown, pasted and counted, by keyboard too."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Portal, accessibility_faults

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

Open = Callable[..., Page]


def test_a_password_is_shown_and_hidden_by_keyboard_and_sent_hidden(open_browser: Open) -> None:
    page = open_browser()
    page.goto("/en/sign-in")
    password = page.locator("[name=password]")
    show = page.get_by_role("button", name="Show password: Password")
    password.fill("kolme vihreää")
    password.press("Tab")
    expect(show).to_be_focused()
    expect(show).to_have_attribute("aria-pressed", "false")
    show.press("Enter")
    expect(password).to_have_attribute("type", "text")
    expect(show).to_have_attribute("aria-pressed", "true")
    assert accessibility_faults(page) == []
    show.press("Space")
    expect(password).to_have_attribute("type", "password")
    expect(password).to_have_value("kolme vihreää")
    show.press("Enter")
    page.evaluate("document.querySelector('main form').addEventListener('submit', e => e.preventDefault())")
    page.locator("[name=username]").press("Enter")
    expect(password).to_have_attribute("type", "password")
    expect(show).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    ("language", "begin", "short", "enough"),
    [
        ("en", "0 of 15 characters", "9 of 15 characters", "Long enough: 15 characters"),
        ("fi", "Merkkejä 0/15", "Merkkejä 9/15", "Riittävän pitkä: 15 merkkiä"),
    ],
)
def test_the_length_of_a_new_password_is_told_while_it_is_typed(
    sign_in: Open, language: str, begin: str, short: str, enough: str
) -> None:
    page = sign_in("customer", 0, language)
    page.goto(f"/{language}/my/security")
    seen, heard = (page.locator(f"[data-password-feedback] span:nth-child({n})") for n in (1, 2))
    field = page.locator("[name=new_password]")
    expect(seen).to_have_text(begin)
    expect(heard).to_have_text("")
    field.press_sequentially("nelj\u00e4 sin")
    expect(seen).to_have_text(short)
    expect(heard).to_have_text(short)
    field.fill("nelja\u0308 sinista\u0308 k")  # counted as the server counts: each letter with its dots once
    expect(seen).to_have_text(enough)
    assert accessibility_faults(page) == []
    field.fill("abababababababab")
    expect(seen).not_to_have_text(enough)


def test_a_password_can_be_pasted(sign_in: Open, portal: Portal) -> None:
    page = sign_in("customer", 0, "en")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=portal.address)
    page.goto("/en/my/security")
    page.evaluate("navigator.clipboard.writeText('viisi hidasta veturia')")
    for name in ("current_password", "new_password", "repeat_password"):
        page.locator(f"[name={name}]").press("Control+v")
        expect(page.locator(f"[name={name}]")).to_have_value("viisi hidasta veturia")


def test_what_was_typed_is_there_after_the_session_ended(open_browser: Open, portal: Portal) -> None:
    """As a person meets it: the whole way in a browser, with the cookies that a browser keeps."""
    account = portal.account("customer", 1)
    page = open_browser()

    def sign_in() -> None:
        page.fill("[name=username]", account["username"])
        page.fill("[name=password]", account["password"])
        page.click("main form button[type=submit]")

    page.goto("/en/sign-in")
    sign_in()
    page.wait_for_url("**/my/data*")
    page.goto("/en/my/requests/new/restriction")
    page.fill("textarea", "Please wait.\nThank you.")
    elsewhere = open_browser(storage_state=page.context.storage_state())
    elsewhere.goto("/en/my/devices")
    elsewhere.click("details.menu summary")
    elsewhere.click("details.menu button")
    elsewhere.wait_for_url("**/sign-in*")
    page.click("main form button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in?next=" in url)
    expect(page.locator("main [role=status]")).to_contain_text("what you typed is kept for half an hour")
    sign_in()
    page.wait_for_url("**/my/requests/new/restriction")
    expect(page.locator("textarea")).to_have_value("Please wait.\nThank you.")
    expect(page.locator("main [role=status]")).to_contain_text("Not sent yet")
    assert accessibility_faults(page) == []
    page.click("main form button[type=submit]")
    page.wait_for_url("**/my/requests/*-*")
    assert page.locator("p.pre").first.inner_text() == "Please wait.\nThank you."
