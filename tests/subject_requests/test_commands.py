"""`portal requests` on the command line."""

import json
from datetime import date

from flask import Flask

from portal.core import clock
from portal.subject_requests.commands import requests
from tests.factories import make_customer
from tests.subject_requests.people import phone_correction
from tests.subject_requests.test_deadlines import slowly


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(requests, arguments)
    return result.exit_code, result.output


def test_deadlines_are_told_with_how_they_were_counted(app: Flask) -> None:
    code, output = run(app, "deadlines", "2026-03-05", "--paused", "9", "--json")
    told = json.loads(output)
    assert code == 0
    explanation = told.pop("explanation")
    assert told == {
        "received_on": "2026-03-05",
        "promise": "2026-04-13",
        "month_end": "2026-04-05",
        "statutory": "2026-04-14",
        "extended": "2026-06-15",
        "work_by": "2026-04-13",
    }
    assert "13 April 2026" in explanation["en"]
    assert "13.4.2026" in explanation["fi"]


def test_the_command_tells_what_is_counted_by_hand(app: Flask) -> None:
    """Ends of months, leap years, Christmas, Easter and Midsummer, and pauses, each told as another count has it."""
    ends = [date(2024, 1, 31), date(2027, 1, 31), date(2028, 1, 30), date(2028, 2, 29), date(2027, 8, 31)]
    feasts = [date(2026, 11, 24), date(2026, 11, 25), date(2027, 2, 26), date(2027, 5, 25), date(2026, 10, 1)]
    for number, received in enumerate([*ends, *feasts]):
        paused = number * 3
        _code, output = run(app, "deadlines", received.isoformat(), "--paused", str(paused), "--json")
        told = json.loads(output)
        expected = slowly(received, paused)
        expected.pop("work_by_when_extended")
        assert {name: told[name] for name in expected} == {name: day.isoformat() for name, day in expected.items()}


def test_a_date_that_is_none_is_refused_in_one_line(app: Flask) -> None:
    for wrong in ("yesterday", "2026-02-30", "0001-01-01", "9999-12-31"):
        code, output = run(app, "deadlines", wrong)
        assert code == 2
        assert "Traceback" not in output


def test_open_cases_are_listed(app: Flask) -> None:
    with app.app_context():
        public_id = phone_correction(make_customer().id, clock.now()).public_id
    code, output = run(app, "list", "--json")
    assert code == 0
    assert json.loads(output) == [
        {
            "id": public_id,
            "kind": "correction",
            "status": "received",
            "channel": "portal",
            "received_on": "2026-11-24",
            "work_by": "2026-12-23",
            "promise": "2026-12-24",
            "statutory": "2026-12-24",
            "extended": None,
            "overdue": False,
            "assignee": None,
        }
    ]


def test_dates_are_counted_again_by_a_command_too(app: Flask) -> None:
    assert run(app, "recount", "--json") == (0, '{"moved": 0}\n')
    assert run(app, "recount") == (0, "0 cases have other dates now\n")
