"""Who tries too often: a calm page that says when to go on, and one event on the audit trail."""

from contextlib import suppress
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.accounts import throttling
from portal.accounts.models import SignInAttempt
from portal.accounts.second_factor import current_code
from portal.core import audit, clock
from portal.core.audit import AuditAction
from portal.core.db import db
from portal.core.errors import Throttled
from portal.web.waits import Wait
from tests.factories import PASSWORD, make_account
from tests.pages import Page, Pages

SAYS = {
    "en": ("You can try again at 10:15, in 15 minutes.", "Nothing has been locked for good.", "+358 5 885 111"),
    "fi": ("Voit yrittää uudelleen klo 10.15, 15 minuutin kuluttua.", "Mitään ei ole lukittu pysyvästi.", "05 885 111"),
}


def _refusals() -> list[tuple[str | None, str | None, str]]:
    return [
        (entry.detail.object, entry.detail.purpose, entry.event.outcome)
        for entry in audit.latest(limit=500)
        if entry.detail and entry.event.action is AuditAction.SIGN_IN_THROTTLED
    ]


def _use_up(client: Pages, path: str, values: dict[str, object], times: int = 10) -> None:
    for _ in range(times):
        assert client.submit(path, values).status == 422


def _is_calm(page: Page, language: str) -> None:
    assert (page.status, page.headers["Retry-After"]) == (429, "900")
    (summary,) = page.all("div", role="alert")
    told = " ".join(" ".join(summary.itertext()).split()).replace("\u00a0", " ")
    for words in SAYS[language]:
        assert words in told
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_sign_in_page_says_when_to_try_again_and_keeps_the_name(app: Flask, client: Pages, language: str) -> None:
    path = f"/{language}/sign-in"
    _use_up(client, path, {"username": "Aino K", "password": "wrong"})
    page = client.submit(path, {"username": "Aino K", "password": PASSWORD})
    _is_calm(page, language)
    assert page.form_values(path)["username"] == "Aino K"
    assert page.all("input", name="password")[0].get("value") in (None, "")
    assert f"/{language}/forgot-password" in page.links()


def test_the_code_step_says_it_too_and_the_first_step_is_not_lost(app: Flask, client: Pages, frozen_clock) -> None:
    with app.app_context():
        person = make_account("clerk", username="clerk.one")
    client.submit("/fi/sign-in", {"username": "clerk.one", "password": PASSWORD})
    _use_up(client, "/fi/sign-in/code", {"code": "000000"}, times=9)
    _is_calm(client.submit("/fi/sign-in/code", {"code": "000000"}), "fi")
    frozen_clock.advance(timedelta(minutes=15))
    client.submit("/fi/sign-in", {"username": "clerk.one", "password": PASSWORD})
    right = {"code": current_code(person.totp_secret or "", clock.now())}
    assert client.submit("/fi/sign-in/code", right).status == 303


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_fresh_entry_and_a_change_of_password_say_it(sign_in, language: str) -> None:
    pages = sign_in("customer")
    _use_up(pages, f"/{language}/sign-in/confirm", {"password": "wrong"})
    _is_calm(pages.submit(f"/{language}/sign-in/confirm", {"password": PASSWORD}), language)
    new = {"current_password": PASSWORD, "new_password": "viides hevonen on vihreä", "repeat_password": "x"}
    new["repeat_password"] = new["new_password"]
    page = pages.submit(f"/{language}/my/security", new)
    _is_calm(page, language)
    assert pages.get("/en/my/devices").status == 200, "the open session goes on"


@pytest.mark.parametrize(
    ("path", "field", "values", "words"),
    [
        (
            "/fi/requests/opt-out",
            "contact",
            {"contact": "y@example.com", "channel": "all"},
            [
                "Lomaketta on lähetetty juuri nyt hyvin usein",
                "Mitään ei ole vielä kielletty. Kirjoittamasi on alla: lähetä se uudelleen.",
            ],
        ),
        (
            "/fi/forgot-password",
            "username",
            {"username": "y@example.com", "contact": "y@example.com"},
            ["Täältä on lähetetty monta lomaketta", "Kirjoittamasi on edelleen alla."],
        ),
    ],
)
def test_public_forms_say_it_in_other_words_and_keep_what_was_typed(
    app: Flask, client: Pages, path: str, field: str, values: dict[str, object], words: list[str]
) -> None:
    with app.app_context():
        for _ in range(throttling.FORMS_PER_ADDRESS):
            throttling.count_form(address="", now=clock.now())
    page = client.submit(path, values)
    assert page.status == 429 and page.headers["Retry-After"] == "900"
    assert [told for told in words if told not in page.text] == []
    assert "Voit yrittää uudelleen klo 10.15, 15 minuutin kuluttua." in page.text
    assert page.form_values(path)[field] == "y@example.com"


@pytest.mark.parametrize(
    ("now", "left", "until", "minutes", "seconds"),
    [
        ("08:00:00", 900, "08:15:00", 15, 900),
        ("08:00:30", 60, "08:02:00", 1, 60),
        ("08:00:00", 0.2, "08:01:00", 1, 1),
        ("21:59:59", 61.5, "22:02:00", 2, 62),
    ],
)
def test_the_time_told_is_the_first_full_minute_in_which_a_try_is_let_through(
    frozen_clock, now: str, left: float, until: str, minutes: int, seconds: int
) -> None:
    hour, minute, second = (int(part) for part in now.split(":"))
    at = frozen_clock.at.replace(hour=hour, minute=minute, second=second)
    wait = Wait.of(Throttled(timedelta(seconds=left)), at)
    assert (wait.until.strftime("%H:%M:%S"), wait.minutes, wait.seconds) == (until, minutes, seconds)


def test_a_burst_leaves_one_event_per_account_and_window(context: Flask, frozen_clock) -> None:
    account = make_account("clerk", username="clerk.one").account_id

    def burst(name: str) -> int:
        refused = 0
        for n in range(50):
            try:
                throttling.count_attempt(username=name, address=f"192.0.2.{n}", now=clock.now())
            except Throttled:
                refused += 1
        return refused

    assert burst("clerk.one") == burst("nobody") == 40
    event = (f"account:{account}", "limit-account", "refused")
    assert _refusals() == [(None, "limit-account", "refused"), event]
    frozen_clock.advance(throttling.WINDOW)
    assert burst("clerk.one") == 40
    assert _refusals()[0] == event and len(_refusals()) == 3
    rows = db.session.scalar(select(func.count()).select_from(SignInAttempt))
    assert rows == 11, "ten checks and the note that the rest was refused"


def test_an_address_that_tries_many_names_leaves_one_event(context: Flask) -> None:
    for n in range(throttling.PER_ADDRESS + 20):
        with suppress(Throttled):
            throttling.count_attempt(username=f"name-{n}", address="192.0.2.1", now=clock.now())
    assert _refusals() == [(None, "limit-address", "refused")]


def test_notes_of_refusals_use_up_nobodys_tries(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "IN_ALL", 11)
    for _ in range(10):
        throttling.count_attempt(username="one", address="192.0.2.1", now=clock.now())
    with pytest.raises(Throttled):
        throttling.count_attempt(username="one", address="192.0.2.1", now=clock.now())
    throttling.count_attempt(username="two", address="192.0.2.2", now=clock.now())
    for name in ("three", "four"):
        with pytest.raises(Throttled):
            throttling.count_attempt(username=name, address="192.0.2.3", now=clock.now())
    assert [purpose for _, purpose, _ in _refusals()] == ["limit-all", "limit-account"]
