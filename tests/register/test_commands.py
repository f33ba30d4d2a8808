"""`portal register`: what the commands print, and how they end."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from portal import cli
from portal.core import audit
from portal.core.audit import SYSTEM
from portal.register import services
from portal.register.commands import register
from portal.register.searching import search
from tests.conftest import START
from tests.factories import make_account, make_customer
from tests.register.importing.files import CODES, NUMBERS, billing, customer, import_lines, permission, site
from tests.subject_requests.people import phone_correction


def run(app: Flask, *arguments: object) -> Result:
    return app.test_cli_runner().invoke(register, [str(argument) for argument in arguments])


def told(app: Flask, *arguments: object) -> Any:
    return json.loads(run(app, *arguments, "--json").stdout)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    lines = [json.dumps(customer()), json.dumps(customer(1, identity_code="280285-901M")), "{"]
    file = tmp_path / "customers.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_an_import_tells_its_counts_and_each_fault_and_ends_with_1(app: Flask, file: Path) -> None:
    result = run(app, "import", file, "--language", "en")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "2  identity_code  identity-code  The personal identity code is not valid: "
        "date, sign or check character is wrong.",
        "3  json  The line is not one JSON object.",
        "read: 3",
        "created: 1",
        "updated: 0",
        "unchanged: 0",
        "rejected: 2",
        "dropped_without_permission: 0",
        "conflicts: 0",
        "permissions_kept: 0",
        "kept_out: 0",
    ]
    assert "280285" not in result.output


def test_a_dry_run_says_that_nothing_was_written(app: Flask, file: Path) -> None:
    result = run(app, "import", file, "--dry-run", "--language", "en")
    assert result.stdout.splitlines()[-1] == "Nothing was written."
    with app.app_context():
        assert not search("Testi").rows


def test_json_is_one_document_and_good_lines_alone_end_with_0(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "customers.jsonl"
    file.write_text(json.dumps(customer()))
    result = run(app, "import", file, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {
        "read": 1,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": 0,
        "dropped_without_permission": 0,
        "conflicts": 0,
        "permissions_kept": 0,
        "kept_out": 0,
        "dry_run": False,
        "warnings": [],
        "errors": [],
    }


def test_the_format_may_be_told(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "customers.txt"
    file.write_text(f"customer_number,kind,status,name\n{NUMBERS[0]},natural,customer,Testi\n")
    assert told(app, "import", file, "--format", "csv")["created"] == 1
    assert told(app, "import", file, "--format", "json-lines")["rejected"] == 2


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("missing.jsonl", None, "missing.jsonl: No such file or directory"),
        ("wide.jsonl", "{}".encode("utf-16"), "wide.jsonl is not UTF-8"),
        ("odd.csv", b"customer_number;shoe_size\n", "the CSV file has columns that are not known: number 2"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_2_and_one_line(
    app: Flask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes | None,
    reason: str,
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(cli, "create_app", lambda _settings: app)
    monkeypatch.setenv("PORTAL_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setattr(sys, "argv", ["portal", "register", "import", str(tmp_path / name), "--json"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert capsys.readouterr() == ("", f"portal: {reason}\n")


def test_everything_held_is_shown_with_secrets_masked(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        import_lines(
            tmp_path,
            [
                customer(
                    identity_code=CODES[0],
                    phone="0440001234",
                    sites=[site()],
                    billing=billing(iban="FI9399999900000014"),
                    permissions=[permission(source="prize-draw")],
                )
            ],
        )
        customer_id = services.customer_by_number(NUMBERS[0]).id
        make_account(customer_id=customer_id, username="aino")
        case = phone_correction(customer_id, START).public_id
    shown = told(app, "show", NUMBERS[0])
    person = shown["categories"]["customer"][0]["fields"]
    assert person["identity_code"]["value"] == "280285-****"
    assert shown["categories"]["billing"][0]["fields"]["iban"]["value"] == "FI** **** **** **** 14"
    assert shown["categories"]["account"][0]["fields"]["username"]["value"] == "aino"
    assert [(row["type"], row["after"], row["source"]) for row in shown["permission_history"]] == [
        ("direct-advertising", "permission", "prize-draw")
    ]
    assert [(row["id"], row["kind"], row["status"]) for row in shown["requests"]] == [(case, "correction", "received")]
    assert [(row["unit"], row["purpose"]) for row in shown["viewings"]] == [("system", "other")]
    text = run(app, "show", NUMBERS[0]).stdout
    assert "  identity_code: 280285-****  (contract 2026-11-24)" in text.splitlines()
    assert "901N" not in text and "99990000" not in text
    with app.app_context():
        assert audit.latest(limit=1)[0].event.action.value == "customer:view"


def test_a_conflict_is_shown_with_both_values(app: Flask, tmp_path: Path) -> None:
    line = customer(identity_code=CODES[0])
    with app.app_context():
        import_lines(tmp_path, [line])
        _correct("identity_code", CODES[0], CODES[1])
        import_lines(tmp_path, [line])
    [conflict] = told(app, "show", NUMBERS[0])["conflicts"]
    assert (conflict["field"], conflict["ours"], conflict["theirs"], conflict["kept_at"]) == (
        "identity_code",
        "150678-****",
        "280285-****",
        None,
    )


def _correct(key: str, old: str, new: str) -> None:
    services.apply_correction(
        customer_id=services.customer_by_number(NUMBERS[0]).id,
        field_key=key,
        record_id=None,
        base_value=old,
        new_value=new,
        request_id="K7F3-9QTD",
        actor=SYSTEM,
        now=START,
    )


def test_the_feed_goes_on_from_its_cursor(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        import_lines(tmp_path, [customer(phone="0440001234")])
        _correct("phone", "+358440001234", "0440005555")
        _correct("phone", "+358440005555", "0440007777")
    first = told(app, "changes", "--limit", 1)
    assert [change["new"] for change in first["changes"]] == ["+358440005555"]
    rest = told(app, "changes", "--since", first["cursor"])
    assert [change["new"] for change in rest["changes"]] == ["+358440007777"]
    end = told(app, "changes", "--since", rest["cursor"])
    assert end == {"cursor": rest["cursor"], "changes": []}
    assert run(app, "changes").stdout.count("\n") == 2


def test_a_customer_who_is_not_there_ends_with_an_error(app: Flask) -> None:
    with app.app_context():
        make_customer()
    assert run(app, "show", "10001234").exit_code == 1
