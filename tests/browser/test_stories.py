"""The four stories of the portal, told by a real browser, with axe on every page on the way."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Portal, accessibility_faults

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LANGUAGES = ("fi", "en")
Open = Callable[..., Page]


def sound(page: Page) -> None:
    """The page on the screen has no fault that axe knows, and does not scroll sideways."""
    assert accessibility_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{page.url} scrolls sideways"


def stored(page: Page) -> list[str]:
    """Everything this browser keeps for the portal."""
    names = [cookie["name"] for cookie in page.context.cookies()]
    names += page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
    return sorted([*names, *page.evaluate("indexedDB.databases().then(found => found.map(d => d.name))")])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_visitor_reads_the_notice_and_chooses_cookies(open_browser: Open, portal: Portal, language: str) -> None:
    page = open_browser()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for path in ("", "privacy-notice", "cookies", "services", "contact", "accessibility", "requests/opt-out"):
        page.goto(f"/{language}/{path}")
        sound(page)
        assert stored(page) == [], f"{page.url} stored something before a choice"
    assert [url for url in requests if not url.startswith(portal.address)] == []

    page.goto(f"/{language}/privacy-notice")
    banner = page.locator("section#cookie-choice")
    accept, refuse = banner.locator("button[name=choice]").all()
    look = (
        "e => { const s = getComputedStyle(e);"
        " return [s.color, s.backgroundColor, s.fontSize, s.fontWeight, s.padding] }"
    )
    assert accept.evaluate(look) == refuse.evaluate(look)
    first, second = accept.bounding_box(), refuse.bounding_box()
    assert first and second
    assert (round(first["width"]), round(first["height"])) == (round(second["width"]), round(second["height"]))
    assert first["height"] >= 44

    refuse.click()
    page.wait_for_url(f"**/{language}/privacy-notice*")
    expect(page.locator("section#cookie-choice")).to_have_count(0)
    assert stored(page) == ["consent"]
    page.goto(f"/{language}/cookies")
    sound(page)
    code = re.search(r"[A-Z0-9]{4}(?:-[A-Z0-9]{4})+", page.inner_text("main"))
    assert code, "the page tells the code of the record"
    record = portal.command("consents", "show", code[0], "--json")
    assert record["categories"] == {"functional": "no", "analytics": "no", "marketing": "no"}
    assert record["language"] == language
    assert record["texts"]
    assert portal.command("consents", "verify", "--json")["ok"]


def test_the_choice_works_without_javascript(open_browser: Open) -> None:
    page = open_browser(java_script_enabled=False)
    page.goto("/fi/")
    page.click("button[value=accept-all]")
    page.wait_for_load_state()
    assert page.locator("section#cookie-choice").count() == 0
    assert sorted(cookie["name"] for cookie in page.context.cookies()) == ["consent", "visit"]


def test_focus_leaves_the_banner_and_nothing_is_cut_at_four_hundred_percent(open_browser: Open) -> None:
    page = open_browser(viewport={"width": 320, "height": 256})
    page.goto("/fi/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("!!document.activeElement.closest('#cookie-choice')"))
    assert True in seen
    assert seen[-1] is False


def test_nothing_moves_while_the_first_page_loads(open_browser: Open) -> None:
    page = open_browser()
    page.goto("/fi/")
    shift = page.evaluate(
        """() => new Promise(done => {
            let total = 0;
            new PerformanceObserver(list => list.getEntries().forEach(e => total += e.value))
                .observe({type: 'layout-shift', buffered: true});
            requestAnimationFrame(() => requestAnimationFrame(() => done(total)));
        })"""
    )
    assert shift == 0


def test_the_first_page_arrives_within_one_window(open_browser: Open) -> None:
    page = open_browser()
    page.goto("/fi/")
    sizes = page.evaluate(
        """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
            .filter(e => ['navigation', 'link', 'script', 'css'].includes(e.initiatorType) && !e.name.endsWith('.svg')
                         && !e.name.endsWith('.ico'))
            .map(e => e.encodedBodySize)"""
    )
    assert len(sizes) >= 3
    assert 0 < sum(sizes) <= 14_336


def test_a_customer_sees_corrects_and_forbids_and_a_clerk_decides(sign_in: Open, portal: Portal) -> None:
    customer = sign_in("customer", 1, "en")
    assert portal.account("customer", 1)["language"] == "en"
    customer.goto("/en/my/data")
    sound(customer)
    assert re.search(r"\d{6}.\*{4}", customer.inner_text("main")), "the identity code is masked"

    # forbids all direct marketing in one click
    customer.goto("/en/my/permissions")
    sound(customer)
    customer.click("#forbid-all button")
    customer.wait_for_load_state()
    sound(customer)
    number = portal.account("customer", 1)["customer_number"]
    for channel in ("post", "phone", "email", "sms"):
        listed = portal.command(
            "register", "marketing-list", "--type", "direct-advertising", "--channel", channel, "--json"
        )
        assert number not in str(listed)

    # asks for a correction of the phone number
    customer.goto("/en/my/requests/new/correction?field=phone")
    sound(customer)
    customer.fill("[name=items-0-proposed]", "044 000 1234")
    customer.fill("[name=grounds]", "The number changed in October.")
    customer.click("main form[method=post] button:not(.visually-hidden):has-text('Send the request')")
    customer.wait_for_url(re.compile(r"/en/my/requests/[A-Z0-9]{4}-[A-Z0-9]{4}"))
    sound(customer)
    address = customer.url.split("?")[0]
    public_id = address.rsplit("/", 1)[1]

    # a clerk takes it, compares and decides
    clerk = sign_in("clerk", 0)
    clerk.goto("/fi/desk/requests")
    sound(clerk)
    clerk.goto(f"/fi/desk/requests/{public_id}")
    sound(clerk)
    clerk.click("form:has(input[name=step][value=take]) button")
    clerk.wait_for_load_state()
    sound(clerk)
    words = clerk.inner_text("#request")
    assert "1234" in words
    clerk.check("#decide input[value=grant]")
    clerk.click("#decide button[type=submit]")
    clerk.wait_for_load_state()
    shown = portal.command("register", "show", number, "--json")
    assert "+358440001234" in str(shown), "the register changed with the decision"
    clerk.click("form:has(input[name=step][value=answer]) button")
    clerk.wait_for_load_state()
    sound(clerk)

    # the customer sees the outcome and the letter
    customer.goto(address)
    sound(customer)
    letter = customer.request.get(f"{address}/letter.pdf")
    assert letter.ok
    assert letter.body().startswith(b"%PDF-")
    assert portal.command("audit", "verify", "--json")["ok"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_marketing_reads_figures_and_reaches_no_person(sign_in: Open, language: str) -> None:
    page = sign_in("marketing", 0, language)
    for name in ("cookies", "permissions", "usage"):
        page.goto(f"/{language}/statistics/{name}")
        sound(page)
        charts = page.locator("figure[data-chart] img")
        assert charts.count() >= 1
        charts.first.scroll_into_view_if_needed()
        expect(charts.first).to_have_js_property("complete", True)
        assert charts.first.evaluate("image => image.naturalWidth") > 0
        assert page.locator("table tbody tr").count() >= 1
    for path in ("desk/requests", "desk/customers", "my/data", "admin/users", "admin/audit"):
        response = page.request.get(f"/{language}/{path}", max_redirects=0)
        assert response.status == 403, path


def test_my_data_is_opened_from_its_contents_and_is_whole_in_print(sign_in: Open) -> None:
    page = sign_in("customer", 0, "en", viewport={"width": 360, "height": 740})
    page.goto("/en/my/data")
    billing = page.locator("#in-billing")
    assert not billing.is_visible()
    page.click("nav.toc a[href='#in-billing']")
    billing.wait_for(state="visible")
    page.goto("/en/my/data")
    page.emulate_media(media="print")
    assert page.evaluate("[...document.querySelectorAll('.folded > div')].every(part => part.checkVisibility())")


@pytest.mark.parametrize(
    ("role", "paths"),
    [
        (
            "customer",
            [
                "my/data",
                "my/permissions",
                "my/requests",
                "my/requests/new/correction",
                "my/consents",
                "my/viewings",
                "my/devices",
                "my/security",
                "my/contact",
                "my/contact/email",
                "my/account/close",
            ],
        ),
        ("clerk", ["desk/requests", "desk/requests/new", "desk/customers"]),
        ("administrator", ["admin/users", "admin/users/new", "admin/audit", "admin/system"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_role_is_sound_on_a_phone_and_in_the_dark(
    sign_in: Open, role: str, paths: list[str], language: str
) -> None:
    page = sign_in(role, 0, language, viewport={"width": 360, "height": 740}, color_scheme="dark")
    for path in paths:
        response = page.goto(f"/{language}/{path}")
        assert response
        assert response.status == 200, path
        sound(page)


def test_a_remembered_customer_comes_back_and_nobody_is_remembered_after_signing_out(
    open_browser: Open, portal: Portal
) -> None:
    account = portal.account("customer", 2)
    page = open_browser()
    page.goto("/en/sign-in")
    expect(page.locator("[name=remember]")).not_to_be_checked()
    page.fill("[name=username]", account["username"])
    page.fill("[name=password]", account["password"])
    page.check("[name=remember]")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/my/data*")
    assert stored(page) == ["consent", "remember", "session"]
    page.context.clear_cookies(name="session")
    page.goto("/en/my/data")
    assert page.url.endswith("/en/my/data")
    kept = page.context.cookies()
    page.click("details.menu summary")
    page.click("details.menu button")
    page.wait_for_url("**/sign-in*")
    page.context.clear_cookies()
    page.context.add_cookies(kept)
    page.goto("/en/my/data")
    assert "/sign-in" in page.url, "saved cookies are dead after signing out"
