"""CSV for people, as spreadsheets of the page's language open it, and safe to open."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from babel.numbers import get_decimal_symbol
from flask import Response

from portal.core.clock import utc_text
from portal.web.downloads import download
from portal.web.locale import babel_locale

CONTENT_TYPE = "text/csv; charset=utf-8"
BYTE_ORDER_MARK = "\N{BYTE ORDER MARK}"
# What makes spreadsheets take a text for a formula, full-width forms of other keyboards among them.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9][0-9 .,\N{NO-BREAK SPACE}]*")  # phone numbers too

Cell = str | int | Decimal | date | datetime | None


def csv_lines(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The file line by line. Where decimals have a comma, as in Finnish, semicolons and a byte order mark too."""
    has_comma = get_decimal_symbol(babel_locale()) == ","
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if has_comma else ",", lineterminator="\r\n")
    mark = BYTE_ORDER_MARK if has_comma else ""
    for row in rows:
        writer.writerow([_written(cell, has_comma=has_comma) for cell in row])
        yield (mark + out.getvalue()).encode()
        mark = ""
        out.seek(0)
        out.truncate()


def csv_download(rows: Iterable[Sequence[Cell]], name: str) -> Response:
    return download(b"".join(csv_lines(rows)), name=name, content_type=CONTENT_TYPE)


def _written(cell: Cell, *, has_comma: bool) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return str(cell).replace(".", ",") if has_comma else str(cell)
        case datetime():
            return utc_text(cell)
        case date():
            return cell.isoformat()
        case int():
            return str(cell)
        case _:
            return harmless(cell)


def harmless(text: str) -> str:
    """A text that a spreadsheet would take for a formula gets an apostrophe; numbers and phone numbers stay."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
