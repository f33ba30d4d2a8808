"""An invented customer who has something of every kind, every value written down."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.recipients import Recipient
from portal.catalogues.sources import Source
from portal.core.db import Model, random_id, transaction
from portal.permissions.models import Channel, CurrentPermission, MarketingType, State
from portal.register.models import (
    Billing,
    Consumption,
    ConsumptionKind,
    Customer,
    CustomerKind,
    CustomerStatus,
    Disclosure,
    Feedback,
    FieldProvenance,
    Invoice,
    MeteringSite,
    OtherDatum,
    Purchase,
    RecipientHolder,
    RecordedCall,
    Satisfaction,
    ServiceEvent,
)
from tests.factories import Person, make_account

IDENTITY_CODE = "280285-901N"
IBAN = "FI9399999900000014"
HOLDER, DISCLOSURE = 41, 42
GSRN, ENDED_GSRN = "952000000000000019", "952000000000000026"


@dataclass(frozen=True)
class Rich:
    """The person, and the record ids that addresses and forms carry."""

    person: Person
    customer_id: int
    site: int
    ended_site: int
    invoice: int


def make_rich_customer() -> Rich:
    """Written as the register holds it; the phone number and an invoice's due date were corrected since."""
    customer_id, site, ended_site, invoice = (random_id() for _ in range(4))
    customer = Customer(
        id=customer_id,
        number="10001235",
        kind=CustomerKind.NATURAL,
        status=CustomerStatus.CUSTOMER,
        name="Åsa-Maria O’Neill Ääkkönen",
        phone="+358440004321",
        email="asa@example.com",
        preferred_language="fi",
        has_own_liabilities=True,
        is_protected=False,
        contract_ended_on=None,
        **_sourced(Source.CONTRACT, date(2020, 5, 4)),
    )
    customer.identity_code = IDENTITY_CODE
    billing = Billing(
        id=random_id(),
        customer_id=customer_id,
        street="Laskutie 1",
        postal_code="45130",
        city="Kouvola",
        due_on=date(2026, 12, 15),
        cycle="two-monthly",
        method="e-invoice",
        **_sourced(Source.ORDER, date(2020, 5, 5)),
    )
    billing.iban = IBAN

    def of(model: type[Model], source: Source, on: date, id: int | None = None, **values: Any) -> Model:
        return model(id=id or random_id(), customer_id=customer_id, **values, **_sourced(source, on))

    rows = [
        of(
            Invoice,
            Source.SERVICE_USE,
            date(2026, 11, 5),
            id=invoice,
            number="20000010",
            reference="200000101",
            amount_cents=5241,
            issued_on=date(2026, 11, 5),
            due_on=date(2026, 11, 29),
            paid_on=None,
            state="open",
        ),
        of(
            Feedback,
            Source.CUSTOMER_CONTACT,
            date(2026, 2, 3),
            channel="web-form",
            category="praise",
            text='=HYPERLINK("http://example.com")',
            received_on=date(2026, 2, 3),
            status="answered",
            reply="Kiitos palautteesta!",
        ),
        of(
            RecordedCall,
            Source.CALL_RECORDING,
            date(2026, 6, 16),
            started_at=datetime(2026, 6, 16, 7, 16, tzinfo=UTC),
            length_seconds=140,
            direction="incoming",
            topic="Muutto",
            agent_reference="A07",
            is_customer_told=True,
            purpose="complaints",
            delete_on=date(2028, 6, 16),
        ),
        of(
            Satisfaction,
            Source.CUSTOMER_CONTACT,
            date(2026, 1, 10),
            survey="annual",
            score=4,
            answered_on=date(2026, 1, 10),
        ),
        of(
            ServiceEvent,
            Source.SERVICE_USE,
            date(2026, 10, 1),
            event="meter-reading",
            # in Finland it was the first of October already
            happened_at=datetime(2026, 9, 30, 21, 30, tzinfo=UTC),
        ),
        of(
            Purchase,
            Source.ORDER,
            date(2025, 12, 1),
            product="main-fuse-change",
            ordered_on=date(2025, 12, 1),
            price_cents=39_000,
        ),
        of(
            OtherDatum,
            Source.CUSTOMER_CONTACT,
            date(2026, 3, 4),
            subject="Avain",
            value="Naulassa ovella B",
            consent_reference="S-000001",
        ),
        CurrentPermission(
            customer_id=customer_id,
            type=MarketingType.CONTACT,
            channel=Channel.SMS,
            state=State.PERMISSION,
            source=Source.CUSTOMER_CONTACT,
            source_on=datetime(2026, 7, 8, 9, 1, tzinfo=UTC),
        ),
        Disclosure(
            id=DISCLOSURE,
            customer_id=customer_id,
            recipient=Recipient.CREDIT_INFORMATION,
            recipient_name="Suomen Asiakastieto Oy",
            holder_id=HOLDER,
            legal_ground="legitimate-interests",
            field_keys="identity_code name",
            disclosed_at=datetime(2026, 10, 6, 15, 20, tzinfo=UTC),
        ),
        *_corrections(customer_id, {"phone": customer_id, "invoice_due_on": invoice}),
    ]
    with transaction() as session:
        session.add(customer)
        session.flush()
        session.add(_credit_information())
        session.flush()
        session.add_all([billing, *_sites(customer_id, site, ended_site)])
        session.flush()
        session.add_all([*rows, *_consumption(customer_id, site, ended_site)])
    person = make_account(username="asa", customer_id=customer_id, email="asa@example.org")
    return Rich(person, customer_id, site, ended_site, invoice)


def _sourced(source: Source, on: date) -> dict[str, Any]:
    return {"source": source, "source_on": on, "updated_at": datetime(on.year, on.month, on.day, 9, tzinfo=UTC)}


def _credit_information() -> RecipientHolder:
    return RecipientHolder(
        id=HOLDER,
        recipient=Recipient.CREDIT_INFORMATION,
        name="Suomen Asiakastieto Oy",
        other_names={},
        country="FI",
        legal_basis=LegalBasis.LEGITIMATE_INTERESTS,
        category_keys="customer",
        from_on=date(2020, 1, 1),
    )


def _corrections(customer_id: int, places: dict[str, int]) -> list[Model]:
    return [
        FieldProvenance(
            id=random_id(),
            customer_id=customer_id,
            record_id=record_id,
            field_key=key,
            source=Source.CORRECTION,
            source_on=date(2026, 11, 17),
            updated_at=datetime(2026, 11, 17, 12, tzinfo=UTC),
            request_id="K7F3-9QTD",
        )
        for key, record_id in places.items()
    ]


def _sites(customer_id: int, site: int, ended_site: int) -> list[Model]:
    shared = {
        "customer_id": customer_id,
        "postal_code": "45100",
        "city": "Kouvola",
        "tenure": "owner",
        "timing": "year-round",
        "connection_voltage": "low",
        "connection_phases": "3",
        "is_transferable": True,
        "contract": "network",
        "contract_duration": "open-ended",
    }
    return [
        MeteringSite(
            id=site,
            gsrn=GSRN,
            street="Esimerkkikatu 3 A 4",
            housing="detached-house",
            heating="ground-source",
            estimate_kwh=9_000,
            main_fuse="3x25 A",
            connection_number="L0000001",
            connection_status="connected",
            connection_contract_on=date(2019, 4, 30),
            has_generation=False,
            contract_from=date(2020, 5, 1),
            contract_until=None,
            tariff="general",
            **shared,
            **_sourced(Source.MARKET_DATA_EXCHANGE, date(2022, 2, 21)),
        ),
        MeteringSite(
            id=ended_site,
            gsrn=ENDED_GSRN,
            street="Vanhakuja 7",
            housing="holiday-home",
            heating="wood",
            estimate_kwh=None,
            main_fuse="1x25 A",
            connection_number="L0000002",
            connection_status="disconnected",
            connection_contract_on=None,
            has_generation=True,
            contract_from=date(2018, 6, 1),
            contract_until=date(2024, 6, 30),
            tariff="seasonal",
            **shared,
            **_sourced(Source.CONTRACT, date(2018, 6, 1)),
        ),
    ]


def _consumption(customer_id: int, site: int, ended_site: int) -> list[Model]:
    """The running month estimated; the same month a year before measured and estimated."""
    months = [
        (site, date(2026, 11, 1), ConsumptionKind.ESTIMATE, 930),
        (site, date(2026, 10, 1), ConsumptionKind.MEASURED, 1_812),
        (site, date(2025, 11, 1), ConsumptionKind.MEASURED, 905),
        (site, date(2025, 10, 1), ConsumptionKind.ESTIMATE, 700),
        (site, date(2025, 10, 1), ConsumptionKind.MEASURED, 790),
        (ended_site, date(2024, 5, 1), ConsumptionKind.MEASURED, 12),
    ]
    return [
        Consumption(
            id=number,
            customer_id=customer_id,
            site_id=site_id,
            month=month,
            kind=kind,
            kwh=kwh,
            **_sourced(Source.MARKET_DATA_EXCHANGE, date(month.year, month.month, 28)),
        )
        for number, (site_id, month, kind, kwh) in enumerate(months, start=1)
    ]
