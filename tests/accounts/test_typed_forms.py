"""Nothing typed is lost when a session ends inside a form, and nobody else gets to see it."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from wtforms import PasswordField

from portal.accounts import purges, sessions, typed_forms
from portal.accounts.models import TypedForm, UserSession
from portal.accounts.second_factor import current_code
from portal.core import clock, purging
from portal.core.db import db, transaction
from portal.subject_requests.models import SubjectRequest
from portal.web import typed_forms as web
from portal.web.forms import PortalForm
from tests.factories import PASSWORD, Person, make_account
from tests.pages import Page, Pages

FORM = "/en/my/requests/new/erasure"
TEXT = "Poistakaa vanhat tietoni,\r\nkiitos: ääkköset, “quotes” & <b>."


def _sign_in_again(pages: Pages, sent: Page, person: Person | None = None) -> Page:
    person = person or pages.person
    page = pages.submit(sent.location, {"username": person.username, "password": PASSWORD})
    if person.totp_secret:
        page = pages.submit(page.location, {"code": current_code(person.totp_secret, clock.now())})
    return page


def _kept(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(TypedForm)) or 0


def _requests(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(SubjectRequest)) or 0


@pytest.mark.parametrize(
    ("language", "ended", "notice"),
    [
        (
            "en",
            "Your session has ended. Sign in to go on; what you typed is kept for half an hour.",
            "Not sent yet What you typed is filled in as you left it. Check it and send it again.",
        ),
        (
            "fi",
            "Istuntosi on päättynyt. Jatka kirjautumalla sisään. Kirjoittamasi säilyy puoli tuntia.",
            "Ei vielä lähetetty Kirjoittamasi on paikallaan sellaisena kuin se jäi. Tarkista se ja lähetä uudelleen.",
        ),
    ],
)
def test_what_was_typed_is_there_again_after_signing_in(
    app: Flask, sign_in, frozen_clock, language: str, ended: str, notice: str
) -> None:
    form = f"/{language}/my/requests/new/erasure"
    pages = sign_in("customer")
    pages.get(form)
    frozen_clock.advance(timedelta(minutes=31))
    sent = pages.post(form, {"text": TEXT})
    assert (sent.status, sent.location) == (302, f"/{language}/sign-in?next={form}")
    assert ended in pages.follow(sent).text
    back = _sign_in_again(pages, sent)
    assert (back.status, back.location) == (303, form)
    page = pages.follow(back)
    assert notice in page.text
    assert page.form_values(form)["text"] == TEXT.replace("\r\n", "\n")
    assert page.status == 200 and not page.all("p", class_="field-error"), "nothing was sent, so nothing is wrong"
    assert pages.follow(pages.post(form, {**page.form_values(form)})).status == 200
    assert _kept(app) == 0
    assert pages.get(form).form_values(form)["text"] == ""


def test_it_is_never_sent_by_itself(app: Flask, sign_in, frozen_clock) -> None:
    pages = sign_in("customer")
    pages.get(FORM)
    frozen_clock.advance(timedelta(minutes=31))
    pages.follow(_sign_in_again(pages, pages.post(FORM, {"text": TEXT})))
    assert _requests(app) == 0


def test_a_session_ended_from_elsewhere_loses_nothing_either(app: Flask, sign_in) -> None:
    pages = sign_in("customer")
    pages.get(FORM)
    with app.app_context():
        sessions.revoke_where(UserSession.account_id == pages.person.account_id, now=clock.now())
    page = pages.follow(_sign_in_again(pages, pages.post(FORM, {"text": TEXT})))
    assert page.form_values(FORM)["text"].startswith("Poistakaa")


def test_somebody_else_who_signs_in_there_gets_nothing(app: Flask, sign_in, frozen_clock) -> None:
    with app.app_context():
        other = make_account("customer", username="somebody.else")
    pages = sign_in("customer")
    pages.get(FORM)
    frozen_clock.advance(timedelta(minutes=31))
    sent = pages.post(FORM, {"text": TEXT})
    page = pages.follow(_sign_in_again(pages, sent, other))
    assert page.form_values(FORM)["text"] == "" and "Not sent yet" not in page.text
    pages.get("/en/my/requests")
    pages.post("/en/sign-out")
    page = pages.follow(_sign_in_again(pages, sent))
    assert page.form_values(FORM)["text"] == "", "the other person's sign-in made the browser forget it"


def test_the_same_person_in_another_browser_does_not_meet_it(app: Flask, sign_in, frozen_clock) -> None:
    pages = sign_in("customer")
    pages.get(FORM)
    frozen_clock.advance(timedelta(minutes=31))
    pages.post(FORM, {"text": TEXT})
    elsewhere = sign_in(person=pages.person)
    assert elsewhere.get(FORM).form_values(FORM)["text"] == ""


def test_signing_out_forgets_it(app: Flask, sign_in, frozen_clock) -> None:
    pages = sign_in("customer")
    pages.get(FORM)
    frozen_clock.advance(timedelta(minutes=31))
    _sign_in_again(pages, pages.post(FORM, {"text": TEXT}))
    pages.get("/en/my/devices")
    pages.post("/en/sign-out")
    assert _kept(app) == 0


def test_it_is_over_after_half_an_hour_and_cleaned_away(app: Flask, sign_in, frozen_clock) -> None:
    pages = sign_in("customer")
    pages.get(FORM)
    frozen_clock.advance(timedelta(minutes=31))
    sent = pages.post(FORM, {"text": TEXT})
    frozen_clock.advance(timedelta(minutes=30))
    assert "Your session has ended. Sign in to go on." in pages.follow(sent).text
    page = pages.follow(_sign_in_again(pages, sent))
    assert page.form_values(FORM)["text"] == ""
    with app.app_context():
        purging.tidy(purges.SHORT_LIVED, now=clock.now())
    assert _kept(app) == 0


def test_the_database_and_the_cookie_hold_nothing_readable(app: Flask, sign_in, frozen_clock) -> None:
    pages = sign_in("customer")
    pages.get(FORM)
    frozen_clock.advance(timedelta(minutes=31))
    sent = pages.post(FORM, {"text": "Sirpa Esimerkki pyytää"})
    assert "Sirpa" not in sent.location and "Sirpa" not in (pages.cookie("session") or "")
    with app.app_context():
        row = db.session.scalars(select(TypedForm)).one()
        assert b"Sirpa" not in row.content_encrypted and "Sirpa Esimerkki" in (row.content or "")
        assert row.page == "/my/requests/new/erasure"


def test_passwords_codes_tokens_and_lone_identity_codes_are_not_kept(app: Flask, sign_in, frozen_clock) -> None:
    pages = sign_in("customer")
    pages.get("/en/my/security")
    frozen_clock.advance(timedelta(minutes=31))
    pages.post(
        "/en/my/security",
        {"current_password": PASSWORD, "new_password": "x", "repeat_password": "x", "code": "123456", "setup": "abc"},
    )
    assert _kept(app) == 0, "nothing was left to keep"
    pages.post(
        FORM, {"text": "hello", "password": "secret", "csrf_token": "t", "q": "131052-308T", "r": "131052A 308t"}
    )
    with app.app_context():
        (content,) = [row.content for row in db.session.scalars(select(TypedForm))]
    assert content == '{"fields": [["text", "hello"]], "files": false}'


def test_every_secret_field_of_every_form_has_a_name_that_is_not_kept() -> None:
    def subclasses(form: type) -> set[type]:
        return {form, *(deeper for child in form.__subclasses__() for deeper in subclasses(child))}

    secret = set()
    for form in subclasses(PortalForm):
        for name in dir(form):
            field = getattr(form, name)
            if not hasattr(field, "field_class"):
                continue
            autocomplete = (field.kwargs.get("render_kw") or {}).get("autocomplete")
            if issubclass(field.field_class, PasswordField) or autocomplete == "one-time-code":
                secret.add(name)
    assert secret >= {"password", "new_password", "repeat_password", "current_password", "code"}
    assert [name for name in secret if not web._SECRET.search(name)] == []
    assert not web._SECRET.search("postal_code")


def test_an_address_with_a_question_comes_back_with_it(app: Flask, sign_in, frozen_clock) -> None:
    pages = sign_in("customer")
    form = "/en/my/requests/new/correction?field=phone&field=email"
    page = pages.get(form)
    frozen_clock.advance(timedelta(minutes=31))
    path = "/en/my/requests/new/correction"
    typed = {**page.form_values(path), "items-0-proposed": "044 000 9999", "grounds": "Vaihtui."}
    sent = pages.post(form, typed)
    page = pages.follow(_sign_in_again(pages, sent))
    values = page.form_values(path)
    assert values["items-0-proposed"] == "044 000 9999" and values["grounds"] == "Vaihtui."
    other = pages.get("/en/my/requests/new/correction?field=email")
    assert other.form_values(path)["items-0-field"] == "email" and "Not sent yet" not in other.text
    assert pages.post(form, pages.get(form).form_values(path)).status == 303


def test_a_fresh_entry_on_the_way_of_a_form_returns_to_it_with_what_was_typed(
    app: Flask, sign_in, frozen_clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No form of words needs a fresh entry today; the guard is put before one that has words."""
    from portal.web.access import requires_fresh

    pages = sign_in("customer")
    guarded = app.view_functions["my_requests.new"]
    monkeypatch.setitem(app.view_functions, "my_requests.new", requires_fresh(guarded))
    pages.get(FORM)
    page_token = pages.last.csrf_token if pages.last else None
    frozen_clock.advance(timedelta(minutes=16))
    sent = pages.post(FORM, {"text": TEXT, "csrf_token": page_token})
    assert (sent.status, sent.location) == (302, f"/en/sign-in/confirm?next={FORM}")
    back = pages.submit(sent.location, {"password": PASSWORD})
    page = pages.follow(back)
    assert page.form_values(FORM)["text"].startswith("Poistakaa") and "Not sent yet" in page.text


def test_a_form_of_another_session_tells_what_to_do_and_keeps_the_text(app: Flask, sign_in) -> None:
    pages = sign_in("customer")
    page = pages.post(FORM, {"text": TEXT, "csrf_token": "of.another.session"})
    assert (page.status, page.heading) == (400, "The form was not sent")
    assert "What you typed is kept for half an hour" in page.text
    (again,) = [a.get("href") for a in page.all("a", class_="primary")]
    assert again == FORM
    assert pages.get(FORM).form_values(FORM)["text"].startswith("Poistakaa")
    assert _requests(app) == 0


def test_a_sign_in_form_without_its_session_tells_how_to_go_on(client: Pages) -> None:
    page = client.post("/fi/sign-in?next=/fi/my/data", {"username": "aino", "password": "x"})
    assert (page.status, page.heading) == (400, "Lomaketta ei lähetetty")
    assert [a.get("href") for a in page.all("a", class_="primary")] == ["/fi/sign-in?next=/fi/my/data"]


def test_a_step_of_a_case_comes_back_in_its_own_form(app: Flask, sign_in, frozen_clock) -> None:
    customer = sign_in("customer")
    customer.submit(FORM, {"text": "erase it"})
    number = customer.get("/en/my/requests").links()
    address = next(link for link in number if link.startswith("/en/my/requests/") and "new" not in link)
    address = address.replace("/my/", "/desk/")
    clerk = sign_in("clerk")
    page = clerk.get(address)
    version = page.all("input", name="version")[0].get("value", "")
    frozen_clock.advance(timedelta(minutes=31))
    sent = clerk.post(address, {"step": "note", "version": version, "text": "Called back, no answer."})
    page = clerk.follow(_sign_in_again(clerk, sent))
    texts = {e.get("id"): (e.text or "").strip() for e in page.all("textarea")}
    assert texts["note-text"] == "Called back, no answer."
    assert texts["staff-message-text"] == ""
    assert "Not sent yet" in page.text


def test_a_session_that_ended_is_told_only_to_whoever_had_one(client: Pages, sign_in, frozen_clock) -> None:
    assert "session has ended" not in client.follow(client.get("/en/my/devices")).text
    pages = sign_in("customer")
    frozen_clock.advance(timedelta(minutes=31))
    told = pages.follow(pages.get("/en/my/devices"))
    assert "Your session has ended. Sign in to go on." in told.text and "what you typed" not in told.text
    pages = sign_in("customer")
    pages.get("/en/my/devices")
    assert "session has ended" not in pages.follow(pages.post("/en/sign-out")).text


def test_many_forms_of_one_session_leave_one_row(app: Flask, sign_in, frozen_clock) -> None:
    pages = sign_in("customer")
    saved = pages.cookie("session") or ""
    frozen_clock.advance(timedelta(minutes=31))
    for n in range(5):
        pages.browser.set_cookie("session", saved)
        pages.post(FORM, {"text": f"number {n}", "csrf_token": "x"})
    assert _kept(app) == 1
    pages.post(FORM, {"text": "x" * 300_000})
    assert _kept(app) == 1
    with app.app_context():
        assert "number 4" in (db.session.scalars(select(TypedForm)).one().content or "")


def test_a_stranger_keeps_nothing_and_is_told_so(app: Flask, client: Pages) -> None:
    sent = client.post(FORM, {"text": TEXT})
    assert (sent.status, sent.location) == (302, f"/en/sign-in?next={FORM}&unsent=1")
    assert _kept(app) == 0
    assert client.cookie("session") is None
    page = client.follow(sent)
    assert "The form was not sent What you typed could not be kept" in page.text
    assert "going back in your browser" in page.text.lower()


@pytest.mark.parametrize("sent", [{}, {"choice": "forbid-all"}, {"password": "two words"}, {"q": "131052 - 308T"}])
def test_who_lost_no_words_of_their_own_is_told_of_none(client: Pages, sent: dict[str, object]) -> None:
    assert client.post("/en/my/permissions", sent).location == "/en/sign-in?next=/en/my/permissions"


def test_a_text_too_long_to_keep_is_told_before_the_password_is_entered(app: Flask, sign_in, frozen_clock) -> None:
    pages = sign_in("customer")
    pages.get(FORM)
    frozen_clock.advance(timedelta(minutes=31))
    sent = pages.post(FORM, {"text": "word " * 60_000})
    assert sent.location == f"/en/sign-in?next={FORM}&unsent=1"
    assert "What you typed could not be kept" in pages.follow(sent).text
    assert _kept(app) == 0


@pytest.mark.parametrize(
    ("address", "is_kept"),
    [
        (f"{FORM}?field=a%20b", True),
        (f"{FORM}?x=" + "a" * 1_900, True),
        (f"{FORM}?x=" + "a" * 2_000, False),
        (f"{FORM}?x={{}}", False),
        ("/en/my/requests/new/%5Cevil.example", False),
        ("/en/my/requests/new/https:evil", False),
    ],
)
def test_what_was_typed_is_kept_only_for_an_address_that_one_may_be_sent_back_to(
    app: Flask, sign_in, frozen_clock, address: str, is_kept: bool
) -> None:
    pages = sign_in("customer")
    frozen_clock.advance(timedelta(minutes=31))
    assert pages.post(address, {"text": "hello"}).status == 302
    assert _kept(app) == int(is_kept)


@pytest.mark.parametrize(
    ("typed", "is_kept"),
    [
        ("131052\N{EN DASH}308T", False),
        ("131052\N{NON-BREAKING HYPHEN}308t", False),
        ("131052\N{MINUS SIGN}308T", False),
        ("131052 \N{EM DASH} 308T", False),
        ("My code is 131052-308T, thank you", False),
        ("x" * 109 + "131052-308T", False),
        ("x" * 110 + "131052-308T", True),
        ("131052-3081", False),
        ("131052-308", True),
    ],
)
def test_an_identity_code_in_a_short_line_is_not_kept_whatever_its_dash(
    app: Flask, sign_in, frozen_clock, typed: str, is_kept: bool
) -> None:
    pages = sign_in("customer")
    frozen_clock.advance(timedelta(minutes=31))
    pages.post(FORM, {"text": typed})
    assert _kept(app) == int(is_kept)


@pytest.mark.parametrize(
    ("referrer", "page"),
    [
        ("http://localhost/en/my/data?part=1", "/en/my/data?part=1"),
        ("http://evil.example/en/my/data", ""),
        ("http://localhost//evil.example", ""),
        (None, ""),
    ],
)
def test_where_only_forms_are_taken_one_returns_to_the_page_the_form_was_on(
    app: Flask, referrer: str | None, page: str
) -> None:
    headers = {"Referer": referrer} if referrer else {}
    with app.test_request_context("/en/sign-out?x=1", method="POST", headers=headers):
        assert web.page_of_form() == page


def test_a_damaged_kept_form_is_as_if_none_were_kept(app: Flask, sign_in, frozen_clock) -> None:
    pages = sign_in("customer")
    pages.get(FORM)
    frozen_clock.advance(timedelta(minutes=31))
    sent = pages.post(FORM, {"text": TEXT})
    with app.app_context(), transaction() as session:
        session.execute(update(TypedForm).values(content_encrypted=b"damaged"))
    assert pages.follow(_sign_in_again(pages, sent)).form_values(FORM)["text"] == ""


def test_an_unknown_session_keeps_nothing(context: Flask) -> None:
    assert typed_forms.keep("no such", page="/x", fields=[("a", "b")], has_files=False, now=clock.now()) is None
