"""Recording what came by letter, visit, phone or e-mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.core.audit import Actor
from portal.core.errors import NotFound, RuleViolation
from portal.permissions.models import Channel as ContactChannel
from portal.register import services as register
from portal.subject_requests import services
from portal.subject_requests.kinds import Channel, IdentityMethod, Kind
from portal.subject_requests.models import SubjectRequest
from portal.subject_requests.services import Arrival
from portal.subject_requests.workflow import Problem


@dataclass(frozen=True, kw_only=True)
class Details:
    """What the clerk wrote down. A correction told in words is decided like other free text.

    `forbidden` is what an opt-out forbids, as it was said.
    """

    arrival: Arrival
    kind: Kind
    customer_number: str
    contact: str
    text: str
    language: str
    once: str | None = None
    forbidden: Sequence[ContactChannel] = tuple(ContactChannel)


def record(details: Details, *, actor: Actor, now: datetime) -> SubjectRequest:
    """Raises RuleViolation beside the field that is wrong; the workflow's guards refuse future arrivals."""
    customer_id = _customer_id(details)
    _check_visit(details.arrival)
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
        return services.opt_out(
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
        case = services.opt_out_by_contact(
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


def _customer_id(details: Details) -> int | None:
    if details.customer_number.strip():
        try:
            return register.customer_by_number(details.customer_number).id
        except NotFound:
            raise RuleViolation(Problem.UNKNOWN_CUSTOMER, field="customer_number") from None
    if not details.contact.strip():
        raise RuleViolation(Problem.NO_CUSTOMER, field="customer_number")
    return None


def _check_visit(arrival: Arrival) -> None:
    """R98: who comes in person with a request about data shows a document; kind and checker are kept."""
    if arrival.channel is Channel.VISIT and arrival.identity_method is IdentityMethod.ID_DOCUMENT:
        return
    if arrival.identity_method is IdentityMethod.PORTAL and arrival.channel is not Channel.PORTAL:
        raise RuleViolation(Problem.INVALID_VALUE, field="identity_method")
