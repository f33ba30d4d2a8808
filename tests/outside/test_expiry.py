"""Sign-ins end by themselves, with the settings that hold when nothing is set."""

from datetime import timedelta

from tests.outside.browser import CONSENT, REMEMBER
from tests.outside.people import Person
from tests.outside.serving import Portal

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_a_session_ends_after_half_an_hour_without_use(portal: Portal, person: Person) -> None:
    browser = person.signed_in()
    portal.let_pass(29 * MINUTE, person.username)
    assert browser.is_signed_in()
    portal.let_pass(31 * MINUTE, person.username)
    assert not browser.is_signed_in()


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(portal: Portal, person: Person) -> None:
    browser = person.signed_in()
    for _ in range(28):
        portal.let_pass(25 * MINUTE, person.username)
        assert browser.is_signed_in()
    portal.let_pass(21 * MINUTE, person.username)
    assert not browser.is_signed_in()


def test_a_remembered_device_is_forgotten_after_fourteen_days_without_use(portal: Portal, person: Person) -> None:
    browser = person.signed_in(remembered=True).copy(REMEMBER, CONSENT)
    portal.let_pass(13 * DAY, person.username)
    assert browser.is_signed_in()
    portal.let_pass(15 * DAY, person.username)
    assert not browser.copy(REMEMBER, CONSENT).is_signed_in()
    assert not browser.is_signed_in()


def test_a_remembered_device_is_forgotten_thirty_days_after_the_password(portal: Portal, person: Person) -> None:
    browser = person.signed_in(remembered=True)
    for _ in range(2):
        portal.let_pass(13 * DAY, person.username)
        browser = browser.copy(REMEMBER, CONSENT)
        assert browser.is_signed_in()
    portal.let_pass(5 * DAY, person.username)
    assert not browser.copy(REMEMBER, CONSENT).is_signed_in()
    assert not browser.is_signed_in()


def test_fifteen_minutes_after_the_password_it_is_asked_for_again(portal: Portal, person: Person) -> None:
    browser = person.signed_in()
    portal.let_pass(14 * MINUTE, person.username)
    assert browser.get("/fi/my/data/export.json").status == 200
    portal.let_pass(2 * MINUTE, person.username)
    answer = browser.get("/fi/my/data/export.json")
    assert (answer.status, answer.location) == (302, "/fi/sign-in/confirm?next=/fi/my/data/export.json")
    assert browser.is_signed_in()


def test_a_remembered_person_is_not_fresh(person: Person) -> None:
    browser = person.signed_in(remembered=True).copy(REMEMBER, CONSENT)
    assert browser.is_signed_in()
    assert browser.get("/fi/my/data/export.json").status == 302
    answer = browser.submit("/fi/sign-in/confirm?next=/fi/my/data/export.json", {"password": person.password})
    assert (answer.status, answer.location) == (303, "/fi/my/data/export.json")
    assert browser.get("/fi/my/data/export.json").status == 200
