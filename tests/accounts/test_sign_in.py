"""Signing in and out through the pages."""

from datetime import timedelta

import pytest

from portal.accounts import throttling
from portal.accounts.second_factor import current_code
from portal.core import clock
from portal.core.errors import Throttled
from tests.factories import PASSWORD, make_account
from tests.pages import Pages


def test_a_clerk_signs_in_with_password_and_code_and_lands_on_the_queue(app, client):
    with app.app_context():
        clerk = make_account("clerk", username="clerk.one")
    page = client.submit("/en/sign-in", {"username": "clerk.one", "password": PASSWORD})
    assert (page.status, page.location) == (303, "/en/sign-in/code")
    page = client.submit("/en/sign-in/code", {"code": current_code(clerk.totp_secret, clock.now())})
    assert (page.status, page.location) == (303, "/en/desk/requests")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The username or the password is wrong. Check both and try again."),
        ("fi", "Käyttäjätunnus tai salasana on väärin. Tarkista molemmat ja yritä uudelleen."),
    ],
)
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(app, client, language, words):
    with app.app_context():
        make_account("clerk", username="clerk.one")
    answers = []
    for username, password in (("clerk.one", "wrong"), ("nobody", PASSWORD)):
        page = client.submit(f"/{language}/sign-in", {"username": username, "password": password})
        assert page.status == 422
        assert words in page.text
        assert page.all("input", name="username")[0].get("value") == username
        assert page.all("input", name="password")[0].get("value") in (None, "")
        answers.append(page.text.replace(username, ""))
    assert answers[0] == answers[1]


def test_empty_fields_are_pointed_out(client):
    page = client.submit("/en/sign-in", {"username": "", "password": ""})
    assert page.status == 422
    assert page.text.count("Fill in this field.") == 4  # twice beside the fields, twice in the summary


@pytest.mark.parametrize("username", ["a\x01b", "x" * 1001, "ä" * 900, "' OR 1=1 --", "\u202eclerk"])
def test_a_strange_username_is_a_wrong_one(client, username):
    assert client.submit("/en/sign-in", {"username": username, "password": "x"}).status == 422


def test_the_right_password_is_told_to_wait_while_throttled(app, client, frozen_clock):
    with app.app_context():
        make_account("clerk", username="clerk.one")
    for _ in range(10):
        assert client.submit("/en/sign-in", {"username": "Clerk.One ", "password": "wrong"}).status == 422
    page = client.submit("/en/sign-in", {"username": "clerk.one", "password": PASSWORD})
    assert page.status == 429
    assert page.headers["Retry-After"] == "900"
    frozen_clock.advance(timedelta(minutes=15))
    assert client.submit("/en/sign-in", {"username": "clerk.one", "password": PASSWORD}).status == 303


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/en/..//evil.example"]
)
def test_a_hostile_return_path_leads_home(app, client, target):
    with app.app_context():
        make_account("marketing", username="market.er")
    client.get("/en/sign-in")
    page = client.post("/en/sign-in", {"username": "market.er", "password": PASSWORD, "next": target})
    assert page.location == "/en/sign-in/code"
    page = client.submit("/en/sign-in/code", {"code": current_code("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", clock.now())})
    assert page.location == "/en/statistics/cookies"


def test_a_person_sent_to_sign_in_returns_to_the_page_they_wanted(app, client):
    with app.app_context():
        clerk = make_account("clerk", username="clerk.one")
    sent = client.get("/fi/my/devices")
    assert (sent.status, sent.location) == (302, "/fi/sign-in?next=/fi/my/devices")
    client.submit(sent.location, {"username": "clerk.one", "password": PASSWORD})
    page = client.submit("/fi/sign-in/code", {"code": current_code(clerk.totp_secret, clock.now())})
    assert (page.status, page.location) == (303, "/fi/my/devices")


def test_the_session_id_is_new_at_sign_in_and_at_a_fresh_entry(sign_in, frozen_clock):
    pages = sign_in("administrator")
    at_sign_in = pages.cookie("session")
    frozen_clock.advance(timedelta(minutes=16))
    sent = pages.get("/en/admin/users")
    assert (sent.status, sent.location) == (302, "/en/sign-in/confirm?next=/en/admin/users")
    code = current_code(pages.person.totp_secret, clock.now())
    back = pages.submit(sent.location, {"password": PASSWORD, "code": code})
    assert (back.status, back.location) == (303, "/en/admin/users")
    assert pages.get("/en/admin/users").status == 200
    assert _opens(pages, "/en/my/devices", at_sign_in) == 302


def test_a_saved_cookie_is_dead_after_signing_out(sign_in):
    pages = sign_in("clerk")
    saved = pages.cookie("session")
    pages.get("/en/my/devices")
    page = pages.post("/en/sign-out")
    assert (page.status, page.location) == (303, "/en/sign-in?signed_out=1")
    assert page.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert pages.cookie("session") is None
    assert "You have signed out" in pages.follow(page).text
    assert _opens(Pages(pages.app), "/en/my/devices", saved) == 302


def test_a_session_ends_after_half_an_hour_without_use_and_after_twelve_hours_at_most(sign_in, frozen_clock):
    pages = sign_in("clerk")
    frozen_clock.advance(timedelta(minutes=29))
    assert pages.get("/en/my/devices").status == 200
    frozen_clock.advance(timedelta(minutes=31))
    assert pages.get("/en/my/devices").status == 302
    frozen_clock.advance(timedelta(minutes=-20))
    assert pages.get("/en/my/devices").status == 302, "a clock set back revives nothing"

    pages = sign_in("clerk")
    for _ in range(24):
        frozen_clock.advance(timedelta(minutes=29))
        assert pages.get("/en/my/devices").status == 200
    frozen_clock.advance(timedelta(minutes=29))
    assert pages.get("/en/my/devices").status == 302


def test_staff_accept_the_commitment_before_anything_else_opens(sign_in):
    pages = sign_in("clerk", has_accepted_commitment=False)
    for path in ("/en/desk/requests", "/en/my/devices"):
        page = pages.get(path)
        assert (page.status, page.location) == (302, f"/en/sign-in/commitment?next={path}")
    assert pages.submit("/en/sign-in/commitment", {}).status == 422
    page = pages.submit("/en/sign-in/commitment?next=/en/my/devices", {"accepts": "y"})
    assert (page.status, page.location) == (303, "/en/my/devices")
    assert pages.get("/en/my/devices").status == 200
    assert "You committed on 24 November 2026" in pages.get("/en/sign-in/commitment").text


def test_staff_without_a_second_factor_set_it_up_first(sign_in):
    pages = sign_in("clerk", has_second_factor=False)
    page = pages.get("/en/my/devices")
    assert (page.status, page.location) == (302, "/en/sign-in/second-factor?next=/en/my/devices")
    page = pages.follow(page)
    key = next(e.text for e in page.all("span", id="totp-key"))
    wrong = pages.post("/en/sign-in/second-factor", page.form_values() | {"code": "000000"})
    assert wrong.status == 422
    assert key in wrong.text, "the key stays the same after a typing mistake"
    values = next(e.get("value") for e in wrong.all("input", name="setup"))
    code = current_code(key, clock.now())
    page = pages.post("/en/sign-in/second-factor?next=/en/my/devices", {"setup": values, "code": code})
    assert (page.status, page.location) == (303, "/en/my/security/recovery-codes?next=/en/my/devices")
    page = pages.follow(page)
    (shown,) = page.all("ol", id="recovery-codes")
    codes = [e.text for e in shown.iter("span")]
    assert len(set(codes)) == 10
    assert "/en/my/devices" in page.links(), "the way on"
    assert pages.get("/en/sign-in/second-factor").status == 302
    assert pages.get("/en/my/devices").status == 200
    other = Pages(pages.app)
    other.submit("/en/sign-in", {"username": pages.person.username, "password": PASSWORD})
    assert other.submit("/en/sign-in/code", {"code": codes[3]}).status == 303


def test_on_the_first_day_second_factor_codes_and_commitment_come_in_this_order(sign_in):
    pages = sign_in("marketing", has_second_factor=False, has_accepted_commitment=False)
    page = pages.follow(pages.get("/en/statistics/cookies"))
    key = next(e.text for e in page.all("span", id="totp-key"))
    sent = pages.post(
        "/en/sign-in/second-factor?next=/en/statistics/cookies",
        page.form_values() | {"code": current_code(key, clock.now())},
    )
    assert pages.follow(sent).heading == "Keep your recovery codes"
    page = pages.get("/en/statistics/cookies")
    assert page.location == "/en/sign-in/commitment?next=/en/statistics/cookies"


def test_flask_logins_own_remember_cookie_opens_nothing(app, client):
    from flask_login.utils import encode_cookie

    with app.app_context():
        person = make_account("clerk")
        forged = encode_cookie(str(person.account_id))
    client.browser.set_cookie("remember_token", forged)
    assert client.get("/en/my/devices").status == 302


def _opens(pages, path, session_cookie):
    pages.browser.set_cookie("session", session_cookie)
    return pages.get(path).status


def test_addresses_of_one_ipv6_network_share_their_count(context):
    for n in range(throttling.PER_ADDRESS):
        throttling.count_attempt(username=f"name-{n}", address=f"2001:db8::{n:x}", now=clock.now())
    with pytest.raises(Throttled):
        throttling.count_attempt(username="another", address="2001:db8::ffff", now=clock.now())
    throttling.count_attempt(username="another", address="2001:db8:0:1::1", now=clock.now())


def test_public_forms_do_not_use_up_the_sign_ins_of_an_address(context):
    for _ in range(throttling.FORMS_PER_ADDRESS):
        throttling.count_form(address="192.0.2.1", now=clock.now())
    with pytest.raises(Throttled):
        throttling.count_form(address="::ffff:192.0.2.1", now=clock.now())
    throttling.count_attempt(username="aino", address="192.0.2.1", now=clock.now())


def test_a_return_path_that_would_burst_the_session_cookie_is_dropped(client, app):
    with app.app_context():
        person = make_account("clerk")
    page = client.submit(
        "/en/sign-in", {"username": person.username, "password": person.password, "next": "/en/" + "a" * 5_000}
    )
    assert page.status == 303 and client.get("/en/sign-in/code").status == 200
