"""A cookie that somebody kept a copy of opens nothing once its session has been ended, whichever way that was."""

import re
import time
from collections.abc import Callable
from functools import partial

import pytest

from tests.outside import administering
from tests.outside.browser import CONSENT, REMEMBER, SESSION, Answer, Browser, at_once
from tests.outside.outbox import link_in, mail_about
from tests.outside.people import PASSWORD, Person
from tests.outside.serving import Portal

NEW_PASSWORD = "kolmetoista hiljaista majakkaa"
TRIES = 3  # each on a connection of its own, so that both workers are asked
AT_ONCE = 8
RACES = 4

# what ends a session: given the person's browsers here and there, of which the one there is to end
Ending = Callable[[Portal, Person, Browser, Browser], None]


def sign_out(_portal: Portal, _person: Person, _here: Browser, there: Browser) -> None:
    assert there.post("/fi/sign-out").status == 303


def change_password(_portal: Portal, _person: Person, here: Browser, _there: Browser) -> None:
    assert _new_password(here).status == 303


def set_a_password_by_link(portal: Portal, person: Person, here: Browser, _there: Browser) -> None:
    stranger = here.copy("none")
    asked = stranger.submit("/fi/forgot-password", {"username": person.username, "contact": person.email})
    assert asked.status == 303
    link = link_in(portal, mail_about(portal, person.email, "Set a new password"))
    answer = stranger.submit(link, {"new_password": NEW_PASSWORD, "repeat_password": NEW_PASSWORD})
    assert answer.status == 303
    assert not stranger.is_signed_in(), "a reset signs nobody in"


def revoke_the_others(_portal: Portal, _person: Person, here: Browser, _there: Browser) -> None:
    assert here.submit("/fi/my/devices", {"revoke": "others"}).status == 303


def revoke_that_one(_portal: Portal, _person: Person, here: Browser, _there: Browser) -> None:
    _this, that, _all_others = re.findall(r'name="revoke" value="(\w+)"', here.get("/fi/my/devices").text)
    assert here.post("/fi/my/devices", {"revoke": that}).status == 303


def lock_the_account(portal: Portal, person: Person, _here: Browser, _there: Browser) -> None:
    administering.lock(portal, person)


def give_another_role(portal: Portal, person: Person, _here: Browser, _there: Browser) -> None:
    administering.change_role(portal, person, "marketing")


LEAVES_ONE_OPEN = [sign_out, change_password, revoke_the_others, revoke_that_one]
LEAVES_NONE_OPEN = [set_a_password_by_link, lock_the_account, give_another_role]


def _new_password(browser: Browser) -> Answer:
    typed = {"current_password": PASSWORD, "new_password": NEW_PASSWORD, "repeat_password": NEW_PASSWORD}
    return browser.submit("/fi/my/security", typed)


def _opens(cookies_of: Browser) -> bool:
    return any(cookies_of.is_signed_in() for _ in range(TRIES))


@pytest.mark.parametrize("end", [*LEAVES_ONE_OPEN, *LEAVES_NONE_OPEN])
def test_saved_cookies_open_nothing_after(end: Ending, portal: Portal, person: Person) -> None:
    here, there = person.signed_in(remembered=True), person.signed_in(remembered=True)
    assert there.is_signed_in()
    saved = [there.copy(SESSION), there.copy(REMEMBER, CONSENT), there.copy()]
    before = here.copy(SESSION)
    assert set(there.cookies) == {SESSION, REMEMBER, CONSENT}
    end(portal, person, here, there)
    assert not any(_opens(copy) for copy in saved)
    assert here.is_signed_in() is (end in LEAVES_ONE_OPEN)
    if end is change_password:
        assert not _opens(before), "the id of the session that changed the password is new"
    assert alarms(portal, person) == 0


def alarms(portal: Portal, person: Person) -> int:
    """How many times a device of this person was thought stolen."""
    (row,) = portal.sql(
        "SELECT count(*) AS n FROM audit_event JOIN audit_detail ON audit_detail.seq = audit_event.seq"
        " JOIN account ON account.id = audit_detail.actor"
        " WHERE action = 'authn_token_reuse' AND username = :name",
        name=person.username,
    )
    return int(row.n)


def test_a_saved_session_is_dead_after_a_fresh_entry_gave_it_a_new_id(portal: Portal, person: Person) -> None:
    browser = person.signed_in()
    saved = browser.copy(SESSION)
    assert browser.submit("/fi/sign-in/confirm", {"password": PASSWORD}).status == 303
    assert browser.is_signed_in()
    assert not _opens(saved)


def test_a_request_in_flight_revives_nothing_that_signing_out_has_ended(person: Person) -> None:
    """Tabs that come back by the device's previous value are under way while another tab signs out."""
    for _ in range(RACES):
        browser = person.signed_in(remembered=True)
        tabs = [browser.copy(REMEMBER, CONSENT) for _ in range(AT_ONCE)]
        assert browser.copy(REMEMBER, CONSENT).is_signed_in(), "the device's value is the previous one now"
        browser.get("/fi/my/devices")
        coming = [partial(tab.get, "/fi/my/devices") for tab in tabs]
        at_once([*coming[: AT_ONCE // 2], partial(browser.post, "/fi/sign-out"), *coming[AT_ONCE // 2 :]])
        assert [tab.is_signed_in() for tab in tabs] == [False] * AT_ONCE


def test_an_old_password_under_way_opens_nothing_once_it_has_been_changed(person: Person) -> None:
    """Whoever is being checked with the old password while it changes is not let in by the new state of the account."""
    browser = person.signed_in()
    browser.get("/fi/my/security")
    others = [browser.copy("none") for _ in range(AT_ONCE)]
    for other in others:
        other.get("/fi/sign-in")
    typed = {"username": person.username, "password": PASSWORD}

    def sign_in(other: Browser, after: float) -> Answer:
        time.sleep(after)
        return other.post("/fi/sign-in", typed)

    signing_in = [partial(sign_in, other, 0.08 * number) for number, other in enumerate(others)]
    at_once([partial(_new_password, browser), *signing_in])
    assert browser.is_signed_in()
    assert [other.is_signed_in() for other in others] == [False] * AT_ONCE
