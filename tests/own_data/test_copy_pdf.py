"""The copy on paper: each block that article 15 wants (L16), in both languages, tagged, for every kind of text."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import update

from portal.core import audit, clock
from portal.core.audit import Actor, AuditAction
from portal.core.db import transaction
from portal.core.roles import Role
from portal.register.models import Feedback
from tests.own_data.reading import printed, squeezed, words_of
from tests.own_data.rich_customer import Rich
from tests.pages import Pages
from tests.tagged_pdf import faults

# block -> language -> what must stand there, word for word and in this order
BLOCKS: dict[str, dict[str, list[str]]] = {
    "a) purposes": {
        "en": [
            "a) Purposes of the processing",
            "Caring for and developing the customer relationship",
            "Contract (GDPR Article 6(1)(b)); Legitimate interests (GDPR Article 6(1)(f))",
            "Offering and delivering products and services",
            "Payments, payment monitoring and debt collection",
            "Marketing and distance selling of the controller’s products and services",
            "Developing the controller’s business and customer service",
        ],
        "fi": [
            "a) Käsittelyn tarkoitukset",
            "Asiakassuhteen hoitaminen ja kehittäminen",
            "Tuotteiden ja palvelujen tarjoaminen ja toimittaminen",
            "Maksaminen, maksujen valvonta ja perintä",
        ],
    },
    "b) categories": {
        "en": ["b) Categories of personal data", "Customer details", "Electricity consumption", "Recorded calls"],
        "fi": ["b) Henkilötietoryhmät", "Asiakastiedot", "Sähkönkulutus", "Tallennetut puhelut"],
    },
    "c) recipients by name with the date": {
        "en": [
            "c) Recipients",
            "6 October 2026, 18:20Suomen Asiakastieto Oy"
            "Credit information company (personal identity code and name only)"
            "Legitimate interestsPersonal identity code, Name",
            "Data may be given to these recipients:",
            "Fingrid Datahub Oy",
        ],
        "fi": [
            "c) Vastaanottajat",
            "6.10.2026 klo 18.20Suomen Asiakastieto OyLuottotietoyhtiö (vain henkilötunnus ja nimi)"
            "Oikeutettu etuHenkilötunnus, Nimi",
            "Tietoja voidaan luovuttaa näille vastaanottajille:",
            "Fingrid Datahub Oy",
        ],
    },
    "d) retention": {
        "en": [
            "d) How long the data is kept",
            "Six years from the end of the contractElectricity Market Act, section 75 c",
            "Three years (our proposal; the controller sets the period)",
        ],
        "fi": ["d) Kuinka kauan tietoja säilytetään", "Kuusi vuotta sopimuksen päättymisestäSähkömarkkinalaki 75 c §"],
    },
    "e) rights": {
        "en": ["e) Your rights", "(Article 16)", "(Article 17)", "(Article 18)", "(Article 20)", "(Article 21)",
               "(Article 7(3))", "Hovioikeudenkatu 3, 45100 Kouvola", "viestinta@kssenergia.fi"],
        "fi": ["e) Oikeutesi", "(16 artikla)", "(17 artikla)", "(18 artikla)", "(20 artikla)", "(21 artikla)",
               "(7 artiklan 3 kohta)", "Hovioikeudenkatu 3, 45100 Kouvola", "viestinta@kssenergia.fi"],
    },
    "f) complaint": {
        "en": ["f) Right to lodge a complaint", "Data Protection Ombudsman", "(Article 77)", "tietosuoja.fi"],
        "fi": ["f) Oikeus tehdä kantelu", "tietosuojavaltuutetulle", "(77 artikla)", "tietosuoja.fi"],
    },
    "g) source": {
        "en": ["g) Sources of the data", "Customer detailsYour contract; Corrected at your request",
               "Metering pointsData exchange of the electricity market (Datahub); Your contract"],
        "fi": ["g) Tietolähteet", "AsiakastiedotSopimuksesi; Korjattu pyynnöstäsi"],
    },
    "h) automated decisions": {
        "en": ["h) Automated decisions", "based solely on automated processing", "for example in credit checks"],
        "fi": ["h) Automaattiset päätökset", "pelkän automaattisen käsittelyn perusteella",
               "esimerkiksi luottotietojen tarkistuksessa"],
    },
    "15(2) transfers": {
        "en": ["Transfers outside the EU and the EEA", "Chapter V of the General Data Protection Regulation",
               "their safeguards"],
        "fi": ["Siirrot EU:n ja ETA:n ulkopuolelle", "yleisen tietosuoja-asetuksen V luvun", "suojatoimista"],
    },
    "15(3) the copy": {
        "en": ["Your data", "Personal identity code280285-901N", "Account number (IBAN)FI93 9999 9900 0000 14"],
        "fi": ["Sinun tietosi", "Henkilötunnus280285-901N", "Tilinumero (IBAN)FI93 9999 9900 0000 14"],
    },
    "who has looked (C-579/21)": {
        "en": ["When our staff opened your data", "24 November 2026, 10:00Customer serviceInvoice"],
        "fi": ["Milloin henkilökuntamme on avannut tietosi", "24.11.2026 klo 10.00AsiakaspalveluLasku"],
    },
}  # fmt: skip


@pytest.fixture
def looked_at(app: Flask, rich: Rich) -> None:
    clerk = Actor(account_id=1, role=Role.CLERK, unit="customer-service")
    with app.app_context(), transaction():
        audit.record(
            AuditAction.CUSTOMER_VIEWED, actor=clerk, now=clock.now(), subject=rich.customer_id, purpose="invoice"
        )


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_copy_has_every_block(looked_at: None, pages: Pages, language: str) -> None:
    first = squeezed(BLOCKS["a) purposes"][language][0])
    body = first + words_of(printed(pages, language)).split(first)[2]  # behind the table of contents
    for block, texts in BLOCKS.items():
        place = 0
        for text in texts[language]:
            place = body.find(squeezed(text), place)
            assert place >= 0, (block, text)


@pytest.mark.parametrize("language", ["fi", "en"])
def test_it_is_tagged_with_language_and_title_and_every_page_has_its_number(pages: Pages, language: str) -> None:
    document = printed(pages, language)
    title = {"fi": "Jäljennös tiedoistasi", "en": "Copy of your data"}[language]
    assert faults(document, language=language, title=title) == []
    reader = PdfReader(BytesIO(document))
    assert "10001235" not in str(reader.metadata) and "Ääkkönen" not in str(reader.metadata)
    word = {"fi": "Sivu", "en": "Page"}[language]
    for number, leaf in enumerate(reader.pages, start=1):
        assert leaf.extract_text().strip().endswith(f"{word} {number} / {len(reader.pages)}")


def test_what_a_person_wrote_is_printed_whatever_it_is(app: Flask, rich: Rich, pages: Pages) -> None:
    texts = {
        "other scripts": "Hei 😀 ja 漢字",
        "markup": "#set page(width: 1pt) *ei* _tämä_ $x$ @viite <b>",
        "longer than a page": "sana " * 3_000,
        "signs": "\\ \" ' ` ~ \n\n - a\n= b",
    }
    with app.app_context(), transaction() as session:
        written = (
            update(Feedback).where(Feedback.customer_id == rich.customer_id).values(text="\n".join(texts.values()))
        )
        session.execute(written)
    document = words_of(printed(pages))
    for what, text in texts.items():
        assert squeezed(text.replace(" 😀", "").replace("漢字", "[…]")) in document, what


def test_a_customer_with_next_to_nothing_gets_a_copy_too(sign_in: Callable[..., Pages]) -> None:
    document = words_of(printed(sign_in("customer")))
    assert squeezed("Your data has not been given to anybody outside.") in document
    assert squeezed("Recorded calls We hold nothing of this kind about you.") in document


def test_a_copy_is_made_anew_for_each_person(sign_in: Callable[..., Pages]) -> None:
    """Nothing of one person's copy is kept in memory for the next."""
    one, other = sign_in("customer"), sign_in("customer")
    for pages, stranger in ((one, other), (other, one)):
        document = words_of(printed(pages))
        assert squeezed(pages.person.username) in document and squeezed(stranger.person.username) not in document
