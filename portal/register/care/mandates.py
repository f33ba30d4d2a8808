"""Who may speak for a customer: recorded from what was seen, and ended, never deleted (L41)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.db import db, random_id, serialise, transaction
from portal.core.errors import NotFound, RuleViolation, Stale
from portal.core.identity_codes import holds_identity_code
from portal.core.once import made_before, once_key
from portal.register.care.kinds import CareProblem, Evidence, MandateEnd, MandateKind, MandateScope
from portal.register.care.models import Mandate
from portal.register.care.rows import own_row
from portal.register.models import Customer
from portal.register.services import customer_by_number


@dataclass(frozen=True, kw_only=True)
class NewMandate:
    """What the clerk wrote down: the representative by customer number, or by name and contact."""

    kind: MandateKind
    scope: MandateScope
    representative_number: str
    name: str
    contact: str
    valid_from: date
    valid_until: date | None
    evidence: Evidence
    checked_by: str
    checked_on: date
    once: str | None = None


def in_force(customer_id: int, on: date) -> Sequence[Mandate]:
    """Who may speak for the customer on a day, those who may in all matters first."""
    found = db.session.scalars(
        select(Mandate)
        .where(
            Mandate.customer_id == customer_id,
            Mandate.valid_from <= on,
            or_(Mandate.valid_until.is_(None), Mandate.valid_until >= on),
            or_(Mandate.ended_on.is_(None), Mandate.ended_on > on),
        )
        .order_by(Mandate.recorded_at, Mandate.id)
    )
    return sorted(found, key=lambda mandate: mandate.scope is not MandateScope.ALL)


def of_customer(customer_id: int) -> Sequence[Mandate]:
    """Every mandate over the customer's matters, newest first, the ended ones too."""
    return db.session.scalars(
        select(Mandate).where(Mandate.customer_id == customer_id).order_by(Mandate.valid_from.desc(), Mandate.id)
    ).all()


@dataclass(frozen=True)
class Held:
    """A mandate that this customer holds over somebody else's matters."""

    mandate: Mandate
    customer_number: str


def held_by(customer_id: int) -> Sequence[Held]:
    """The mandates in which the customer is the representative, newest first."""
    rows = db.session.execute(
        select(Mandate, Customer.number)
        .join(Customer, Customer.id == Mandate.customer_id)
        .where(Mandate.representative_customer_id == customer_id)
        .order_by(Mandate.valid_from.desc(), Mandate.id)
    )
    return [Held(mandate, number) for mandate, number in rows]


def one(mandate_id: int, *, customer_id: int) -> Mandate:
    """Raises NotFound for anybody else's."""
    return own_row(Mandate, mandate_id, customer_id=customer_id)


def record(*, customer_id: int, told: NewMandate, actor: Actor, now: datetime) -> Mandate:
    """Write a mandate down; raises RuleViolation beside the field that is wrong."""
    with transaction():
        serialise("audit")
        if made := made_before(Mandate, told.once, customer_id):
            return made
        representative = _representative(customer_id, told)
        _check(told, today=local_date(now))
        mandate = Mandate(
            id=random_id(),
            customer_id=customer_id,
            kind=told.kind,
            scope=told.scope,
            representative_customer_id=representative.id if representative else None,
            valid_from=told.valid_from,
            valid_until=told.valid_until,
            evidence=told.evidence,
            evidence_checked_by=told.checked_by.strip(),
            evidence_checked_on=told.checked_on,
            recorded_at=now,
            recorded_by_account_id=actor.account_id,
            once_key=once_key(told.once, customer_id),
        )
        mandate.name = representative.name if representative else told.name.strip()
        mandate.contact = told.contact.strip() or None
        db.session.add(mandate)
        _audit(AuditAction.MANDATE_RECORDED, mandate, f"{told.kind}/{told.scope}", actor=actor, now=now)
        return mandate


def _representative(customer_id: int, told: NewMandate) -> Customer | None:
    if not told.representative_number.strip():
        if not told.name.strip():
            raise RuleViolation(CareProblem.NOBODY_NAMED, field="name")
        for field, text in (("name", told.name), ("contact", told.contact)):
            if holds_identity_code(text):
                raise RuleViolation(CareProblem.IDENTITY_CODE, field=field)
        return None
    try:
        found = customer_by_number(told.representative_number)
    except NotFound:
        raise RuleViolation(CareProblem.UNKNOWN_CUSTOMER, field="representative_number") from None
    if found.id == customer_id:
        raise RuleViolation(CareProblem.THEMSELVES, field="representative_number")
    return found


def _check(told: NewMandate, *, today: date) -> None:
    if told.valid_until is not None and told.valid_until < told.valid_from:
        raise RuleViolation(CareProblem.ENDS_BEFORE_IT_BEGINS, field="valid_until")
    if told.checked_on > today:
        raise RuleViolation(CareProblem.FUTURE, field="checked_on")


def end(
    *, mandate_id: int, customer_id: int, ended_on: date, reason: MandateEnd, actor: Actor, now: datetime
) -> Mandate:
    """End a mandate from a day on, today at the latest; the same end twice is one.

    Raises NotFound, Stale when it has been ended otherwise, RuleViolation beside the field that is wrong.
    """
    with transaction():
        serialise("audit")
        mandate = one(mandate_id, customer_id=customer_id)
        db.session.refresh(mandate, with_for_update=True)
        if mandate.ended_on is not None:
            if (mandate.ended_on, mandate.end_reason) == (ended_on, reason):
                return mandate
            raise Stale(str(mandate_id))
        if ended_on > local_date(now):
            raise RuleViolation(CareProblem.FUTURE, field="ended_on")
        if ended_on < mandate.valid_from:
            raise RuleViolation(CareProblem.BEFORE_BEGINNING, field="ended_on")
        mandate.ended_on, mandate.end_reason = ended_on, reason
        _audit(AuditAction.MANDATE_ENDED, mandate, reason.value, actor=actor, now=now)
        return mandate


def _audit(action: AuditAction, mandate: Mandate, purpose: str, *, actor: Actor, now: datetime) -> None:
    audit.record(
        action, actor=actor, now=now, subject=mandate.customer_id, object=f"mandate:{mandate.id}", purpose=purpose
    )
