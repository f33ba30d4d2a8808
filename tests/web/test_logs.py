"""Logs hold no personal data, wherever in a record it stands."""

import json
import logging
import sys
import time

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.core.db import db
from portal.web import logs


def line(message: str, *arguments: object, exc_info: object = None) -> str:
    record = logging.LogRecord("portal", logging.ERROR, "file", 1, message, arguments, exc_info)  # type: ignore[arg-type]
    return logs.JsonLines().format(record)


SECRETS = {
    # identity codes: every sign that stands for a century, as typed and as an address carries it
    **{f"131052{sign}308T": "308T" for sign in "-+ABCDEFUVWXY"},
    "131052a308t": "308t",
    "131052 - 308T": "308T",
    "131052%2D308T": "308T",
    "131052%2b308T": "308T",
    "/en/desk?q=%20131052-308T": "308T",
    "/en/131052%20-%20308T/x": "308T",
    "(131052-308T)": "308T",
    "FI21 1234 5600 0007 85": "0007",
    "FI2112345600000785": "0785",
    "fi2112345600000785": "0785",
    "fi21 1234 5600 0007 85": "0007",
    "FI21-1234-5600-0007-85": "0007",
    "q=FI21+1234+5600+0007+85": "0007",
    "q=FI21%201234%205600%200007%2085": "0007",
    "FI21\u00a01234\u00a05600\u00a00007\u00a085": "0007",
    "DE89 3704 0044 0532 0130 00": "3704",
    "aino.kuusilampi@example.com": "kuusilampi",
    "aino.kuusilampi%40example.com": "kuusilampi",
    "Åsa.Öström@example.org": "Öström",
    "mailto:aino+portal@sub.example.net": "portal@",
    "+358440001234": "440001234",
    "+358 44 000 1234": "000 1234",
    "%2B358440001234": "440001234",
    "044 000 1234": "000 1234",
    "050-0001234": "0001234",
    "Cookie: session=abc.def; remember=AbC.dEf": "dEf",
    "Set-Cookie: __Host-remember=AbC.dEf; HttpOnly": "dEf",
    "{'HTTP_COOKIE': 'session=abc.def'}": "abc.def",
    "'password': 'neljä sinistä hevosta'": "hevosta",
    "new_password=neljä": "neljä",
    "totp_secret: JBSWY3DPEHPK3PXP": "JBSWY3DP",
    "Authorization: Bearer abc.def": "abc",
    "csrf_token=IjUyYWEz.awU.rHj4": "rHj4",
    "session .eJwNx8ENgCAMBdC9aaa.bbb.ccc": "ccc",
    "/en/requests/opt-out/done?receipt=eyJhdCI6IjIwMjYifQ.aaabbb": "aaabbb",
    "[parameters: ('Aino Kuusilampi', 'Esimerkkikatu 3')]": "Esimerkki",
    "DETAIL:  Key (username)=(aino.kuusilampi) already exists.": "kuusilampi",
    "Invalid request from ip=192.0.2.77: no": "192.0.2.77",
    **{
        f"/{language}/{path}/{token}{rest}": token
        for language in ("fi", "en")
        for path in ("set-password", "reset-password", "activate", "opt-out", "my/contact", "my/contact/confirm")
        for token in ("Xq0Zr7vTn2kP9sLw4yBdE6hJ1mCfGuAi8oRtVxYzQbN", "eyJhY2NvdW50IjoxfQ.aaa.bbb")
        for rest in ("", "?x=1", '" 200 512 "-"', "/done")
    },
}


@pytest.mark.parametrize(("secret", "part"), SECRETS.items())
def test_personal_data_is_struck_out_of_messages_arguments_and_tracebacks(secret: str, part: str) -> None:
    def raised() -> object:
        try:
            raise ValueError(f"could not read {secret}")
        except ValueError:
            return sys.exc_info()

    def caused() -> object:
        try:
            try:
                raise KeyError(secret)
            except KeyError as problem:
                raise RuntimeError("later") from problem
        except RuntimeError:
            return sys.exc_info()

    for written in (
        line(f"it says {secret}"),
        line(secret),
        line("it says %s", secret),
        line("%r", {"x": secret}),
        line("no", exc_info=raised()),
        line("no", exc_info=caused()),
    ):
        assert json.loads(written)["level"] == "error"
        assert part not in json.loads(written)["message"] + json.loads(written).get("traceback", "")


def test_a_line_of_an_access_log_holds_no_link_that_works_once() -> None:
    token = "Xq0Zr7vTn2kP9sLw4yBdE6hJ1mCfGuAi8oRtVxYzQbN"
    told = json.loads(
        line(
            '%s - - "%s" 200 5120 "%s" "%s"',
            "192.0.2.1",
            f"GET /fi/reset-password/{token} HTTP/1.1",
            f"https://portal.example.com/fi/my/contact/confirm/{token}?from=mail",
            "Mozilla/5.0",
        )
    )["message"]
    assert token not in told
    assert "GET /fi/reset-password/[removed] HTTP/1.1" in told and "Mozilla/5.0" in told


def test_ordinary_words_stay() -> None:
    words = "message <ab12@portal> not sent: TimeoutError after 30 s, case K7F3-9QTD, 2026-11-24T08:00:00Z"
    told = "case K7F3-9QTD at 2026-11-24T08:00:00Z"
    assert json.loads(line(told))["message"] == told
    assert "TimeoutError after 30 s" in line(words)
    for kept in (
        "/en/my/requests/K7F3-9QTD",
        "/static/css/portal.0a1b2c3d4e5f.css",
        "subject_request|text_encrypted|1531625574588962412",
        "3 000 000 rows in 0.450123 s at 2026-11-24 08:00:00,123",
        "GET /en/requests/opt-out HTTP/1.1",
        "message <9f86d081884c7d659a2feaa0c55ad015@portal>",
    ):
        assert json.loads(line(kept))["message"] == kept


def test_a_message_that_does_not_fit_its_arguments_does_not_print_them() -> None:
    assert json.loads(line("%d days", "131052-308T"))["message"] == "%d days"


def test_values_of_rows_do_not_get_into_errors_of_the_database(context: Flask) -> None:
    with pytest.raises(DBAPIError) as caught:
        db.session.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": "Aino Kuusilampi"})
    db.session.rollback()
    assert "Kuusilampi" not in str(caught.value)


def test_the_server_writes_through_the_same_handler() -> None:
    root, server = logging.getLogger(), logging.getLogger("gunicorn.error")
    before = root.handlers[:], root.level, server.handlers[:], server.propagate
    server.addHandler(logging.StreamHandler())
    server.propagate = False
    try:
        logs.configure()
        assert [type(handler.formatter) for handler in root.handlers] == [logs.JsonLines]
        assert server.handlers == [] and server.propagate
    finally:
        root.handlers[:], server.handlers[:] = before[0], before[2]
        root.setLevel(before[1])
        server.propagate = before[3]


@pytest.mark.parametrize(
    "word",
    ["token", "a", "-", "eJ-", "eyJ", "0", "1 ", "A1", "/a", "a@", "a.", "+35 8", "FI12", " ", "%20", "password='"],
)
def test_what_a_stranger_may_write_never_stops_the_process(word: str) -> None:
    """The longest header that the server takes: a pattern that is tried anew at every sign would need minutes."""
    began = time.process_time()
    logs.redacted(f"Invalid HTTP header name: {word * (8190 // len(word))}")
    assert time.process_time() - began < 1
