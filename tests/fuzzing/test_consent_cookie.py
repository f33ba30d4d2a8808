"""A consent cookie may hold anything; it never breaks a page and never allows more than was signed."""

from datetime import timedelta

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.catalogues.cookies import OPTIONAL, Category
from portal.consents.choice import NO_CHOICE, Choice, Given, read_choice, write_choice
from portal.consents.models import Answer
from tests.conftest import START
from tests.pages import BROWSER

with_the_application = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
letters = st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters=';,"\\')


def signed(*allowed: Category) -> str:
    answers = {category: Answer.YES if category in allowed else Answer.NO for category in OPTIONAL}
    ends = START + timedelta(days=180)
    given_ = {category: Given(answer, START, ends, "1.1") for category, answer in answers.items()}
    return write_choice(Choice("record", given_, frozenset()))


@with_the_application
@given(place=st.integers(0, 400), cut=st.integers(0, 3), put=st.text(letters, max_size=3))
def test_a_signed_choice_that_was_changed_is_no_choice_or_the_one_that_was_signed(
    context: Flask, place: int, cut: int, put: str
) -> None:
    value = signed(Category.ANALYTICS)
    place %= len(value)
    changed = value[:place] + put + value[place + cut :]
    assert read_choice(changed, START) in (NO_CHOICE, read_choice(value, START))


@with_the_application
@given(st.lists(st.sampled_from(OPTIONAL), unique=True), st.integers(-10, 400))
def test_a_choice_allows_exactly_what_was_allowed_while_it_lasts(
    context: Flask, allowed: list[Category], days: int
) -> None:
    read = read_choice(signed(*allowed), START + timedelta(days=days))
    assert read.allowed == {Category.NECESSARY, *(allowed if 0 <= days < 180 else ())}


@settings(parent=with_the_application, max_examples=25)
@given(st.text(letters, max_size=120) | st.sampled_from(["consent", "session"]).map(lambda name: f"x; {name}=y"))
def test_no_cookie_breaks_a_page(app: Flask, value: str) -> None:
    cookies = f"consent={value}; session={value}; remember={value}; visit={value}; interests={value}"
    headers = {**BROWSER, "Cookie": cookies.encode("latin1").decode("latin1")}
    assert app.test_client().get("/en/contact", headers=headers).status_code in (200, 400)
