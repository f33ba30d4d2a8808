"""Page, JSON, ZIP and PDF say the same of every field; the values are written out here, not taken from the code."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from flask import Flask

from portal.catalogues import legal_bases, purposes, recipients, sources
from portal.catalogues.fields import BY_KEY, CATEGORIES, FIELDS
from portal.catalogues.recipients import Recipient
from tests.own_data.reading import export, package, printed, rows, shown_values, squeezed, words_of
from tests.pages import Pages

LANGUAGES = ("fi", "en")
SERVING = {
    "fi": "Luottotietoyhtiö (vain henkilötunnus ja nimi): Suomen Asiakastieto Oy",
    "en": "Credit information company (personal identity code and name only): Suomen Asiakastieto Oy",
}


@dataclass(frozen=True)
class Told:
    """One value in each form. `csv` and `paper` are those of the page unless they differ."""

    json: object
    en: str
    fi: str
    csv_en: str
    csv_fi: str
    paper: str | None = None

    def page(self, language: str) -> str:
        return self.en if language == "en" else self.fi

    def csv(self, language: str) -> str:
        return self.csv_en if language == "en" else self.csv_fi


def same(value: str) -> Told:
    return Told(value, value, value, value, value)


def words(code: object, en: str, fi: str) -> Told:
    return Told(code, en, fi, en, fi)


def day(iso: str, en: str, fi: str) -> Told:
    return Told(iso, en, fi, iso, iso)


NOTHING = Told(None, "–", "–", "", "")
YES, NO = words(True, "yes", "kyllä"), words(False, "no", "ei")

# key -> its value in each record, in the order of the page
EXPECTED: dict[str, list[Told]] = {
    "name": [same("Åsa-Maria O’Neill Ääkkönen")],
    "identity_code": [
        Told("280285-901N", "280285-****", "280285-****", "280285-901N", "280285-901N", paper="280285-901N")
    ],
    "customer_number": [same("10001235")],
    "kind": [words("natural", "natural person", "luonnollinen henkilö")],
    "status": [words("customer", "customer", "asiakas")],
    "phone": [Told("+358440004321", "+358 44 000 4321", "044 000 4321", "+358440004321", "+358440004321")],
    "email": [same("asa@example.com")],
    "preferred_language": [words("fi", "Finnish", "suomi")],
    "has_own_liabilities": [YES],
    "is_protected": [NO],
    "contract_ended_on": [NOTHING],
    "gsrn": [same("952000000000000019"), same("952000000000000026")],
    "street": [same("Esimerkkikatu 3 A 4"), same("Vanhakuja 7")],
    "postal_code": [same("45100"), same("45100")],
    "city": [same("Kouvola"), same("Kouvola")],
    "housing": [
        words("detached-house", "detached house", "omakotitalo"),
        words("holiday-home", "holiday home", "vapaa-ajan asunto"),
    ],
    "tenure": [words("owner", "owner", "omistaja")] * 2,
    "timing": [words("year-round", "year-round", "ympärivuotinen")] * 2,
    "heating": [
        words("ground-source", "ground-source heat pump", "maalämpö"),
        words("wood", "wood or pellets", "puu tai pelletti"),
    ],
    "estimate_kwh": [Told(9000, "9,000 kWh", "9 000 kWh", "9000", "9000"), NOTHING],
    "main_fuse": [
        Told("3x25 A", "3 × 25 A", "3 × 25 A", "3x25 A", "3x25 A"),
        Told("1x25 A", "1 × 25 A", "1 × 25 A", "1x25 A", "1x25 A"),
    ],
    "connection_number": [same("L0000001"), same("L0000002")],
    "connection_voltage": [words("low", "low voltage", "pienjännite")] * 2,
    "connection_phases": [words("3", "three-phase", "kolmivaiheinen")] * 2,
    "connection_status": [
        words("connected", "connected", "kytketty"),
        words("disconnected", "disconnected", "katkaistu"),
    ],
    "connection_contract_on": [day("2019-04-30", "30 April 2019", "30.4.2019"), NOTHING],
    "is_transferable": [YES, YES],
    "has_generation": [NO, YES],
    "contract": [words("network", "network contract", "sähköverkkosopimus")] * 2,
    "contract_duration": [words("open-ended", "open-ended", "toistaiseksi voimassa oleva")] * 2,
    "contract_from": [day("2020-05-01", "1 May 2020", "1.5.2020"), day("2018-06-01", "1 June 2018", "1.6.2018")],
    "contract_until": [NOTHING, day("2024-06-30", "30 June 2024", "30.6.2024")],
    "tariff": [
        words("general", "general tariff", "yleissiirto"),
        words("seasonal", "seasonal tariff", "kausisiirto"),
    ],
    "consumption_month": [
        day("2026-11-01", "November 2026", "marraskuu 2026"),
        day("2026-10-01", "October 2026", "lokakuu 2026"),
        day("2025-11-01", "November 2025", "marraskuu 2025"),
        day("2025-10-01", "October 2025", "lokakuu 2025"),
        day("2025-10-01", "October 2025", "lokakuu 2025"),
        day("2024-05-01", "May 2024", "toukokuu 2024"),
    ],
    "consumption_kind": [
        words("estimate", "estimate", "arvio"),
        words("measured", "measured", "mitattu"),
        words("measured", "measured", "mitattu"),
        words("estimate", "estimate", "arvio"),
        words("measured", "measured", "mitattu"),
        words("measured", "measured", "mitattu"),
    ],
    "consumption_kwh": [
        Told(930, "930 kWh", "930 kWh", "930", "930"),
        Told(1812, "1,812 kWh", "1 812 kWh", "1812", "1812"),
        Told(905, "905 kWh", "905 kWh", "905", "905"),
        Told(700, "700 kWh", "700 kWh", "700", "700"),
        Told(790, "790 kWh", "790 kWh", "790", "790"),
        Told(12, "12 kWh", "12 kWh", "12", "12"),
    ],
    "billing_street": [same("Laskutie 1")],
    "billing_postal_code": [same("45130")],
    "billing_city": [same("Kouvola")],
    "due_on": [day("2026-12-15", "15 December 2026", "15.12.2026")],
    "billing_cycle": [words("two-monthly", "every two months", "kahden kuukauden välein")],
    "billing_method": [words("e-invoice", "e-invoice to the online bank", "e-lasku verkkopankkiin")],
    "iban": [
        Told(
            "FI9399999900000014",
            "FI** **** **** **** 14",
            "FI** **** **** **** 14",
            "FI9399999900000014",
            "FI9399999900000014",
            paper="FI93 9999 9900 0000 14",
        )
    ],
    "invoice_number": [same("20000010")],
    "invoice_reference": [Told("200000101", "2000 00101", "2000 00101", "200000101", "200000101")],
    "invoice_amount": [Told({"cents": 5241, "currency": "EUR"}, "€52.41", "52,41 €", "52.41", "52,41")],
    "invoice_issued_on": [day("2026-11-05", "5 November 2026", "5.11.2026")],
    "invoice_due_on": [day("2026-11-29", "29 November 2026", "29.11.2026")],
    "invoice_paid_on": [NOTHING],
    "invoice_state": [words("open", "open", "avoin")],
    "feedback_received_on": [day("2026-02-03", "3 February 2026", "3.2.2026")],
    "feedback_channel": [words("web-form", "web form", "verkkolomake")],
    "feedback_category": [words("praise", "praise", "kiitos")],
    "feedback_text": [
        Told(
            '=HYPERLINK("http://example.com")',
            '=HYPERLINK("http://example.com")',
            '=HYPERLINK("http://example.com")',
            '\'=HYPERLINK("http://example.com")',
            '\'=HYPERLINK("http://example.com")',
        )
    ],
    "feedback_status": [words("answered", "answered", "vastattu")],
    "feedback_reply": [same("Kiitos palautteesta!")],
    "call_started_at": [
        Told(
            "2026-06-16T07:16:00Z",
            "16 June 2026, 10:16",
            "16.6.2026 klo 10.16",
            "2026-06-16T07:16:00Z",
            "2026-06-16T07:16:00Z",
        )
    ],
    "call_length": [Told(140, "2 min 20 s", "2 min 20 s", "140", "140")],
    "call_direction": [words("incoming", "incoming", "saapuva")],
    "call_topic": [same("Muutto")],
    "call_told": [YES],
    "call_purpose": [words("complaints", "handling complaints", "reklamaatioiden käsittely")],
    "call_delete_on": [day("2028-06-16", "16 June 2028", "16.6.2028")],
    "username": [same("asa")],
    "account_email": [same("asa@example.org")],
    "account_created_at": [
        Told(
            "2026-11-24T08:00:00Z",
            "24 November 2026, 10:00",
            "24.11.2026 klo 10.00",
            "2026-11-24T08:00:00Z",
            "2026-11-24T08:00:00Z",
        )
    ],
    "last_sign_in_at": [
        Told(
            "2026-11-24T08:00:00Z",
            "24 November 2026, 10:00",
            "24.11.2026 klo 10.00",
            "2026-11-24T08:00:00Z",
            "2026-11-24T08:00:00Z",
        )
    ],
    "account_language": [words("fi", "Finnish", "suomi")],
    "survey": [words("annual", "annual survey", "vuosikysely")],
    "satisfaction_score": [Told(4, "4", "4", "4", "4")],
    "satisfaction_answered_on": [day("2026-01-10", "10 January 2026", "10.1.2026")],
    "service_event": [words("meter-reading", "meter reading sent", "mittarilukema lähetetty")],
    "service_event_at": [
        Told(
            "2026-09-30T21:30:00Z",
            "1 October 2026, 00:30",
            "1.10.2026 klo 0.30",
            "2026-09-30T21:30:00Z",
            "2026-09-30T21:30:00Z",
        )
    ],
    "product": [words("main-fuse-change", "main fuse change", "pääsulakkeen vaihto")],
    "ordered_on": [day("2025-12-01", "1 December 2025", "1.12.2025")],
    "purchase_price": [Told({"cents": 39000, "currency": "EUR"}, "€390.00", "390,00 €", "390.00", "390,00")],
    "permission_type": [words("contact", "permission to contact", "yhteydenottolupa")],
    "permission_channel": [words("sms", "text message", "tekstiviesti")],
    "permission_state": [words("permission", "permission", "lupa")],
    "other_subject": [same("Avain")],
    "other_value": [same("Naulassa ovella B")],
    "consent_reference": [same("S-000001")],
}
# the page names a metering point above its months, the files on each row
SITE_OF_MONTH = [same("952000000000000019")] * 5 + [same("952000000000000026")]
EVERYTHING = EXPECTED | {"consumption_site": SITE_OF_MONTH}


def test_a_value_is_written_here_for_every_field_of_the_catalogue() -> None:
    assert {spec.key for spec in FIELDS} - EVERYTHING.keys() == {"business_id"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_every_value(pages: Pages, language: str) -> None:
    shown = shown_values(pages.get(f"/{language}/my/data"))
    assert {key: shown[key] for key in EXPECTED} == {
        key: [told.page(language) for told in values] for key, values in EXPECTED.items()
    }
    points = [text for text in shown["consumption_site"] if "952000000000000019" in text]
    assert len(points) == 1 and len(shown["consumption_site"]) == 2


def test_the_json_holds_every_value(pages: Pages) -> None:
    found: dict[str, list[object]] = {}
    for records in export(pages)["categories"].values():
        for record in records:
            for key, field in record["fields"].items():
                found.setdefault(key, []).append(field["value"])
    assert found == {key: [told.json for told in values] for key, values in EVERYTHING.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_each_category_holds_every_value(pages: Pages, language: str) -> None:
    copy, files = export(pages), package(pages, language)
    found: dict[str, list[str]] = {}
    for category, records in copy["categories"].items():
        header, *lines = rows(files[f"{category}.csv"], language)
        assert len(lines) == len(records), category
        for record, line in zip(records, lines, strict=True):
            number, *cells, kept_until = line
            assert number == (record["record"] or "")
            assert len(cells) == len(record["fields"]) == len(header) - 2
            for (key, field), cell in zip(record["fields"].items(), cells, strict=True):
                assert kept_until == (field["kept_until"] or "")
                found.setdefault(key, []).append(cell)
    assert found == {key: [told.csv(language) for told in values] for key, values in EVERYTHING.items()}


def _words(codes: Sequence[str], labels: dict, nobody: str = "") -> str:
    by_value = {str(code): str(label) for code, label in labels.items()}
    return "; ".join(by_value[code] for code in codes) or nobody


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_all_fields_tells_of_each_what_the_json_tells(app: Flask, pages: Pages, language: str) -> None:
    copy, files = export(pages), package(pages, language)
    lines = rows(files["all-fields.csv"], language)[1:]
    fields = [
        (record["record"] or "", key, field)
        for records in copy["categories"].values()
        for record in records
        for key, field in record["fields"].items()
    ]
    assert len(lines) == len(fields) == sum(len(values) for values in EVERYTHING.values())
    with app.test_request_context(f"/{language}/"):
        nobody = {"fi": "Ei kenellekään ulkopuoliselle", "en": "Nobody outside"}[language]
        serving = recipients.LABELS | {Recipient.CREDIT_INFORMATION: SERVING[language]}
        for line, (record, key, field) in zip(lines, fields, strict=True):
            spec = BY_KEY[key]
            assert line[:4] == [str(CATEGORIES[spec.category].label), record, key, str(spec.label)]
            assert line[5:12] == [
                _words([field["source"]], sources.LABELS),
                field["source_on"],
                field["updated_at"],
                _words(field["purposes"], purposes.LABELS),
                _words(field["legal_basis"], legal_bases.LABELS),
                _words(field["recipients"], serving, nobody),
                field["kept_until"] or "",
            ], key


IN_FULL = ("customer", "site", "billing", "account", "other", "feedback")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_prints_every_value_beside_its_name(app: Flask, pages: Pages, language: str) -> None:
    document = words_of(printed(pages, language))
    copy = export(pages)
    missing = []
    with app.test_request_context(f"/{language}/"):
        labels = {spec.key: str(spec.label) for spec in FIELDS}
    seen: dict[str, int] = {}
    for category, records in copy["categories"].items():
        for record in records:
            printed_values = []
            for key in record["fields"]:
                told = EVERYTHING[key][seen.get(key, 0)]
                seen[key] = seen.get(key, 0) + 1
                printed_values.append((key, told.paper or told.page(language)))
            if category in IN_FULL:
                missing += [
                    (key, value) for key, value in printed_values if squeezed(labels[key] + value) not in document
                ]
            elif squeezed("".join(value for _, value in printed_values)) not in document:
                missing.append((category, str(printed_values)))
    assert missing == []


# what is not shared by the whole record: written out for each kind of difference
ORIGINS = {
    "en": {
        "phone": "Source: Corrected at your request, 17 November 2026. Updated 17 November 2026.",
        "name": "May also be given to: "
        "Credit information company (personal identity code and name only): Suomen Asiakastieto Oy.",
        "is_protected": "May be given to: Nobody outside.",
        "invoice": "Due date: Corrected at your request, 17 November 2026. Updated 17 November 2026.",
        "site": "Source: Your contract, 1 June 2018. Updated 1 June 2018. Kept until 30 June 2030.",
        "call": "Source: Recorded contact, 16 June 2026. Updated 16 June 2026. Kept until 15 June 2028.",
    },
    "fi": {
        "phone": "Lähde: Korjattu pyynnöstäsi, 17.11.2026. Päivitetty 17.11.2026.",
        "name": "Voidaan luovuttaa lisäksi: Luottotietoyhtiö (vain henkilötunnus ja nimi): Suomen Asiakastieto Oy.",
        "is_protected": "Voidaan luovuttaa: Ei kenellekään ulkopuoliselle.",
        "invoice": "Eräpäivä: Korjattu pyynnöstäsi, 17.11.2026. Päivitetty 17.11.2026.",
        "site": "Lähde: Sopimuksesi, 1.6.2018. Päivitetty 1.6.2018. Säilytetään 30.6.2030 asti.",
        "call": "Lähde: Tallennettu yhteydenotto, 16.6.2026. Päivitetty 16.6.2026. Säilytetään 15.6.2028 asti.",
    },
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_beside_a_field_what_is_not_so_for_the_others(pages: Pages, language: str) -> None:
    text = pages.get(f"/{language}/my/data").text
    assert [told for told in ORIGINS[language].values() if told not in text] == []


def test_the_json_tells_where_a_corrected_field_came_from(pages: Pages) -> None:
    copy = export(pages)["categories"]
    phone, email = (copy["customer"][0]["fields"][key] for key in ("phone", "email"))
    assert (phone["source"], phone["source_on"], phone["updated_at"]) == (
        "correction",
        "2026-11-17",
        "2026-11-17T12:00:00Z",
    )
    assert (email["source"], email["source_on"]) == ("contract", "2020-05-04")
    assert copy["site"][1]["fields"]["street"]["kept_until"] == "2030-06-30"
    assert copy["site"][0]["fields"]["street"]["kept_until"] is None
    assert copy["payments"][0]["fields"]["invoice_amount"]["kept_until"] == "2032-12-31"
    assert copy["calls"][0]["fields"]["call_topic"]["kept_until"] == "2028-06-15"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_prints_where_a_corrected_field_came_from(pages: Pages, language: str) -> None:
    document = words_of(printed(pages, language))
    told = {
        "en": [
            "Phone+358 44 000 4321Corrected at your request, 17 November 202617 November 2026",
            "E-mailasa@example.comYour contract, 4 May 20204 May 2020",
            "20000010, Due date: Corrected at your request, 17 November 2026. Updated 17 November 2026.",
        ],
        "fi": [
            "Puhelin044 000 4321Korjattu pyynnöstäsi, 17.11.202617.11.2026",
            "Sähköpostiasa@example.comSopimuksesi, 4.5.20204.5.2020",
            "20000010, Eräpäivä: Korjattu pyynnöstäsi, 17.11.2026. Päivitetty 17.11.2026.",
        ],
    }[language]
    assert [text for text in told if squeezed(text) not in document] == []
