"""Copies for visitors who have made a cookie choice: who gets one, and that nothing in it is theirs (decision 33)."""

import json
from datetime import timedelta

from flask import Flask, request
from werkzeug.test import Client, TestResponse

from portal.core import crypto
from tests.conftest import FrozenClock
from tests.pages import BROWSER, FROM_OURSELVES
from tests.web.copies import BOT, Counted, Put, ask


def choice(app: Flask, **form: str) -> str:
    """The cookie of a visitor who makes a choice."""
    sent = BROWSER | FROM_OURSELVES
    made = Client(app, TestResponse).post("/fi/cookies", data=form or {"choice": "necessary-only"}, headers=sent)
    return made.headers["Set-Cookie"].partition(";")[0]


def record_in(app: Flask, cookie: str) -> str:
    """The number of the record that a choice leads to."""
    with app.app_context():
        return str((crypto.unsign("consent", cookie.partition("=")[2]) or {})["id"])


def test_who_chose_the_same_gets_the_same_copy_in_which_nothing_is_of_either(
    app: Flask, put: Put, frozen_clock: FrozenClock
) -> None:
    one = choice(app)
    frozen_clock.advance(timedelta(days=3))
    another = choice(app)
    assert record_in(app, one) != record_in(app, another)
    put(lambda: json.dumps(dict(request.headers)))
    first, second = ask(app, Cookie=one), ask(app, Cookie=f"_ga=1; {another}")
    assert first.data == second.data and first.headers["ETag"] == second.headers["ETag"]
    headers = json.loads(first.data)
    assert headers.keys() == {"Host", "Cookie"}
    assert record_in(app, headers["Cookie"]) == "-", "the page was made for a choice that is nobody's"


def test_who_chose_otherwise_gets_another_copy(app: Flask) -> None:
    feet = {
        "": "ei ole vielä tehty",
        choice(app): "Käytössä vain välttämättömät evästeet",
        choice(app, choice="save", functional="on"): "toiminnalliset",
        choice(app, choice="save", marketing="on"): "markkinointi",
        choice(app, choice="save", functional="on", marketing="on"): "toiminnalliset ja markkinointi",
    }
    first = {cookie: ask(app, Cookie=cookie) for cookie in feet}
    again = {cookie: ask(app, Cookie=cookie) for cookie in reversed(feet)}
    assert len({response.headers["ETag"] for response in first.values()}) == len(feet)
    for cookie in feet:
        assert first[cookie].data == again[cookie].data
        assert ('id="cookie-choice"' in first[cookie].text) is (not cookie)


def test_a_choice_with_anything_beside_it_or_left_to_ask_is_answered_by_the_application(
    app: Flask, counted: Counted, frozen_clock: FrozenClock
) -> None:
    no, analytics = choice(app), choice(app, choice="save", analytics="on")
    with app.app_context():
        visit = f"visit={crypto.sign('visit', {'day': '2026-11-24', 'came_by': 'direct', 'pages': 5})}"
    for header in (
        f"{no}; session=x",
        f"session=x;{no}",
        f"{no}; remember=x",
        f"{no}; interests=heat-pump",
        f"{no}; {visit}",
        f"{analytics}; {visit}; {visit}",
        f"{no}; {no}",
        f"{no}; {analytics}",
        f"{no[:-1]}",
        f"{no}x",
        f"x{no}",
        f"__Host-{no}",
        no.replace("=", '="') + '"',
        no.replace("=", " = "),
        no.replace("consent=", "consent=ä"),
        f"{no}, a=b",
        f"a=session; {no}",
    ):
        before = counted.times
        ask(app, Cookie=header)
        ask(app, Cookie=header)
        assert counted.times == before + 2, header
    frozen_clock.advance(timedelta(days=181))
    before = counted.times
    assert "Max-Age=0" in ask(app, Cookie=no).headers["Set-Cookie"], "it has ended"
    assert counted.times == before + 1


def test_the_cookie_page_tells_of_a_choice_and_is_made_for_each(app: Flask) -> None:
    for cookie in (choice(app), choice(app)):
        assert record_in(app, cookie) in ask(app, "/en/cookies", Cookie=cookie).text


def test_a_visit_goes_on_beside_the_copy(app: Flask, counted: Counted) -> None:
    """The cookie is set for each visitor alone, and such an answer is for nobody to keep."""
    cookie = choice(app, choice="save", analytics="on")
    visits = []
    for _ in range(6):
        response = ask(app, Cookie="; ".join([cookie, *visits]), If_None_Match="*")
        if "Set-Cookie" in response.headers:
            assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
            assert "ETag" not in response.headers and b"made 1" in response.data
            visits = [response.headers["Set-Cookie"].partition(";")[0]]
    assert response.status_code == 304, "a long visit is followed no further"
    assert len(response.headers.getlist("Set-Cookie")) == 0
    assert counted.times == 1
    assert "Set-Cookie" not in ask(app, Cookie=cookie, **BOT).headers
    assert "Set-Cookie" not in ask(app, Cookie=choice(app, choice="save", marketing="on")).headers
