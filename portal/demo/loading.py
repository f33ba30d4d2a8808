"""Loading the invented register: the same arguments give the same register."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from random import Random
from typing import Any

from sqlalchemy import insert, select

from portal.core import audit
from portal.core.audit import SYSTEM, AuditAction
from portal.core.clock import local_date
from portal.core.db import Model, db, random_id, table_of, transaction
from portal.core.errors import DomainError
from portal.core.settings import settings
from portal.demo import accounts, care, desk_work, own_choices, recipients, requests
from portal.demo.customers import draw
from portal.demo.diary import Cast, Entry, play
from portal.demo.drawing import Drawing, Rows
from portal.demo.history import load_history
from portal.demo.models import DemoLoad
from portal.demo.persons import HARD_CASES
from portal.permissions.models import CurrentPermission, PermissionEvent, Suppression
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
IN_STORIES = 60  # from the first customer on
# In the order of their foreign keys, but that permissions come first: the database takes no potential customer without
# one (R60), and lets their keys wait for the end of the transaction.
TABLES: tuple[type[Model], ...] = (
    PermissionEvent,
    CurrentPermission,
    Customer,
    Billing,
    MeteringSite,
    Consumption,
    Invoice,
    Feedback,
    RecipientHolder,
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
    *,
    now: datetime,
    customers: int = DEFAULT_CUSTOMERS,
    random_seed: int = DEFAULT_SEED,
    today: date | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> Loaded:
    """Fill an empty register in one transaction; `progress` is told how many more customers are written.

    Raises DemoRefused.
    """
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
            return Loaded(customers, random_seed, today, accounts.count(), is_new=False)
        write_recipients(today)
        cast = Cast(today, _load_customers(customers, random_seed=random_seed, today=today, progress=progress))
        accounts.create_all(cast)
        play(_stories(cast, random_seed))
        load_history(today=today, random=Random(random_seed))
        db.session.add(
            DemoLoad(id=random_id(), customers=customers, random_seed=random_seed, today=today, loaded_at=now)
        )
        audit.record(AuditAction.DEMO_LOADED, actor=SYSTEM, now=now, purpose=f"customers:{customers}")
        return Loaded(customers, random_seed, today, accounts.count(), is_new=True)


def _stories(cast: Cast, random_seed: int) -> Iterator[Entry]:
    """What people did after the register was there. Something new of that kind is a function here."""
    return chain(
        own_choices.entries(cast),
        desk_work.entries(cast),
        care.entries(cast),
        requests.entries(cast, random_seed=random_seed),
    )


def _load_customers(
    count: int, *, random_seed: int, today: date, progress: Callable[[int], None]
) -> dict[int, Drawing]:
    """Write the customers in batches; returns the first ones by index."""
    first_ones: dict[int, Drawing] = {}
    taken = {case.identity_code for case in HARD_CASES.values() if case.identity_code}
    for first in range(0, count, BATCH):
        indexes = range(first, min(first + BATCH, count))
        drawings = [draw(index, random_seed=random_seed, today=today, taken=taken) for index in indexes]
        write(drawings)
        first_ones |= {drawing.index: drawing for drawing in drawings if drawing.index < IN_STORIES}
        progress(len(drawings))
    return first_ones


def write_recipients(today: date) -> None:
    """Who serves as a recipient, before anything is disclosed to them; inside transaction()."""
    db.session.execute(insert(table_of(RecipientHolder)), recipients.rows(today))


def write(drawings: list[Drawing]) -> None:
    """A statement a table, in the order of the foreign keys; inside transaction()."""
    rows = rows_of(drawings)
    for model in TABLES:
        if rows[model]:
            db.session.execute(insert(table_of(model)), rows[model])


def rows_of(drawings: list[Drawing]) -> Rows:
    """All rows by table."""
    rows: Rows = defaultdict(list)
    for drawing in drawings:
        rows[Customer].append(_values(drawing.customer))
        if drawing.billing:
            rows[Billing].append(_values(drawing.billing))
        for model, drawn in drawing.rows.items():
            rows[model] += drawn
    if unknown := rows.keys() - set(TABLES):
        raise LookupError(f"in which order is {', '.join(sorted(str(model) for model in unknown))} written?")
    return rows


def _values(row: Model) -> dict[str, Any]:
    """The columns of a row that was built for its encrypted fields."""
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
