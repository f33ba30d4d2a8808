"""The notice pages as anyone sees them."""

from datetime import timedelta
from xml.etree.ElementTree import Element

import pytest

from tests.notices.agreed import SECTIONS


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.mark.parametrize(("language", "title"), [("fi", "Tietosuojaseloste"), ("en", "Privacy notice")])
def test_the_current_notice_has_the_agreed_sections_and_a_table_of_contents(client, language, title):
    page = client.get(f"/{language}/privacy-notice")
    assert page.status == 200
    assert page.heading == title
    assert [e.get("id") for e in page.all("section") if e.get("id") in SECTIONS] == SECTIONS
    assert [link for link in page.links() if link.removeprefix("#") in SECTIONS] == [f"#{name}" for name in SECTIONS]


@pytest.mark.parametrize(
    ("language", "foot"),
    [
        (
            "fi",
            [
                ("Versio", "1.1"),
                ("Voimassa alkaen", "1. marraskuuta 2026"),
                ("Laki tarkistettu", "20. lokakuuta 2026"),
            ],
        ),
        ("en", [("Version", "1.1"), ("Valid from", "1 November 2026"), ("Law checked on", "20 October 2026")]),
    ],
)
def test_the_foot_tells_version_validity_and_when_the_law_was_checked(client, language, foot):
    page = client.get(f"/{language}/privacy-notice")
    footer = next(page.all("article")[0].iter("footer"))
    assert [tuple(words(e) for e in row) for row in footer.iter("div")] == foot


def test_no_cookie_is_set_by_reading_the_notice(client):
    page = client.get("/fi/privacy-notice")
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize(
    ("insert", "tables"), [("purposes", 1), ("data-content", 2), ("recipients", 1), ("cookies", 1), ("retention", 1)]
)
def test_tables_from_the_catalogues_stand_in_their_sections(client, language, insert, tables):
    page = client.get(f"/{language}/privacy-notice")
    section = next(e for e in page.all("section") if e.get("id") == insert)
    assert len(list(section.iter("table"))) == tables
    assert "<!-- insert" not in page.html


@pytest.mark.parametrize(
    ("language", "lifetimes"),
    [
        ("fi", {"session": "Kunnes selain suljetaan", "consent": "180 päivää", "remember": "30 päivää"}),
        ("en", {"session": "Until the browser is closed", "consent": "180 days", "remember": "30 days"}),
    ],
)
def test_the_cookie_table_names_every_cookie_and_its_lifetime(client, language, lifetimes):
    page = client.get(f"/{language}/privacy-notice")
    section = next(e for e in page.all("section") if e.get("id") == "cookies")
    (body,) = section.iter("tbody")
    rows = {words(row.find("th")): [words(cell) for cell in row.iter("td")] for row in body.iter("tr")}
    assert list(rows) == ["session", "consent", "remember", "visit", "interests"]
    assert {name: rows[name][2] for name in lifetimes} == lifetimes


def rows_of(page, section: str, table: int = 0) -> list[list[str]]:
    found = next(e for e in page.all("section") if e.get("id") == section)
    body = list(found.iter("tbody"))[table]
    return [[words(cell) for cell in row if cell.tag in ("th", "td")] for row in body.iter("tr")]


def test_each_purpose_tells_its_bases_and_the_right_that_follows_from_each(client):
    rows = rows_of(client.get("/en/privacy-notice"), "purposes")
    bases = {(purpose, basis): right for purpose, basis, right in rows}
    assert len(rows) == len(bases) == 9
    marketing = "Marketing and distance selling of the controller’s products and services"
    assert "withdraw your consent at any time" in bases[marketing, "Consent (GDPR Article 6(1)(a))"]
    assert "without giving reasons" in bases[marketing, "Legitimate interests (GDPR Article 6(1)(f))"]
    delivery = "Offering and delivering products and services"
    assert "machine-readable" in bases[delivery, "Contract (GDPR Article 6(1)(b))"]
    assert "not erased while the law requires it" in bases[delivery, "Legal obligation (GDPR Article 6(1)(c))"]
    payments = "Payments, payment monitoring and debt collection"
    assert "object on grounds" in bases[payments, "Legitimate interests (GDPR Article 6(1)(f))"]


def test_each_group_of_data_tells_its_purposes_sources_recipients_and_retention(client):
    page = client.get("/en/privacy-notice")
    used, kept = rows_of(page, "data-content", 0), rows_of(page, "data-content", 1)
    assert [row[0] for row in used] == [row[0] for row in kept]
    assert len(used) == 13
    assert all(cell for row in used + kept for cell in row)
    calls = next(row for row in kept if row[0] == "Recorded calls")
    assert calls[1:] == [
        "Recorded contact; Corrected at your request",
        "A partner authorised by the controller",
        "Two years (our proposal; the controller sets the period)",
    ]


def test_a_recipient_with_a_known_name_and_first_day_has_them(client):
    rows = rows_of(client.get("/en/privacy-notice"), "recipients")
    assert ["Fingrid Datahub Oy", "Fingrid Datahub Oy", "21 February 2022", "–"] in rows
    assert [row[1] for row in rows].count("Not yet supplied by the controller") == 2


def test_the_company_behind_debt_collection_is_not_guessed(client):
    page = client.get("/en/privacy-notice")
    section = next(e for e in page.all("section") if e.get("id") == "recipients")
    row = next(r for r in section.iter("tr") if "Lindorff Oy in the original notice" in "".join(r.itertext()))
    assert "Not yet supplied by the controller" in "".join(row.itertext())
    assert "Lowell" not in page.text
    assert "Intrum" not in page.text


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("number", ["1.0", "1.1"])
def test_every_published_version_has_its_page(client, language, number):
    page = client.get(f"/{language}/privacy-notice/versions/{number}")
    assert page.status == 200
    assert [e.get("id") for e in page.all("section") if e.get("id") in SECTIONS] == SECTIONS


def test_an_earlier_version_says_so_and_leads_to_the_one_in_force(client):
    page = client.get("/en/privacy-notice/versions/1.0")
    assert page.heading == "Privacy notice 1.0"
    assert "The version in force is 1.1." in page.text
    assert "how many pages are viewed in a visit" not in page.text
    assert "/en/privacy-notice" in page.links()


def test_before_its_first_day_a_version_is_announced_but_not_in_force(client, frozen_clock):
    frozen_clock.advance(timedelta(days=-40))
    assert client.get("/en/privacy-notice/versions/1.1").heading == "Privacy notice 1.1"
    assert "This version is valid from 1 November 2026." in client.last.text
    assert "how many pages are viewed in a visit" not in client.get("/en/privacy-notice").text


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("number", ["9.9", "1", "..%2F1.0", "1.0%20", "1.1/fi.html"])
def test_an_unknown_version_is_not_found(client, language, number):
    assert client.get(f"/{language}/privacy-notice/versions/{number}").status == 404


@pytest.mark.parametrize(
    ("language", "change"),
    [
        ("fi", "Siksi suostumus analytiikkaan kysytään uudelleen."),
        ("en", "Consent to analytics is therefore asked again."),
    ],
)
def test_the_change_log_lists_each_version_with_what_changed(client, language, change):
    page = client.get(f"/{language}/privacy-notice/versions")
    assert page.status == 200
    assert change in page.text
    assert {"fi": "Analytiikka", "en": "Analytics"}[language] in page.text
    assert [link for link in page.links() if "/versions/1." in link and link.startswith(f"/{language}/")][:2] == [
        f"/{language}/privacy-notice/versions/1.1",
        f"/{language}/privacy-notice/versions/1.0",
    ]
