"""What a PDF must have to be read aloud in order (PDF/UA-1), looked for in its structure tree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

HEADING = re.compile(r"H([1-6])")
ENVELOPE_WINDOW = (50, 78)  # millimetres from the top of the sheet
MILLIMETRE = 72 / 25.4


@dataclass(frozen=True)
class Element:
    tag: str
    held: DictionaryObject

    @property
    def attributes(self) -> list[Any]:
        told = self.held.get("/A")
        told = told.get_object() if told is not None else ArrayObject()
        return [one.get_object() for one in (told if isinstance(told, ArrayObject) else [told])]


def elements(document: bytes) -> list[Element]:
    """Every element of the structure tree, in the order of reading."""
    root = PdfReader(BytesIO(document)).trailer["/Root"]
    return list(_below(root["/StructTreeRoot"]["/K"])) if "/StructTreeRoot" in root else []


def _below(node: Any) -> Iterator[Element]:
    node = node.get_object() if isinstance(node, IndirectObject) else node
    if isinstance(node, ArrayObject):
        for child in node:
            yield from _below(child)
    elif isinstance(node, DictionaryObject):
        if "/S" in node:
            yield Element(str(node["/S"]).lstrip("/"), node)
        if "/K" in node:
            yield from _below(node["/K"])


def faults(document: bytes, *, language: str, title: str) -> list[str]:
    """What is wrong, a line each; none when all is well."""
    reader = PdfReader(BytesIO(document))
    root: Any = reader.trailer["/Root"]
    found = elements(document)
    tags = [element.tag for element in found]
    shown = root.get("/ViewerPreferences", {}).get("/DisplayDocTitle")
    is_right = {
        "tagged": bool(root.get("/MarkInfo", {}).get("/Marked")) and bool(found),
        "language": root.get("/Lang") == language,
        "title": reader.metadata is not None and reader.metadata.title == title,
        "title shown in the window": shown == True,  # noqa: E712 - an object of pypdf
        "claims PDF/UA-1": b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data(),
        "one title, before every heading": tags.count("Title") == 1
        and not any(HEADING.fullmatch(tag) for tag in tags[: tags.index("Title")]),
        "no level of heading left out": _are_in_order([int(m[1]) for m in map(HEADING.fullmatch, tags) if m]),
        "every picture has words": all("/Alt" in one.held for one in found if one.tag == "Figure"),
        "every head of a table tells its scope": all(
            any("/Scope" in told for told in one.attributes) for one in found if one.tag == "TH"
        ),
        "every table has a head": tags.count("Table") == tags.count("THead"),
        "links are reached in order": all(page.get("/Tabs") == "/S" for page in reader.pages if "/Annots" in page),
        "fonts are inside": all(_is_embedded(font) for page in reader.pages for font in _fonts(page)),
    }
    return [name for name, is_so in is_right.items() if not is_so]


def _are_in_order(levels: list[int]) -> bool:
    return all(level <= before + 1 for before, level in zip([0, *levels], levels, strict=False))


def _fonts(page: Any) -> list[Any]:
    fonts = page["/Resources"].get("/Font", {})
    return [font.get_object() for font in fonts.get_object().values()] if fonts else []


def _is_embedded(font: Any) -> bool:
    inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
    descriptor = inner["/FontDescriptor"].get_object()
    return any(f"/FontFile{n}" in descriptor for n in ("", "2", "3"))


def in_the_window(document: bytes) -> list[str]:
    """The lines of the first page that the window of an envelope shows."""
    page = PdfReader(BytesIO(document)).pages[0]
    lines: dict[float, str] = {}

    def note(text: str, matrix: list[float], of_text: list[float], *_font: object) -> None:
        x, y = of_text[4], of_text[5]
        height = matrix[3] * y + matrix[5]
        from_top = (float(page.mediabox.height) - height) / MILLIMETRE
        if text.strip() and ENVELOPE_WINDOW[0] <= from_top <= ENVELOPE_WINDOW[1]:
            assert 20 * MILLIMETRE <= matrix[0] * x + matrix[4] <= 110 * MILLIMETRE, text
            lines[round(from_top, 1)] = lines.get(round(from_top, 1), "") + text

    page.extract_text(visitor_text=note)
    return [" ".join(lines[place].split()) for place in sorted(lines)]
