"""My consents: what was chosen, in the wording of that day, and its undo."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from flask import Flask

from portal.catalogues.sources import Source
from portal.core.audit import SYSTEM
from portal.permissions import services as permissions
from portal.permissions.models import Channel, MarketingType, State
from tests import factories
from tests.conftest import FrozenClock
from tests.factories import record_imported
from tests.pages import Page, Pages

SignIn = Callable[..., Pages]
TIMELINE = "/en/my/consents"


def forms(page: Page, action: str) -> list[dict[str, str]]:
    """What each small form on the page would post."""
    return [
        {e.get("name", ""): e.get("value", "") for e in form.iter("input")} for form in page.all("form", action=action)
    ]


def headlines(page: Page) -> list[str]:
    return ["".join(e.itertext()) for item in page.all("ol", class_="timeline") for e in item.iter("strong")]


def test_the_notice_versions_stand_among_the_choices(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    pages.post("/en/cookies", {"choice": "accept-all"})
    assert [line for line in headlines(pages.get(TIMELINE)) if ":" in line or "version" in line] == [
        "Cookie choice: Accepted all",
        "Privacy notice, version 1.1, came into force",
        "Privacy notice, version 1.0, came into force",
    ]


def test_a_cookie_choice_carries_the_exact_words_that_were_shown(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    pages.post("/fi/cookies", {"choice": "accept-all", "surface": "banner"})
    page = pages.get(TIMELINE)
    words = ["".join(e.itertext()) for e in page.all("p", class_="pre")]
    assert any("Mitä evästeitä saamme käyttää?" in text for text in words)
    assert {e.get("lang") for e in page.all("p", class_="pre")} == {"fi"}


def test_a_cookie_choice_is_undone_in_the_browser_that_holds_it(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    pages.post("/en/cookies", {"choice": "accept-all"})
    (undo,) = [form for form in forms(pages.get(TIMELINE), "/en/cookies") if form.get("surface") == "timeline"]
    answer = pages.post("/en/cookies", undo)
    assert "These cookies have been removed" in pages.follow(answer).text
    page = pages.get(TIMELINE)
    assert headlines(page)[0] == "Cookie choice: Withdrawn"
    assert not [form for form in forms(page, "/en/cookies") if form.get("surface") == "timeline"]
    assert "Withdraw in this browser" in page.text, "the words of the button are kept with the withdrawal"


def test_the_undo_of_the_timeline_can_only_take_back(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    pages.post("/en/cookies", {"choice": "necessary-only"})
    pages.post("/en/cookies", {"choice": "save", "surface": "timeline", "marketing": "on", "analytics": "on"})
    assert "Only necessary cookies in use" in pages.get("/en/").text


def test_remember_me_is_listed_and_undone_alone(client: Pages, app: Flask) -> None:
    with app.app_context():
        person = factories.make_account("customer")
    client.post("/en/cookies", {"choice": "save", "marketing": "on"})
    client.submit("/en/sign-in", {"username": person.username, "password": person.password, "remember": "on"})
    page = client.get(TIMELINE)
    assert headlines(page)[0] == "Remember me: you let this service remember a device"
    assert "Remember me on this device for 30 days" in page.text
    (undo,) = [form for form in forms(page, "/en/cookies") if form.get("surface") == "timeline"]
    shown = client.follow(client.post("/en/cookies", undo))
    assert "Functional: 1 record" in shown.text
    assert not client.cookie("remember")
    assert "Allowed besides the necessary cookies: marketing" in client.get("/en/").text


def test_another_browsers_choice_is_listed_without_a_button(sign_in: SignIn, app: Flask) -> None:
    pages = sign_in("customer")
    pages.post("/en/cookies", {"choice": "accept-all"})
    pages.browser.delete_cookie("consent")
    page = pages.get(TIMELINE)
    assert "Cookie choice: Accepted all" in page.text
    assert not [form for form in forms(page, "/en/cookies") if form.get("surface") == "timeline"]


def test_a_permission_is_undone_to_what_it_was(sign_in: SignIn, app: Flask, frozen_clock: FrozenClock) -> None:
    pages = sign_in("customer")
    pages.get("/en/my/permissions")
    pages.post("/en/my/permissions", {"type": "contact", "channel": "sms", "choice": "allow"})
    frozen_clock.advance(timedelta(minutes=1))
    pages.post("/en/my/permissions", {"type": "contact", "channel": "sms", "choice": "forbid"})
    (undo,) = forms(pages.get(TIMELINE), "/en/my/permissions")
    assert (undo["type"], undo["channel"], undo["choice"]) == ("contact", "sms", "allow")
    pages.post("/en/my/permissions", undo)
    with app.app_context():
        lines = permissions.state_of(pages.person.customer_id)  # type: ignore[attr-defined]
    (state,) = [line.state for line in lines if (line.type, line.channel) == (MarketingType.CONTACT, Channel.SMS)]
    assert state is State.PERMISSION


def test_permissions_changed_in_one_act_stand_together_with_the_notice_of_that_day(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    pages.get("/en/my/permissions")
    pages.post("/en/my/permissions", {"choice": "forbid-all"})
    page = pages.get(TIMELINE)
    assert len(forms(page, "/en/my/permissions")) == 16
    assert page.text.count("The wording of that day") == 1
    assert "/en/privacy-notice/versions/1.1" in page.links()


def test_a_permission_carries_the_exact_words_that_were_shown(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    pages.get("/fi/my/permissions")
    pages.post("/fi/my/permissions", {"type": "contact", "channel": "sms", "choice": "allow"})
    page = pages.get(TIMELINE)
    (words,) = ["".join(e.itertext()) for e in page.all("p", class_="pre")]
    assert words.startswith("Markkinointivalinnat\n")
    assert [e.get("lang") for e in page.all("p", class_="pre")] == ["fi"]


def test_the_undo_button_is_what_was_shown_to_who_undoes_here(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    pages.get("/en/my/permissions")
    pages.post("/en/my/permissions", {"type": "contact", "channel": "sms", "choice": "allow"})
    (undo,) = forms(pages.get(TIMELINE), "/en/my/permissions")
    pages.post("/en/my/permissions", undo)
    words = ["".join(e.itertext()) for e in pages.get(TIMELINE).all("p", class_="pre")]
    assert "[Undo this change]\n" in words


def test_what_is_older_than_the_first_notice_claims_no_wording(
    app: Flask, sign_in: SignIn, frozen_clock: FrozenClock
) -> None:
    frozen_clock.at = datetime(2026, 9, 30, 12, 0, tzinfo=UTC)
    pages = sign_in("customer")
    with app.app_context():
        record_imported(
            customer_id=pages.person.customer_id,  # type: ignore[attr-defined]
            type=MarketingType.CONTACT,
            channel=Channel.SMS,
            state=State.PERMISSION,
            given_on=date(2026, 9, 1),
            source=Source.ORDER,
            actor=SYSTEM,
            now=frozen_clock.at,
        )
    page = pages.get(TIMELINE)
    assert "The wording of that day" not in page.text
    assert "older than the first privacy notice published here" in page.text


def test_why_an_earlier_choice_cannot_be_changed_is_told_once(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    why = "A cookie choice that cannot be changed below has been replaced by a later one"
    pages.post("/en/cookies", {"choice": "accept-all"})
    assert why not in pages.get(TIMELINE).text, "there is only the one in force"
    for choice in ("necessary-only", "accept-all"):
        pages.post("/en/cookies", {"choice": choice})
    assert pages.get(TIMELINE).text.count(why) == 1
