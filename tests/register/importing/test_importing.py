"""A file of the customer information system: what is written, what is not, and what is told of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text, update

from portal.catalogues.sources import Source
from portal.core import audit
from portal.core.audit import SYSTEM, AuditAction
from portal.core.db import Model, db, transaction
from portal.core.key_rotation import rotate
from portal.core.settings import settings
from portal.demo import identifiers
from portal.register import conflicts, services
from portal.register.conflicts import ConflictChoice
from portal.register.importing import services as importing
from portal.register.importing.faults import ImportRefused
from portal.register.models import Billing, Customer, MeteringSite
from portal.register.reading import records_of
from portal.register.searching import search
from tests.conftest import START
from tests.factories import make_customer
from tests.register.importing.files import (
    CODES,
    GSRN,
    NUMBERS,
    billing,
    customer,
    import_lines,
    import_path,
    permission,
    site,
)
from tests.subject_requests.people import CLERK

WHOLE = customer(
    name="Aino Kuusilampi",
    identity_code=CODES[0],
    phone="044 000 1234",
    email="aino@EXAMPLE.com",
    preferred_language="en",
    has_own_liabilities=True,
    source="order",
    source_on="2026-03-02",
    sites=[site(0, estimate_kwh=9000, source="market-data-exchange"), site(1, has_generation=True)],
    billing=billing(iban="FI93 9999 9900 0000 14", due_on="2026-12-15"),
    permissions=[permission(), permission(channel="phone", state="prohibition", source="customer-contact")],
    consumption=[
        {
            "consumption_site": GSRN[0],
            "consumption_month": "2026-09",
            "consumption_kind": "measured",
            "consumption_kwh": 712,
        }
    ],
    invoices=[
        {
            "invoice_number": "2026000017",
            "invoice_reference": "1232",
            "invoice_amount": {"cents": 4590, "currency": "EUR"},
            "invoice_issued_on": "2026-10-05",
            "invoice_due_on": "2026-10-19",
            "invoice_state": "open",
        }
    ],
    feedback=[
        {
            "feedback_received_on": "2026-05-04",
            "feedback_channel": "phone",
            "feedback_category": "outage",
            "feedback_text": "Kaksi katkosta samana yönä.\nMiksi?",
            "feedback_status": "new",
        }
    ],
    calls=[
        {
            "call_started_at": "2026-05-04T09:15:00+03:00",
            "call_length": 185,
            "call_direction": "incoming",
            "call_topic": "Sähkökatko",
            "call_told": True,
            "call_purpose": "complaints",
        }
    ],
    satisfaction=[{"survey": "outage", "satisfaction_score": 4, "satisfaction_answered_on": "2026-05-10"}],
    service_events=[{"service_event": "meter-reading", "service_event_at": "2026-06-01T06:00:00Z"}],
    purchases=[{"product": "cable-location", "ordered_on": "2026-06-02", "purchase_price": 12000}],
    other=[{"other_subject": "Avaimen paikka", "other_value": "Portin takana", "consent_reference": "S-2026-1"}],
)


def by_key(number: str) -> dict[str, list[dict[str, Any]]]:
    """What the register holds of a customer: category -> records as value by key."""
    customer_id = services.customer_by_number(number).id
    return {
        group.spec.category.value: [{field.key: field.value for field in record.fields} for record in group.records]
        for group in records_of(customer_id)
    }


def count(model: type[Model]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_everything_a_line_tells_is_in_the_register(context: Flask, tmp_path: Path) -> None:
    done = import_lines(tmp_path, [WHOLE])
    assert done.faults == []
    assert (done.read, done.created, done.updated, done.unchanged, done.rejected) == (1, 1, 0, 0, 0)
    held = by_key(NUMBERS[0])
    [person] = held["customer"]
    assert person["identity_code"] == "280285-901N"
    assert (person["phone"], person["email"]) == ("+358440001234", "aino@example.com")
    assert (person["preferred_language"], person["has_own_liabilities"], person["is_protected"]) == ("en", True, False)
    sites = {site["gsrn"]: (site["estimate_kwh"], site["has_generation"]) for site in held["site"]}
    assert sites == {GSRN[0]: (9000, False), GSRN[1]: (None, True)}
    assert held["billing"][0]["iban"] == "FI9399999900000014"
    assert held["consumption"][0]["consumption_site"] == GSRN[0]
    assert held["payments"][0]["invoice_amount"] == 4590
    assert held["feedback"][0]["feedback_text"] == "Kaksi katkosta samana yönä.\nMiksi?"
    [call] = held["calls"]
    assert (str(call["call_started_at"]), str(call["call_delete_on"])) == ("2026-05-04 06:15:00+00:00", "2028-05-04")
    assert [len(held[name]) for name in ("satisfaction", "service-use", "purchases", "other")] == [1, 1, 1, 1]
    assert {(p["permission_channel"], p["permission_state"]) for p in held["permissions"]} == {
        ("email", "permission"),
        ("phone", "prohibition"),
    }


def test_each_record_tells_its_source_and_day(context: Flask, tmp_path: Path) -> None:
    import_lines(tmp_path, [WHOLE])
    groups = {g.spec.category.value: g.records for g in records_of(services.customer_by_number(NUMBERS[0]).id)}
    origins = {
        name: {(record.fields[0].source, record.fields[0].source_on.isoformat()) for record in groups[name]}
        for name in ("customer", "site", "feedback", "calls")
    }
    assert origins == {
        "customer": {(Source.ORDER, "2026-03-02")},
        "site": {(Source.MARKET_DATA_EXCHANGE, "2026-03-02"), (Source.ORDER, "2026-03-02")},
        # what no order brings comes from where such records usually do
        "feedback": {(Source.CUSTOMER_CONTACT, "2026-03-02")},
        "calls": {(Source.CALL_RECORDING, "2026-03-02")},
    }


def test_a_second_import_changes_nothing(context: Flask, tmp_path: Path) -> None:
    lines = [WHOLE, customer(1, status="potential", permissions=[permission()]), customer(2, identity_code=CODES[1])]
    import_lines(tmp_path, lines)
    before = {table.name: db.session.execute(select(table).order_by(table.c[0])).all() for table in REGISTER}
    done = import_lines(tmp_path, lines)
    assert (done.created, done.updated, done.unchanged, done.rejected) == (0, 0, 3, 0)
    assert before == {table.name: db.session.execute(select(table).order_by(table.c[0])).all() for table in REGISTER}


REGISTER = [table for table in Model.metadata.sorted_tables if not table.name.startswith("audit_")]


def test_a_changed_value_is_written_alone_and_tells_its_own_source(context: Flask, tmp_path: Path) -> None:
    import_lines(tmp_path, [WHOLE])
    changed = {**WHOLE, "phone": "044 000 5555", "source": "customer-contact", "source_on": "2026-11-20"}
    done = import_lines(tmp_path, [changed])
    assert (done.updated, done.unchanged) == (1, 0)
    fields = {f.key: f for f in records_of(services.customer_by_number(NUMBERS[0]).id)[0].records[0].fields}
    assert (fields["phone"].value, fields["phone"].source.value, str(fields["phone"].source_on)) == (
        "+358440005555",
        "customer-contact",
        "2026-11-20",
    )
    assert (fields["name"].source.value, str(fields["name"].source_on)) == ("order", "2026-03-02")


def test_what_a_line_does_not_tell_stays_and_what_it_empties_goes(context: Flask, tmp_path: Path) -> None:
    import_lines(tmp_path, [WHOLE])
    done = import_lines(tmp_path, [{**customer(name="Aino Kuusilampi"), "phone": None}])
    assert done.updated == 1
    [person] = by_key(NUMBERS[0])["customer"]
    assert (person["phone"], person["email"], person["identity_code"]) == (None, "aino@example.com", CODES[0])
    assert count(MeteringSite) == 2 and count(Billing) == 1


def test_an_emptied_value_that_must_be_there_keeps_its_place(context: Flask, tmp_path: Path) -> None:
    done = import_lines(tmp_path, [customer(preferred_language=None, has_own_liabilities=None)])
    assert done.created == 1
    done = import_lines(tmp_path, [customer(name=None), customer(1, name=" ")])
    assert done.told() == [(1, "name", "missing"), (2, "name", "missing")]


def test_records_are_added_and_changed_by_their_keys(context: Flask, tmp_path: Path) -> None:
    import_lines(tmp_path, [WHOLE])
    [invoice], [month] = WHOLE["invoices"], WHOLE["consumption"]
    done = import_lines(
        tmp_path,
        [
            customer(
                name="Aino Kuusilampi",
                sites=[site(2)],
                invoices=[{**invoice, "invoice_state": "paid", "invoice_paid_on": "2026-10-18"}],
                consumption=[
                    {**month, "consumption_kwh": 713},
                    {**month, "consumption_site": GSRN[2], "consumption_month": "2026-10-01"},
                ],
            )
        ],
    )
    assert done.faults == [] and done.updated == 1
    held = by_key(NUMBERS[0])
    assert [(i["invoice_state"], str(i["invoice_paid_on"])) for i in held["payments"]] == [("paid", "2026-10-18")]
    assert {c["consumption_site"]: c["consumption_kwh"] for c in held["consumption"]} == {GSRN[2]: 712, GSRN[0]: 713}
    assert len(held["site"]) == 3


# --- Faults


def test_every_kind_of_fault_is_told_and_the_good_lines_are_written(context: Flask, tmp_path: Path) -> None:
    taken = make_customer(name="Taina Tervo", identity_code=CODES[1], has_site=True)
    gsrn = next(iter(db.session.scalars(select(MeteringSite.gsrn).where(MeteringSite.customer_id == taken.id))))
    done = import_lines(
        tmp_path,
        [
            customer(0, identity_code=CODES[0]),  # 1: good
            "{not json",
            '{"customer_number": "10001235", "customer_number": "10001235"}',
            "[1, 2]",
            b'{"name": "J\xe4rvi"}',
            json.dumps(customer(1, name="x")).replace('"x"', '"\\u0000x"'),
            b'{"customer_number": "\0"}',
            customer(1, shoe_size=44),
            customer(1, **{"280285-901N": 1}),
            customer(1, customer_number="10001234"),
            customer(1, customer_number=10001235),
            {"kind": "natural", "status": "customer"},
            customer(0),  # 13: told on line 1
            customer(2, identity_code="280285-901M"),
            customer(3, identity_code="131052-308T"),
            customer(4, identity_code=CODES[1]),
            customer(5, identity_code=CODES[0]),
            customer(6, business_id="1950357-2"),
            customer(7, kind="legal", identity_code=CODES[2]),
            customer(8, kind="person"),
            customer(9, name="x" * 201, phone="12345", email="a@b", preferred_language="de"),
            customer(10, sites=[site(5, gsrn=GSRN[5][:17] + "x"), site(6, postal_code="4510"), site(7, city="x" * 81)]),
            customer(11, sites=[site(8, gsrn=gsrn)]),
            customer(12, sites={"gsrn": "x"}, billing=[], permissions="yes"),
            customer(13, sites=[{"gsrn": GSRN[9]}]),
            customer(14, permissions=[permission(given_on="2026-11-25"), {"type": "all"}]),
            customer(15, has_own_liabilities="yes", source="correction", source_on="tomorrow"),
            customer(16, sites=[site(10, estimate_kwh=9000.5)]),
            customer(17, consumption=[{**WHOLE["consumption"][0], "consumption_site": GSRN[11]}]),
            customer(18, calls=[{**WHOLE["calls"][0], "call_purpose": "marketing"}]),
            customer(19, other=[{"other_subject": "x", "other_value": "y"}]),
            "",
            "x" * 1_000_001,
            customer(1, name="Viimeinen"),  # 34: its number stood on faulty lines only
        ],
    )
    assert done.told() == [
        (2, "", "json"),
        (3, "", "repeated-key"),
        (4, "", "json"),
        (5, "", "encoding"),
        (6, "name", "character"),
        (7, "", "character"),
        (8, "shoe_size", "unknown-key"),
        (9, "", "unknown-key"),
        (10, "customer_number", "customer-number"),
        (11, "customer_number", "type"),
        (12, "customer_number", "missing"),
        (13, "customer_number", "duplicate"),
        (14, "identity_code", "identity-code"),
        (15, "identity_code", "identity-code-range"),
        (16, "identity_code", "taken"),
        (17, "identity_code", "taken"),
        (18, "business_id", "other-kind"),
        (19, "identity_code", "other-kind"),
        (20, "kind", "code"),
        (21, "name", "too-long"),
        (21, "phone", "phone"),
        (21, "email", "email"),
        (21, "preferred_language", "code"),
        (22, "sites[0].gsrn", "gsrn"),
        (22, "sites[1].postal_code", "postal-code"),
        (22, "sites[2].city", "too-long"),
        (23, "sites[0].gsrn", "taken"),
        (24, "permissions", "type"),
        (24, "sites", "type"),
        (24, "billing", "type"),
        (25, "sites[0].street", "missing"),
        *[(25, f"sites[0].{key}", "missing") for key in site() if key not in ("gsrn", "street")],
        (26, "permissions[0].given_on", "future"),
        (26, "permissions[1].type", "code"),
        *[(26, f"permissions[1].{key}", "missing") for key in ("channel", "state", "given_on")],
        (27, "source", "code"),
        (27, "source_on", "date"),
        (27, "has_own_liabilities", "yes-no"),
        (28, "sites[0].estimate_kwh", "whole-number"),
        (29, "consumption[0].consumption_site", "unknown-site"),
        (30, "calls[0].call_purpose", "code"),
        (31, "other[0].consent_reference", "missing"),
        (33, "", "line-too-long"),
    ]
    assert (done.read, done.created, done.rejected) == (33, 2, 31)
    assert count(Customer) == 3


def test_a_value_given_to_two_customers_far_apart_is_found_by_a_dry_run_too(context: Flask, tmp_path: Path) -> None:
    lines = [customer(0, identity_code=CODES[0], sites=[site(0)])]
    lines += [{**customer(), "customer_number": number} for number in FAR_NUMBERS]
    lines += [customer(1, identity_code=CODES[0]), customer(2, sites=[site(0)])]
    expected = [(len(lines) - 1, "identity_code", "taken"), (len(lines), "sites[0].gsrn", "taken")]
    dry = import_lines(tmp_path, lines, is_dry_run=True)
    assert count(Customer) == 0 and count(MeteringSite) == 0
    assert dry.told() == expected
    done = import_lines(tmp_path, lines)
    assert (done.counts, done.faults) == (dry.counts, dry.faults)
    assert count(Customer) == len(lines) - 2


FAR_NUMBERS = [identifiers.customer_number(index) for index in range(100, 100 + 2 * importing.BATCH)]


def test_a_dry_run_counts_what_a_run_does_and_leaves_no_trace(context: Flask, tmp_path: Path) -> None:
    import_lines(tmp_path, [WHOLE, customer(1, identity_code=CODES[1])])
    correct(NUMBERS[0], "phone", "+358440001234", "044 000 9999")
    events = audit.count()
    lines = [
        {**WHOLE, "name": "Aino Kuusi"},
        customer(1, identity_code=CODES[1]),
        customer(2, identity_code=CODES[1]),
        customer(3, status="potential", permissions=[permission()]),
        customer(4, status="potential"),
        "?",
    ]
    dry = import_lines(tmp_path, lines, is_dry_run=True)
    assert audit.count() == events
    assert by_key(NUMBERS[0])["customer"][0]["name"] == "Aino Kuusilampi"
    assert not search("Testi 3").rows
    done = import_lines(tmp_path, lines)
    assert (done.counts, done.faults) == (dry.counts, dry.faults)
    counts = done.counts
    assert (counts.read, counts.created, counts.updated, counts.unchanged) == (6, 1, 1, 1)
    assert (counts.rejected, counts.dropped_without_permission, counts.conflicts) == (2, 1, 1)


def correct(number: str, key: str, old: str, new: str, record_id: int | None = None) -> None:
    services.apply_correction(
        customer_id=services.customer_by_number(number).id,
        field_key=key,
        record_id=record_id,
        base_value=old,
        new_value=new,
        request_id="K7F3-9QTD",
        actor=SYSTEM,
        now=START,
    )


def test_two_people_whose_identity_codes_differ_only_in_the_sign_stay_two(context: Flask, tmp_path: Path) -> None:
    hilma, helmi = customer(0, identity_code="100190-999P"), customer(1, identity_code="100190Y999P")
    assert import_lines(tmp_path, [hilma, helmi]).created == 2
    assert import_lines(tmp_path, [helmi, hilma]).unchanged == 2
    assert [r.customer.number for r in search("100190-999P").rows] == [NUMBERS[0]]
    assert [r.customer.number for r in search("100190Y999P").rows] == [NUMBERS[1]]
    swapped = [customer(0, identity_code="100190Y999P"), customer(2, identity_code="100190-999P")]
    assert import_lines(tmp_path, swapped).told() == [(1, "identity_code", "taken"), (2, "identity_code", "taken")]


@pytest.fixture
def key_file(context: Flask) -> Iterator[Path]:
    """The key file, as it was again afterwards."""
    file = settings().keyring_file
    before = file.read_bytes()
    yield file
    file.write_bytes(before)


def test_codes_indexed_under_an_old_key_are_known(key_file: Path, tmp_path: Path) -> None:
    import_lines(tmp_path, [customer(0, identity_code=CODES[0])])
    index = db.session.scalar(select(Customer.identity_code_index))
    rotate(now=START)
    with transaction() as session:  # as if this row had not been reached yet
        session.execute(update(Customer).values(identity_code_index=index))
    lines = [customer(0, identity_code=CODES[0]), customer(1, identity_code=CODES[0])]
    done = import_lines(tmp_path, lines)
    assert (done.unchanged, done.told()) == (1, [(2, "identity_code", "taken")])


def test_a_person_does_not_become_an_organisation(context: Flask, tmp_path: Path) -> None:
    import_lines(tmp_path, [customer()])
    done = import_lines(tmp_path, [customer(kind="legal", business_id="1950357-2")])
    assert done.told() == [(1, "kind", "kind-changed")]


def test_what_the_database_refuses_costs_its_own_line_alone(context: Flask, tmp_path: Path) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("the trigger is written for SQLite")
    with transaction() as session:
        session.execute(
            text(
                "CREATE TRIGGER no_testi_1 BEFORE INSERT ON customer WHEN NEW.name = 'Testi 1' "
                "BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        )
    done = import_lines(tmp_path, [customer(0), customer(1), customer(2)])
    assert (done.created, done.told()) == (2, [(2, "", "refused")])


def test_the_number_of_queries_does_not_grow_with_the_lines(context: Flask, tmp_path: Path) -> None:
    def queries_of(lines: list[dict[str, Any]]) -> int:
        statements: list[str] = []
        listener = ("before_cursor_execute", lambda _c, _cursor, statement, *_: statements.append(statement))
        event.listen(db.engine, *listener)
        try:
            assert import_lines(tmp_path, lines).rejected == 0
        finally:
            event.remove(db.engine, *listener)
        return len(statements)

    def lines(first: int, last: int) -> list[dict[str, Any]]:
        return [customer(n, sites=[site(n)], billing=billing(), permissions=[permission()]) for n in range(first, last)]

    assert queries_of(lines(0, 2)) == queries_of(lines(2, 20))
    assert queries_of(lines(0, 2)) == queries_of(lines(0, 20))


def test_an_import_is_on_the_audit_trail_by_batch_and_as_a_whole(context: Flask, tmp_path: Path) -> None:
    import_lines(tmp_path, [customer(0), customer(1), "?"])
    whole, batch = audit.latest(limit=2)
    assert {entry.event.action for entry in (whole, batch)} == {AuditAction.REGISTER_IMPORTED}
    assert batch.detail is not None and whole.detail is not None
    assert batch.detail.purpose == "created:2 updated:0 conflicts:0"
    assert whole.detail.purpose == "read:3 rejected:1 dropped:0"
    assert batch.detail.object == whole.detail.object
    assert db.session.scalars(select(Customer.updated_at)).all() == [START, START]
    events = audit.count()
    import_lines(tmp_path, [customer(0), customer(1)])
    assert audit.count() == events + 1  # nothing was written: the whole alone


# --- The file as a whole


def test_the_last_line_needs_no_end_and_a_byte_order_mark_is_no_fault(context: Flask, tmp_path: Path) -> None:
    file = tmp_path / "customers.ndjson"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(customer()).encode())
    assert import_path(file).created == 1
    file.write_bytes(b"\xef\xbb\xbf\r\n\r\n")
    assert import_path(file).read == 0


def test_a_file_in_utf_16_is_refused_as_a_whole(context: Flask, tmp_path: Path) -> None:
    file = tmp_path / "customers.jsonl"
    file.write_text(json.dumps(customer()), encoding="utf-16")
    with pytest.raises(ImportRefused):
        import_path(file)


def test_progress_is_told_in_bytes_up_to_the_end(context: Flask, tmp_path: Path) -> None:
    file = tmp_path / "customers.jsonl"
    file.write_text("".join(json.dumps(customer(n)) + "\n" for n in range(3)))
    positions: list[int] = []
    how = importing.Import(SYSTEM, lambda: START, lambda _fault: None, positions.append)
    importing.import_file(file, how)
    assert positions == [file.stat().st_size]


KOUVOLA = {"postal_code": "45100", "city": "Kouvola"}


@pytest.mark.parametrize(
    ("told", "warned"),
    [
        ({"sites": [site(**KOUVOLA)]}, []),
        ({"sites": [site(postal_code="45100", city=" KOUVOLA ")]}, []),
        ({"sites": [site(postal_code="00100", city="Kouvola")]}, []),
        ({"sites": [site(), site(1, postal_code="45610", city="Kouvola")]}, ["sites[1].city"]),
        ({"billing": billing(billing_city="Koria")}, ["billing.billing_city"]),
    ],
)
@pytest.mark.parametrize("is_dry_run", [True, False])
def test_a_post_office_of_another_code_is_a_warning_and_no_fault(
    context: Flask, tmp_path: Path, told: dict[str, Any], warned: list[str], is_dry_run: bool
) -> None:
    done = import_lines(tmp_path, [customer(), customer(1, **told)], is_dry_run=is_dry_run)
    assert (done.counts.created, done.counts.rejected) == (2, 0)
    assert [(w.line, w.fault.field, w.fault.code.value) for w in done.warnings] == [
        (2, field, "post-office-mismatch") for field in warned
    ]


def test_half_an_address_is_compared_with_what_the_register_holds(context: Flask, tmp_path: Path) -> None:
    import_lines(tmp_path, [customer(sites=[site()])])
    moved = import_lines(tmp_path, [customer(sites=[{"gsrn": site()["gsrn"], "city": "Koria"}])])
    assert [w.fault.field for w in moved.warnings] == ["sites[0].city"]
    assert import_lines(tmp_path, [customer(phone="0440001111")]).warnings == []


def test_an_import_begins_the_protection_of_an_address_and_never_ends_it(context: Flask, tmp_path: Path) -> None:
    def is_protected() -> bool:
        db.session.expire_all()
        return services.customer_by_number(NUMBERS[0]).is_protected

    import_lines(tmp_path, [customer()])
    assert import_lines(tmp_path, [customer(is_protected=True)]).counts.updated == 1
    assert is_protected()
    assert import_lines(tmp_path, [customer(is_protected=False)]).counts.conflicts == 1
    assert is_protected()
    [waiting] = conflicts.waiting(limit=2)
    seen = conflicts.opened(waiting.id, actor=CLERK, now=START).seen
    conflicts.decide(waiting.id, choice=ConflictChoice.TAKE, seen=seen, actor=CLERK, now=START)
    assert not is_protected()


def test_a_protection_that_the_person_had_corrected_away_begins_again_at_once(context: Flask, tmp_path: Path) -> None:
    import_lines(tmp_path, [customer(is_protected=True)])
    correct(NUMBERS[0], "is_protected", "yes", "no")
    assert import_lines(tmp_path, [customer(is_protected=True)]).counts.conflicts == 0
    assert services.customer_by_number(NUMBERS[0]).is_protected
