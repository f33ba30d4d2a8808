"""Loading the invented register: the same arguments give the same register."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select, update

from portal.core import audit
from portal.core.audit import SYSTEM, AuditAction
from portal.core.clock import local_date
from portal.core.db import Model, db, random_id, transaction
from portal.core.errors import DomainError
from portal.core.settings import settings
from portal.demo import accounts, recipients
from portal.demo.customers import HISTORY_DAYS, Drawing, Rows, draw
from portal.demo.history import load_history
from portal.demo.models import DemoLoad
from portal.demo.persons import HARD_CASES
from portal.demo.requests import load_requests
from portal.permissions import suppression
from portal.permissions.holders import postal_contact
from portal.permissions.models import Channel, CurrentPermission, PermissionEvent, State, Suppression
from portal.register.models import (
    Billing,
    Consumption,
    Customer,
    Disclosure,
    Feedback,
    Invoice,
    MeteringSite,
    OtherDatum,
    Purchase,
    RecipientHolder,
    RecordedCall,
    Satisfaction,
    ServiceEvent,
)

DEFAULT_CUSTOMERS = 300
DEFAULT_SEED = 1
FEWEST_CUSTOMERS = 1
BATCH = 500
# In the order of their foreign keys.
TABLES: tuple[type[Model], ...] = (
    MeteringSite,
    Consumption,
    Invoice,
    Feedback,
    RecordedCall,
    Satisfaction,
    ServiceEvent,
    Purchase,
    OtherDatum,
    Disclosure,
    Suppression,
)


class DemoRefused(DomainError):
    """The demo register cannot be loaded here."""


@dataclass(frozen=True)
class Loaded:
    """What is in the register now; `is_new` is False when the same load was there already."""

    customers: int
    random_seed: int
    today: date
    accounts: int
    is_new: bool


def is_empty() -> bool:
    """Whether no customer and no load is there."""
    return db.session.scalar(select(Customer.id).limit(1)) is None


def load(
    *, now: datetime, customers: int = DEFAULT_CUSTOMERS, random_seed: int = DEFAULT_SEED, today: date | None = None
) -> Loaded:
    """Fill an empty register in one transaction; raises DemoRefused."""
    today = today or local_date(now)
    if not settings().is_demo:
        raise DemoRefused("the demo register is loaded in demo mode only")
    with transaction():
        before = db.session.scalar(select(DemoLoad))
        if before is None and not is_empty():
            raise DemoRefused("there are real customers here; the demo register is loaded into an empty database")
        if before is not None:
            if (before.customers, before.random_seed, before.today) != (customers, random_seed, today):
                raise DemoRefused(
                    f"a demo register of {before.customers} customers (seed {before.random_seed}, {before.today}) "
                    "is here already; start another one from an empty database"
                )
            return Loaded(customers, random_seed, today, len(accounts.sign_ins()), is_new=False)
        _insert(RecipientHolder, recipients.rows())
        ids = _load_customers(customers, random_seed=random_seed, today=today)
        opened_at = datetime.combine(today - timedelta(days=HISTORY_DAYS), time(9), UTC)
        accounts.create_all(ids, now=opened_at)
        load_requests(ids, today=today)
        load_history(today=today, random=Random(random_seed))
        db.session.add(
            DemoLoad(id=random_id(), customers=customers, random_seed=random_seed, today=today, loaded_at=now)
        )
        audit.record(AuditAction.DEMO_LOADED, actor=SYSTEM, now=now, purpose=f"customers:{customers}")
        return Loaded(customers, random_seed, today, len(accounts.sign_ins()), is_new=True)


def _load_customers(count: int, *, random_seed: int, today: date) -> dict[int, int]:
    """Write the customers in batches; returns row ids by index."""
    ids: dict[int, int] = {}
    taken = {case.identity_code for case in HARD_CASES.values() if case.identity_code}
    for first in range(0, count, BATCH):
        drawings = [
            draw(index, random_seed=random_seed, today=today, taken=taken)
            for index in range(first, min(first + BATCH, count))
        ]
        ids |= {drawing.index: drawing.customer.id for drawing in drawings}
        _write(drawings)
    return ids


def _write(drawings: list[Drawing]) -> None:
    rows: Rows = defaultdict(list)
    for drawing in drawings:
        drawing.rows[Suppression] = list(_suppressions(drawing))
        for model, drawn in drawing.rows.items():
            rows[model] += drawn
    # permissions first: the database takes no potential customer without one (R60). Who has withdrawn theirs held it
    withdrawn = [row["id"] for row in rows[CurrentPermission] if row["state"] is State.NONE]
    held = [{**row, "state": State.PERMISSION} if row["id"] in withdrawn else row for row in rows[CurrentPermission]]
    _insert(PermissionEvent, rows[PermissionEvent])
    _insert(CurrentPermission, held)
    _insert(Customer, [_values(drawing.customer) for drawing in drawings])
    db.session.execute(update(CurrentPermission).where(CurrentPermission.id.in_(withdrawn)).values(state=State.NONE))
    _insert(Billing, [_values(drawing.billing) for drawing in drawings if drawing.billing])
    for model in TABLES:
        _insert(model, rows[model])


def _insert(model: type[Model], rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(model), rows)


def _values(row: Model) -> dict[str, Any]:
    """The columns of a row that was built for its encrypted fields."""
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}


def _suppressions(drawing: Drawing) -> Iterator[dict[str, Any]]:
    """Every prohibition leaves its mark on the contact point, as it does when a customer makes it."""
    for row in drawing.rows[CurrentPermission]:
        contact = _contact(drawing, row["channel"])
        if row["state"] is not State.PROHIBITION or contact is None:
            continue
        yield {
            "id": drawing.id(),
            "contact_hash": suppression.contact_hash(contact),
            "holder_hash": suppression.holder_hash(drawing.customer.id),
            "type": row["type"],
            "channel": row["channel"],
            "since": row["source_on"],
        }


def _contact(drawing: Drawing, channel: Channel) -> str | None:
    customer, billing = drawing.customer, drawing.billing
    match channel:
        case Channel.EMAIL:
            return customer.email
        case Channel.PHONE | Channel.SMS:
            return customer.phone
        case Channel.POST:
            return postal_contact(customer.name, billing.street, billing.postal_code) if billing else None
