"""Finding customers by whatever a caller can tell: the query is read in every way that fits its form."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import aliased

from portal.core.crypto import blind_indexes
from portal.core.db import db
from portal.core.errors import RuleViolation
from portal.core.identity_codes import holds_identity_code
from portal.core.settings import settings
from portal.register import validators
from portal.register.models import Billing, Customer, MeteringSite, folded
from portal.register.services import is_visible
from portal.register.validators import ValueProblem

MOST_RESULTS = 25
SHORTEST_NAME_SEARCH = 2
MOST_NAME_PARTS = 8
VAT_PREFIX = re.compile(r"^FI[\s-]*(?=\d)", re.IGNORECASE)
# numbers are often written with the country's code and without the sign before it
# letters on keys are no way of writing a number here: an identity code would become one
PHONE_SIGNS = re.compile(r"[\d\s()+./\u2010-\u2015-]+")
DAY_AND_MONTH = re.compile(r"\D*(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d\d")
BARE_COUNTRY_CODE = re.compile(r"^\s*358(?=[\d\s])")


class Found(StrEnum):
    """The field by which a customer was found."""

    NUMBER = "customer-number"
    GSRN = "gsrn"
    IDENTITY_CODE = "identity-code"
    BUSINESS_ID = "business-id"
    PHONE = "phone"
    EMAIL = "email"
    NAME = "name"


@dataclass(frozen=True)
class Result:
    """A customer found. `place` is a post office; None where there is none to tell or it is protected (L40)."""

    customer: Customer
    by: Found
    place: str | None


@dataclass(frozen=True)
class Results:
    """At most MOST_RESULTS customers; `is_cut` when there are more.

    `read_as` are the fields that were looked in: none when the query fits no field.
    """

    rows: Sequence[Result]
    read_as: Sequence[Found]
    is_cut: bool
    # what looks like an identity code, and is not a valid one, is looked for nowhere
    is_wrong_code: bool = False


def search(query: str) -> Results:
    """Customers that are not hidden, the nearest first."""
    query = " ".join(query.split())
    readings = dict(_readings(query))
    found: dict[int, tuple[Customer, Found]] = {}
    for by, condition in readings.items():
        statement = select(Customer).where(condition, is_visible()).limit(MOST_RESULTS + 1)
        for customer in db.session.scalars(statement.order_by(*_nearest(query), Customer.id)):
            found.setdefault(customer.id, (customer, by))
    places = _places([customer for customer, _by in list(found.values())[:MOST_RESULTS]])
    rows = [Result(customer, by, places.get(customer.id)) for customer, by in found.values()]
    is_wrong_code = not readings and may_be_identity_code(query)
    return Results(rows[:MOST_RESULTS], tuple(readings), len(rows) > MOST_RESULTS, is_wrong_code)


def _readings(query: str) -> Iterator[tuple[Found, ColumnElement[bool]]]:
    """Everything that the form of the query lets it be; a name only when it is nothing else."""
    exact = list(_exact_readings(query))
    yield from exact
    if not exact and not may_be_identity_code(query) and (named := has_name(query)) is not None:
        yield Found.NAME, named


def _exact_readings(query: str) -> Iterator[tuple[Found, ColumnElement[bool]]]:
    if (number := _read(validators.customer_number, query)) is not None:
        yield Found.NUMBER, Customer.number == number
    if (gsrn := _read(validators.gsrn, query)) is not None:
        yield Found.GSRN, Customer.id.in_(select(MeteringSite.customer_id).where(MeteringSite.gsrn == gsrn))
    if (code := _read(_identity_code, query)) is not None:
        yield Found.IDENTITY_CODE, Customer.identity_code_index.in_(blind_indexes("customer.identity_code", code))
    if (business_id := _read(validators.business_id, VAT_PREFIX.sub("", query))) is not None:
        yield Found.BUSINESS_ID, Customer.business_id == business_id
    if (phone := _read(_phone, query)) is not None:
        yield Found.PHONE, Customer.phone == phone
    if (email := _read(validators.email, query)) is not None:
        yield Found.EMAIL, func.lower(Customer.email) == email.lower()


def _read(check: Callable[[str], str], query: str) -> str | None:
    return check(query) if validators.is_valid(check, query) else None


def _phone(text: str) -> str:
    if not PHONE_SIGNS.fullmatch(text):
        raise RuleViolation(ValueProblem.PHONE)
    return validators.phone(BARE_COUNTRY_CODE.sub("+358", text))


def may_be_identity_code(typed: str) -> bool:
    """Whether what was typed holds an identity code, valid or not; 044000-1234 is a phone number and no day."""
    compact = "".join(typed.split())
    is_number = PHONE_SIGNS.fullmatch(compact) and not DAY_AND_MONTH.match(compact)
    return holds_identity_code(typed) and not is_number


def _identity_code(text: str) -> str:
    """All 11 characters; the sign tells people apart."""
    return validators.identity_code(text, artificial=settings().is_demo)


def has_name(query: str) -> ColumnElement[bool] | None:
    """Every part of the query somewhere in the name, in any order; None when there is too little to look for."""
    parts = folded(query).split()[:MOST_NAME_PARTS]
    if max(map(len, parts), default=0) < SHORTEST_NAME_SEARCH:
        return None
    # a question of its own: every name is read, from the index alone and not from the rows
    named = aliased(Customer)
    return Customer.id.in_(
        select(named.id).where(*(named.name_folded.contains(part, autoescape=True) for part in parts))
    )


def _nearest(query: str) -> list[ColumnElement[int] | ColumnElement[str]]:
    """The whole name first, then names that begin so, then the rest."""
    key = folded(query)
    begins = Customer.name_folded.startswith(key, autoescape=True)
    return [case((Customer.name_folded == key, 0), (begins, 1), else_=2), func.lower(Customer.name)]


def _places(customers: Sequence[Customer]) -> Mapping[int, str]:
    """The post office of the newest contract, else of the bills; nothing of those whose address is protected."""
    ids = [customer.id for customer in customers if not customer.is_protected]
    billing = select(Billing.customer_id, Billing.city).where(Billing.customer_id.in_(ids))
    sites = (
        select(MeteringSite.customer_id, MeteringSite.city)
        .where(MeteringSite.customer_id.in_(ids))
        .order_by(MeteringSite.contract_from)
    )
    return {row.customer_id: row.city for query in (billing, sites) for row in db.session.execute(query)}
