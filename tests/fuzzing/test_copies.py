"""Whatever cookies a visitor sends: what a copy answers is what the page made for that visitor would have been."""

import gzip
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import Headers
from werkzeug.test import Client, TestResponse

from portal.catalogues.cookies import OPTIONAL, Category
from portal.consents.choice import Choice, Given, write_choice
from portal.consents.models import Answer
from portal.core import crypto
from portal.web.page_cache import EXTENSION
from tests.conftest import START
from tests.pages import BROWSER

PATHS = (
    "/fi/",
    "/en/privacy-notice",
    "/en/services/heat-pump",
    "/en/cookies",
    "/fi/requests/opt-out",
    "/en/accountability",
    "/fi/my/data",
)
NOT_COMPARED = {"Date", "ETag", "X-Request-Id", "Content-Encoding", "Content-Length", "Vary"}
EXPIRES = re.compile(r"Expires=[^;]+; ")  # told by the clock on the wall, which moves on

answers = st.sampled_from([Answer.YES, Answer.YES, Answer.NO, None])
versions = st.sampled_from(["1.1", "1.1", "1.1", "1.0", "0.9"])
ages = st.sampled_from([0, 1, 100, 181, -1])  # days
choices = st.fixed_dictionaries({category: st.tuples(answers, versions, ages) for category in OPTIONAL})
days = st.sampled_from(["2026-11-24", "2026-11-24", "2026-11-23"])
visits = st.fixed_dictionaries({"day": days, "came_by": st.just("search"), "pages": st.integers(0, 6)})
spellings = st.sampled_from(["{name}={value}", "{name}={value}", "{name}={value}", '{name}="{value}"', "a={name}"])
headers = st.fixed_dictionaries(
    {
        "User-Agent": st.sampled_from([BROWSER["User-Agent"], "Mozilla/5.0 (iPhone) Mobile Safari", "Googlebot/2.1"]),
        "Accept-Encoding": st.sampled_from(["", "gzip"]),
    },
    optional={
        "Sec-GPC": st.just("1"),
        "Referer": st.sampled_from(["https://www.google.com/", "http://localhost/fi/"]),
        "Sec-Fetch-Site": st.just("same-origin"),
    },
)


def signed(choice: dict[Category, Any]) -> str:
    given_ = {
        category: Given(answer, START - timedelta(days=age), START + timedelta(days=180 - age), version)
        for category, (answer, version, age) in choice.items()
        if answer
    }
    return write_choice(Choice("the record of one visitor", given_))


def unpacked(body: bytes) -> bytes:
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def told(response: TestResponse) -> tuple[Any, ...]:
    body = unpacked(response.data)
    held = {(name, EXPIRES.sub("", value)) for name, value in response.headers.items() if name not in NOT_COMPARED}
    return response.status_code, body, held, set(response.headers["Vary"].split(", "))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), path=st.sampled_from(PATHS), sent=headers, method=st.sampled_from(["GET", "GET", "HEAD"]))
def test_a_copy_is_what_the_page_made_for_this_visitor_would_have_been(
    app: Flask, data: st.DataObject, path: str, sent: dict[str, str], method: str
) -> None:
    with app.app_context():
        held = {
            "consent": signed(data.draw(choices)),
            "visit": crypto.sign("visit", data.draw(visits)),
            "interests": "heat-pump.solar-panels",
            "session": "forged",
            "_ga": "GA1.2.3",
        }
    names = data.draw(st.lists(st.sampled_from(["consent", "consent", *held]), max_size=4))
    cookies = "; ".join(data.draw(spellings).format(name=name, value=held[name]) for name in names)
    headers_sent = Headers({**sent, **({"Cookie": cookies} if cookies else {})})
    browser = Client(app, TestResponse, use_cookies=False)
    first = browser.open(path, method=method, headers=headers_sent)
    with pytest.MonkeyPatch.context() as without_copies:
        without_copies.setattr(app.extensions[EXTENSION], "_asks_for_a_page", lambda _environ: False)
        anew = browser.open(path, method=method, headers=headers_sent)
    again = browser.open(path, method=method, headers=headers_sent)
    assert told(first) == told(anew)
    assert told(again) == told(anew)
    kept = [unpacked(body) for body in app.extensions[EXTENSION]._minute.bodies.values()]
    assert not any(b"the record of one visitor" in body for body in kept)
