"""Pages in their less happy states, sent empty or with nothing to show: sound for axe, and saying what to do."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_stories import sound

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

Open = Callable[..., Page]
SEND_EMPTY = """path => {
    const form = [...document.querySelectorAll('main form[method=post]')]
        .find(form => form.querySelector('.input, [type=radio], [type=checkbox]'));
    form.noValidate = true;
    form.querySelectorAll('.input:not([readonly])').forEach(field => field.value = '');
    form.querySelectorAll('[type=radio], [type=checkbox]').forEach(field => field.checked = false);
    form.requestSubmit();
}"""
PUBLIC = ("requests/opt-out", "requests/access", "requests/correction", "activate", "forgot-password", "sign-in")
CUSTOMER = (
    "my/contact/email",
    "my/requests/new/correction?field=phone",
    "my/requests/new/erasure",
    "my/requests/new/objection",
    "my/requests/new/restriction",
    "my/security",
)
CLERK = ("desk/requests/new?channel=letter", "desk/customers")
ADMINISTRATOR = ("admin/users/new",)


def sent_empty(page: Page, path: str) -> None:
    """The form comes back with a summary that has the focus, each line leading to its field."""
    page.goto(path)
    with page.expect_navigation():
        page.evaluate(SEND_EMPTY)
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    assert page.title().startswith(("Error:", "Virhe:")), path
    links = summary.locator("a").all()
    assert links, f"{path}: the summary leads nowhere"
    for link in links:
        target = (link.get_attribute("href") or "").split("#")[1]
        assert page.locator(f"[id='{target}']").count() == 1, f"{path}: nothing has the id {target}"
    sound(page)


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_form_of_anyone_sent_empty_is_sound(open_browser: Open, language: str) -> None:
    page = open_browser(viewport={"width": 360, "height": 740})
    for path in PUBLIC:
        sent_empty(page, f"/{language}/{path}")


@pytest.mark.parametrize(
    ("role", "paths"), [("customer", CUSTOMER), ("clerk", CLERK), ("administrator", ADMINISTRATOR)]
)
@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_form_sent_empty_is_sound(sign_in: Open, role: str, paths: tuple[str, ...], language: str) -> None:
    page = sign_in(role, 0, language, viewport={"width": 360, "height": 740})
    for path in paths:
        sent_empty(page, f"/{language}/{path}")


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_list_with_nothing_to_show_is_sound_and_says_so(sign_in: Open, language: str) -> None:
    clerk = sign_in("clerk", 0, language)
    clerk.goto(f"/{language}/desk/requests?q=nothing-is-called-this")
    expect(clerk.locator("main .empty")).to_be_visible()
    sound(clerk)
    administrator = sign_in("administrator", 0, language)
    administrator.goto(f"/{language}/admin/audit?subject=99999999")
    expect(administrator.locator("main .empty")).to_be_visible()
    sound(administrator)
    response = administrator.goto(f"/{language}/nothing-is-here")
    assert response
    assert response.status == 404
    sound(administrator)


@pytest.mark.parametrize("language", ["fi", "en"])
def test_what_was_sent_too_large_or_cannot_be_opened_ends_on_a_sound_page(open_browser: Open, language: str) -> None:
    page = open_browser(viewport={"width": 360, "height": 740})
    page.goto(f"/{language}/requests/access")
    page.evaluate("document.querySelector('main [name=text]').value = 'x'.repeat(2_000_000)")
    with page.expect_response(lambda response: response.request.method == "POST") as sent:
        page.click("main form [type=submit]")
    assert sent.value.status == 413
    expect(page.locator("main .button.primary")).to_have_attribute("href", f"/{language}/")
    sound(page)
    for path, status in (("requests/received", 200), ("opt-out/cut-short", 410), ("reset-password/cut-short", 410)):
        response = page.goto(f"/{language}/{path}")
        assert response
        assert response.status == status
        sound(page)


@pytest.mark.parametrize("language", ["fi", "en"])
def test_what_was_done_without_an_account_is_told_on_a_sound_page(open_browser: Open, language: str) -> None:
    page = open_browser(viewport={"width": 360, "height": 740})
    for path, typed in (
        ("requests/opt-out", {"contact": "told@example.com"}),
        ("requests/correction", {"name": "Testi Esimerkki", "contact": "told@example.com", "text": "A name"}),
        ("forgot-password", {"username": "told", "contact": "told@example.com"}),
    ):
        page.goto(f"/{language}/{path}")
        for name, value in typed.items():
            page.fill(f"main [name={name}]", value)
        with page.expect_navigation():
            page.locator("main form [type=submit]").first.click()
        expect(page.locator("main .notice")).to_be_visible()
        sound(page)
