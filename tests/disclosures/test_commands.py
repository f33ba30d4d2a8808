"""`portal register disclose` and `recipients`: for batch jobs, with one line where it is refused."""

import json
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from portal.catalogues.recipients import Recipient
from portal.cli import COMMANDS
from portal.core.db import db
from portal.register.reading import disclosures_of
from portal.register.services import customer_by_number
from tests.disclosures.recipients import serves
from tests.factories import make_customer


def run(app: Flask, *arguments: str) -> Result:
    register = next(command for command in COMMANDS if command.name == "register")
    return app.test_cli_runner().invoke(register, arguments)


@pytest.fixture
def number(app: Flask) -> str:
    with app.app_context():
        serves(name="Lindorff Oy")
        serves(Recipient.AUTHORITY, name="Poliisi")
        number = make_customer().number
        db.session.remove()
        return number


def disclose(app: Flask, number: str, *arguments: str) -> Any:
    result = run(app, "disclose", number, *arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, ""), result.stderr
    return json.loads(result.stdout)


def test_a_batch_job_puts_on_record_what_it_sent_and_may_be_run_again(app: Flask, number: str) -> None:
    sent = ("--recipient", "invoicing-and-collection", "--field", "phone", "--field", "name", "--once", "2026-11")
    told = disclose(app, number, *sent, "--at", "2026-11-23T10:00:00+02:00")
    assert {key: told[key] for key in told if key != "id"} == {
        "customer_number": number,
        "at": "2026-11-23T08:00:00Z",
        "recipient": "invoicing-and-collection",
        "name": "Lindorff Oy",
        "legal_ground": "legitimate-interests",
        "fields": ["name", "phone"],
        "country": "FI",
        "transfer": None,
    }
    assert disclose(app, number, *sent) == told
    with app.app_context():
        assert len(disclosures_of_number(number)) == 1


def disclosures_of_number(number: str) -> Any:
    return disclosures_of(customer_by_number(number).id)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("--recipient", "invoicing-and-collection", "--field", "heating"),
            "Tälle vastaanottajalle ei saa antaa: Lämmitysmuoto.",
        ),
        (
            ("--recipient", "invoicing-and-collection", "--field", "heating", "--language", "en"),
            "This recipient may not receive: Type of heating.",
        ),
        (
            ("--recipient", "datahub", "--field", "gsrn", "--language", "en"),
            "Nobody by this name serves in this role on that day.",
        ),
        (
            ("--recipient", "authority", "--field", "name", "--language", "en"),
            "Choose the law that obliges us to give the data, or write it.",
        ),
        (
            ("--recipient", "authority", "--field", "name", "--ground", "they asked", "--language", "en"),
            "Name the law with its number, for example 872/2011.",
        ),
        (
            ("--recipient", "authority", "--field", "name", "--at", "2026-11-23"),
            "--at: give a moment with its time zone, like 2026-11-24T08:00:00Z",
        ),
    ],
)
def test_what_may_not_be_given_is_refused_with_one_line(
    app: Flask, number: str, arguments: tuple[str, ...], line: str
) -> None:
    result = run(app, "disclose", number, *arguments)
    assert result.exit_code == 1 and result.stdout == ""  # 2 by `portal` itself
    assert result.stderr == f"Error: {line}\n"
    with app.app_context():
        assert len(disclosures_of_number(number)) == 0


def test_recipients_are_listed_for_scripts(app: Flask, number: str) -> None:
    result = run(app, "recipients", "--json")
    authority, collection = json.loads(result.stdout)
    assert authority["name"] == "Poliisi" and authority["in_force"]
    assert collection == {
        "recipient": "invoicing-and-collection",
        "name": "Lindorff Oy",
        "other_names": {},
        "country": "FI",
        "legal_basis": "legitimate-interests",
        "categories": ["customer", "billing", "payments"],
        "from_on": "2020-01-01",
        "until_on": None,
        "in_force": True,
    }
    assert "2020-01-01–  invoicing-and-collection  Lindorff Oy" in run(app, "recipients").output
