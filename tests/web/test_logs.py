"""Logs hold no personal data, wherever in a record it stands."""

import json
import logging
import sys

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.core.db import db
from portal.web import logs


def line(message: str, *arguments: object, exc_info: object = None) -> str:
    record = logging.LogRecord("portal", logging.ERROR, "file", 1, message, arguments, exc_info)  # type: ignore[arg-type]
    return logs.JsonLines().format(record)


@pytest.mark.parametrize(
    "secret",
    [
        "131052-308T",
        "131052a308t",
        "131052 - 308T",
        "FI21 1234 5600 0007 85",
        "fi2112345600000785",
        "DE89 3704 0044 0532 0130 00",
        "aino.kuusilampi@example.com",
        "+358440001234",
        "Cookie: session=abc.def; remember=AbC.dEf",
        "'password': 'neljä sinistä hevosta'",
        "Authorization: Bearer abc.def",
        "/fi/set-password/eyJhY2NvdW50IjoxfQ.aaa.bbb",
        "csrf_token=IjUyYWEz.awU.rHj4",
        "[parameters: ('Aino Kuusilampi', 'Esimerkkikatu 3')]",
        "DETAIL:  Key (username)=(aino.kuusilampi) already exists.",
    ],
)
def test_personal_data_is_struck_out_of_messages_arguments_and_tracebacks(secret: str) -> None:
    def raised() -> object:
        try:
            raise ValueError(f"could not read {secret}")
        except ValueError:
            return sys.exc_info()

    parts = {
        "308T",
        "308t",
        "0785",
        "3000",
        "kuusilampi",
        "440001234",
        "abc",
        "dEf",
        "hevosta",
        "aaa",
        "rHj4",
        "Esimerkki",
    }
    for written in (line(f"it says {secret}"), line("it says %s", secret), line("no", exc_info=raised())):
        assert json.loads(written)["level"] == "error"
        assert not [part for part in parts if part in written], written


def test_ordinary_words_stay() -> None:
    words = "message <ab12@portal> not sent: TimeoutError after 30 s, case K7F3-9QTD, 2026-11-24T08:00:00Z"
    told = "case K7F3-9QTD at 2026-11-24T08:00:00Z"
    assert json.loads(line(told))["message"] == told
    assert "TimeoutError after 30 s" in line(words)


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
