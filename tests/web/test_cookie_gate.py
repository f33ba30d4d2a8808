"""Nothing undeclared and nothing without consent leaves the server."""

import sys
from collections.abc import Iterable
from datetime import timedelta

import pytest
from flask_babel import lazy_gettext as _l
from werkzeug.test import create_environ, run_wsgi_app

from portal.catalogues.cookies import Category, Cookie
from portal.web.cookie_gate import CookieGate, UndeclaredCookie

COOKIES = (
    Cookie("session", Category.NECESSARY, _l("x"), None, why_necessary=_l("x")),
    Cookie("consent", Category.NECESSARY, _l("x"), timedelta(days=180), why_necessary=_l("x")),
    Cookie("visit", Category.ANALYTICS, _l("x"), None),
    Cookie("interests", Category.MARKETING, _l("x"), timedelta(days=30)),
)


def leaving(set_cookies: Iterable[str], *, sent: str = "", is_strict: bool = True, prefix: str = "") -> list[str]:
    """Names that get through the gate when the choice `analytics` is the value "yes" of the consent cookie."""

    def app(_environ: object, start_response: object) -> list[bytes]:
        start_response("200 OK", [("Set-Cookie", value) for value in set_cookies])  # type: ignore[operator]
        return [b""]

    gate = CookieGate(
        app,
        cookies=COOKIES,
        prefix=prefix,
        allowed_categories=lambda value: frozenset({Category.ANALYTICS} if value == "yes" else ()),
        is_strict=is_strict,
    )
    _, _, headers = run_wsgi_app(gate, create_environ(headers={"Cookie": sent} if sent else None))
    return [value.split("=")[0] for value in headers.getlist("Set-Cookie")]


def test_a_necessary_cookie_passes_without_a_choice() -> None:
    assert leaving(["session=a; Path=/"]) == ["session"]


def test_an_optional_cookie_is_held_back_without_a_choice() -> None:
    assert leaving(["visit=a; Path=/", "session=b; Path=/"]) == ["session"]


def test_a_cookie_of_an_allowed_category_passes_and_of_another_does_not() -> None:
    assert leaving(["visit=a", "interests=b"], sent="consent=yes") == ["visit"]


def test_the_choice_made_in_this_response_counts_at_once() -> None:
    assert leaving(["consent=yes; Path=/", "visit=a"], sent="consent=no") == ["consent", "visit"]
    assert leaving(["consent=no; Path=/", "visit=a"], sent="consent=yes") == ["consent"]


def test_a_deletion_passes_always() -> None:
    assert leaving(["visit=; Max-Age=0; Path=/"]) == ["visit"]


def test_what_cannot_be_read_as_a_deletion_is_none() -> None:
    assert leaving(["visit=; Max-Age=0; x/y=1"]) == []
    assert leaving(["visit=a; Max-Age=1"]) == []


@pytest.mark.parametrize(
    ("sent", "passed"), [('consent="yes"', ["visit"]), ("consent=yes=", []), ("x=consent=yes", [])]
)
def test_the_choice_is_read_as_it_was_sent(sent: str, passed: list[str]) -> None:
    assert leaving(["visit=a"], sent=sent) == passed


def test_a_choice_with_the_sign_of_equality_in_it_is_read_whole() -> None:
    asked: list[str | None] = []

    def app(_environ: object, start_response: object) -> list[bytes]:
        start_response("200 OK", [("Set-Cookie", "session=a")])  # type: ignore[operator]
        return [b""]

    def allowed(value: str | None) -> frozenset[Category]:
        asked.append(value)
        return frozenset()

    gate = CookieGate(app, cookies=COOKIES, prefix="", allowed_categories=allowed, is_strict=True)
    run_wsgi_app(gate, create_environ(headers={"Cookie": "session=b; consent=Xab=cd=X"}))
    assert asked == ["Xab=cd=X"]


def test_what_is_no_cookie_goes_through_as_it_is() -> None:
    seen: list[tuple[object, object]] = []

    def app(environ: dict[str, object], start_response: object) -> list[bytes]:
        try:
            raise ValueError
        except ValueError:
            start_response("404 NOT FOUND", [("X-Kept", environ["PATH_INFO"])], sys.exc_info())  # type: ignore[operator]
        return [b"body"]

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: tuple[type, ...] | None = None) -> None:
        seen.append(((status, headers), exc_info and exc_info[0]))

    gate = CookieGate(app, cookies=COOKIES, prefix="", allowed_categories=lambda _: frozenset(), is_strict=True)
    assert gate(create_environ("/nowhere"), start_response) == [b"body"]  # type: ignore[arg-type]
    assert seen == [(("404 NOT FOUND", [("X-Kept", "/nowhere")]), ValueError)]


def test_an_undeclared_cookie_is_an_error_while_developing_and_dropped_in_production(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(UndeclaredCookie, match="tracker"):
        leaving(["tracker=1"])
    assert leaving(["tracker=1", "session=a"], is_strict=False) == ["session"]
    (told,) = caplog.records
    assert (told.levelname, told.getMessage()) == ("ERROR", "an undeclared cookie was held back")
    assert told.cookie == "tracker"  # type: ignore[attr-defined]


def test_of_a_long_name_of_an_undeclared_cookie_the_log_keeps_the_beginning(caplog: pytest.LogCaptureFixture) -> None:
    assert leaving([f"{'t' * 39}xyz=1"], is_strict=False) == []
    assert caplog.records[0].cookie == "t" * 39 + "x"  # type: ignore[attr-defined]


def test_a_name_without_the_prefix_is_undeclared_on_https() -> None:
    assert leaving(["__Host-session=a"], prefix="__Host-") == ["__Host-session"]
    with pytest.raises(UndeclaredCookie):
        leaving(["session=a"], prefix="__Host-")


def test_a_necessary_cookie_must_say_why() -> None:
    with pytest.raises(ValueError, match="extra"):
        Cookie("extra", Category.NECESSARY, _l("x"), None)
