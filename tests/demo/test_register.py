"""The invented register holds what it is there to show, and nothing that could not be."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.catalogues.recipients import Recipient
from portal.catalogues.sources import Source
from portal.core.clock import HELSINKI, local_date
from portal.core.db import db
from portal.demo.persons import kind_of
from portal.demo.words import FEEDBACK, FIRST_NAMES
from portal.permissions import suppression
from portal.permissions.models import Channel, CurrentPermission, MarketingType, PermissionEvent, State, Suppression
from portal.register import validators
from portal.register.models import (
    Billing,
    Consumption,
    ConsumptionKind,
    Customer,
    CustomerKind,
    CustomerStatus,
    Disclosure,
    Feedback,
    Invoice,
    MeteringSite,
    OtherDatum,
    RecordedCall,
    Satisfaction,
    ServiceEvent,
)
from portal.register.postal_codes import POST_OFFICES
from portal.register.reading import TABLES
from portal.register.searching import search
from tests.demo.conftest import CUSTOMERS, TODAY

pytestmark = pytest.mark.usefixtures("loaded")

# By name and column: what is there to come.
MAY_LIE_AHEAD = {"due_on", "delete_on"}


def named(name: str) -> Customer:
    return db.session.scalars(select(Customer).where(Customer.name == name)).one()


def of(model: type[Any], whose: Customer) -> list[Any]:
    return list(db.session.scalars(select(model).where(model.customer_id == whose.id)))


def test_of_three_hundred_220_are_natural_20_legal_and_60_potential() -> None:
    assert Counter(kind_of(index) for index in range(300)) == {"natural": 220, "legal": 20, "potential": 60}


def test_the_register_has_the_three_kinds_with_what_belongs_to_each() -> None:
    kinds = Counter((c.kind.value, c.status.value) for c in db.session.scalars(select(Customer)))
    assert kinds == {("natural", "customer"): 44, ("legal", "customer"): 4, ("natural", "potential"): 12}
    for customer in db.session.scalars(select(Customer)):
        is_customer = customer.status is CustomerStatus.CUSTOMER
        assert (customer.business_id is not None) is (customer.kind is CustomerKind.LEGAL)
        assert (customer.identity_code is not None) is (is_customer and customer.kind is CustomerKind.NATURAL)
        assert bool(of(Billing, customer)) is is_customer
        assert len(of(MeteringSite, customer)) in ((1, 2, 3) if is_customer else (0,))


def test_every_identifier_is_valid_and_belongs_to_nobody(loaded: Flask) -> None:
    for customer in db.session.scalars(select(Customer)):
        assert validators.customer_number(customer.number)
        if customer.identity_code:
            assert validators.identity_code(customer.identity_code, artificial=True) == customer.identity_code
            assert customer.identity_code[7:10] >= "900"
        if customer.business_id:
            assert validators.business_id(customer.business_id) == customer.business_id
        assert customer.phone and validators.phone(customer.phone) == customer.phone
        assert customer.email is None or customer.email.split("@")[1] in ("example.com", "example.org", "example.net")
        assert customer.email is None or validators.email(customer.email)
    billings, sites, invoices = (db.session.scalars(select(model)).all() for model in (Billing, MeteringSite, Invoice))
    assert len(billings) == 48 and len(sites) >= 48 and len(invoices) > 48
    for billing in billings:
        assert billing.iban and validators.iban(billing.iban) == billing.iban and billing.iban[4:7] == "999"
    for site in sites:
        assert validators.gsrn(site.gsrn) and site.gsrn.startswith("952")
        assert validators.main_fuse(site.main_fuse) == site.main_fuse and site.main_fuse[0] == site.connection_phases
        assert POST_OFFICES[site.postal_code] == site.city
    for invoice in invoices:
        assert validators.reference(invoice.reference) and invoice.reference[:-1] == invoice.number


# --- The cases that are hard to get right


def test_two_people_differ_only_in_the_sign_of_the_identity_code() -> None:
    hilma, helmi = named("Hilma Lumipuro"), named("Helmi Lumipuro")
    assert (hilma.identity_code, helmi.identity_code) == ("100190-999P", "100190Y999P")
    assert [found.customer.name for found in search("100190-999P").rows] == ["Hilma Lumipuro"]
    assert [found.customer.name for found in search("100190Y999P").rows] == ["Helmi Lumipuro"]


def test_names_have_swedish_letters_hyphens_an_apostrophe_and_forty_letters() -> None:
    names = set(db.session.scalars(select(Customer.name)))
    assert {"Åsa Öström-Ängslund", "Oliver O’Hara-Finch"} <= names
    assert max(len(name.split()[-1]) for name in names) >= 40


def test_somebody_has_no_email_somebody_a_foreign_phone_and_somebody_speaks_swedish() -> None:
    assert named("Urho Tervaharju").email is None
    assert named("Oliver O’Hara-Finch").phone == "+46701234567"
    assert (named("Åsa Öström-Ängslund").preferred_language, named("Oliver O’Hara-Finch").preferred_language) == (
        "sv",
        "en",
    )


def test_own_liabilities_are_told_to_credit_information_by_code_and_name_alone() -> None:
    assert named("Aino Kuusilampi").has_own_liabilities and not named("Siiri Pajuluoto").has_own_liabilities
    told = db.session.execute(
        select(Disclosure, Customer)
        .join(Customer, Customer.id == Disclosure.customer_id)
        .where(Disclosure.recipient == Recipient.CREDIT_INFORMATION)
    ).all()
    assert len(told) > 5
    for disclosure, customer in told:
        assert set(disclosure.fields) == {"identity_code", "name"}
        assert customer.has_own_liabilities and customer.kind is CustomerKind.NATURAL


def test_only_what_is_in_collection_went_to_the_collector_and_after_it_was_due() -> None:
    collected = {
        invoice.customer_id: invoice
        for invoice in db.session.scalars(select(Invoice).where(Invoice.state == "in-collection"))
    }
    told = db.session.scalars(select(Disclosure).where(Disclosure.recipient == Recipient.INVOICING_AND_COLLECTION))
    given = {disclosure.customer_id: disclosure for disclosure in told}
    assert named("Urho Tervaharju").id in given
    assert given.keys() == collected.keys()
    assert all(local_date(given[whose].disclosed_at) > collected[whose].due_on for whose in given)


def test_the_last_permission_of_a_potential_customer_was_withdrawn_and_hides_them() -> None:
    onni = named("Onni Kaislaranta")
    steps = sorted(of(PermissionEvent, onni), key=lambda event: event.at)
    half = len(steps) // 2
    assert {(event.old_state.value, event.new_state.value) for event in steps[:half]} == {("none", "permission")}
    assert {(event.old_state.value, event.new_state.value) for event in steps[half:]} == {("permission", "none")}
    assert half == len({(event.type, event.channel) for event in steps}) > 0
    assert search("Onni Kaislaranta").rows == []


def test_every_other_potential_customer_holds_a_permission_that_can_be_used() -> None:
    potential = db.session.scalars(select(Customer).where(Customer.status == CustomerStatus.POTENTIAL)).all()
    assert len(potential) == 12
    for customer in potential:
        given = [row for row in of(CurrentPermission, customer) if row.state is State.PERMISSION]
        assert bool(given) is (customer.name != "Onni Kaislaranta")
        assert all(customer.email for row in given if row.channel is Channel.EMAIL)
        assert Channel.POST not in {row.channel for row in given}, "no address is held"
        assert all(row.source in (Source.COMPETITION, Source.PRIZE_DRAW, Source.TELEPHONE_SALES) for row in given)


def test_somebody_forbids_the_phone_and_permits_email() -> None:
    rows = of(CurrentPermission, named("Toivo Usvaniitty"))
    assert {(row.type, row.channel): row.state for row in rows} == {
        **{(type, Channel.PHONE): State.PROHIBITION for type in MarketingType},
        **{(type, Channel.EMAIL): State.PERMISSION for type in MarketingType},
    }


def test_a_protected_customer_one_who_has_left_and_one_behind_with_payments_are_there() -> None:
    assert named("Saima Hallavaara").is_protected
    left = named("Veikko Sarapelto")
    assert left.contract_ended_on and {site.contract_until for site in of(MeteringSite, left)} == {
        left.contract_ended_on
    }
    newest = sorted(of(Invoice, named("Urho Tervaharju")), key=lambda invoice: invoice.issued_on)
    assert [invoice.state for invoice in newest[-4:]] == ["paid", "in-collection", "reminded", "overdue"]


# --- Time


def test_nothing_lies_in_the_future_and_nothing_comes_before_the_customer() -> None:
    now = datetime.combine(TODAY, datetime.min.time(), HELSINKI)
    came = {row.id: row.source_on for row in db.session.scalars(select(Customer))}
    for model in {table for table, _ in TABLES.values()} | {Customer, Disclosure, PermissionEvent}:
        for row in db.session.scalars(select(model)):
            begins = came[getattr(row, "customer_id", row.id)]
            for column in [column.name for column in model.__table__.columns]:
                value = getattr(row, column)
                if isinstance(value, datetime):
                    assert value <= now and local_date(value) >= begins, (model, column)
                elif isinstance(value, date) and column not in MAY_LIE_AHEAD:
                    assert value <= TODAY, (model, column)
                    assert column == "connection_contract_on" or value >= begins, (model, column)


def test_calls_were_taken_while_customer_service_is_there() -> None:
    calls = db.session.scalars(select(RecordedCall)).all()
    assert len(calls) > 20
    for call in calls:
        local = call.started_at.astimezone(HELSINKI)
        assert local.weekday() < 5 and 10 <= local.hour < 16
        assert call.delete_on == local.date().replace(year=local.year + 2)


def test_feedback_is_answered_unless_it_has_just_come() -> None:
    given = db.session.scalars(select(Feedback)).all()
    assert len(given) > 5
    for feedback in given:
        is_old = feedback.received_on < TODAY - timedelta(days=5)
        assert (feedback.status, feedback.reply is not None) == (("answered", True) if is_old else ("new", False))


def test_what_a_contract_that_has_ended_brought_ends_with_it() -> None:
    ended = db.session.scalars(select(Customer).where(Customer.contract_ended_on.is_not(None))).all()
    assert ended
    for customer in ended:
        last = customer.contract_ended_on
        assert last is not None
        assert all(row.month <= last and row.kind is ConsumptionKind.MEASURED for row in of(Consumption, customer))
        assert [billing.due_on for billing in of(Billing, customer)] in ([None], [last])
        for model, column in ((Feedback, "received_on"), (Satisfaction, "answered_on")):
            assert all(getattr(row, column) <= last for row in of(model, customer))


# --- Consumption and invoices


def _by_site() -> dict[int, dict[date, Consumption]]:
    found: dict[int, dict[date, Consumption]] = defaultdict(dict)
    for row in db.session.scalars(select(Consumption)):
        assert row.month not in found[row.site_id], "a month is measured or estimated, never both"
        found[row.site_id][row.month] = row
    return found


def test_whole_months_are_measured_and_the_running_one_is_an_estimate() -> None:
    for months in _by_site().values():
        for month, row in months.items():
            is_running = month == date(2026, 11, 1)
            assert row.kind is (ConsumptionKind.ESTIMATE if is_running else ConsumptionKind.MEASURED)
            assert row.source is (Source.SERVICE_USE if is_running else Source.MARKET_DATA_EXCHANGE)
    aino = next(site for site in of(MeteringSite, named("Aino Kuusilampi")) if site.heating == "direct-electric")
    assert min(_by_site()[aino.id]) == date(2024, 11, 1) and len(_by_site()[aino.id]) == 25


def test_electric_heating_takes_three_to_four_times_as_much_in_winter_as_in_summer() -> None:
    electric = {"direct-electric", "storage-electric", "hydronic-electric", "ground-source", "air-to-water"}
    seen, measured = 0, _by_site()
    for site in db.session.scalars(select(MeteringSite).where(MeteringSite.heating.in_(electric))):
        months = measured[site.id]
        winter = [months.get(date(2026, month, 1)) for month in (1, 2)] + [months.get(date(2025, 12, 1))]
        summer = [months.get(date(2026, month, 1)) for month in (6, 7, 8)]
        if site.housing == "holiday-home" or None in winter:
            continue
        ratio = sum(row.kwh for row in winter if row) / sum(row.kwh for row in summer if row)
        assert 3 <= ratio <= 4
        seen += 1
    assert seen > 8


def test_a_year_measured_is_near_the_estimate_and_the_dwelling() -> None:
    typical, measured = {"apartment-building": (1_600, 2_500), "farm": (28_000, 43_800)}, _by_site()
    whole_years = district = 0
    for site in db.session.scalars(select(MeteringSite)):
        assert site.estimate_kwh is not None
        year = [row.kwh for month, row in measured[site.id].items() if date(2025, 11, 1) <= month < date(2026, 11, 1)]
        if len(year) == 12:
            assert 0.95 < sum(year) / site.estimate_kwh < 1.05
            whole_years += 1
        if site.heating == "district" and site.housing in typical:
            low, high = typical[site.housing]
            assert low <= site.estimate_kwh <= high
            district += 1
    assert whole_years > 20 and district > 5


def test_an_invoice_adds_up_from_consumption_price_list_and_taxes() -> None:
    """Oliver's flat, 1 x 25 A on the general tariff, billed every two months; Aino's two places, every month."""
    oliver = named("Oliver O’Hara-Finch")
    flat = _by_site()[of(MeteringSite, oliver)[0].id]
    newest = max(of(Invoice, oliver), key=lambda invoice: invoice.issued_on)
    kwh = flat[date(2026, 9, 1)].kwh + flat[date(2026, 10, 1)].kwh
    assert newest.amount_cents == round((2 * 690 + kwh * (4.320 + 2.253)) * 1.255)
    aino = named("Aino Kuusilampi")
    sites = {site.housing: _by_site()[site.id][date(2026, 1, 1)].kwh for site in of(MeteringSite, aino)}
    january = next(invoice for invoice in of(Invoice, aino) if invoice.issued_on == date(2026, 2, 5))
    house = 1490 + sites["detached-house"] * (0.6 * 5.480 + 0.4 * 2.740 + 2.253)
    cottage = 1490 + sites["holiday-home"] * (4.320 + 2.253)
    assert january.amount_cents == round((house + cottage) * 1.255)


def test_invoices_follow_the_billing_cycle_and_are_made_out_and_due_on_working_days() -> None:
    lengths = {"monthly": 1, "two-monthly": 2, "quarterly": 3}
    cycles = {billing.customer_id: billing.cycle for billing in db.session.scalars(select(Billing))}
    whose = {customer.id: customer for customer in db.session.scalars(select(Customer))}
    invoices = db.session.scalars(select(Invoice)).all()
    assert len(invoices) > 48
    for invoice in invoices:
        length = lengths[cycles[invoice.customer_id]]
        last = (invoice.issued_on.month - 2) % 12 + 1
        assert last % length == 0 or whose[invoice.customer_id].contract_ended_on
        assert invoice.issued_on.weekday() < 5 and invoice.due_on.weekday() < 5
        assert 14 <= (invoice.due_on - invoice.issued_on).days <= 18
        assert invoice.amount_cents > 0


def test_payment_states_fit_the_dates() -> None:
    states: Counter[str] = Counter()
    for invoice in db.session.scalars(select(Invoice)):
        states[invoice.state] += 1
        assert (invoice.paid_on is not None) is (invoice.state == "paid")
        if invoice.paid_on:
            assert invoice.issued_on <= invoice.paid_on < TODAY
        late = (TODAY - timedelta(days=1) - invoice.due_on).days
        if invoice.state in ("open", "overdue", "reminded", "in-collection"):
            fits = {"open": late <= 0, "overdue": 1 <= late <= 10, "reminded": 11 <= late <= 35}
            assert fits.get(invoice.state, late > 35)
    assert states["paid"] > 0.9 * states.total() and states["overdue"] and states["in-collection"]


def test_the_next_due_date_is_the_open_invoice_or_one_to_come() -> None:
    due = db.session.scalars(select(Billing).where(Billing.due_on.is_not(None))).all()
    assert len(due) > 40
    for billing in due:
        assert billing.due_on is not None and billing.due_on >= TODAY - timedelta(days=1)
        waiting = select(Invoice.due_on).where(Invoice.customer_id == billing.customer_id, Invoice.state == "open")
        assert (first := db.session.scalar(waiting.order_by(Invoice.due_on))) is None or billing.due_on == first


# --- Permissions


def test_the_ledger_goes_forward_and_leads_to_the_state_and_prohibitions_to_marks() -> None:
    last: dict[Any, State] = {}
    for event in db.session.scalars(select(PermissionEvent).order_by(PermissionEvent.at)):
        line = event.customer_id, event.type, event.channel
        assert event.old_state is last.get(line, State.NONE)
        last[line] = event.new_state
    current = db.session.scalars(select(CurrentPermission)).all()
    assert last == {(row.customer_id, row.type, row.channel): row.state for row in current}
    forbidden = [row for row in current if row.state is State.PROHIBITION]
    assert len(forbidden) > 50
    marks = {(m.holder_hash, m.type, m.channel) for m in db.session.scalars(select(Suppression))}
    for row in forbidden:
        has_none = row.channel is Channel.EMAIL and db.session.get_one(Customer, row.customer_id).email is None
        is_marked = (suppression.holder_hash(row.customer_id), row.type, row.channel) in marks
        assert is_marked is not has_none


def test_what_a_customer_changed_here_is_told_only_of_those_who_could() -> None:
    """Who has no account can forbid without signing in; a permission they give to somebody."""
    accounts = {named(name).id for name in ("Aino Kuusilampi", "Oliver O’Hara-Finch", "Åsa Öström-Ängslund")}
    accounts.add(named("Eero Harjunmaa").id)
    own = db.session.scalars(select(PermissionEvent).where(PermissionEvent.source == Source.OWN_CHANGE)).all()
    assert {event.customer_id in accounts for event in own} == {True, False}
    for event in own:
        assert event.unit == ("customer" if event.customer_id in accounts else "visitor")
        assert event.customer_id in accounts or event.new_state is not State.PERMISSION
        assert (event.wording_sha256 is not None) is (event.customer_id in accounts)


# --- Words


def test_customers_are_written_to_in_their_own_language() -> None:
    swedish, english = named("Åsa Öström-Ängslund"), named("Oliver O’Hara-Finch")
    topics = {call.topic for call in of(RecordedCall, english)}
    assert topics and topics <= {
        "Moving the due date of an invoice",
        "Changing the billing method",
        "Date of the main fuse change",
        "Compensation for a power cut",
        "Answer about an invoice",
        "Advice on the consumption report",
    }
    assert {feedback.text for feedback in of(Feedback, swedish)} <= {remark.text for remark in FEEDBACK["sv"]}
    assert of(Feedback, swedish) and of(RecordedCall, swedish)
    speakers = db.session.scalars(select(Customer).where(Customer.preferred_language == "en")).all()
    assert len(speakers) >= 3
    for customer in speakers:
        assert customer.kind is CustomerKind.LEGAL or customer.name.split()[0] in FIRST_NAMES["en"]


def test_other_data_rests_on_a_consent_and_the_first_customer_has_something_of_everything() -> None:
    aino = named("Aino Kuusilampi")
    assert [(datum.subject, datum.consent_reference) for datum in of(OtherDatum, aino)] == [
        ("Avaimen säilytyspaikka mittarinvaihtoa varten", "S-000000")
    ]
    for model in [table for table, _ in TABLES.values()] + [ServiceEvent, Disclosure, PermissionEvent]:
        assert of(model, aino), model


def test_as_many_customers_as_asked_for_are_there() -> None:
    assert db.session.scalar(select(func.count()).select_from(Customer)) == CUSTOMERS
