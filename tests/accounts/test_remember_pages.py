"""Being remembered, seen from a browser."""

from datetime import timedelta

import pytest

from portal.consents.services import allowed_categories
from portal.core import clock
from tests.factories import PASSWORD, make_account
from tests.pages import Pages


@pytest.fixture
def customer(app):
    with app.app_context():
        return make_account(username="asiakas.yksi", password=PASSWORD)


@pytest.fixture
def remembered(client, customer):
    page = client.submit("/en/sign-in", {"username": "asiakas.yksi", "password": PASSWORD, "remember": "y"})
    assert (page.status, page.location) == (303, "/en/my/data")
    return client


def _lose_session(pages):
    pages.browser.delete_cookie("session")


def test_the_box_is_unticked_and_says_for_how_long(client):
    page = client.get("/en/sign-in")
    assert page.all("input", name="remember")[0].get("checked") is None
    assert "Remember me on this device for 30 days" in page.text


def test_without_the_tick_nobody_is_remembered(client, customer):
    client.submit("/en/sign-in", {"username": "asiakas.yksi", "password": PASSWORD})
    assert client.cookie("remember") is None
    assert client.cookie("consent") is None


def test_the_tick_is_recorded_as_consent_to_functional_cookies_alone(app, remembered):
    with app.app_context():
        allowed = allowed_categories(remembered.cookie("consent"), clock.now())
    assert {category.value for category in allowed} - {"necessary"} == {"functional"}
    cookie = remembered.browser.get_cookie("remember")
    assert (cookie.max_age, cookie.path, cookie.http_only, cookie.same_site) == (2_592_000, "/", True, "Lax")


def test_a_remembered_person_comes_back_and_is_not_fresh(remembered):
    before = remembered.cookie("remember")
    _lose_session(remembered)
    assert remembered.get("/en/my/devices").status == 200
    assert remembered.cookie("remember") != before
    page = remembered.post("/en/my/devices", {"revoke": "others"})
    assert (page.status, page.location) == (302, "/en/sign-in/confirm?next=/en/my/devices")


def test_a_saved_remember_cookie_is_dead_after_signing_out(remembered):
    saved = {name: remembered.cookie(name) for name in ("remember", "consent", "session")}
    remembered.get("/en/my/devices")
    remembered.post("/en/sign-out")
    assert remembered.cookie("remember") is None
    assert remembered.cookie("consent") == saved["consent"], "the cookie choice stays"
    thief = Pages(remembered.app)
    for name, value in saved.items():
        thief.browser.set_cookie(name, value)
    assert thief.get("/en/my/devices").status == 302


def test_a_stolen_old_cookie_ends_the_device_when_it_is_used(remembered, frozen_clock):
    stolen = {name: remembered.cookie(name) for name in ("remember", "consent")}
    _lose_session(remembered)
    remembered.get("/en/my/devices")
    remembered.get("/en/my/devices")
    frozen_clock.advance(timedelta(seconds=31))
    thief = Pages(remembered.app)
    for name, value in stolen.items():
        thief.browser.set_cookie(name, value)
    assert thief.get("/en/my/devices").status == 302
    assert thief.cookie("remember") is None
    assert remembered.get("/en/my/devices").status == 302


def test_without_consent_to_functional_cookies_nobody_is_remembered(remembered):
    remembered.browser.delete_cookie("consent")
    _lose_session(remembered)
    assert remembered.get("/en/my/devices").status == 302


def test_withdrawing_consent_forgets_the_device_and_keeps_the_session(remembered):
    saved = {name: remembered.cookie(name) for name in ("remember", "consent")}
    remembered.get("/en/cookies")
    page = remembered.post("/en/cookies", {"choice": "necessary-only"})
    assert page.status == 303
    assert remembered.cookie("remember") is None
    assert remembered.get("/en/my/devices").status == 200
    thief = Pages(remembered.app)
    for name, value in saved.items():
        thief.browser.set_cookie(name, value)
    assert thief.get("/en/my/devices").status == 302


def test_signing_in_again_without_the_tick_forgets_the_device(remembered):
    saved = remembered.cookie("remember")
    consent = remembered.cookie("consent")
    remembered.submit("/en/sign-in", {"username": "asiakas.yksi", "password": PASSWORD})
    assert remembered.cookie("remember") is None
    thief = Pages(remembered.app)
    thief.browser.set_cookie("remember", saved)
    thief.browser.set_cookie("consent", consent)
    assert thief.get("/en/my/devices").status == 302


def test_the_devices_page_lists_this_device_and_ends_the_others(app, remembered, customer):
    other = Pages(app)
    other.submit("/en/sign-in", {"username": "asiakas.yksi", "password": PASSWORD})
    page = remembered.get("/en/my/devices")
    assert page.text.count("Firefox · Linux") == 2
    assert page.text.count("This device") == 1
    page = remembered.post("/en/my/devices", {"revoke": "others"})
    assert (page.status, page.location) == (303, "/en/my/devices")
    assert other.get("/en/my/devices").status == 302
    assert remembered.get("/en/my/devices").status == 200
    assert remembered.post("/en/my/devices", {"revoke": "123"}).status == 404
    for garbled in ("x", "-1", "9" * 30):
        assert remembered.post("/en/my/devices", {"revoke": garbled}).status == 404


def test_signing_this_device_out_empties_what_the_browser_has_kept(remembered):
    page = remembered.get("/en/my/devices")
    (here,) = [row for row in page.all("tr") if "This device" in "".join(row.itertext())]
    (place,) = [e.get("value") for e in here.iter("input") if e.get("name") == "revoke"]
    done = remembered.post("/en/my/devices", {"revoke": place})
    assert (done.status, done.location) == (303, "/en/sign-in?signed_out=1")
    assert done.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert remembered.cookie("remember") is None
    assert remembered.cookie("consent"), "the cookie choice stays"
    assert remembered.get("/en/my/devices").status == 302


def test_a_new_password_keeps_this_session_and_ends_the_rest(app, remembered):
    other = Pages(app)
    other.submit("/en/sign-in", {"username": "asiakas.yksi", "password": PASSWORD})
    saved = {name: remembered.cookie(name) for name in ("remember", "consent", "session")}
    new = "seitsemän keltaista venettä"
    wrong = remembered.submit(
        "/en/my/security", {"current_password": "wrong", "new_password": new, "repeat_password": new}
    )
    assert wrong.status == 422
    assert "The password is wrong. Try again." in wrong.text
    short = remembered.submit(
        "/en/my/security", {"current_password": PASSWORD, "new_password": "lyhyt", "repeat_password": "lyhyt"}
    )
    assert "it needs at least 15 characters" in short.text
    page = remembered.submit(
        "/en/my/security", {"current_password": PASSWORD, "new_password": new, "repeat_password": new}
    )
    assert page.status == 303
    assert "Your password is changed." in remembered.follow(page).text
    assert other.get("/en/my/devices").status == 302
    thief = Pages(app)
    for name, value in saved.items():
        thief.browser.set_cookie(name, value)
    assert thief.get("/en/my/devices").status == 302


def test_a_page_that_only_redirects_does_not_lose_the_rotated_cookie(remembered, frozen_clock):
    before = remembered.cookie("remember")
    _lose_session(remembered)
    assert remembered.get("/").status == 302
    _lose_session(remembered)
    frozen_clock.advance(timedelta(minutes=5))
    assert remembered.get("/en/my/devices").status == 200
    assert remembered.cookie("remember") != before
