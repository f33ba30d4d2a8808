"""Everything articles 13 and 14 want told is in the notice, or said to be not yet supplied by the controller."""

import re

import pytest

from portal.notices.versions import published, text_of
from tests.notices.test_notice_texts import words_by_section

# article: (section, how it is said in Finnish, in English); what the controller has to supply begins with its words
STATED = {
    "13(1)(a) identity and contact details": ("controller", "Hovioikeudenkatu 3", "Hovioikeudenkatu 3"),
    "13(1)(c) purposes": ("purposes", "seuraaviin tarkoituksiin", "the following purposes"),
    "13(1)(c) legal basis": ("legal-basis", "6 artiklan 1 kohdan a alakohta", "Article 6(1)(a)"),
    "13(1)(d) legitimate interests": ("legal-basis", "Oikeutettuja etuja ovat", "The legitimate interests are"),
    "13(1)(e) recipients": ("recipients", "vastaanottajia ovat", "the recipients are"),
    "13(1)(f) grounds of transfers": ("transfers", "V luvun", "Chapter V"),
    "13(2)(b) access": ("access", "15 artikla", "Article 15"),
    "13(2)(b) rectification": ("rectification", "16 artikla", "Article 16"),
    "13(2)(b) erasure": ("other-rights", "17 artikla", "Article 17"),
    "13(2)(b) restriction": ("other-rights", "18 artikla", "Article 18"),
    "13(2)(b) portability": ("other-rights", "20 artikla", "Article 20"),
    "13(2)(b) objection": ("objection", "21 artiklan 1 kohta", "Article 21(1)"),
    "13(2)(c) withdrawal of consent": ("other-rights", "7 artiklan 3 kohta", "withdraw consent at any time"),
    "13(2)(d) complaint": ("complaint", "77 artikla", "Article 77"),
    "14(1)(d) categories of data": ("data-content", "henkilötunnus", "personal identity code"),
    "14(2)(f) source": ("sources", "Suomen Asiakastieto Oy", "Suomen Asiakastieto Oy"),
    "14(3) when it is told": ("sources", "kuukauden kuluessa", "within a month"),
}
NOT_SUPPLIED = {
    "13(1)(a) joint controllers (26)": ("controller", "yhteisrekisterinpitäjiä", "joint controllers"),
    "13(1)(b) data protection officer": ("contact", "tietosuojavastaavan", "data protection officer"),
    "13(1)(d) balance of interests": ("legal-basis", "oikeutetut edut", "legitimate interests"),
    "13(2)(e) duty to give data": ("data-content", "pakollista", "must give"),
    "13(1)(e) names of recipients": ("recipients", "yhteistyökumppaniensa", "present partners"),
    "13(1)(f) transfers made": ("transfers", "tehdyistä siirroista", "transfers that have been made"),
    "13(2)(a) retention periods": ("retention", "säilytysaikoja", "retention periods"),
    "13(2)(f) automated decisions elsewhere": ("other-rights", "automaattisia päätöksiä", "automated decisions"),
}
NOT_YET = {"fi": "Rekisterinpitäjä ei ole vielä", "en": "Not yet supplied by the controller"}


def newest(language: str) -> str:
    return text_of(published()[0].hashes[language]).decode()


@pytest.mark.parametrize("item", STATED)
def test_the_item_is_stated_in_both_languages(item):
    section, *phrases = STATED[item]
    for language, phrase in zip(("fi", "en"), phrases, strict=True):
        assert phrase in words_by_section(newest(language))[section]


@pytest.mark.parametrize("language", ["fi", "en"])
def test_what_is_open_is_exactly_what_the_controller_has_not_supplied(language):
    """When the controller supplies an item, a new version states it and its row moves to STATED."""
    said = re.findall(
        r'<section id="([a-z-]+)">(?:(?!</section>).)*?<p class="not-supplied[^>]*>([^<]*)', newest(language), re.DOTALL
    )
    expected = [(section, {"fi": fi, "en": en}[language]) for section, fi, en in NOT_SUPPLIED.values()]
    assert [section for section, _ in said] == [section for section, _ in expected]
    assert newest(language).count('class="not-supplied') == len(expected)
    for (section, text), (_, phrase) in zip(said, expected, strict=True):
        assert text.startswith(NOT_YET[language]), section
        assert phrase in text
