"""Rows of the register that are old enough to be purged, or soon will be."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from portal.catalogues.sources import Source
from portal.core.db import Model, db, random_id, transaction
from portal.register.models import Consumption, ConsumptionKind, Feedback, Invoice, MeteringSite, RecordedCall

SOURCED = {"source": Source.CONTRACT, "source_on": date(2020, 1, 1), "updated_at": datetime(2020, 1, 1, tzinfo=UTC)}


def add(*records: Model) -> None:
    with transaction() as session:
        for record in records:
            session.add(record)
            session.flush()


def feedback(customer_id: int, received_on: date, **values: Any) -> Feedback:
    shared = {"channel": "portal", "category": "other", "text": "Kiitos.", "status": "answered", **SOURCED, **values}
    return Feedback(id=random_id(), customer_id=customer_id, received_on=received_on, **shared)


def call(customer_id: int, delete_on: date) -> RecordedCall:
    return RecordedCall(
        id=random_id(),
        customer_id=customer_id,
        started_at=datetime(2020, 6, 1, tzinfo=UTC),
        length_seconds=60,
        direction="incoming",
        topic="Muutto",
        agent_reference="A1",
        is_customer_told=True,
        purpose="complaints",
        delete_on=delete_on,
        **SOURCED,
    )


def invoice(customer_id: int, issued_on: date) -> Invoice:
    row_id = random_id()
    return Invoice(
        id=row_id,
        customer_id=customer_id,
        number=str(row_id),
        reference="1232",
        amount_cents=100,
        issued_on=issued_on,
        due_on=issued_on,
        state="paid",
        **SOURCED,
    )


def consumption(customer_id: int, month: date) -> Consumption:
    site = db.session.scalar(select(MeteringSite.id).where(MeteringSite.customer_id == customer_id))
    kind = ConsumptionKind.MEASURED
    return Consumption(id=random_id(), customer_id=customer_id, site_id=site, month=month, kind=kind, kwh=1, **SOURCED)
