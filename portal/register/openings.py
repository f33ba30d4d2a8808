"""Opening a customer at the desk: never without a purpose, and every view is on the audit trail (S13, L39)."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, column, select, table

from portal.core import audit
from portal.core.audit import Actor, AuditAction, AuditDetail
from portal.core.db import db, random_id, serialise, transaction
from portal.core.errors import Forbidden, RuleViolation
from portal.register.models import Customer, CustomerOpening
from portal.register.searching import Results, search
from portal.register.services import customer_by_number

# A working day: the next day asks for the purpose again.
WORKING_SESSION = timedelta(hours=12)


class ViewPurpose(StrEnum):
    CASE = "case"
    INVOICE = "invoice"
    FAULT = "fault"
    CONTRACT = "contract"
    CONTACT = "contact"
    OTHER = "other"
    COMPARISON = "comparison"  # of differing values (conflicts.py); not chosen in a form


class Part(StrEnum):
    """What of a customer was on the page; stored as the table in the audit event's object."""

    EVERYTHING = "customer"
    PERMISSIONS = "current_permission"
    DISCLOSURES = "disclosure"
    ADDRESS = "activation"
    NAME = "name"
    PROTECTED_ADDRESS = "address"
    REQUEST = "subject_request"
    DIFFERING_VALUE = "register_conflict"


class OpeningProblem(StrEnum):
    CASE_MISSING = "case-missing"
    CASE_UNKNOWN = "case-unknown"
    CASE_OF_ANOTHER = "case-of-another"


def searched(*, query: str, purpose: ViewPurpose, case: str | None, actor: Actor, now: datetime) -> Results:
    """Search results; the search is audited with its purpose, what was searched for is not kept."""
    case = _checked_case(purpose, case)
    with transaction():
        audit.record(AuditAction.CUSTOMER_SEARCHED, actor=actor, now=now, case=case, purpose=purpose.value)
    return search(query)


def open_customer(*, number: str, purpose: ViewPurpose, case: str | None, actor: Actor, now: datetime) -> Customer:
    """Take a customer into work with a purpose; raises NotFound, RuleViolation, or Forbidden for one's own data."""
    customer = customer_by_number(number)
    if actor.account_id is None or actor.is_staffs_own(customer.id):
        raise Forbidden
    case = _checked_case(purpose, case, customer_id=customer.id)
    with transaction():
        serialise(f"opening.{actor.account_id}")
        opening = db.session.scalar(_opening_of(actor.account_id, customer.id))
        if opening is None:
            opening = CustomerOpening(id=random_id(), account_id=actor.account_id, customer_id=customer.id)
            db.session.add(opening)
        opening.purpose, opening.case, opening.opened_at = purpose.value, case, now
        opening.address_purpose = opening.address_asked_at = None
        return customer


def current(*, number: str, actor: Actor, now: datetime) -> tuple[Customer, CustomerOpening] | None:
    """The customer while it is open with a purpose, else None; who shows it audits the view. Raises NotFound."""
    customer = customer_by_number(number)
    if actor.account_id is None or actor.is_staffs_own(customer.id):  # it may have been open when that became known
        return None
    opening = db.session.scalar(_opening_of(actor.account_id, customer.id))
    if opening is None or now - opening.opened_at > WORKING_SESSION:
        return None
    return customer, opening


def viewed(
    *, number: str, actor: Actor, now: datetime, part: Part = Part.EVERYTHING
) -> tuple[Customer, CustomerOpening] | None:
    """The open customer, with the view audited; None when the customer is not open with a purpose. Raises NotFound."""
    with transaction():
        opened = current(number=number, actor=actor, now=now)
        if opened is not None:
            customer, opening = opened
            audit.record(
                AuditAction.CUSTOMER_VIEWED,
                actor=actor,
                now=now,
                subject=customer.id,
                case=opening.case,
                object=f"{part}:{customer.id}",
                purpose=opening.purpose,
            )
        return opened


def part_seen(detail: AuditDetail) -> Part:
    """What was on the page of a viewing; events from before it was told apart show everything."""
    name = (detail.object or "").partition(":")[0]
    return Part(name) if name in frozenset(Part) else Part.EVERYTHING


def _opening_of(account_id: int, customer_id: int) -> Select[CustomerOpening]:
    return select(CustomerOpening).where(
        CustomerOpening.account_id == account_id, CustomerOpening.customer_id == customer_id
    )


def _checked_case(purpose: ViewPurpose, typed: str | None, *, customer_id: int | None = None) -> str | None:
    """The number of a request that is there: whatever else was typed must not stay on the audit trail (S16).

    Not that of somebody else's: this customer would read its number, and its bundle would tell of this customer.
    """
    case = (typed or "").strip().upper()
    if not case:
        if purpose is ViewPurpose.CASE:
            raise RuleViolation(OpeningProblem.CASE_MISSING, field="case")
        return None
    # by name: requests stand above the register
    requests = table("subject_request", column("public_id"), column("customer_id"))
    found = db.session.execute(select(requests).where(requests.c.public_id == case)).first()
    if found is None:
        raise RuleViolation(OpeningProblem.CASE_UNKNOWN, field="case")
    if customer_id is not None and found.customer_id not in (None, customer_id):
        raise RuleViolation(OpeningProblem.CASE_OF_ANOTHER, field="case")
    return case
