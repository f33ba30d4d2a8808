"""The stories again, by somebody who has no mouse: only keys are pressed, and every stop on the way can be seen."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Portal

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

Open = Callable[..., Page]
SEEN = """() => {
    const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
        && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
}"""


def tab_to(page: Page, target: Locator, *, at_most: int = 60) -> None:
    """Go on with Tab to this element; wherever one stops, it shows."""
    expect(target).to_have_count(1)
    for _ in range(at_most):
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN), f"a stop that cannot be seen: {page.evaluate('document.activeElement.outerHTML')}"
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{at_most} times Tab did not reach {target}")


def test_a_visitor_skips_to_the_content_and_refuses_cookies(open_browser: Open) -> None:
    page = open_browser()
    page.goto("/en/privacy-notice")
    tab_to(page, page.locator("a.skip"), at_most=1)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"

    page.goto("/en/privacy-notice")
    tab_to(page, page.locator("#cookie-choice button[value=necessary-only]"), at_most=4)
    page.keyboard.press("Enter")
    expect(page.locator("#cookie-choice")).to_have_count(0)


def test_a_visitor_forbids_marketing_after_a_mistake(open_browser: Open) -> None:
    page = open_browser()
    page.goto("/en/requests/opt-out")
    tab_to(page, page.locator("main [name=contact]"))
    page.keyboard.press("Enter")  # nothing is typed yet
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    tab_to(page, summary.locator("a").first, at_most=1)
    page.keyboard.press("Enter")
    field = page.locator("main [name=contact]")
    expect(field).to_be_focused()
    field.press_sequentially("nobody@example.com")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/requests/opt-out" in address)
    expect(page.locator(".error-summary")).to_have_count(0)
    expect(page.locator("[role=status], .notice.good").first).to_be_visible()


def test_a_customer_asks_for_a_correction_and_a_clerk_decides_it(sign_in: Open, portal: Portal) -> None:
    customer = sign_in("customer", 0, "en")
    customer.goto("/en/my/requests/new/correction?field=phone")
    tab_to(customer, customer.locator("[name=items-0-proposed]"))
    customer.keyboard.press("ControlOrMeta+a")
    customer.keyboard.type("044 000 9876")
    tab_to(customer, customer.locator("[name=grounds]"))
    customer.keyboard.type("The number changed in November.")
    tab_to(customer, customer.get_by_role("button", name="Send the request"))
    customer.keyboard.press("Enter")
    customer.wait_for_url(re.compile(r"/en/my/requests/[A-Z0-9]{4}-[A-Z0-9]{4}"))
    public_id = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", customer.url)
    assert public_id

    clerk = sign_in("clerk", 0, "en")
    clerk.goto(f"/en/desk/requests?q={public_id[0]}")
    tab_to(clerk, clerk.locator(f"main table a[href$='{public_id[0]}']"))
    clerk.keyboard.press("Enter")
    clerk.wait_for_url(f"**/desk/requests/{public_id[0]}*")
    tab_to(clerk, clerk.locator("form:has(input[name=step][value=take]) button"))
    clerk.keyboard.press("Enter")
    expect(clerk.locator("form:has(input[name=step][value=take])")).to_have_count(0)
    granted = clerk.locator("#decide input[value=grant]")
    first = clerk.locator("#decide input[name=items-0-outcome]").first
    tab_to(clerk, first)
    while not granted.is_checked():
        clerk.keyboard.press("Space" if granted.evaluate("e => e === document.activeElement") else "ArrowDown")
    tab_to(clerk, clerk.locator("#decide button[type=submit]").first)
    clerk.keyboard.press("Enter")
    expect(clerk.locator("#decide")).to_have_count(0)
    number = portal.account("customer", 0)["customer_number"]
    assert "+358440009876" in str(portal.command("register", "show", number, "--json"))


def test_the_menu_of_a_person_opens_and_signs_out(sign_in: Open) -> None:
    page = sign_in("customer", 3, "en")
    tab_to(page, page.locator("details.menu summary"))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("details.menu button"), at_most=4)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in*")


def test_marketing_changes_the_period(sign_in: Open) -> None:
    page = sign_in("marketing", 0, "en")
    page.goto("/en/statistics/cookies")
    preset = page.locator("main a[href*='from=']").first
    told = preset.get_attribute("href")
    tab_to(page, preset)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{told}")
    expect(page.locator("main table").first).to_be_visible()
