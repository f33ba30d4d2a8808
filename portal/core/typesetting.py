"""Letters and other papers as tagged PDF (PDF/UA-1), from a template of `templates/letters` and data."""

import json
import re
import unicodedata
from collections.abc import Iterable
from itertools import groupby

import typst

from portal.config import ROOT

FOLDER = ROOT / "templates" / "letters"
NO_GLYPH = "could not be displayed"  # what Typst says of a sign that is in none of its fonts
LEFT_OUT = "[…]"
_NOTHING = "\ue000"  # while a text is worked on: a picture stood here
# Latin, Greek, Cyrillic, Hebrew and Georgian, punctuation, currencies, numerals, arrows and plain signs.
_IN_FONT = re.compile(
    "[\n\t\x20-\x7e\u00a0-\u04ff\u05d0-\u05ea\u10d0-\u10ff\u1e00-\u1fff\u2000-\u2040\u2044-\u2052\u2070-\u20bf"
    "\u2122\u2150-\u2151\u2153-\u2182\u2190-\u2328\u232b-\u23ff\u2460-\u2606\u2713-\u2714\ufb00-\ufb06]"
)


def pdf(template: str, data: object) -> bytes:
    """The template set with `data`, which it reads as JSON: nothing a person wrote is taken for markup."""
    try:
        return _compiled(template, data)
    except typst.TypstError as problem:
        if NO_GLYPH not in str(problem):
            raise
        return _compiled(template, _in_signs_of_the_font(data))


def _compiled(template: str, data: object) -> bytes:
    document: bytes = typst.compile(
        str(FOLDER / f"{template}.typ"),
        root=str(FOLDER),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards="ua-1",
        ignore_system_fonts=True,
    )
    return document


def _in_signs_of_the_font(told: object) -> object:
    """Without pictures, and with a mark for words of a script that the fonts do not have.

    Nobody's emoji keeps a letter from being written; the mark tells that more was written than is printed.
    """
    match told:
        case str():
            return printable(told)
        case list():
            return [_in_signs_of_the_font(part) for part in told]
        case dict():
            return {name: _in_signs_of_the_font(part) for name, part in told.items()}
        case _:
            return told


def printable(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    if all(is_in_font(sign) for sign in composed):
        return text
    runs = ["".join(signs) if fits else _stand_in(signs) for fits, signs in groupby(composed, is_in_font)]
    closed_up = re.sub(rf" *{_NOTHING}(?=[\s!?.,;:)]|$)", "", "".join(runs))
    return closed_up.replace(_NOTHING, "").strip(" ") or LEFT_OUT


def is_in_font(sign: str) -> bool:
    return _IN_FONT.match(sign) is not None and unicodedata.category(sign) not in ("Cn", "Cf")


def _stand_in(run: Iterable[str]) -> str:
    return LEFT_OUT if any(sign.isalnum() for sign in run) else _NOTHING
