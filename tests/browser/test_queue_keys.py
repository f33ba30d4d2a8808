"""The keys of the queue: they help somebody in the list, and never disturb somebody who types."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import accessibility_faults

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_clerk_walks_the_queue_with_keys_that_are_silent_elsewhere(sign_in: Callable[..., Page]) -> None:
    page = sign_in("clerk", language="en")
    page.goto("/en/desk/requests")
    queue = page.url
    rows = page.locator("[data-queue-row]")
    search = page.locator("[data-queue-search] input").first

    for key in ("j", "n", "?", "/"):  # the focus is nowhere: nothing happens
        page.keyboard.press(key)
    assert page.url == queue
    expect(page.locator("details[data-queue-help]")).not_to_have_attribute("open", "")
    expect(search).not_to_be_focused()

    page.locator("a.skip[href='#queue']").press("Enter")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("ArrowUp")
    expect(rows.nth(0)).to_be_focused()

    page.keyboard.press("?")
    expect(page.locator("[data-queue-help] summary")).to_be_focused()
    expect(page.get_by_text("Previous request")).to_be_visible()
    assert accessibility_faults(page) == []
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()

    page.keyboard.press("/")
    expect(search).to_be_focused()
    search.press_sequentially("jkno?/")
    expect(search).to_have_value("jkno?/")
    assert page.url.split("#")[0] == queue

    rows.nth(0).focus()
    page.keyboard.press("o")
    page.wait_for_url("**/desk/requests/*-*")
    page.goto("/en/desk/requests#queue")
    page.keyboard.press("n")
    page.wait_for_url("**/desk/requests/new")
