"""Asking again: only for what changed in substance, only who had agreed to it, old wording beside new."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.catalogues.cookies import Category
from portal.consents import services
from portal.consents.models import Answer, ConsentRecord
from portal.core.db import db
from portal.notices import versions
from tests.conftest import FrozenClock
from tests.pages import Page, Pages

UNDER_1_0 = datetime(2026, 10, 15, 9, 0, tzinfo=UTC)
UNDER_1_1 = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
OLD = {
    "en": "With your consent we use it to count visits.",
    "fi": "Suostumuksellasi laskemme sen avulla käynnit.",
}
NEW = {
    "en": "With your consent we use it to count visits and how many pages are viewed in a visit.",
    "fi": "Suostumuksellasi laskemme sen avulla käynnit ja sen, montako sivua käynnillä katsotaan.",
}


def chosen_under_1_0(client: Pages, clock: FrozenClock, language: str = "en", **data: object) -> None:
    clock.at = UNDER_1_0
    assert client.post(f"/{language}/cookies", {"choice": "accept-all", **data}).status == 303
    clock.at = UNDER_1_1


def banner(page: Page) -> str | None:
    sections = page.all("section", id="cookie-choice")
    return " ".join("".join(sections[0].itertext()).split()) if sections else None


def state(client: Pages, app: Flask) -> dict[Category, Answer]:
    with app.app_context():
        from portal.core import clock

        return services.read_choice(client.cookie("consent"), clock.now()).answers


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_banner_asks_about_the_changed_category_alone_and_shows_the_change(
    client: Pages, frozen_clock: FrozenClock, language: str
) -> None:
    chosen_under_1_0(client, frozen_clock, language)
    words = banner(client.get(f"/{language}/"))
    assert words is not None
    assert OLD[language] in words
    assert NEW[language] in words
    wanted, unwanted = {"fi": ("Analytiikka:", "Markkinointi:"), "en": ("Analytics:", "Marketing:")}[language]
    assert wanted in words
    assert unwanted not in words


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_cookie_page_shows_the_old_wording_beside_the_new(
    client: Pages, frozen_clock: FrozenClock, language: str
) -> None:
    chosen_under_1_0(client, frozen_clock, language)
    page = client.get(f"/{language}/cookies")
    ((old, new),) = [
        [" ".join("".join(cell.itertext()).split()) for cell in row.iter("td")]
        for row in page.all("tr")
        if OLD[language] in "".join(row.itertext())
    ]
    assert OLD[language] in old
    assert NEW[language] in new
    assert versions.by_number("1.1").changes[language] in page.text
    assert len(page.all("span", class_="warn")) == 1, "the state tells that the category is not in use meanwhile"


def test_the_old_wording_is_shown_in_the_language_in_which_it_was_agreed_to(
    client: Pages, frozen_clock: FrozenClock
) -> None:
    chosen_under_1_0(client, frozen_clock, "fi")
    page = client.get("/en/cookies")
    assert OLD["fi"] in page.text
    assert [e.get("lang") for e in page.all("span", class_="pre")] == ["fi", "fi"]


@pytest.mark.parametrize(("button", "analytics"), [("accept-all", Answer.YES), ("necessary-only", Answer.NO)])
@pytest.mark.parametrize("surface", ["banner", "settings"])
def test_the_answer_counts_for_that_category_alone(
    client: Pages, app: Flask, frozen_clock: FrozenClock, button: str, analytics: Answer, surface: str
) -> None:
    chosen_under_1_0(client, frozen_clock)
    client.post("/en/cookies", {"choice": button, "surface": surface, "next": "/en/"})
    assert state(client, app) == {
        Category.FUNCTIONAL: Answer.YES,
        Category.ANALYTICS: analytics,
        Category.MARKETING: Answer.YES,
    }
    assert banner(client.get("/en/")) is None


def test_until_the_answer_the_changed_category_is_not_used(client: Pages, frozen_clock: FrozenClock) -> None:
    chosen_under_1_0(client, frozen_clock)
    client.get("/en/services/heat-pump")
    assert client.cookies() == {"consent", "interests"}


@pytest.mark.parametrize(
    "refusal",
    [{"choice": "necessary-only"}, {"choice": "save", "functional": "on", "marketing": "on"}],
    ids=["everything", "analytics"],
)
def test_a_refusal_is_not_asked_again_by_any_change(
    client: Pages, frozen_clock: FrozenClock, refusal: dict[str, object]
) -> None:
    chosen_under_1_0(client, frozen_clock, **refusal)
    for path in ("/en/", "/fi/", "/en/privacy-notice", "/fi/services", "/en/contact", "/en/sign-in"):
        assert banner(client.get(path)) is None
    frozen_clock.at = UNDER_1_0 + timedelta(days=180, seconds=-1)
    assert banner(client.get("/en/")) is None
    frozen_clock.advance(timedelta(seconds=1))
    assert banner(client.get("/en/")) is not None


@pytest.mark.parametrize("choice", ["accept-all", "necessary-only"])
def test_yes_and_no_end_after_the_same_time(client: Pages, frozen_clock: FrozenClock, choice: str) -> None:
    client.post("/en/cookies", {"choice": choice})
    frozen_clock.advance(timedelta(days=180, seconds=-1))
    assert banner(client.get("/en/")) is None
    frozen_clock.advance(timedelta(seconds=1))
    assert banner(client.get("/en/")) is not None


def test_an_editorial_change_asks_nobody(
    client: Pages, app: Flask, frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post("/en/cookies", {"choice": "accept-all"})
    editorial = replace(
        versions.by_number("1.1"), number="1.2", valid_from=date(2026, 12, 1), material_for=frozenset[Category]()
    )
    monkeypatch.setattr(versions, "VERSIONS", (*versions.VERSIONS, editorial))
    frozen_clock.advance(timedelta(days=14))
    assert banner(client.get("/en/")) is None
    assert "ask about them again" not in client.get("/en/cookies").text


def test_the_ledger_keeps_what_the_banner_said_had_changed(
    client: Pages, app: Flask, frozen_clock: FrozenClock
) -> None:
    chosen_under_1_0(client, frozen_clock)
    drawn = banner(client.get("/en/")) or ""
    client.post("/en/cookies", {"choice": "accept-all", "surface": "banner", "next": "/en/"})
    with app.app_context():
        sequence = db.session.scalar(select(func.max(ConsentRecord.sequence)))
        assert sequence == 2
        record_id = services.read_choice(client.cookie("consent"), UNDER_1_1).record_id or ""
        (kept,) = [text for text in services.show(record_id).texts if text.kind == "banner"]
    assert NEW["en"] in kept.body
    for line in kept.body.splitlines()[:-1]:
        assert line.removeprefix("- ") in drawn
    assert "[Allow these] [Do not allow these]" in kept.body


def test_a_lost_record_leaves_the_published_wording_to_compare(
    client: Pages, app: Flask, frozen_clock: FrozenClock
) -> None:
    from portal.consents.models import ConsentDetail

    chosen_under_1_0(client, frozen_clock, "fi")
    with app.app_context():
        db.session.delete(db.session.scalars(select(ConsentDetail)).one())
        db.session.commit()
    page = client.get("/en/cookies")
    assert OLD["en"] in page.text
    assert NEW["en"] in page.text
