"""The copy as files: who may take it, what is put on record, and that spreadsheets and programs can read it."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from portal.accounts.models import Account
from portal.core import audit, clock
from portal.core.db import db, transaction
from portal.own_data import exporting
from portal.own_data.files import Member, written
from portal.register.models import Customer
from tests.conftest import FrozenClock
from tests.factories import PASSWORD, make_account, make_customer
from tests.own_data.reading import export, package, rows
from tests.own_data.rich_customer import GSRN, IDENTITY_CODE, Rich
from tests.pages import Pages

FORMS = [
    ("export.json", "json", "application/json", "my-data.json"),
    ("export.zip", "zip", "application/zip", "my-data.zip"),
    ("copy.pdf", "pdf", "application/pdf", "my-data.pdf"),
]
FILES = {
    "readme.txt",
    "customer.csv",
    "site.csv",
    "consumption.csv",
    "billing.csv",
    "payments.csv",
    "feedback.csv",
    "calls.csv",
    "account.csv",
    "satisfaction.csv",
    "service-use.csv",
    "purchases.csv",
    "permissions.csv",
    "other.csv",
    "consumption/952000000000000019.csv",
    "consumption/952000000000000026.csv",
    "all-fields.csv",
    "disclosures.csv",
    "viewings.csv",
    "permissions-now.csv",
    "permission-history.csv",
    "cookie-choices.csv",
    "requests.csv",
    "request-items.csv",
    "request-messages.csv",
    "devices.csv",
    "export.json",
    "copy.pdf",
    "mandates.csv",
    "mandates-held.csv",
    "contacts.csv",
    "manual-material.csv",
}


def downloads(app: Flask) -> list[tuple[int | None, str | None, str | None]]:
    with app.app_context():
        found = [entry for entry in audit.latest(limit=50) if entry.event.action == "own-data:export"]
        return [(e.detail.subject, e.detail.object, e.detail.purpose) for e in found if e.detail]


@pytest.mark.parametrize(("name", "form", "mimetype", "file_name"), FORMS)
def test_each_download_is_an_attachment_that_nobody_keeps_and_is_put_on_record(
    app: Flask, rich: Rich, pages: Pages, name: str, form: str, mimetype: str, file_name: str
) -> None:
    answer = pages.get(f"/en/my/data/{name}")
    assert (answer.status, answer.response.mimetype) == (200, mimetype)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{file_name}"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert downloads(app) == [(rich.customer_id, f"customer:{rich.customer_id}", form)]


@pytest.mark.parametrize("name", ["export.json", "export.zip", "copy.pdf"])
def test_a_download_needs_a_fresh_password_and_comes_after_it(
    app: Flask, pages: Pages, frozen_clock: FrozenClock, name: str
) -> None:
    frozen_clock.advance(timedelta(minutes=16))
    answer = pages.get(f"/en/my/data/{name}")
    assert (answer.status, answer.location) == (302, f"/en/sign-in/confirm?next=/en/my/data/{name}")
    assert downloads(app) == []
    assert "Enter your password again for this download." in pages.follow(answer).text
    confirmed = pages.submit(answer.location, {"password": PASSWORD})
    assert confirmed.location == f"/en/my/data/{name}"
    assert pages.follow(confirmed).status == 200


def test_the_page_offers_each_form_with_a_sentence(pages: Pages) -> None:
    page = pages.get("/fi/my/data")
    assert {f"/fi/my/data/{name}" for name, *_ in FORMS} <= set(page.links())
    assert "Luettavaksi ja tulostettavaksi." in page.text
    assert "Taulukkolaskentaan:" in page.text
    assert "Tietojen viemiseen toiseen palveluun:" in page.text


def test_nothing_is_saved_in_the_place_of_a_download_that_asks_for_the_password(pages: Pages) -> None:
    """A link with the attribute `download` would save the page that asks for the password under the file's name."""
    assert [link for link in pages.get("/en/my/data").all("a") if link.get("download") is not None] == []


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_package_holds_every_table_and_the_two_other_forms(pages: Pages, language: str) -> None:
    files = package(pages, language)
    assert files.keys() == FILES
    listed = {line.split(": ")[0] for line in files["readme.txt"].decode("utf-8-sig").splitlines() if ": " in line}
    assert listed == FILES - {"readme.txt"}
    assert files["copy.pdf"].startswith(b"%PDF-")
    copy, inside = export(pages), json.loads(files["export.json"])
    assert inside == copy


def test_tables_from_finnish_pages_open_in_a_finnish_spreadsheet(pages: Pages) -> None:
    file = package(pages, "fi")["payments.csv"]
    assert file.startswith(b"\xef\xbb\xbf")
    header, line = file.decode("utf-8-sig").splitlines()
    assert header == (
        "Tietue;Laskun numero;Viitenumero;Summa (EUR);Laskun päivä;Eräpäivä;Maksupäivä;Maksun tila;"
        "Viimeinen säilytyspäivä"
    )
    assert line.split(";")[1:] == [
        "20000010",
        "200000101",
        "52,41",
        "2026-11-05",
        "2026-11-29",
        "",
        "avoin",
        "2032-12-31",
    ]


def test_tables_from_english_pages_have_commas_and_no_mark(pages: Pages) -> None:
    file = package(pages, "en")["payments.csv"]
    header, line = file.decode("ascii").splitlines()
    assert header == (
        "Record,Invoice number,Reference number,Amount (EUR),Date of the invoice,Due date,Paid on,State of payment,"
        "Kept until"
    )
    assert line.split(",")[1:] == [
        "20000010",
        "200000101",
        "52.41",
        "2026-11-05",
        "2026-11-29",
        "",
        "open",
        "2032-12-31",
    ]


def test_a_text_that_looks_like_a_formula_is_made_harmless_and_a_phone_number_is_not(pages: Pages) -> None:
    files = package(pages, "en")
    assert rows(files["feedback.csv"])[1][4] == '\'=HYPERLINK("http://example.com")'
    assert rows(files["customer.csv"])[1][6] == "+358440004321"


def test_consumption_of_one_metering_point_is_a_file_of_its_own(app: Flask, rich: Rich, pages: Pages) -> None:
    answer = pages.get(f"/fi/my/data/consumption/{rich.site}.csv")
    assert answer.status == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="consumption-1.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    expected = [
        ["Käyttöpaikka", "Kuukausi", "Arvio vai mitattu", "Kulutus (kWh)", "Lähde", "Lähteen päiväys", "Päivitetty",
         "Viimeinen säilytyspäivä"],
        [GSRN, "2026-11-01", "arvio", "930", "Sähkömarkkinoiden tiedonvaihto (datahub)", "2026-11-28",
         "2026-11-28T09:00:00Z", "2032-11-30"],
    ]  # fmt: skip
    found = rows(answer.body, "fi")
    assert found[:2] == expected
    assert [row[1:4] for row in found[1:]] == [
        ["2026-11-01", "arvio", "930"],
        ["2026-10-01", "mitattu", "1812"],
        ["2025-11-01", "mitattu", "905"],
        ["2025-10-01", "arvio", "700"],
        ["2025-10-01", "mitattu", "790"],
    ]
    assert package(pages, "fi")[f"consumption/{GSRN}.csv"] == answer.body
    assert (rich.customer_id, f"metering_site:{rich.site}", "csv") in downloads(app)


def test_consumption_needs_a_fresh_password_too(
    app: Flask, rich: Rich, pages: Pages, frozen_clock: FrozenClock
) -> None:
    frozen_clock.advance(timedelta(minutes=16))
    answer = pages.get(f"/en/my/data/consumption/{rich.site}.csv")
    assert (answer.status, answer.location) == (
        302,
        f"/en/sign-in/confirm?next=/en/my/data/consumption/{rich.site}.csv",
    )
    assert downloads(app) == []


def test_somebody_elses_metering_point_is_the_same_404_as_none(
    app: Flask, rich: Rich, sign_in: Callable[..., Pages]
) -> None:
    stranger = sign_in("customer")
    for record in (str(rich.site), "0", "-1", "9" * 19, "9" * 30, "x", "952000000000000019", "1.5"):
        for kind in ("csv", "svg"):
            page = stranger.get(f"/en/my/data/consumption/{record}.{kind}")
            assert page.status == 404, f"{record}.{kind}"
    assert downloads(app) == []


def test_a_copy_holds_nothing_of_anybody_else(app: Flask, sign_in: Callable[..., Pages], rich: Rich) -> None:
    with app.app_context():
        other = make_customer(name="Joku Muu", email="joku.muu@example.com", identity_code="010594Y9032")
        make_account(customer_id=other.id, username="joku-muu")
    pages = sign_in(person=rich.person)
    everything = b"".join(package(pages).values())
    for trace in (b"Joku Muu", b"joku.muu", b"joku-muu", b"010594Y9032", other.number.encode(), str(other.id).encode()):
        assert trace not in everything


def test_what_staff_note_and_who_they_are_is_not_in_the_copy(
    app: Flask, rich: Rich, sign_in: Callable[..., Pages]
) -> None:
    clerk = sign_in("clerk", display_name="Kaisa Utelias")
    clerk.get("/en/desk/customers")
    clerk.post("/en/desk/customers/10001235", {"purpose": "invoice"})
    assert clerk.get("/en/desk/customers/10001235").status == 200
    pages = sign_in(person=rich.person)
    files = package(pages)
    assert rows(files["viewings.csv"])[1][1:3] == ["Customer service", "Invoice"]
    everything = b"".join(files.values())
    assert b"Utelias" not in everything and b"A07" not in everything


def test_the_copy_tells_of_requests_with_items_and_messages(
    app: Flask, rich: Rich, sign_in: Callable[..., Pages]
) -> None:
    pages = sign_in(person=rich.person)
    answer = pages.submit(
        f"/en/my/requests/new/correction?field=estimate_kwh:{rich.site}",
        {"items-0-proposed": "7 500", "grounds": "Lämpöpumppu vaihdettiin."},
    )
    assert answer.status == 303
    case = answer.location.rsplit("/", 1)[1]
    pages.get(answer.location)
    assert pages.post(answer.location, {"text": "Onko asia edennyt?"}).status == 303
    (told,) = export(pages)["requests"]
    assert (told["id"], told["kind"], told["status"], told["grounds"]) == (
        case,
        "correction",
        "received",
        "Lämpöpumppu vaihdettiin.",
    )
    (item,) = told["items"]
    assert (item["field"], item["record"], item["proposed"], item["outcome"]) == (
        "estimate_kwh",
        str(rich.site),
        "7 500",
        None,
    )
    assert [(m["from"], m["text"]) for m in told["messages"]] == [("customer", "Onko asia edennyt?")]
    files = package(pages)
    assert rows(files["requests.csv"])[1][0] == case
    assert rows(files["request-items.csv"])[1][:2] == [case, "Estimated consumption in a year"]
    assert rows(files["request-messages.csv"])[1][2:] == ["Customer", "Onko asia edennyt?"]


def test_the_json_tells_of_choices_disclosures_and_devices(pages: Pages) -> None:
    pages.get("/en/cookies")
    pages.post("/en/cookies", {"choice": "necessary-only"})
    pages.get("/en/my/permissions")
    pages.post("/en/my/permissions", {"type": "contact", "channel": "sms", "choice": "forbid"})
    copy = export(pages)
    assert (copy["format"], copy["made_at"], copy["customer_number"]) == (
        "portal-export/1",
        "2026-11-24T08:00:00Z",
        "10001235",
    )
    assert copy["disclosures"] == [
        {
            "at": "2026-10-06T15:20:00Z",
            "recipient": "credit-information",
            "name": "Suomen Asiakastieto Oy",
            "legal_ground": "legitimate-interests",
            "fields": ["identity_code", "name"],
            "country": "FI",
            "transfer": None,
        }
    ]
    assert copy["consents"][0]["categories"] == {"functional": "no", "analytics": "no", "marketing": "no"}
    (change,) = copy["permissions"]["history"]
    assert (change["before"], change["after"], change["by"]) == ("permission", "prohibition", "customer")
    assert [place["remembered_until"] for place in copy["devices"]] == [None]


def test_a_damaged_value_costs_itself_and_not_the_copy(app: Flask, rich: Rich, pages: Pages) -> None:
    with app.app_context(), transaction() as session:
        session.execute(
            update(Customer)
            .where(Customer.id == rich.customer_id)
            .values(identity_code_encrypted=b"broken|" + b"0" * 40)
        )
    files = package(pages)
    assert rows(files["customer.csv"])[1][2] == "Cannot be read. Tell us if you need it."
    assert rows(files["customer.csv"])[1][1] == "Åsa-Maria O’Neill Ääkkönen"
    assert IDENTITY_CODE.encode() not in b"".join(files.values())


def test_the_package_is_sent_as_it_is_made(pages: Pages) -> None:
    answer = pages.browser.get("/en/my/data/export.zip")
    pieces = list(answer.response)
    answer.close()
    assert "Content-Length" not in answer.headers
    assert len(pieces) > len(FILES)
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None


def test_the_package_needs_no_memory_for_what_is_behind_it() -> None:
    def pieces() -> Iterator[bytes]:
        for number in range(2_000):
            yield (f"{number};" * 2_000).encode()  # twenty megabytes

    tracemalloc.start()
    size = sum(len(piece) for piece in written([Member("large.csv", "", pieces())], at=(2026, 11, 24, 10, 0, 0)))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 0
    assert peak < 2_000_000


def test_somebody_elses_session_may_not_download(client: Pages, sign_in: Callable[..., Pages]) -> None:
    clerk = sign_in("clerk")
    for name, *_ in FORMS:
        assert client.get(f"/en/my/data/{name}").status == 302
        assert clerk.get(f"/en/my/data/{name}").status == 403


@pytest.mark.parametrize(
    ("language", "heading", "when"),
    [
        ("fi", "Liian monta yritystä", "Voit yrittää uudelleen klo 11.00, 50 minuutin kuluttua."),
        ("en", "Too many tries", "You can try again at 11:00, in 50 minutes."),
    ],
)
def test_thirty_copies_in_an_hour_are_enough_for_one_account(
    app: Flask,
    pages: Pages,
    frozen_clock: FrozenClock,
    sign_in: Callable[..., Pages],
    language: str,
    heading: str,
    when: str,
) -> None:
    with app.app_context():
        account = db.session.get_one(Account, pages.person.account_id)
        for n in range(30):
            exporting.record_download(
                ("json", "zip", "pdf")[n % 3], object="x", customer_id=1, actor=account.actor, now=clock.now()
            )
    before = len(downloads(app))
    frozen_clock.advance(timedelta(minutes=10))
    for name, *_ in FORMS:
        answer = pages.get(f"/{language}/my/data/{name}")
        assert (answer.status, answer.heading) == (429, heading)
        assert answer.headers["Retry-After"] == "3000"
        assert when in answer.text
    assert len(downloads(app)) == before, "what is refused is no copy"
    assert sign_in("customer").get("/en/my/data/export.json").status == 200, "others go on"
    frozen_clock.advance(timedelta(minutes=50))
    pages.submit("/en/sign-in", {"username": pages.person.username, "password": PASSWORD})
    assert pages.get("/en/my/data/export.json").status == 200


def test_tables_of_metering_points_are_not_counted(app: Flask, pages: Pages) -> None:
    with app.app_context():
        actor = db.session.get_one(Account, pages.person.account_id).actor
        for _ in range(30):
            exporting.record_download("csv", object="x", customer_id=1, actor=actor, now=clock.now())
    assert pages.get("/en/my/data/export.json").status == 200
