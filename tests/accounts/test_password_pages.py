"""Setting a password: the rule is told before, a refusal tells what would help, and managers can do their work."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from portal.accounts import invitations, password_resets
from portal.accounts.models import Account
from portal.config import ROOT
from portal.core import clock
from portal.core.db import db
from portal.messages.models import Message
from tests.factories import PASSWORD, make_account, signed_in
from tests.pages import Page, Pages

RULE = {
    "en": "At least {} characters. Any characters and spaces will do;",
    "fi": "Vähintään {} merkkiä. Kaikki merkit ja välilyönnit käyvät;",
}


def _invited(app: Flask, client: Pages, language: str) -> tuple[Pages, str, dict[str, str]]:
    with app.app_context():
        person = make_account("customer", username="aino", has_second_factor=False)
        account = db.session.get_one(Account, person.account_id)
        path = "/" + invitations.link(account).split("/", 3)[3]
    return client, re.sub("^/fi/", f"/{language}/", path), {}


def _reset(app: Flask, client: Pages, language: str) -> tuple[Pages, str, dict[str, str]]:
    with app.app_context():
        make_account("customer", username="aino", email="aino@example.com", language=language)
        password_resets.ask(username="aino", contact="aino@example.com", address="192.0.2.1", now=clock.now())
        password_resets.answer_requests(clock.now())
        (mail,) = db.session.query(Message).all()
        path = re.search(r"(/\w\w/reset-password/\S+)", mail.body or "")
        assert path
        return client, path[1], {}


def _changing(app: Flask, client: Pages, language: str) -> tuple[Pages, str, dict[str, str]]:
    with app.app_context():
        person = make_account("customer", username="aino")
    return signed_in(client, person=person), f"/{language}/my/security", {"current_password": PASSWORD}


Open = Callable[[Flask, Pages, str], tuple[Pages, str, dict[str, str]]]
PAGES = pytest.mark.parametrize("opened", [_invited, _reset, _changing])


def _beside(page: Page, field: str) -> str:
    (error,) = page.all("p", id=f"{field}-error")
    (control,) = page.all("input", id=field)
    assert f"{field}-error" in (control.get("aria-describedby") or "") and control.get("aria-invalid") == "true"
    return " ".join("".join(error.itertext()).split())


@pytest.mark.parametrize("language", ["fi", "en"])
@PAGES
def test_the_rule_is_told_before_and_managers_know_what_goes_where(
    app: Flask, client: Pages, opened: Open, language: str
) -> None:
    pages, path, _ = opened(app, client, language)
    page = pages.get(path)
    assert RULE[language].format(15) in page.text
    (new,), (again,) = page.all("input", name="new_password"), page.all("input", name="repeat_password")
    assert new.get("autocomplete") == again.get("autocomplete") == "new-password"
    (whose,) = page.all("input", autocomplete="username")
    assert whose.get("value") == "aino" and whose.get("readonly") is not None and whose.get("name") is None
    assert (new.get("type"), again.get("type")) == ("password", "password")
    for field in page.all("input", type="password"):
        assert not {"pattern", "minlength", "onpaste", "readonly"} & set(field.attrib)
        assert int(field.get("maxlength", "1000")) == 1000, "what is pasted is never cut to a length that would do"
    (feedback,) = page.all("p", data_password_feedback="new_password")
    assert feedback.get("hidden") is not None, "it waits for the script"
    assert (feedback.get("data-shortest"), feedback.get("data-longest")) == ("15", "200")
    assert feedback.get("data-short") == {"fi": "Merkkejä {count}/15", "en": "{count} of 15 characters"}[language]
    assert [e.get("aria-live") for e in feedback] == [None, "polite"]
    assert any((e.get("src") or "").startswith("/static/js/passwords.") for e in page.all("script"))


@pytest.mark.parametrize(
    ("language", "password", "says"),
    [
        ("en", "kuusi hevo", "The password is too short: its length is 10, and it needs at least 15 characters."),
        ("fi", "kuusi hevo", "Salasana on liian lyhyt: merkkejä on nyt 10, ja niitä tarvitaan vähintään 15."),
        ("en", "ab" * 8, "The password repeats the same few characters. Use more different ones."),
        ("en", "Salasana1234567", "The password is made of words or runs of keys that are guessed first."),
        ("en", "talviverkko-kouvola", "The password is made of words or runs of keys that are guessed first."),
        ("en", "aino istuu kivellä", "The password contains your username. Leave it out."),
        ("en", "kivi " * 41, "The password is too long: its length is 205, and at most 200 characters fit."),
        ("en", "a\u0308" * 3 + "bcdefg", "its length is 9,"),
    ],
)
@PAGES
def test_a_refusal_tells_beside_the_field_what_would_help_and_never_the_password(
    app: Flask, client: Pages, opened: Open, language: str, password: str, says: str
) -> None:
    pages, path, known = opened(app, client, language)
    page = pages.submit(path, {**known, "new_password": password, "repeat_password": password})
    assert page.status == 422
    assert says in _beside(page, "new_password")
    assert password not in page.html
    for word in ("salasana1", "talviverkko", "istuu kivell"):
        assert word not in page.html.lower()
    assert RULE[language].format(15) in page.text


@PAGES
def test_two_that_differ_are_told_and_a_good_one_is_taken(app: Flask, client: Pages, opened: Open) -> None:
    pages, path, known = opened(app, client, "en")
    good = "viides hevonen on vihreä"
    page = pages.submit(path, {**known, "new_password": good, "repeat_password": good + "x"})
    assert "The two new passwords differ." in _beside(page, "repeat_password")
    assert good not in page.html
    assert pages.submit(path, {**known, "new_password": good, "repeat_password": good}).status == 303


@pytest.mark.parametrize(
    ("role", "factor", "shortest"), [("customer", False, 15), ("customer", True, 8), ("clerk", True, 12)]
)
def test_the_number_told_is_the_one_that_applies(sign_in, role: str, factor: bool, shortest: int) -> None:
    pages = sign_in(role, has_second_factor=factor)
    page = pages.get("/en/my/security")
    assert f"At least {shortest} characters." in page.text
    too_short = "q1w2e3r4t5z6u7i8"[: shortest - 1]
    values = {"current_password": PASSWORD, "new_password": too_short, "repeat_password": too_short}
    told = pages.submit("/en/my/security", values)
    assert f"its length is {shortest - 1}, and it needs at least {shortest} characters" in told.text


def test_sign_in_and_fresh_entry_name_what_managers_fill_in(app: Flask, client: Pages, sign_in) -> None:
    page = client.get("/en/sign-in")
    autocomplete = {e.get("name"): e.get("autocomplete") for e in page.all("input") if e.get("autocomplete")}
    assert autocomplete == {"username": "username", "password": "current-password"}
    confirm = sign_in("clerk").get("/en/sign-in/confirm")
    assert [e.get("autocomplete") for e in confirm.all("input") if e.get("autocomplete")] == [
        "username",
        "current-password",
        "one-time-code",
    ]


def test_each_button_that_shows_a_password_says_which_one(sign_in) -> None:
    page = sign_in("customer").get("/en/my/security")
    buttons = [e for e in page.all("button") if e.get("data-show-password")]
    assert [(e.get("aria-label"), e.get("aria-pressed"), e.get("type")) for e in buttons] == [
        ("Show password: Current password", "false", "button"),
        ("Show password: New password", "false", "button"),
        ("Show password: New password again", "false", "button"),
    ]


def test_no_script_stands_in_the_way_of_pasting() -> None:
    scripts, forms = (
        sorted((ROOT / "static" / "js").glob("*.js")),
        sorted((ROOT / "templates" / "accounts").rglob("*.html")),
    )
    assert scripts and forms
    for file in scripts:
        words = file.read_text(encoding="utf-8")
        assert not re.search(r"paste|\bcopy\b|contextmenu|\bdrop\b", words), file.name
        if file.name != "queue.js":  # the keys of a list, which tests/browser/test_queue_keys.py sees rest in fields
            assert not re.search(r"keydown|preventDefault", words), file.name
    for file in forms:
        assert 'autocomplete="off"' not in file.read_text(encoding="utf-8"), file.name


@pytest.mark.parametrize(
    ("path", "ways"),
    [
        ("/en/set-password/used", ["/en/sign-in", "/en/forgot-password", "/en/activate"]),
        ("/en/reset-password/used", ["/en/forgot-password", "/en/sign-in"]),
    ],
)
def test_a_dead_link_says_whom_to_ask_and_leads_to_a_new_one(client: Pages, path: str, ways: list[str]) -> None:
    page = client.get(path)
    assert (page.status, page.heading) == (410, "This link no longer works")
    assert "Whom to ask" in page.text
    assert "an administrator" in page.text
    (main,) = page.all("main")
    assert [e.get("href") for e in main.iter("a") if "mailto" not in (e.get("href") or "")] == ways


def test_an_invitation_that_dies_while_the_password_is_typed_is_gone(app: Flask, client: Pages) -> None:
    pages, path, _ = _invited(app, client, "en")
    typed = {"new_password": "viides hevonen on vihreä", "repeat_password": "viides hevonen on vihreä"}
    pages.get(path)
    assert pages.post(path, typed).status == 303
    assert pages.post(path, typed).status == 410


def test_whoever_forgot_the_user_name_learns_the_way_to_it(client: Pages) -> None:
    assert "/en/forgot-password" in client.get("/en/sign-in").links()
    page = client.get("/en/forgot-password")
    (section,) = page.all("section", id="forgotten-username")
    words = " ".join("".join(section.itertext()).split())
    assert words.startswith("Forgot your username?")
    assert "have your customer number at hand" in words
    assert "An administrator tells you your username." in words
    assert [e.get("href") for e in section.iter("a")] == ["/en/activate"]
