"""The notice says every fact of the register description, in both languages, in the agreed sections."""

import csv
import re
from html import unescape
from pathlib import Path

import pytest

from portal.config import organisation
from portal.notices.sections import MalformedNotice, sections_in
from portal.notices.versions import published, text_of
from tests.notices.agreed import SECTIONS

LANGUAGES = ("fi", "en")
TEXTS = [(version, language) for version in published() for language in LANGUAGES]

# what each fact of the register description (R, I) or rule of law (C, L) looks like in the notice
with (Path(__file__).parent / "facts.tsv").open(encoding="utf-8", newline="") as table:
    FACTS = {row["fact"]: row for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)}


def words_by_section(html: str) -> dict[str, str]:
    sections = re.findall(r'<section id="([a-z-]+)">(.*?)</section>', html, re.DOTALL)
    return {name: unescape(" ".join(re.sub(r"<[^>]+>", "", body).split())) for name, body in sections}


def words_of(version, language: str) -> dict[str, str]:
    return words_by_section(text_of(version.hashes[language]).decode())


@pytest.mark.parametrize(("version", "language"), TEXTS, ids=lambda value: getattr(value, "number", value))
def test_both_languages_have_the_agreed_sections_in_their_order(version, language):
    assert list(words_of(version, language)) == SECTIONS


@pytest.mark.parametrize("fact", FACTS)
def test_every_version_states_the_fact_in_both_languages(fact):
    row = FACTS[fact]
    for version in published():
        for language in LANGUAGES:
            assert row[language] in words_of(version, language)[row["section"]], (version.number, language)


@pytest.mark.parametrize(("version", "language"), TEXTS, ids=lambda value: getattr(value, "number", value))
def test_every_section_begins_with_a_short_version(version, language):
    sections = sections_in(text_of(version.hashes[language]).decode())
    assert len(sections) > 5
    for section in sections:
        assert section.parts[0].html.strip().startswith('<p class="in-short">'), section.id


@pytest.mark.parametrize("version", published(), ids=lambda version: version.number)
def test_the_two_languages_are_built_alike(version):
    """Equal in content: the same elements in the same order, phrases of another language aside."""
    tags = {}
    for language in LANGUAGES:
        html = text_of(version.hashes[language]).decode()
        tags[language] = [tag for tag in re.findall(r"<(/?[a-z0-9]+|!--[^>]*)", html) if tag.strip("/") != "i"]
    assert tags["fi"] == tags["en"]


@pytest.mark.parametrize(("version", "language"), TEXTS, ids=lambda value: getattr(value, "number", value))
def test_links_of_a_text_stay_in_its_language(version, language):
    html = text_of(version.hashes[language]).decode()
    inside = re.findall(r'href="(/[^"]*)"', html)
    assert inside
    assert all(link.startswith(f"/{language}/") for link in inside)


@pytest.mark.parametrize(("version", "language"), TEXTS, ids=lambda value: getattr(value, "number", value))
def test_the_text_agrees_with_the_facts_of_the_organisation(version, language):
    html = text_of(version.hashes[language]).decode()
    for fact in (
        organisation.register_company,
        organisation.handler_company,
        organisation.postal_address,
        organisation.email_customer_service,
        organisation.email_register,
        organisation.business_id,
        organisation.website,
        f'href="tel:{organisation.phone}"',
    ):
        assert fact in html


@pytest.mark.parametrize(("version", "language"), TEXTS, ids=lambda value: getattr(value, "number", value))
def test_misprints_of_the_description_are_not_repeated(version, language):
    html = text_of(version.hashes[language]).decode()
    misprints = (
        "VerkkO",
        "henkiltieto",
        "laskustapa",
        "tyytyväisyyssiedot",
        "häiriöseuranta varten",
        "asiakastieto Oy",
    )
    assert [misprint for misprint in misprints if misprint in html] == []


@pytest.mark.parametrize(("version", "language"), TEXTS, ids=lambda value: getattr(value, "number", value))
def test_what_the_controller_has_not_supplied_is_said_so(version, language):
    html = text_of(version.hashes[language]).decode()
    sections = re.findall(r'<section id="([a-z-]+)">(.*?)</section>', html, re.DOTALL)
    open_points = [name for name, body in sections if 'class="not-supplied' in body]
    assert open_points == [
        "controller",
        "contact",
        "legal-basis",
        "data-content",
        "recipients",
        "transfers",
        "retention",
        "other-rights",
    ]


def test_a_text_with_a_template_instruction_is_refused():
    with pytest.raises(MalformedNotice):
        sections_in('<section id="controller">\n<h2>A</h2>\n<p>{{ name }}</p>\n</section>\n')


def test_a_text_without_all_sections_is_refused():
    with pytest.raises(MalformedNotice):
        sections_in('<section id="controller">\n<h2>A</h2>\n<p>b</p>\n</section>\n')


def test_a_text_with_words_outside_the_sections_is_refused():
    with pytest.raises(MalformedNotice):
        sections_in("<p>before</p>")
