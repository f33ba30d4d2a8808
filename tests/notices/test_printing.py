"""The notice on paper: tagged, with its version in the foot, and not a word missing."""

import re
from io import BytesIO

import pytest
from pypdf import PdfReader

from portal.notices import printing

LANGUAGES = ("fi", "en")
FOOT = {
    "fi": r"Tietosuojaseloste · Versio 1\.1 · Voimassa alkaen 1\.11\.2026 · Laki tarkistettu 20\.10\.2026\s+Sivu (\d+) / (\d+)",
    "en": r"Privacy notice · Version 1\.1 · Valid from 1 November 2026 ·\s+Law checked on 20 October 2026\s+Page (\d+) / (\d+)",
}


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture
def document(client, language):
    page = client.get(f"/{language}/privacy-notice.pdf")
    assert page.status == 200
    assert page.headers["Content-Type"] == "application/pdf"
    return PdfReader(BytesIO(page.body))


def squeezed(text: str) -> str:
    """Without what setting lines changes: white space, hyphens, and the addresses printed after links."""
    return re.sub(r"\(https?://[^)]*\)", "", re.sub(r"[\s\u00ad-]", "", text))


def body_of(document: PdfReader, language: str) -> str:
    return squeezed("".join(re.sub(FOOT[language], "", page.extract_text()) for page in document.pages))


def test_every_paragraph_item_and_cell_of_the_page_stands_in_the_document(client, language, document):
    body = body_of(document, language)
    article = client.get(f"/{language}/privacy-notice").all("article")[0]
    places = [e for tag in ("h2", "h3", "p", "li", "dt", "dd", "caption", "th", "td") for e in article.iter(tag)]
    footer = {id(e) for e in next(article.iter("footer")).iter()}
    words = ["".join(e.itertext()) for e in places if id(e) not in footer]
    assert len(words) > 300
    assert [text for text in words if squeezed(text) not in body] == []


def test_every_page_names_version_validity_and_page_number(language, document):
    numbers = [re.search(FOOT[language], page.extract_text()) for page in document.pages]
    assert [found and found.groups() for found in numbers] == [
        (str(n + 1), str(len(document.pages))) for n in range(len(document.pages))
    ]


def test_the_first_page_says_what_it_is_and_of_which_day(language, document):
    first = document.pages[0].extract_text()
    assert {"fi": "Tietosuojaseloste", "en": "Privacy notice"}[language] in first
    assert {"fi": "Voimassa alkaen: 1.11.2026", "en": "Valid from: 1 November 2026"}[language] in first
    assert {"fi": "24.11.2026", "en": "24 November 2026"}[language] in first


def test_the_document_is_tagged_with_language_and_title(language, document):
    root = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True
    assert root["/Lang"].split("-")[0] == language
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] is True
    assert document.metadata.title == {"fi": "Tietosuojaseloste", "en": "Privacy notice"}[language]
    assert "pdfuaid:part" in document.xmp_metadata.stream.get_data().decode()


def test_links_inside_lead_to_this_service_and_are_printed(language, document):
    assert f"(http://localhost:8000/{language}/cookies)" in re.sub(
        r"\s", "", "".join(page.extract_text() for page in document.pages)
    )


def test_it_is_set_once_while_nothing_in_it_changes(client, frozen_clock):
    printing._typeset.cache_clear()
    first = client.get("/fi/privacy-notice.pdf").body
    assert client.get("/fi/privacy-notice.pdf").body == first
    assert printing._typeset.cache_info().misses == 1


def test_reading_it_sets_no_cookie_and_the_page_links_to_it(client, language):
    assert "Set-Cookie" not in client.get(f"/{language}/privacy-notice.pdf").headers
    assert f"/{language}/privacy-notice.pdf" in client.get(f"/{language}/privacy-notice").links()
    assert f"/{language}/privacy-notice.pdf" not in client.get(f"/{language}/privacy-notice/versions/1.0").links()
