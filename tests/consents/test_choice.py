"""Reading the signed cookie: whatever is sent, the answer is a choice or no choice, never an error."""

import secrets
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings, strategies

from portal.catalogues.cookies import Category
from portal.consents import services
from portal.consents.choice import NO_CHOICE, Choice, Given, read_choice, write_choice
from portal.consents.models import Answer, Method
from portal.core import crypto
from tests.consents.choices import NOW, choose

NECESSARY = frozenset({Category.NECESSARY})
json_values = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | strategies.text(),
    lambda inner: strategies.lists(inner) | strategies.dictionaries(strategies.text(max_size=3), inner),
    max_leaves=10,
)


def held(answer: Answer = Answer.YES, version: str = "1.1") -> Choice:
    one = Given(answer, NOW, NOW + timedelta(days=180), version)
    return Choice("ABCD-EFGH-JKMN-PQRS-TUVW", {c: one for c in Category if c is not Category.NECESSARY})


def test_a_written_choice_is_read_back(context: Flask) -> None:
    choice = read_choice(write_choice(held()), NOW)
    assert choice.record_id == "ABCD-EFGH-JKMN-PQRS-TUVW"
    assert choice.answers == {
        Category.FUNCTIONAL: Answer.YES,
        Category.ANALYTICS: Answer.YES,
        Category.MARKETING: Answer.YES,
    }
    assert choice.expires_at == NOW + timedelta(days=180)
    assert choice.allowed == frozenset(Category)


@pytest.mark.parametrize("value", [None, "", "yes", "a.b", "\x00", "ä", "\ud800", "{}", "null", "e30.AAAA", "x" * 5000])
def test_a_garbled_cookie_is_no_choice(context: Flask, value: str | None) -> None:
    assert read_choice(value, NOW) == NO_CHOICE
    assert services.allowed_categories(value, NOW) == NECESSARY


def test_a_cookie_signed_for_another_purpose_is_no_choice(context: Flask) -> None:
    payload = {"id": "X", "m": ["yes", NOW.timestamp(), NOW.timestamp() + 100, "1.1"]}
    assert read_choice(crypto.sign("elsewhere", payload), NOW) == NO_CHOICE


def test_a_cookie_changed_by_one_character_is_no_choice(context: Flask) -> None:
    value = write_choice(held())
    for place in range(0, len(value), 7):
        changed = value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
        assert read_choice(changed, NOW) == NO_CHOICE


def test_a_choice_ends_after_its_days_whether_yes_or_no(context: Flask) -> None:
    for method in (Method.ACCEPT_ALL, Method.NECESSARY_ONLY):
        value = choose(method).cookie.value
        assert read_choice(value, NOW + timedelta(days=180, seconds=-1)).is_made
        assert read_choice(value, NOW + timedelta(days=180)) == NO_CHOICE


def test_an_oversized_cookie_is_no_choice_even_with_a_good_signature(context: Flask) -> None:
    incompressible = secrets.token_hex(4096)
    payload = {"id": incompressible, "m": ["yes", NOW.timestamp(), NOW.timestamp() + 100, "1.1"]}
    assert read_choice(crypto.sign("consent", payload), NOW) == NO_CHOICE


def test_consent_to_a_use_that_has_changed_no_longer_counts(context: Flask) -> None:
    choice = read_choice(write_choice(held(version="1.0")), NOW)
    assert choice.asked_again == {Category.ANALYTICS}
    assert choice.allowed == {Category.NECESSARY, Category.FUNCTIONAL, Category.MARKETING}
    assert services.categories_to_ask(choice) == (Category.ANALYTICS,)


def test_a_choice_under_an_unknown_notice_is_asked_again(context: Flask) -> None:
    assert read_choice(write_choice(held(version="9.9")), NOW).allowed == NECESSARY


def test_the_cookie_is_small(context: Flask) -> None:
    assert len(write_choice(held())) < 400


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(value=strategies.text())
def test_no_text_at_all_is_an_error(context: Flask, value: str) -> None:
    assert read_choice(value, NOW) == NO_CHOICE


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(payload=strategies.dictionaries(strategies.sampled_from(["id", "f", "a", "m", "x"]), json_values))
def test_no_signed_payload_is_an_error(context: Flask, payload: dict[str, object]) -> None:
    choice = read_choice(crypto.sign("consent", payload), NOW)
    assert Category.NECESSARY in choice.allowed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    answer=strategies.sampled_from([Answer.YES, Answer.NO]),
    since=strategies.integers(-10_000, 10_000),
    lasts=strategies.integers(-10_000, 10_000),
)
def test_an_answer_counts_from_when_it_was_given_until_it_ends(
    context: Flask, answer: Answer, since: int, lasts: int
) -> None:
    given_at = NOW - timedelta(seconds=since)
    one = Given(answer, given_at, given_at + timedelta(seconds=lasts), "1.1")
    choice = read_choice(write_choice(Choice("X", {Category.MARKETING: one})), NOW)
    assert choice.is_made == (0 <= since < lasts)
