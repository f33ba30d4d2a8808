"""The notice on paper: tagged, with its version in the foot, and not a word missing."""

import re
from functools import cache
from io import BytesIO

import pytest
from pypdf import PdfReader

from portal.notices import printing
from tests.tagged_pdf import faults

LANGUAGES = ("fi", "en")
DAY = {
    "fi": ("1.11.2026", "20.10.2026", "24.11.2026"),
    "en": ("1 November 2026", "20 October 2026", "24 November 2026"),
}
FOOT = {
    "fi": "Tietosuojaseloste · Versio 1.1 · Voimassa alkaen 1.11.2026 · Laki tarkistettu 20.10.2026 Sivu {} / {}",
    "en": "Privacy notice · Version 1.1 · Valid from 1 November 2026 · Law checked on 20 October 2026 Page {} / {}",
}


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture
def document(client, language):
    page = client.get(f"/{language}/privacy-notice.pdf")
    assert page.status == 200
    assert page.headers["Content-Type"] == "application/pdf"
    return page.body


@cache
def words_on_pages(document: bytes) -> tuple[str, ...]:
    return tuple(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(document)).pages)


def squeezed(text: str) -> str:
    """Without what setting lines changes: white space, hyphens, and the addresses printed after links."""
    return re.sub(r"\(https?://[^)]*\)", "", re.sub(r"[\s\u00ad-]", "", text))


def test_every_paragraph_item_and_cell_of_the_page_stands_in_the_document(client, language, document):
    pages = words_on_pages(document)
    foots = [FOOT[language].format(n, len(pages)) for n in range(1, len(pages) + 1)]
    body = squeezed("".join(page.removesuffix(foot) for page, foot in zip(pages, foots, strict=True)))
    article = client.get(f"/{language}/privacy-notice").all("article")[0]
    places = [e for tag in ("h2", "h3", "p", "li", "dt", "dd", "caption", "th", "td") for e in article.iter(tag)]
    footer = {id(e) for e in next(article.iter("footer")).iter()}
    words = ["".join(e.itertext()) for e in places if id(e) not in footer]
    assert len(words) > 300
    assert [text for text in words if squeezed(text) not in body] == []


def test_every_page_names_version_validity_and_page_number(language, document):
    pages = words_on_pages(document)
    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        assert page.endswith(FOOT[language].format(number, len(pages)))


def test_the_first_page_says_what_it_is_and_of_which_days(language, document):
    first = words_on_pages(document)[0]
    title = {"fi": "Tietosuojaseloste", "en": "Privacy notice"}[language]
    assert first.startswith(f"KSS Verkko Oy {title}")
    assert all(day in first for day in DAY[language])


def test_the_document_is_tagged_with_language_and_title(language, document):
    assert (
        faults(document, language=language, title={"fi": "Tietosuojaseloste", "en": "Privacy notice"}[language]) == []
    )


def test_links_inside_lead_to_this_service_and_are_printed(language, document):
    words = "".join(words_on_pages(document)).replace(" ", "")
    assert f"(http://localhost:8000/{language}/cookies)" in words


def test_it_is_set_once_while_nothing_in_it_changes(client, frozen_clock):
    printing._typeset.cache_clear()
    first = client.get("/fi/privacy-notice.pdf").body
    assert client.get("/fi/privacy-notice.pdf").body == first
    assert printing._typeset.cache_info().misses == 1


def test_reading_it_sets_no_cookie_and_the_page_links_to_it(client, language):
    assert "Set-Cookie" not in client.get(f"/{language}/privacy-notice.pdf").headers
    assert f"/{language}/privacy-notice.pdf" in client.get(f"/{language}/privacy-notice").links()
    assert f"/{language}/privacy-notice.pdf" not in client.get(f"/{language}/privacy-notice/versions/1.0").links()
