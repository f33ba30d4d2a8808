"""Guessing passwords and codes: ten tries an account reach the check, whatever is sent with them (S9)."""

from functools import partial

import pyotp

from tests.outside.browser import SESSION, Answer, Browser, at_once
from tests.outside.outbox import mail_about
from tests.outside.people import PASSWORD, People, Person
from tests.outside.serving import Node, Portal

BURST = 80
CHECKED, HELD_BACK = 422, 429
WINDOW = 15 * 60  # seconds
TOO_MANY = "Too many tries to sign in to your account"
USERNAME = "kirsi.fiskari@example.com"
SPELLINGS = [
    "kirsi.fiskari@example.com",
    "KIRSI.FISKARI@EXAMPLE.COM",
    "  Kirsi.Fiskari@Example.Com\u00a0",
    "\u212airsi.fiskari@example.com",  # the sign of kelvin
    "kirsi.fi\u017fkari@example.com",  # long s
    "kirsi.\ufb01skari@example.com",  # ligature
    "\uff4b\uff49\uff52\uff53\uff49.fiskari@example.com",  # full width
    "kirsi\uff0efiskari\uff20example\uff0ecom",
    "kirsi.fiskari\x07@example.com",
]
SAYS_WHERE_FROM = ["X-Forwarded-For", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP", "Client-IP"]


def claims(number: int) -> dict[str, str]:
    """Headers that name another address each time."""
    address = f"198.51.{number // 250}.{number % 250 + 1}"
    return {name.replace("-", "_"): address for name in SAYS_WHERE_FROM} | {"Forwarded": f"for={address};proto=https"}


def guessing(form: Browser, number: int) -> Answer:
    """One guess, from its own address, by the form that one visitor opened."""
    path = ("/fi/sign-in", "/en/sign-in")[number % 2]
    guesser = form.copy()
    guesser.last = form.last
    username = SPELLINGS[number % len(SPELLINGS)]
    return guesser.post(path, {"username": username, "password": f"guess number {number}"}, **claims(number))


def test_of_a_burst_of_eighty_guesses_ten_are_checked(portal: Portal, people: People, node: Node) -> None:
    person, neighbour = people.newcomer(username=USERNAME), people.newcomer()
    inside = person.signed_in()
    form = node.browser()
    form.get("/fi/sign-in")
    statuses = [answer.status for answer in at_once([partial(guessing, form, number) for number in range(BURST)])]
    assert sorted(set(statuses)) == [CHECKED, HELD_BACK]
    assert statuses.count(CHECKED) == 10

    right = node.browser().submit("/fi/sign-in", {"username": USERNAME, "password": PASSWORD})
    assert right.status == HELD_BACK
    assert 0 < int(right.headers["Retry-After"]) <= WINDOW
    assert SESSION not in right.set_cookies
    confirming = inside.submit("/fi/sign-in/confirm", {"password": PASSWORD})
    assert confirming.status == HELD_BACK, "a fresh entry is a check like any other"
    assert inside.get("/fi/my/data/export.json").status == 200, "the open session goes on"
    assert neighbour.signed_in().is_signed_in(), "others are not locked out"
    assert "15 minutes" in " ".join(mail_about(portal, person.email, TOO_MANY).get_content().split())


def test_an_unknown_name_is_held_back_like_a_known_one(node: Node) -> None:
    form = node.browser()
    form.get("/fi/sign-in")
    guess = {"username": "nobody.at.all@example.com", "password": "wrong"}
    for number in range(11):
        guesser = form.copy()
        guesser.last = form.last
        answer = guesser.post("/fi/sign-in", guess)
        assert answer.status == (CHECKED if number < 10 else HELD_BACK)


def test_of_a_burst_of_codes_ten_are_checked_together_with_the_password(people: People) -> None:
    secret = pyotp.random_base32()
    person = people.newcomer(totp_secret=secret)
    form = person.node.browser()
    assert form.submit("/fi/sign-in", {"username": person.username, "password": PASSWORD}).status == 303
    form.get("/fi/sign-in/code")

    def guess(number: int) -> Answer:
        guesser = form.copy()
        guesser.last = form.last
        return guesser.post("/fi/sign-in/code", {"code": f"{number:06}"}, **claims(number))

    statuses = [answer.status for answer in at_once([partial(guess, number) for number in range(BURST // 2)])]
    assert statuses.count(CHECKED) == 9
    assert statuses.count(HELD_BACK) == BURST // 2 - 9
    answer = form.post("/fi/sign-in/code", {"code": people.codes.next(secret)})
    assert answer.status == HELD_BACK
    assert not form.is_signed_in()


def test_what_a_header_says_about_the_address_is_not_believed(portal: Portal, browser: Browser) -> None:
    def places() -> set[str]:
        return {row.address_key for row in portal.sql("SELECT DISTINCT address_key FROM sign_in_attempt")}

    before = places()
    browser.get("/fi/sign-in")
    for number in range(4):
        guess = {"username": f"nobody-{number}", "password": "wrong"}
        assert browser.post("/fi/sign-in", guess, **claims(number)).status == CHECKED
    assert len(places() - before) == 1


def test_getting_in_begins_the_count_anew(person: Person) -> None:
    for _ in range(2):
        browser = person.node.browser()
        browser.get("/fi/sign-in")
        for _ in range(6):
            assert browser.post("/fi/sign-in", {"username": person.username, "password": "wrong"}).status == CHECKED
        assert person.signed_in().is_signed_in()
