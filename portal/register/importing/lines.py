"""The lines of an import file, JSON Lines or CSV: each becomes one mapping or one fault, and none stops the next."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from portal.catalogues.fields import BY_CATEGORY, Category, Display, FieldSpec
from portal.permissions.models import Channel, MarketingType
from portal.register.importing.faults import Fault, ImportProblem, ImportRefused

LONGEST_LINE = 1_000_000  # bytes: a customer with a hundred metering points fits
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
YES_NO = {"yes": True, "true": True, "no": False, "false": False}
COUNTED = frozenset({Display.KWH, Display.NUMBER})


class FileFormat(StrEnum):
    JSON_LINES = "json-lines"
    CSV = "csv"


SUFFIXES = {
    ".csv": FileFormat.CSV,
    ".json": FileFormat.JSON_LINES,
    ".jsonl": FileFormat.JSON_LINES,
    ".ndjson": FileFormat.JSON_LINES,
}


@dataclass(frozen=True)
class Line:
    """A line that says something: its number, and what it says, or what is wrong with it."""

    number: int
    values: Mapping[str, Any] | None = None
    fault: Fault | None = None


def format_of(path: Path, file: BinaryIO) -> FileFormat:
    """By the name, else by the first sign of the file. Raises ImportRefused for a file that cannot be UTF-8."""
    begins = file.read(64)
    file.seek(0)
    if begins.startswith(UTF_16):
        raise ImportRefused(f"{path.name} is not UTF-8")
    if known := SUFFIXES.get(path.suffix.lower()):
        return known
    first = begins.removeprefix(BYTE_ORDER_MARK.encode()).lstrip()
    return FileFormat.JSON_LINES if first.startswith(b"{") else FileFormat.CSV


def read(file: BinaryIO, format: FileFormat) -> Iterator[Line]:
    """The lines that are not empty; raises ImportRefused for a header that cannot be followed."""
    return _csv_lines(file) if format is FileFormat.CSV else _json_lines(file)


def _raw_lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines; None for one that is too long, of which no more than a piece is held at a time."""
    number = 0
    while piece := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(piece) <= LONGEST_LINE:
            if piece.strip():
                yield number, piece
            continue
        while not piece.endswith(b"\n") and (piece := file.readline(LONGEST_LINE)):
            pass
        yield number, None


def _texts(file: BinaryIO) -> Iterator[tuple[int, str | Fault]]:
    for number, raw in _raw_lines(file):
        if raw is None:
            yield number, Fault(ImportProblem.LINE_TOO_LONG, values={"longest": LONGEST_LINE})
        elif b"\0" in raw:
            yield number, Fault(ImportProblem.CHARACTER)
        else:
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError:
                yield number, Fault(ImportProblem.ENCODING)
                continue
            text = text.removeprefix(BYTE_ORDER_MARK if number == 1 else "")
            if text.strip():
                yield number, text


# --- JSON Lines


class _RepeatedKey(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedKey
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and the infinities are not JSON


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number)


def _json_lines(file: BinaryIO) -> Iterator[Line]:
    for number, text in _texts(file):
        if isinstance(text, Fault):
            yield Line(number, fault=text)
            continue
        try:
            values = _DECODER.decode(text)
        except _RepeatedKey:
            yield Line(number, fault=Fault(ImportProblem.REPEATED_KEY))
        except (ValueError, RecursionError):
            yield Line(number, fault=Fault(ImportProblem.JSON))
        else:
            is_object = isinstance(values, dict)
            yield Line(number, values) if is_object else Line(number, fault=Fault(ImportProblem.JSON))


# --- CSV: one customer a line with at most one metering point, told in the words of JSON Lines

GIVEN_ON, PERMISSION_SOURCE = "permissions_given_on", "permissions_source"
PERMISSION_COLUMNS = {f"{type}/{channel}": (type, channel) for type in MarketingType for channel in Channel}
_SPECS: Mapping[str, FieldSpec] = {
    spec.key: spec
    for category in (Category.CUSTOMER, Category.SITE, Category.BILLING)
    for spec in BY_CATEGORY[category]
}
_OTHER_COLUMNS = {"source", "source_on", GIVEN_ON, PERMISSION_SOURCE, *PERMISSION_COLUMNS}
COLUMNS = (*_SPECS, *sorted(_OTHER_COLUMNS))


def _csv_lines(file: BinaryIO) -> Iterator[Line]:
    texts = _texts(file)
    _, header = next(texts, (0, ""))
    if isinstance(header, Fault):
        raise ImportRefused(f"the header of the CSV file cannot be read ({header.code.value})")
    delimiter = ";" if ";" in header else ","
    columns = _columns(header, delimiter)
    for number, text in texts:
        cells = text if isinstance(text, Fault) else _cells(text, delimiter)
        if isinstance(cells, Fault):
            yield Line(number, fault=cells)
        elif len(cells) != len(columns):
            yield Line(number, fault=Fault(ImportProblem.COLUMNS, values={"wanted": len(columns)}))
        elif any(cells):
            yield Line(number, _told(dict(zip(columns, cells, strict=True))))


def _columns(header: str, delimiter: str) -> list[str]:
    cells = _cells(header, delimiter)
    if isinstance(cells, Fault):
        raise ImportRefused("the header of the CSV file cannot be read")
    if unknown := [str(place) for place, name in enumerate(cells, 1) if name not in COLUMNS]:
        raise ImportRefused(f"the CSV file has columns that are not known: number {', '.join(unknown)}")
    if repeated := sorted({name for name in cells if cells.count(name) > 1}):
        raise ImportRefused(f"the CSV file has columns twice: {', '.join(repeated)}")
    if "customer_number" not in cells:
        raise ImportRefused("the CSV file has no column customer_number")
    return cells


def _cells(text: str, delimiter: str) -> list[str] | Fault:
    """One line by itself: a quotation mark left open spoils its own line and no other."""
    try:
        [cells] = csv.reader([text], delimiter=delimiter, strict=True)
    except (csv.Error, ValueError):
        return Fault(ImportProblem.CSV)
    return [cell.strip() for cell in cells]


def _told(cells: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {key: cells[key] or None for key in ("source", "source_on") if key in cells}
    told |= _values(BY_CATEGORY[Category.CUSTOMER], cells)
    site = _values(BY_CATEGORY[Category.SITE], cells)
    if any(value is not None for value in site.values()):
        told["sites"] = [site]
    billing = _values(BY_CATEGORY[Category.BILLING], cells)
    if any(value is not None for value in billing.values()):
        told["billing"] = billing
    if permissions := _permissions(cells):
        told["permissions"] = permissions
    return told


def _values(specs: Sequence[FieldSpec], cells: Mapping[str, str]) -> dict[str, Any]:
    return {spec.key: _value(spec, cells[spec.key]) for spec in specs if spec.key in cells}


def _value(spec: FieldSpec, text: str) -> str | int | bool | None:
    """What JSON would hold; a text that is no number or no yes or no stays, and is found faulty later."""
    if not text:
        return None
    if spec.display is Display.YES_NO:
        return YES_NO.get(text.lower(), text)
    if spec.display in COUNTED and text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    return text


def _permissions(cells: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "type": type.value,
            "channel": channel.value,
            "state": cells[column],
            "given_on": cells.get(GIVEN_ON) or None,
            "source": cells.get(PERMISSION_SOURCE) or None,
        }
        for column, (type, channel) in PERMISSION_COLUMNS.items()
        if cells.get(column)
    ]
