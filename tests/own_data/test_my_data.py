"""The page My data: complete and calm, nobody else's, and as fast whatever the size of the register."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from portal.catalogues.fields import BY_KEY, FIELDS
from portal.catalogues.sources import Source
from portal.core import clock
from portal.core.db import db, random_id, transaction
from portal.demo import loading
from portal.demo.customers import draw
from portal.register.models import Invoice, ServiceEvent
from tests.factories import make_account, make_customer
from tests.own_data.reading import value_of
from tests.own_data.rich_customer import IBAN, IDENTITY_CODE, Rich
from tests.pages import Page, Pages

SignIn = Callable[..., Pages]
NOT_OF_A_NATURAL_PERSON = {"business_id"}
MOST_QUERIES = 22


def test_the_page_masks_identity_code_and_account_number(pages: Pages) -> None:
    page = pages.get("/en/my/data")
    assert "280285-****" in page.text and "FI** **** **** **** 14" in page.text
    html = page.html.replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
    assert IDENTITY_CODE not in html and IBAN not in html


def test_every_correctable_field_leads_to_a_prefilled_correction(rich: Rich, pages: Pages) -> None:
    page = pages.get("/en/my/data")
    wanted = [link for link in page.links() if "/my/requests/new/correction" in link]
    keys = {link.split("field=")[1].split(":")[0] for link in wanted}
    assert keys == {spec.key for spec in FIELDS if spec.is_correctable} - NOT_OF_A_NATURAL_PERSON
    of_invoice = f"/en/my/requests/new/correction?field=invoice_due_on:{rich.invoice}"
    assert of_invoice in wanted
    assert pages.get(of_invoice).form_values("/en/my/requests/new/correction")["items-0-current"] == "29 November 2026"


@pytest.mark.parametrize(
    ("language", "used_for", "given_to", "kept"),
    [
        ("en", "Used for", "May be given to", "Six years from the measurement (Electricity Market Act, section 75 c)"),
        ("fi", "Käyttötarkoitus", "Mahdolliset vastaanottajat", "Kuusi vuotta mittauksesta (Sähkömarkkinalaki 75 c §)"),
    ],
)
def test_each_section_tells_purposes_recipients_and_keeping(
    pages: Pages, language: str, used_for: str, given_to: str, kept: str
) -> None:
    page = pages.get(f"/{language}/my/data")
    (section,) = page.all("section", id="consumption")
    about = [value_of(e) for e in next(e for e in section.iter("dl")).iter() if e.tag in ("dt", "dd")]
    assert about[0] == used_for and given_to in about and kept in about and "Fingrid Datahub Oy" in about


SECTIONS = (
    "customer", "site", "consumption", "billing", "payments", "feedback", "calls", "account", "satisfaction",
    "service-use", "purchases", "permissions", "other", "mandates", "contacts", "papers", "disclosures",
)  # fmt: skip


def test_the_table_of_contents_leads_to_each_section_that_holds_something(pages: Pages) -> None:
    page = pages.get("/en/my/data")
    (contents,) = page.all("nav", class_="toc")
    assert [link.get("href") for link in contents.iter("a")] == [
        f"#in-{section}" for section in SECTIONS
    ]  # into the part, so that the browser opens it
    for section in SECTIONS:
        (part,) = page.all("section", id=section)
        (inside,) = part.findall("details/div")
        assert inside.get("id") == f"in-{section}"


def test_a_part_is_open_where_somebody_looks_for_something_in_it(rich: Rich, pages: Pages) -> None:
    """The rest is folded: the whole page is seen at a glance, and one press opens a part."""
    assert open_sections(pages.get("/en/my/data")) == ["customer"]
    pages.submit(
        f"/en/my/requests/new/correction?field=street:{rich.site}",
        {"items-0-proposed": "Esimerkkikatu 3 B 4", "grounds": "The letter is wrong."},
    )
    assert open_sections(pages.get("/en/my/data")) == ["customer", "site"]


def open_sections(page: Page) -> list[str | None]:
    return [
        part.get("id") for part in page.all("section") if any("open" in one.attrib for one in part.findall("details"))
    ]


def test_calls_tell_their_use_and_the_day_they_are_deleted(pages: Pages) -> None:
    (section,) = pages.get("/en/my/data").all("section", id="calls")
    cells = {cell.get("data-label"): value_of(cell) for cell in section.iter("td") if cell.get("data-label")}
    assert cells["Use of the recording"] == "handling complaints"
    assert cells["Recording is deleted on"] == "16 June 2028"


def test_while_a_contract_is_in_force_the_page_says_that_no_day_is_known(pages: Pages) -> None:
    unknown = "Until when it is kept is not known yet, since the contract is in force."
    for section, is_unknown in (("customer", True), ("billing", True), ("calls", False), ("account", False)):
        (shown,) = pages.get("/en/my/data").all("section", id=section)
        assert (unknown in " ".join("".join(shown.itertext()).split())) is is_unknown, section


def test_disclosures_tell_to_whom_when_why_and_what(pages: Pages) -> None:
    (section,) = pages.get("/en/my/data").all("section", id="disclosures")
    assert [value_of(cell) for cell in section.iter("td")] == [
        "6 October 2026, 18:20",
        "Suomen Asiakastieto Oy",
        "Legitimate interests",
        "Personal identity code, Name",
    ]


def test_a_field_that_is_contested_says_so_until_it_is_decided(rich: Rich, pages: Pages) -> None:
    reference = f"street:{rich.site}"
    answer = pages.submit(
        f"/en/my/requests/new/correction?field={reference}",
        {"items-0-proposed": "Esimerkkikatu 3 B 4", "grounds": "The letter is wrong."},
    )
    page = pages.get("/en/my/data")
    (mark,) = [link for link in page.all("a", class_="chip") if link.get("href") == answer.location]
    assert mark.text == "Correction asked for"
    (row,) = [row for row in page.all("tr", data_field="street") if mark in list(row.iter())]
    assert "Esimerkkikatu 3 A 4" in value_of(row)
    pages.get(answer.location)
    assert pages.post(answer.location, {"step": "withdraw"}).status == 303
    assert answer.location not in pages.get("/en/my/data").links()


def test_a_correction_of_somebody_else_marks_nothing(app: Flask, rich: Rich, pages: Pages, sign_in: SignIn) -> None:
    other = sign_in("customer")
    answer = other.submit(
        "/en/my/requests/new/correction?field=phone", {"items-0-proposed": "044 000 1111", "grounds": "New."}
    )
    assert answer.status == 303
    assert "Correction asked for" not in pages.get("/en/my/data").text


def test_a_long_list_shows_the_newest_and_folds_the_rest(app: Flask, rich: Rich, pages: Pages) -> None:
    with app.app_context(), transaction() as session:
        for number in range(30):
            session.add(
                ServiceEvent(
                    id=random_id(),
                    customer_id=rich.customer_id,
                    event="energy-advice",
                    happened_at=datetime(2025, 1, number + 1, 12, tzinfo=UTC),
                    source=Source.SERVICE_USE,
                    source_on=date(2025, 1, number + 1),
                    updated_at=clock.now(),
                )
            )
    (section,) = pages.get("/en/my/data").all("section", id="service-use")
    assert [value_of(summary) for summary in section.iter("summary")] == [
        "Use of services 31 entries",
        "Show the older ones too (25)",
    ]
    shown = [cell for cell in section.iter("td") if cell.get("data-field") == "service_event_at"]
    assert len(shown) == 31


def test_a_customer_with_little_is_told_what_is_not_held(sign_in: SignIn) -> None:
    page = sign_in("customer").get("/en/my/data")
    (section,) = page.all("section", id="nothing")
    assert value_of(section) == (
        "What we do not hold We hold nothing about you in these categories: Electricity consumption, "
        "Invoices and payments, Feedback, Recorded calls, Customer satisfaction, Use of services, Purchases, "
        "Marketing permissions and prohibitions, Other data given with your consent."
    )


def test_a_legal_person_has_a_business_id_and_no_identity_code(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        customer_id = make_customer(kind="legal", business_id="1234567-1", name="Esimerkki Oy").id
    page = sign_in(customer_id=customer_id).get("/en/my/data")
    assert "1234567-1" in page.text
    assert page.all("tr", data_field="identity_code") == []


def test_the_page_shows_nobody_elses_data(app: Flask, rich: Rich, pages: Pages) -> None:
    with app.app_context():
        other = make_customer(name="Joku Muu", phone="+358440009876", email="joku.muu@example.com")
        with transaction() as session:
            session.add(_invoice(other.id, "20000099"))
    text = pages.get("/en/my/data").html
    for trace in ("Joku Muu", "joku.muu@example.com", "000 9876", "20000099", str(other.id)):
        assert trace not in text


def _invoice(customer_id: int, number: str) -> Invoice:
    return Invoice(
        id=random_id(),
        customer_id=customer_id,
        number=number,
        reference="200000101",
        amount_cents=100,
        issued_on=date(2026, 1, 1),
        due_on=date(2026, 1, 15),
        state="open",
        source=Source.CONTRACT,
        source_on=date(2026, 1, 1),
        updated_at=clock.now(),
    )


def statements_of(app: Flask, act: Callable[[], Page]) -> list[tuple[str, Any]]:
    """What a page asks the database, signing in included."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            asked.append((statement, parameters))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert act().status == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return asked


def queries_of(app: Flask, act: Callable[[], Page]) -> int:
    return len(statements_of(app, act))


def test_the_page_takes_the_same_number_of_queries_whatever_there_is(app: Flask, rich: Rich, sign_in: SignIn) -> None:
    """For a customer with next to nothing, with something of everything, and with much; among few and among many."""
    small = sign_in("customer")
    middle = sign_in(person=rich.person)
    counts = [queries_of(app, lambda: small.get("/en/my/data")), queries_of(app, lambda: middle.get("/en/my/data"))]
    with app.app_context():
        drawings = [draw(n, random_seed=1, today=date(2026, 11, 24), taken=set()) for n in range(2, 62)]
        with transaction():
            loading.write_recipients(date(2026, 11, 24))
            loading.write(drawings)
        large = make_account(customer_id=drawings[0].customer.id, username="large")
        with transaction() as session:
            session.add_all(_invoice(drawings[0].customer.id, f"3{n:07d}") for n in range(300))
    much = sign_in(person=large)
    counts += [queries_of(app, lambda: small.get("/en/my/data")), queries_of(app, lambda: much.get("/en/my/data"))]
    assert len(set(counts)) == 1
    assert counts[0] <= MOST_QUERIES


def test_no_query_of_the_page_reads_through_a_whole_table(app: Flask, pages: Pages) -> None:
    """So that it is as fast with a hundred thousand customers as with two hundred."""
    asked = statements_of(app, lambda: pages.get("/en/my/data"))
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("PostgreSQL reads through tables that are as small as these")
        with db.engine.connect() as connection:
            plans = [
                step
                for statement, parameters in asked
                for *_, step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            ]
    assert len(plans) >= len(asked)
    assert [step for step in plans if step.startswith("SCAN")] == []


def test_the_page_is_for_customers_only(client: Pages, sign_in: SignIn) -> None:
    clerk = sign_in("clerk")
    for path in ("my/data", "my/data/reveal", "my/consents", "my/viewings", "my/disclosures"):
        assert client.get(f"/en/{path}").status == 302
        assert clerk.get(f"/en/{path}").status == 403


def test_the_timeline_tells_of_permissions_with_a_way_to_undo(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    assert "No choices yet" in pages.get("/en/my/consents").text
    pages.get("/en/my/permissions")
    pages.post("/en/my/permissions", {"type": "contact", "channel": "sms", "choice": "allow"})
    page = pages.get("/en/my/consents")
    assert "Permission to contact, text message: Permission" in page.text
    assert "/en/my/permissions#contact" in page.links()


def test_a_cookie_choice_made_while_signed_in_is_on_the_timeline(sign_in: SignIn) -> None:
    pages = sign_in("customer")
    pages.get("/en/cookies")
    pages.post("/en/cookies", {"choice": "necessary-only"})
    assert "Cookie choice: Necessary only" in pages.get("/en/my/consents").text


def test_the_customer_sees_who_looked_and_why_but_no_name(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    assert "Nobody has opened your data" in pages.get("/en/my/viewings").text
    with app.app_context():
        from portal.register.services import customer_of

        number = customer_of(pages.person.customer_id).number
    clerk = sign_in("clerk", display_name="Kaisa Utelias")
    clerk.get("/en/desk/customers")
    clerk.post(f"/en/desk/customers/{number}", {"purpose": "invoice"})
    assert clerk.get(f"/en/desk/customers/{number}").status == 200
    page = pages.get("/en/my/viewings")
    assert "Customer service" in page.text and "Invoice" in page.text
    assert "Utelias" not in page.text


def test_a_code_of_the_catalogue_has_words_in_the_pages_language(pages: Pages) -> None:
    assert BY_KEY["kind"].code_list is not None
    assert "natural person" in pages.get("/en/my/data").text
    assert "luonnollinen henkilö" in pages.get("/fi/my/data").text
