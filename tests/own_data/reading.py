"""How tests read what a customer is given: the page, the CSV files of the package, the words of the PDF."""

import csv
import io
import json
import re
import zipfile
from typing import Any
from xml.etree.ElementTree import Element

from pypdf import PdfReader

from tests.pages import Page, Pages

BESIDE_THE_VALUE = {"form", "button"}


def shown_values(page: Page) -> dict[str, list[str]]:
    """What the page shows for each key, record by record, without what stands beside the value."""
    assert page.root is not None
    found: dict[str, list[str]] = {}
    for element in page.root.iter():
        key = element.get("data-field")
        if key:
            cells = [e for e in element.iter("td") if "value" in (e.get("class") or "")]
            found.setdefault(key, []).append(value_of(cells[0] if cells else element))
    return found


def value_of(element: Element) -> str:
    return re.sub(r"\s+", " ", "".join(_value_words(element))).strip()


def _value_words(element: Element) -> list[str]:
    words = [element.text or ""]
    for child in element:
        is_beside = child.tag in BESIDE_THE_VALUE or "apart" in (child.get("class") or "") or child.tag == "a"
        words += [] if is_beside else _value_words(child)
        words.append(child.tail or "")
    return words


def export(pages: Pages, language: str = "en") -> dict[str, Any]:
    answer = pages.get(f"/{language}/my/data/export.json")
    assert answer.status == 200
    return json.loads(answer.body)


def package(pages: Pages, language: str = "en") -> dict[str, bytes]:
    answer = pages.get(f"/{language}/my/data/export.zip")
    assert answer.status == 200
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rows(content: bytes, language: str = "en") -> list[list[str]]:
    """The rows of a CSV file as a spreadsheet of that language reads them."""
    text = content.decode("utf-8-sig" if language == "fi" else "utf-8")
    return list(csv.reader(io.StringIO(text), delimiter=";" if language == "fi" else ","))


def printed(pages: Pages, language: str = "en") -> bytes:
    answer = pages.get(f"/{language}/my/data/copy.pdf")
    assert answer.status == 200
    return answer.body


def words_of(pdf: bytes) -> str:
    """All words of the document in order, without what setting lines changes: white space and hyphens."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return squeezed("".join(_without_foot(page.extract_text()) for page in pages))


def _without_foot(text: str) -> str:
    return (
        text[: text.rfind("Copy of your data · ")]
        if "Copy of your data · " in text
        else text[: text.rfind("Jäljennös tiedoistasi · ")]
    )


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad-]", "", text)
