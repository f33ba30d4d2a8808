"""The cookie choice in a real browser: the evidence of the inspection, asking again, withdrawing, the receipt."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.app import create_app
from portal.catalogues.cookies import OPTIONAL
from portal.config import Settings
from portal.consents.choice import Choice, Given, write_choice
from portal.consents.models import Answer
from portal.core import clock
from portal.core.db import db
from tests.browser.conftest import ROOT, Portal, accessibility_faults

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

Open = Callable[..., Page]
SHIFT = """() => new Promise(done => {
    let total = 0;
    new PerformanceObserver(list => list.getEntries().forEach(e => total += e.value))
        .observe({type: 'layout-shift', buffered: true});
    requestAnimationFrame(() => requestAnimationFrame(() => done(total)));
})"""


@pytest.fixture(scope="session")
def agreed_under_1_0(portal: Portal) -> str:
    """A `consent` cookie as the portal wrote it in October, when version 1.0 of the notice was in force."""
    app = create_app(Settings.from_environ(portal.environment))
    given_at = datetime(2026, 10, 15, 9, 0, tzinfo=UTC)
    # a year, so that this test outlives the usual time of a choice
    given = Given(Answer.YES, given_at, max(given_at, clock.now()) + timedelta(days=365), "1.0")
    with app.app_context():  # left before any test runs: what it belongs to would be theirs
        written = write_choice(Choice("ABCD-EFGH-JKMN-PQRS-TUVW", dict.fromkeys(OPTIONAL, given)))
        db.engine.dispose()
    return written


def sound(page: Page) -> None:
    assert page.evaluate(SHIFT) == 0, f"{page.url} moved while it was loaded"
    assert accessibility_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{page.url} scrolls sideways"


def cookies(page: Page) -> list[str]:
    return sorted(cookie["name"] for cookie in page.context.cookies())


def inspection(portal: Portal, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "portal", "consents", "inspect", *arguments],
        env=portal.environment, cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip


def test_the_inspection_finds_nothing_undeclared_and_writes_dated_evidence(portal: Portal, tmp_path: Path) -> None:
    report = tmp_path / "evidence.md"
    run = inspection(portal, "--json", "--report", str(report))
    told = json.loads(run.stdout)
    assert (told["findings"], run.returncode) == ([], 0)
    assert told["declared_but_not_met"] == ["remember"], "nobody signs in during an inspection"
    walks = {walk["name"]: walk for walk in told["walks"]}
    assert list(walks) == ["fresh", "accept", "refuse", "withdraw"]
    assert walks["fresh"]["kept"] == ["session"], "the sign-in form opens a session, and nothing else is set"
    assert [(cookie["name"], cookie["address"]) for cookie in walks["fresh"]["set_cookies"]] == [
        ("session", "/en/sign-in")
    ]
    assert walks["accept"]["kept"] == ["consent", "interests", "session", "visit"]
    assert walks["refuse"]["kept"] == walks["withdraw"]["kept"] == ["consent", "session"]
    assert walks["withdraw"]["told_removed"] == ["visit", "interests"]
    for walk in walks.values():
        assert len(walk["pages"]) >= 20
        assert not any(walk["storage"].values())
        assert all(url.startswith(portal.address) for url in walk["requests"])
    assert told["made_at"][:10] in report.read_text(encoding="utf-8")
    shown = portal.command("consents", "show", walks["withdraw"]["record_id"], "--json")
    assert shown["categories"] == {"functional": "no", "analytics": "no", "marketing": "no"}


@pytest.mark.parametrize("address", ["https://example.com", "ftp://localhost", "localhost"])
def test_the_inspection_goes_to_no_other_computer(portal: Portal, address: str) -> None:
    run = inspection(portal, "--address", address)
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("width", [1280, 320])
def test_asking_again_is_sound_and_answers_for_one_category(
    open_browser: Open, portal: Portal, agreed_under_1_0: str, language: str, width: int
) -> None:
    page = open_browser(viewport={"width": width, "height": 800})
    page.context.add_cookies([{"name": "consent", "value": agreed_under_1_0, "url": portal.address}])
    for path in ("", "cookies"):
        page.goto(f"/{language}/{path}")
        sound(page)
    assert (
        page.locator("main td").filter(has_text={"fi": "montako sivua", "en": "how many pages"}[language]).count() == 1
    )
    page.goto(f"/{language}/")
    banner = page.locator("section#cookie-choice")
    accept, refuse = (button.bounding_box() for button in banner.locator("button[name=choice]").all())
    assert accept
    assert refuse
    assert (accept["width"], accept["height"]) == (refuse["width"], refuse["height"])
    banner.locator("button[value=necessary-only]").click()
    page.wait_for_url(f"**/{language}/cookies*")
    expect(page.locator("#state .good")).to_have_count(0)
    sound(page)
    page.goto(f"/{language}/")
    expect(page.locator("section#cookie-choice")).to_have_count(0)


def test_withdrawing_is_as_short_as_giving_and_says_what_was_removed(open_browser: Open) -> None:
    page = open_browser()
    page.goto("/en/services/heat-pump")
    page.click("#cookie-choice button[value=accept-all]")  # one press
    page.wait_for_load_state()
    page.reload()
    assert cookies(page) == ["consent", "interests", "visit"]
    page.goto("/en/cookies")
    page.click("main button[value=necessary-only]")  # one press
    page.wait_for_url("**/en/cookies?done=*")
    assert cookies(page) == ["consent"]
    assert page.locator("main .notice code").all_inner_texts() == ["visit", "interests"]
    sound(page)


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_receipt_is_checked_by_anyone(open_browser: Open, language: str) -> None:
    holder = open_browser()
    holder.goto(f"/{language}/")
    holder.click("#cookie-choice button[value=accept-all]")
    holder.wait_for_load_state()
    holder.goto(f"/{language}/cookies/receipt")
    sound(holder)
    record, code = holder.locator("dd .code").all_inner_texts()
    other = open_browser(java_script_enabled=False)
    other.goto(f"/{language}/cookies/receipt")
    other.fill("[name=record]", record)
    other.fill("[name=code]", code)
    other.click("main form button[type=submit]")
    other.wait_for_load_state()
    assert code not in other.url
    assert other.locator("dd .code").all_inner_texts() == [record, code]
    assert cookies(other) == []


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_timeline_is_sound_and_undoes(sign_in: Open, language: str) -> None:
    page = sign_in("customer", 3, language)
    page.goto(f"/{language}/cookies")
    page.click("main button[value=accept-all]")
    page.wait_for_load_state()
    page.goto(f"/{language}/my/consents")
    sound(page)
    page.locator("ol.timeline details").first.locator("summary").click()
    assert accessibility_faults(page) == []
    page.locator("ol.timeline form[action$='/cookies'] button").click()
    page.wait_for_url(f"**/{language}/cookies?done=*")
    assert "visit" not in cookies(page)
