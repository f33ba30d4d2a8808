"""What of the register has been kept long enough, by the same days that my data tells (R132).

Children go before their parents: consumption before its metering point, everything before the customer. What belongs
to a deleted record without a foreign key (where its fields came from, corrections on their way) goes with it.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, and_, delete, false, func, not_, or_, select

from portal.catalogues.fields import CATEGORIES, Category
from portal.catalogues.retention import RULES, RetentionRule
from portal.core.clock import local_date
from portal.core.db import UtcDateTime, db, table_of
from portal.core.purging import Purge, Remove, delete_rows, no_child
from portal.register.care import manual_material
from portal.register.importing.held import CORRECTABLE_KEYS
from portal.register.models import (
    Consumption,
    Customer,
    CustomerOpening,
    CustomerStatus,
    Disclosure,
    FieldProvenance,
    MeteringSite,
    RegisterChange,
    RegisterConflict,
)
from portal.register.reading import TABLES
from portal.register.services import is_visible

# In the order in which they go: consumption before the metering points.
ORDER = (Category.CONSUMPTION, *(category for category in TABLES if category is not Category.CONSUMPTION))


def _event(category: Category) -> ColumnElement[Any]:
    """What begins the period of a record, NULL while nothing does."""
    spec = CATEGORIES[category]
    model = TABLES[category][0]
    if spec.deleted_on:
        return table_of(model).c[spec.deleted_on]
    own = [table_of(model).c[spec.event]] if spec.event else []
    if not spec.is_of_contract:
        return own[0]
    whose = table_of(Customer).alias()  # the statement around may be about customers itself
    of_contract = select(whose.c.contract_ended_on).where(whose.c.id == model.customer_id).scalar_subquery()
    return func.coalesce(*own, of_contract, type_=Date()) if own else of_contract


def _is_due(category: Category, now: datetime) -> ColumnElement[bool]:
    """Whether the record's own period is over; never NULL."""
    spec, event = CATEGORIES[category], _event(category)
    if spec.deleted_on:
        return event <= local_date(now)
    rule = RULES[spec.retention]
    last: date | datetime = rule.last_due(local_date(now))
    is_moment = isinstance(event.type, UtcDateTime | DateTime)
    is_over = event < rule.due_before(now) if is_moment else event <= last
    return func.coalesce(is_over, false())


def due(category: Category, now: datetime) -> ColumnElement[bool]:
    """Whether a record is to go: its own period is over, and so is that of what hangs on it."""
    if category is not Category.SITE:
        return _is_due(category, now)
    is_over = _is_due(Category.CONSUMPTION, now)
    children = no_child(table_of(Consumption), Consumption.site_id, MeteringSite.id, is_over)
    return and_(_is_due(category, now), children)


def _relationship_is_over(now: datetime) -> ColumnElement[bool]:
    """The contract ended long enough ago, and nothing is left that the customer's name belongs to."""
    rule = RULES[CATEGORIES[Category.CUSTOMER].retention]
    left = (
        no_child(table_of(TABLES[category][0]), TABLES[category][0].customer_id, Customer.id, due(category, now))
        for category in ORDER
    )
    return and_(
        Customer.status == CustomerStatus.CUSTOMER,
        Customer.contract_ended_on <= rule.last_due(local_date(now)),
        *left,
    )


def _has_no_permission_left(_now: datetime) -> ColumnElement[bool]:
    return and_(Customer.status == CustomerStatus.POTENTIAL, not_(is_visible()))


def remove_records(category: Category, ids: Sequence[int], _now: datetime | None = None) -> int:
    """Delete records by row id with what points to them by number; returns how many. Inside transaction()."""
    for model in (FieldProvenance, RegisterConflict, RegisterChange):
        db.session.execute(
            delete(model).where(table_of(model).c.record_id.in_(ids)), execution_options={"synchronize_session": False}
        )
    return delete_rows(table_of(TABLES[category][0]), ids)


def _of_record(category: Category) -> Purge:
    model = TABLES[category][0]
    return Purge(
        rule=CATEGORIES[category].retention,
        table=table_of(model),
        due=partial(due, category),
        dated=_event(category),
        customer=table_of(model).c.customer_id,
        is_frozen=category is Category.CALLS,
        remove=partial(remove_records, category),
    )


def _change_is_over(now: datetime) -> ColumnElement[bool]:
    """An import still finds a record by what its key was before the customer corrected it."""
    return and_(
        RegisterChange.at < RULES[RetentionRule.CHANGES].due_before(now),
        or_(RegisterChange.record_id.is_(None), RegisterChange.field_key.not_in(CORRECTABLE_KEYS)),
    )


RECORDS = tuple(_of_record(category) for category in ORDER)
OTHERS = (
    Purge(
        rule=RetentionRule.DISCLOSURES,
        table=table_of(Disclosure),
        due=lambda now: Disclosure.disclosed_at < RULES[RetentionRule.DISCLOSURES].due_before(now),
        dated=Disclosure.disclosed_at,
        customer=table_of(Disclosure).c.customer_id,
    ),
    Purge(
        rule=RetentionRule.CHANGES,
        table=table_of(RegisterChange),
        due=_change_is_over,
        dated=RegisterChange.at,
        customer=table_of(RegisterChange).c.customer_id,
    ),
)
SHORT_LIVED = (
    Purge(
        rule=RetentionRule.OPENINGS,
        table=table_of(CustomerOpening),
        due=lambda now: CustomerOpening.opened_at < RULES[RetentionRule.OPENINGS].due_before(now),
        dated=CustomerOpening.opened_at,
    ),
)


def customers(*, over: Remove, without_permission: Remove) -> tuple[Purge, ...]:
    """Customers whose time is over, and potential customers without a permission (R60).

    Who erases them with all they have in other features is named from above.
    """
    customer = table_of(Customer)
    return (
        Purge(
            rule=CATEGORIES[Category.CUSTOMER].retention,
            table=customer,
            due=_relationship_is_over,
            dated=customer.c.contract_ended_on,
            customer=customer.c.id,
            is_frozen=True,
            held=lambda _now: manual_material.left_of(customer.c.id),
            remove=over,
            is_of_accounts=True,
            batch=1,
        ),
        Purge(
            rule=RetentionRule.POTENTIAL_CUSTOMERS,
            table=customer,
            due=_has_no_permission_left,
            dated=customer.c.source_on,
            customer=customer.c.id,
            is_frozen=True,
            held=lambda _now: manual_material.left_of(customer.c.id),
            remove=without_permission,
            is_of_accounts=True,
            batch=1,
        ),
    )
