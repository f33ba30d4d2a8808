"""Reading JSON Lines and CSV: a line that cannot be read costs itself alone."""

import io
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.register import services
from portal.register.importing.faults import ImportRefused
from portal.register.importing.lines import LONGEST_LINE, FileFormat, format_of, read
from portal.register.reading import records_of
from tests.register.importing.files import CODES, GSRN, NUMBERS, import_path, site

SITE = {key: str(value) for key, value in site().items()}
COLUMNS = [
    "customer_number",
    "kind",
    "status",
    "name",
    "identity_code",
    "has_own_liabilities",
    *SITE,
    "estimate_kwh",
    "billing_street",
    "billing_postal_code",
    "billing_city",
    "billing_cycle",
    "billing_method",
    "direct-advertising/email",
    "contact/phone",
    "permissions_given_on",
]
ROW = {
    **SITE,
    "customer_number": NUMBERS[0],
    "kind": "natural",
    "status": "customer",
    "name": "Aino; Kuusilampi",
    "identity_code": CODES[0],
    "has_own_liabilities": "yes",
    "estimate_kwh": "9000",
    "billing_street": "Esimerkkikatu 3",
    "billing_postal_code": "45100",
    "billing_city": "Kouvola",
    "billing_cycle": "monthly",
    "billing_method": "paper",
    "direct-advertising/email": "permission",
    "contact/phone": "prohibition",
    "permissions_given_on": "2026-01-15",
}


def csv_file(folder: Path, *rows: dict[str, str], delimiter: str = ";", head: bytes = b"") -> Path:
    def cells(values: list[str]) -> str:
        return delimiter.join(f'"{value}"' if delimiter in value else value for value in values)

    lines = [cells(COLUMNS), *(cells([row.get(column, "") for column in COLUMNS]) for row in rows)]
    file = folder / "customers.csv"
    file.write_bytes(head + "\r\n".join(lines).encode())
    return file


@pytest.mark.parametrize(("delimiter", "head"), [(";", b"\xef\xbb\xbf"), (",", b"")])
def test_a_csv_line_is_a_customer_with_site_billing_and_permissions(
    context: Flask, tmp_path: Path, delimiter: str, head: bytes
) -> None:
    file = csv_file(tmp_path, ROW, delimiter=delimiter, head=head)
    done = import_path(file)
    assert (done.faults, done.created) == ([], 1)
    assert import_path(file).unchanged == 1
    groups = {g.spec.category.value: g.records for g in records_of(services.customer_by_number(NUMBERS[0]).id)}
    [person] = groups["customer"]
    assert (person.value("name"), person.value("identity_code")) == ("Aino; Kuusilampi", CODES[0])
    assert person.value("has_own_liabilities") is True
    assert (groups["site"][0].value("gsrn"), groups["site"][0].value("estimate_kwh")) == (GSRN[0], 9000)
    assert groups["billing"][0].value("billing_method") == "paper"
    keys = ("permission_type", "permission_channel", "permission_state")
    states = {tuple(str(record.value(key)) for key in keys) for record in groups["permissions"]}
    assert states == {("direct-advertising", "email", "permission"), ("contact", "phone", "prohibition")}


def test_a_customer_alone_needs_no_other_cells(context: Flask, tmp_path: Path) -> None:
    alone = {key: ROW[key] for key in ("customer_number", "kind", "status", "name")}
    assert import_path(csv_file(tmp_path, alone)).created == 1
    groups = {g.spec.category.value: g.records for g in records_of(services.customer_by_number(NUMBERS[0]).id)}
    assert groups["site"] == groups["billing"] == groups["permissions"] == ()


def test_faults_of_csv_are_told_with_line_and_column(context: Flask, tmp_path: Path) -> None:
    file = csv_file(
        tmp_path,
        {**ROW, "estimate_kwh": "9 000,5", "has_own_liabilities": "perhaps"},
        {**ROW, "customer_number": NUMBERS[1], "identity_code": "", "gsrn": ""},
        {**ROW, "direct-advertising/email": "ehkä"},
    )
    with file.open("ab") as more:
        more.write(b'\r\n"open quote;x\r\ntoo;few\r\n;;\r\n')
    done = import_path(file)
    assert done.told() == [
        (2, "has_own_liabilities", "yes-no"),
        (2, "sites[0].estimate_kwh", "whole-number"),
        (3, "sites[0].gsrn", "missing"),
        (4, "permissions[0].state", "code"),
        (5, "", "csv"),
        (6, "", "columns"),
        (7, "", "columns"),
    ]
    assert (done.read, done.rejected) == (6, 6)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("customer_number;280285-901N;name", "number 2"),
        ("customer_number;name;name", "twice: name"),
        ("kind;name", "no column customer_number"),
        ("", "no column customer_number"),
        ('"customer_number', "cannot be read"),
    ],
)
def test_a_header_that_cannot_be_followed_stops_the_file_without_repeating_it(
    tmp_path: Path, header: str, told: str
) -> None:
    with pytest.raises(ImportRefused, match=told) as refusal:
        list(read(io.BytesIO(header.encode()), FileFormat.CSV))
    assert "280285" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.csv", b"{", FileFormat.CSV),
        ("a.JSONL", b"customer_number", FileFormat.JSON_LINES),
        ("a", b"\xef\xbb\xbf {", FileFormat.JSON_LINES),
        ("a.txt", b"customer_number;name", FileFormat.CSV),
    ],
)
def test_the_format_is_told_by_the_name_or_the_first_sign(name: str, content: bytes, format: FileFormat) -> None:
    assert format_of(Path(name), io.BytesIO(content)) is format


def test_a_line_of_any_length_takes_no_more_memory_than_the_longest_allowed(tmp_path: Path) -> None:
    file = tmp_path / "long.jsonl"
    with file.open("wb") as out:
        for _ in range(50):
            out.write(b"x" * LONGEST_LINE)
        out.write(b'\n{"name": "x"}\n')
    tracemalloc.start()
    with file.open("rb") as lines:
        told: list[tuple[int, Any]] = [(line.number, line.values) for line in read(lines, FileFormat.JSON_LINES)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told == [(1, None), (2, {"name": "x"})]
    assert peak < 4 * LONGEST_LINE


def test_deep_and_endless_json_is_a_fault_like_any_other() -> None:
    lines = [b"[" * 100_000, b'{"a": NaN}', b'{"a": ' + b"9" * 5_000 + b"}", b'{"a": 1} x', b"null"]
    found = list(read(io.BytesIO(b"\n".join(lines)), FileFormat.JSON_LINES))
    assert [line.fault and line.fault.code.value for line in found] == ["json"] * 5
