"""Forms for paper hold what the register description and the Ombudsman's list ask for (R97, R103, R117)."""

from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader

from portal.subject_requests import paper_forms
from portal.subject_requests.kinds import Kind
from tests.pages import Pages
from tests.tagged_pdf import faults


def words(document: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(document)).pages).split())


TITLES = {
    Kind.ACCESS: {"fi": "Pyyntö saada omat tiedot", "en": "Request for access to own data"},
    Kind.CORRECTION: {"fi": "Pyyntö korjata omat tiedot", "en": "Request for correction of own data"},
    Kind.OPT_OUT: {"fi": "Suoramarkkinointikielto", "en": "Direct marketing opt-out"},
}


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("kind", paper_forms.KINDS)
def test_a_form_fits_on_one_tagged_page_with_the_address(context: Flask, kind: Kind, language: str) -> None:
    document = paper_forms.pdf(kind, language)
    assert len(PdfReader(BytesIO(document)).pages) == 1
    assert faults(document, language=language, title=TITLES[kind][language]) == []
    role = {"fi": "Viestintäpäällikkö", "en": "Communications manager"}[language]
    assert f"KSS Energia Oy {role} Hovioikeudenkatu 3 45100 Kouvola" in words(document)


def test_the_five_parts_of_a_correction_and_a_line_for_the_name_in_writing(context: Flask) -> None:
    text = words(paper_forms.pdf(Kind.CORRECTION, "en"))
    for part in ("What is wrong, word for word", "What it should be, word for word", "Why it is wrong", "Name",
                 "How we reach you", "Signature"):  # fmt: skip
        assert part in text


def test_an_opt_out_asks_for_no_signature(context: Flask) -> None:
    text = words(paper_forms.pdf(Kind.OPT_OUT, "en"))
    assert "No signature is needed." in text
    assert "Signature" not in text


def test_only_these_forms_exist_and_no_cookie_comes_with_them(client: Pages) -> None:
    page = client.get("/fi/requests/access.pdf")
    assert (page.status, page.response.mimetype) == (200, "application/pdf")
    assert client.cookies() == set()
    for kind in ("erasure", "nonsense"):
        assert client.get(f"/fi/requests/{kind}.pdf").status == 404
