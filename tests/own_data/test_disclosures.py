"""To whom my data was given: named, dated, with ground and fields; the page and the copies say the same."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from portal.catalogues.recipients import Recipient
from portal.catalogues.transfers import TransferGround
from portal.core.audit import SYSTEM
from portal.core.db import transaction
from portal.disclosures import services
from portal.disclosures.services import Wanted
from portal.register.models import Disclosure
from portal.web.paging import PAGE_SIZE
from tests.conftest import START
from tests.disclosures.recipients import serves
from tests.factories import make_customer
from tests.own_data.reading import export, package, printed, rows, squeezed, words_of
from tests.own_data.rich_customer import Rich
from tests.pages import Page, Pages

SignIn = Callable[..., Pages]


def give(
    customer_id: int, holder_id: int, fields: str = "name", *, at: datetime = START, ground: str | None = None
) -> int:
    wanted = Wanted(holder_id=holder_id, fields=fields.split(), ground=ground, at=at)
    return services.disclose(wanted, customer_id=customer_id, actor=SYSTEM, now=START).id


@pytest.fixture
def many(app: Flask, rich: Rich) -> Rich:
    """Besides the credit information of 2026: collection in 2025, an authority, a partner overseas."""
    with app.app_context():
        collection = serves(name="Lindorff Oy").id
        police = serves(Recipient.AUTHORITY, name="Poliisi", other_names={"en": "Police"}).id
        partner = serves(
            Recipient.AUTHORISED_PARTNER,
            name="Example Inc.",
            country="US",
            transfer_ground=TransferGround.STANDARD_CLAUSES,
            safeguards="Copy from us.",
        ).id
        give(rich.customer_id, collection, "name invoice_number", at=datetime(2025, 3, 4, 8, 0, tzinfo=UTC))
        give(rich.customer_id, police, "name", ground="police", at=datetime(2026, 10, 7, 8, 0, tzinfo=UTC))
        give(rich.customer_id, partner, "feedback_text", at=datetime(2026, 10, 8, 8, 0, tzinfo=UTC))
    return rich


def listed(page: Page) -> list[list[str]]:
    """The rows of the table, without the link beside each."""
    return [
        ["".join(cell.itertext()).strip() for cell in row if cell.get("data-label") or cell.tag == "th"]
        for body in page.all("tbody")
        for row in body.iter("tr")
    ]


def test_each_is_told_by_name_with_day_ground_and_fields_newest_first(many: Rich, pages: Pages) -> None:
    assert listed(pages.get("/en/my/disclosures")) == [
        [
            "8 October 2026, 11:00",
            "Example Inc.A partner authorised by the controller"
            "Outside the EU and the EEA: United States: Standard contractual clauses of the Commission "
            "(Article 46(2)(c)). Copy from us.",
            "Legitimate interests",
            "Feedback",
        ],
        [
            "7 October 2026, 11:00",
            "PoliceAuthorities, where the law so requires",
            "Police Act (872/2011), chapter 4, section 3",
            "Name",
        ],
        [
            "6 October 2026, 18:20",
            "Suomen Asiakastieto OyCredit information company (personal identity code and name only)",
            "Legitimate interests",
            "Personal identity code, Name",
        ],
        [
            "4 March 2025, 10:00",
            "Lindorff OyInvoicing and debt collection provider",
            "Legitimate interests",
            "Name, Invoice number",
        ],
    ]


def test_the_page_speaks_finnish(many: Rich, pages: Pages) -> None:
    page = pages.get("/fi/my/disclosures")
    assert page.heading == "Kenelle tietojani on luovutettu"
    assert listed(page)[1] == [
        "7.10.2026 klo\N{NO-BREAK SPACE}11.00",
        "PoliisiViranomaiset, kun laki sitä edellyttää",
        "Poliisilaki (872/2011) 4 luku 3 §",
        "Nimi",
    ]


def test_page_json_csv_and_pdf_tell_the_same(many: Rich, pages: Pages) -> None:
    shown = listed(pages.get("/en/my/disclosures"))
    told = export(pages)["disclosures"]
    table = rows(package(pages)["disclosures.csv"])[1:]
    document = words_of(printed(pages))
    assert len(shown) == len(told) == len(table) == 4
    for on_page, in_json, in_csv in zip(shown, told, table, strict=True):
        assert on_page[0] == _written(in_json["at"]) and in_csv[0] == in_json["at"]
        assert on_page[1].startswith(in_csv[1]) and in_csv[2] in on_page[1]
        assert on_page[2:] == in_csv[3:5]
        assert squeezed("".join([on_page[0], *in_csv[1:]])) in document
    assert [row["name"] for row in told] == ["Example Inc.", "Poliisi", "Suomen Asiakastieto Oy", "Lindorff Oy"]
    assert (told[0]["country"], told[0]["transfer"]) == (
        "US",
        {"ground": "standard-clauses", "safeguards": "Copy from us."},
    )
    assert squeezed("These recipients are outside the EU and the EEA:") in document


def _written(at: str) -> str:
    local = datetime.fromisoformat(at) + timedelta(hours=3 if "2026-10" in at else 2)
    return f"{local.day} {local:%B %Y, %H:%M}"


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("recipient=authority", ["7 October 2026, 11:00"]),
        ("year=2025", ["4 March 2025, 10:00"]),
        ("recipient=credit-information&year=2026", ["6 October 2026, 18:20"]),
        ("recipient=nobody&year=soon", None),
    ],
)
def test_the_list_narrows_by_recipient_and_year(many: Rich, pages: Pages, query: str, days: list[str] | None) -> None:
    found = [row[0] for row in listed(pages.get(f"/en/my/disclosures?{query}"))]
    assert found == days if days else len(found) == 4


def test_choices_that_fit_nothing_lead_back_to_all(many: Rich, pages: Pages) -> None:
    page = pages.get("/en/my/disclosures?recipient=authority&year=2025")
    assert "Nothing fits these choices" in page.text
    assert "/en/my/disclosures" in page.links()
    years = [option.get("value") for option in next(iter(page.all("select", name="year"))).iter("option")]
    assert years == ["", "2026", "2025"]


def test_a_long_list_is_paged_and_my_data_shows_the_newest(app: Flask, rich: Rich, pages: Pages) -> None:
    with app.app_context():
        holder_id = serves(name="Lindorff Oy").id
        with transaction() as session:
            session.add_all(
                Disclosure(
                    customer_id=rich.customer_id,
                    recipient=Recipient.INVOICING_AND_COLLECTION,
                    recipient_name="Lindorff Oy",
                    holder_id=holder_id,
                    legal_ground="legitimate-interests",
                    field_keys="name",
                    disclosed_at=START - timedelta(days=days),
                )
                for days in range(PAGE_SIZE)
            )
    first, second = (pages.get(f"/en/my/disclosures?page={number}") for number in (1, 2))
    assert (len(listed(first)), len(listed(second))) == (PAGE_SIZE, 1)
    (section,) = pages.get("/en/my/data").all("section", id="disclosures")
    assert len(list(next(section.iter("tbody")))) == 5
    assert "All disclosures (51)" in "".join(section.itertext())


def test_who_was_given_nothing_is_told_so(sign_in: SignIn) -> None:
    page = sign_in("customer").get("/en/my/disclosures")
    assert "Your data has not been given to anybody outside" in page.text
    assert "You may ask which recipients were told." in page.text


def test_nobody_elses_disclosures_are_there(app: Flask, rich: Rich, pages: Pages) -> None:
    with app.app_context():
        give(make_customer().id, serves(name="Toisen Perintä Oy").id)
    assert "Toisen" not in pages.get("/en/my/disclosures").text
    assert "/en/my/disclosures" in pages.get("/en/my/data").links()


@pytest.mark.parametrize(
    ("on", "english", "finnish"),
    [
        (date(2026, 11, 30), "Lindorff Oy", "Lindorff Oy"),
        (date(2026, 12, 1), "New Collection", "Uusi Perintä Oy"),
    ],
)
def test_my_data_names_who_serves_on_the_day(
    app: Flask, rich: Rich, sign_in: SignIn, frozen_clock: object, on: date, english: str, finnish: str
) -> None:
    with app.app_context():
        serves(name="Lindorff Oy", until_on=date(2026, 11, 30))
        serves(name="Uusi Perintä Oy", other_names={"en": "New Collection"}, from_on=date(2026, 12, 1))
    frozen_clock.at = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)  # type: ignore[attr-defined]
    pages = sign_in(person=rich.person)
    assert f"Invoicing and debt collection provider: {english}" in pages.get("/en/my/data").text
    assert f"Laskutus- ja perintäpalvelun tarjoaja: {finnish}" in pages.get("/fi/my/data").text
