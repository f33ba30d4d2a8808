"""Recording what came by letter, visit, phone or e-mail."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import transaction
from portal.core.errors import NotFound, RuleViolation
from portal.permissions.models import Channel as ContactChannel
from portal.register import openings
from portal.register import services as register
from portal.register.care import mandates
from portal.register.care.kinds import MandateScope
from portal.register.care.models import Mandate
from portal.register.models import Customer
from portal.subject_requests import opting_out, queries, services
from portal.subject_requests.arriving import Arrival
from portal.subject_requests.guards import Problem
from portal.subject_requests.kinds import AT_ONCE, Channel, IdentityMethod, Kind
from portal.subject_requests.models import SubjectRequest


@dataclass(frozen=True, kw_only=True)
class Details:
    """What the clerk wrote down. A correction told in words is decided like other free text.

    `forbidden` is what an opt-out forbids, as it was said; `mandate` the id of that of the person who spoke for them.
    """

    arrival: Arrival
    kind: Kind
    customer_number: str
    contact: str
    text: str
    language: str
    once: str | None = None
    mandate: str = ""
    forbidden: Sequence[ContactChannel] = tuple(ContactChannel)


@dataclass(frozen=True)
class Recognised:
    """Who a customer number stands for, with what the clerk needs to record the request and no more."""

    customer: Customer
    mandates: Sequence[Mandate]
    open_requests: Sequence[SubjectRequest]


def recognise(number: str, *, on: date, actor: Actor, now: datetime) -> Recognised:
    """Look a customer number up before a request is recorded: a viewing that the customer can see (S13).

    Raises RuleViolation for an unknown number and for the clerk's own.
    """
    with transaction():
        customer = _customer(number, actor)
        audit.record(
            AuditAction.CUSTOMER_VIEWED,
            actor=actor,
            now=now,
            subject=customer.id,
            object=f"{openings.Part.NAME}:{customer.id}",
            purpose=openings.ViewPurpose.CONTACT,
        )
        return Recognised(customer, mandates.in_force(customer.id, on), queries.undecided_of(customer.id))


def record(details: Details, *, actor: Actor, now: datetime) -> SubjectRequest:
    """Raises RuleViolation beside the field that is wrong; the workflow's guards refuse future arrivals."""
    customer_id = _customer_id(details, actor)
    _check_method(details.arrival)
    if details.mandate:
        details = replace(details, arrival=replace(details.arrival, mandate_id=_mandate(details, customer_id)))
    if details.kind is Kind.OPT_OUT:
        return _opt_out(details, customer_id, actor=actor, now=now)
    if details.kind is Kind.CONSENT_WITHDRAWAL and customer_id is None:
        return services.withdraw_consents_by_contact(
            details.contact,
            text=details.text,
            arrival=details.arrival,
            language=details.language,
            actor=actor,
            now=now,
            once=details.once,
        )
    return services.submit(
        details.kind,
        customer_id=customer_id,
        contact=details.contact.strip() or None,
        text=details.text,
        arrival=details.arrival,
        language=details.language,
        actor=actor,
        now=now,
        once=details.once,
    )


def _opt_out(details: Details, customer_id: int | None, *, actor: Actor, now: datetime) -> SubjectRequest:
    """Carried out at once, with a customer or with a contact point alone (L27)."""
    if customer_id is not None:
        return opting_out.opt_out(
            customer_id=customer_id,
            channels=details.forbidden,
            contact=details.contact.strip() or None,
            text=details.text,
            arrival=details.arrival,
            actor=actor,
            now=now,
            once=details.once,
        )
    try:
        case = opting_out.opt_out_by_contact(
            details.contact,
            channels=details.forbidden,
            text=details.text,
            arrival=details.arrival,
            language=details.language,
            actor=actor,
            now=now,
            once=details.once,
        )
    except RuleViolation as refusal:
        field = "forbidden" if refusal.field == "channel" else refusal.field
        raise RuleViolation(refusal.code, field=field, **refusal.values) from None
    assert case is not None, "what staff record makes a case"
    return case


def _customer_id(details: Details, actor: Actor) -> int | None:
    if details.customer_number.strip():
        return _customer(details.customer_number, actor).id
    if not details.contact.strip():
        raise RuleViolation(Problem.NO_CUSTOMER, field="customer_number")
    return None


def _customer(number: str, actor: Actor) -> Customer:
    try:
        customer = register.customer_by_number(number)
    except NotFound:
        raise RuleViolation(Problem.UNKNOWN_CUSTOMER, field="customer_number") from None
    if actor.is_staffs_own(customer.id):
        raise RuleViolation(Problem.OWN_CASE, field="customer_number")
    return customer


def _mandate(details: Details, customer_id: int | None) -> int:
    """The mandate that covers the request on the day it arrived; raises RuleViolation for any other (L41)."""
    if customer_id is not None:
        for mandate in mandates.in_force(customer_id, details.arrival.received_on):
            if str(mandate.id) == details.mandate and covers(mandate, details.kind):
                return mandate.id
    raise RuleViolation(Problem.NO_MANDATE, field="mandate")


def covers(mandate: Mandate, kind: Kind) -> bool:
    is_marketing = kind in AT_ONCE
    return mandate.covers(MandateScope.REQUESTS) or (is_marketing and mandate.covers(MandateScope.MARKETING))


def _check_method(arrival: Arrival) -> None:
    """Nobody has signed in here by letter, at the counter or on the phone."""
    if arrival.identity_method is IdentityMethod.PORTAL and arrival.channel is not Channel.PORTAL:
        raise RuleViolation(Problem.INVALID_VALUE, field="identity_method")
