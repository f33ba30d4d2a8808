"""Letters and other papers as tagged PDF (PDF/UA-1), from a template of `templates/letters` and data."""

import json
import re

import typst

from portal.config import ROOT

FOLDER = ROOT / "templates" / "letters"
NO_GLYPH = "could not be displayed"  # what Typst says of a sign that is in none of its fonts
BOX = "\N{WHITE SQUARE}"
_NOT_IN_FONT = re.compile("[^\n\x20-\x7e\u00a0-\u04ff\u1e00-\u1eff\u2010-\u2040\u20a0-\u20bf\u25a0-\u25ff]")


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
    """Other scripts and pictures become a box each: a person's emoji must not keep a letter from being written."""
    match told:
        case str():
            return _NOT_IN_FONT.sub(BOX, told)
        case list():
            return [_in_signs_of_the_font(part) for part in told]
        case dict():
            return {name: _in_signs_of_the_font(part) for name, part in told.items()}
        case _:
            return told
