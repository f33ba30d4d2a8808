"""Being remembered over many parallel requests, and what becomes of a copied cookie (S2, S3)."""

from datetime import timedelta
from functools import partial

from tests.outside.browser import CONSENT, REMEMBER, SESSION, Browser, at_once
from tests.outside.outbox import mail_about, subjects
from tests.outside.people import Person
from tests.outside.serving import Portal
from tests.outside.test_saved_cookies import alarms

ROUNDS = 25
AT_ONCE = 8
STOLEN = "We signed one of your devices out"


def come_back(browser: Browser) -> Browser:
    """The browser was closed and is opened again: only what outlives it is left."""
    return browser.copy(REMEMBER, CONSENT)


def test_of_parallel_requests_with_one_cookie_exactly_one_is_given_the_next(portal: Portal, person: Person) -> None:
    browser = come_back(person.signed_in(remembered=True))
    for _ in range(ROUNDS):
        tabs = [come_back(browser) for _ in range(AT_ONCE)]
        answers = at_once([partial(tab.get, "/fi/my/devices") for tab in tabs])
        assert [answer.status for answer in answers] == [200] * AT_ONCE
        given = [answer.set_cookies[REMEMBER].value for answer in answers if REMEMBER in answer.set_cookies]
        assert len(given) == 1
        assert given[0] != browser.cookies[REMEMBER]
        assert all(SESSION in answer.set_cookies for answer in answers)
        browser.cookies[REMEMBER] = given[0]
    assert browser.is_signed_in()
    assert alarms(portal, person) == 0
    assert STOLEN not in subjects(portal, person.email)


def test_an_old_token_ends_its_device_and_the_sessions_born_from_it_and_nothing_else(
    portal: Portal, person: Person
) -> None:
    robbed, other, unremembered = (
        person.signed_in(remembered=True),
        person.signed_in(remembered=True),
        person.signed_in(),
    )
    thief = come_back(robbed)
    for _ in range(2):
        robbed = come_back(robbed)
        assert robbed.is_signed_in()
    second_tab = robbed.copy()
    assert second_tab.is_signed_in()
    assert not thief.is_signed_in()
    assert REMEMBER not in thief.cookies, "a cookie that is worth nothing is taken back"
    assert not robbed.is_signed_in()
    assert not second_tab.is_signed_in()
    assert not come_back(robbed).is_signed_in()
    assert other.is_signed_in()
    assert come_back(other).is_signed_in()
    assert unremembered.is_signed_in()
    assert alarms(portal, person) == 1
    told = mail_about(portal, person.email, STOLEN).get_content()
    assert "Firefox" in told
    assert subjects(portal, person.email).count(STOLEN) == 1


def test_a_guessed_secret_for_a_known_device_ends_it(portal: Portal, person: Person) -> None:
    browser = person.signed_in(remembered=True)
    guesser = come_back(browser)
    selector, _, secret = browser.cookies[REMEMBER].partition(".")
    guesser.cookies[REMEMBER] = f"{selector}.{secret[::-1]}"
    assert not guesser.is_signed_in()
    assert not browser.is_signed_in()
    assert alarms(portal, person) == 1


def test_a_lost_answer_is_no_theft(portal: Portal, person: Person) -> None:
    """The server rotated, the browser never heard of it, and comes again when the time of grace is over."""
    browser, other = person.signed_in(remembered=True), person.signed_in(remembered=True)
    lost = come_back(browser)
    lost.request("GET", "/fi/my/devices", forgets=True)
    portal.let_pass(timedelta(minutes=1), person.username)
    assert not lost.is_signed_in()
    assert other.is_signed_in()
    assert alarms(portal, person) == 0
    assert person.signed_in().is_signed_in()
    assert STOLEN not in subjects(portal, person.email)


def test_within_the_time_of_grace_the_value_before_signs_in_and_sets_nothing(person: Person) -> None:
    browser = person.signed_in(remembered=True)
    late = come_back(browser)
    assert come_back(browser).is_signed_in()
    answer = late.get("/fi/my/devices")
    assert answer.status == 200
    assert REMEMBER not in answer.set_cookies
