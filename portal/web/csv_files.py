"""CSV files for people: in the page's language, and safe to open in a spreadsheet (contract section 5)."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

from portal.web.locale import current_language


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """A download. From `/fi/` with semicolons and a byte order mark, as Finnish spreadsheets want it."""
    is_finnish = current_language() == "fi"
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";" if is_finnish else ",", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    body = ("\N{BYTE ORDER MARK}" if is_finnish else "") + text.getvalue()
    response = Response(body.encode(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _safe(text: str) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text
