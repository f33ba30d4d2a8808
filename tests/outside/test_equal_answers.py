"""Who has an account cannot be told from an answer: status, headers and body are the same to the byte (S8)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from tests.outside import administering
from tests.outside.browser import Answer, Browser
from tests.outside.people import People, Person
from tests.outside.serving import Node, Portal

OF_THIS_ANSWER = {"Date", "X-Request-Id"}
SECRET = re.compile(r"(?<=^__Host-session)=[^;]*;")


@dataclass(frozen=True)
class Known:
    """Accounts in every state, with names as long as those of nobody."""

    person: Person
    locked: Person
    nobody: str


@pytest.fixture(scope="module")
def known(people: People, portal: Portal) -> Known:
    person, locked = (
        people.newcomer(username="person-aa@example.com"),
        people.newcomer(username="person-bb@example.com"),
    )
    administering.lock(portal, locked)
    return Known(person, locked, "person-cc@example.com")


def neutral(answer: Answer) -> tuple[int, tuple[tuple[str, str], ...], str]:
    """An answer without what differs between any two: the time, tokens, the id of the request, the demo's codes."""
    headers = [
        (name, SECRET.sub(lambda found: f"={len(found[0])} signs;", value) if name == "Set-Cookie" else value)
        for name, value in answer.headers.items()
        if name not in OF_THIS_ANSWER
    ]
    body = answer.text.replace(answer.headers["X-Request-Id"], "REQUEST")
    body = re.sub(r'(name="csrf_token"[^>]*value=")[^"]*', r"\1TOKEN", body)
    body = re.sub(r"\b\d{6}\b", "CODE", body)
    return answer.status, tuple(headers), re.sub(r"person-[a-z]{2}@", "PERSON@", body)


def asked(browser: Browser, path: str, typed: Mapping[str, str]) -> Iterator[tuple[int, object, str]]:
    """The answer to a form, and the page that it leads to."""
    answer = browser.submit(path, typed)
    yield neutral(answer)
    if answer.status == 303:
        yield neutral(browser.get(answer.location))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_wrong_password_and_a_name_that_nobody_has_get_the_same_answer(
    language: str, known: Known, node: Node
) -> None:
    names = [known.person.username, known.locked.username, known.nobody]
    answers = [
        [*asked(node.browser(), f"/{language}/sign-in", {"username": name, "password": "wrong"})] for name in names
    ]
    assert answers[0][0][0] == 422
    assert answers[0] == answers[1] == answers[2]


def test_the_right_password_of_a_locked_account_gets_that_answer_too(known: Known, node: Node) -> None:
    right = {"username": known.locked.username, "password": known.locked.password}
    wrong = {"username": known.nobody, "password": known.locked.password}
    assert [*asked(node.browser(), "/fi/sign-in", right)] == [*asked(node.browser(), "/fi/sign-in", wrong)]


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("page", ["forgot-password", "activate"])
def test_asking_for_a_link_tells_nothing(page: str, language: str, known: Known, node: Node) -> None:
    path = f"/{language}/{page}"
    if page == "activate" and node.browser().get(path).status == 404:
        pytest.skip("a customer's first account is not opened here yet")
    people = [
        {"username": known.person.username, "contact": known.person.email},
        {"username": known.person.username, "contact": "somebody@example.org"},
        {"username": known.locked.username, "contact": known.locked.email},
        {"username": known.nobody, "contact": "person-cc@example.com"},
    ]
    answers = [[*asked(node.browser(), path, typed)] for typed in people]
    assert answers[0][0][0] == 303
    assert all(answer == answers[0] for answer in answers)
