"""How a request arrives: what is known of its arrival, the case it begins, and what is done at once with it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from portal.catalogues.sources import Source
from portal.config import LANGUAGES
from portal.core import audit
from portal.core.audit import Actor
from portal.core.clock import local_date
from portal.core.db import db, random_id
from portal.core.errors import RuleViolation
from portal.register.models import Customer
from portal.subject_requests import answering, cases, effects, letters, workflow
from portal.subject_requests.deadlines import previous_working_day
from portal.subject_requests.guards import Facts, Problem
from portal.subject_requests.kinds import (
    AT_ONCE,
    Channel,
    DocumentType,
    IdentityFact,
    IdentityLevel,
    IdentityMethod,
    Kind,
    Outcome,
    Place,
    level_shown,
)
from portal.subject_requests.models import RequestItem, SubjectRequest, new_public_id
from portal.subject_requests.workflow import StepName

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """How, where and when a request arrived, and how its maker was identified (L6, L10, L13)."""

    channel: Channel
    received_on: date
    place: Place = Place.VERKKO
    identity_method: IdentityMethod = IdentityMethod.NONE
    document_type: DocumentType | None = None
    checked_by: str | None = None
    is_signed: bool | None = None
    late_reason: str | None = None
    identity_facts: Collection[IdentityFact] = ()
    at: time | None = None
    mandate_id: int | None = None

    @property
    def level(self) -> IdentityLevel:
        return level_shown(self.channel, self.identity_method, self.identity_facts)


def arrived_in_portal(now: datetime, method: IdentityMethod = IdentityMethod.PORTAL) -> Arrival:
    return Arrival(channel=Channel.PORTAL, received_on=local_date(now), identity_method=method)


def unidentified(now: datetime) -> Arrival:
    """Here, from somebody who has not signed in."""
    return arrived_in_portal(now, IdentityMethod.NONE)


def new_case(
    kind: Kind,
    *,
    customer: Customer | None,
    actor: Actor,
    now: datetime,
    arrival: Arrival | None,
    language: str | None = None,
) -> SubjectRequest:
    arrival = arrival or arrived_in_portal(now)
    case = SubjectRequest(
        id=random_id(),
        kind=kind,
        version=0,
        language=customer.letter_language if customer is not None else language or LANGUAGES[0],
        customer_id=customer.id if customer is not None else None,
        channel=arrival.channel,
        received_on=arrival.received_on,
        received_time=arrival.at,
        received_at_place=arrival.place,
        recorded_at=now,
        recorded_by_account_id=actor.account_id,
        late_reason=arrival.late_reason,
        is_signed=arrival.is_signed,
        mandate_id=arrival.mandate_id,
        identity_method=arrival.identity_method,
        identity_level=arrival.level,
        identity_facts=" ".join(sorted(set(arrival.identity_facts))) or None,
        document_type=arrival.document_type,
        document_checked_by=arrival.checked_by,
        paused_days=0,
    )
    case.public_id = _free_public_id()
    return case


def _free_public_id() -> str:
    while db.session.scalar(select(SubjectRequest.id).where(SubjectRequest.public_id == (made := new_public_id()))):
        pass
    return made


def receive(case: SubjectRequest, items: Sequence[RequestItem], *, actor: Actor, now: datetime) -> None:
    _check_arrival(case, now)
    cases.count_dates(case)
    db.session.add(case)
    workflow.move(case, StepName.SUBMIT, facts=Facts(actor=actor, today=local_date(now)), now=now)
    db.session.add_all(items)
    effects.at_arrival(case, items, actor=actor, now=now)
    is_asked_at_once = case.customer_id is None and case.channel is Channel.PORTAL  # who it is, in the same mail
    if case.kind not in AT_ONCE and not is_asked_at_once:
        cases.mail_customer(
            case,
            "received",
            actor=actor,
            now=now,
            dates=letters.told_dates(promise=case.promise_on, limit=case.statutory_on, language=case.language),
        )


def _check_arrival(case: SubjectRequest, now: datetime) -> None:
    """A day that can be counted from. L6: recorded more than one working day after arrival needs a reason."""
    cases.check_arrival_day(case.received_on, local_date(now))
    yesterday = previous_working_day(local_date(now) - timedelta(days=1))
    if case.received_on < yesterday and not (case.late_reason or "").strip():
        raise RuleViolation(Problem.LATE_WITHOUT_REASON, field="late_reason")


def grant_at_once(case: SubjectRequest, items: Sequence[RequestItem], *, actor: Actor, now: datetime) -> SubjectRequest:
    for item in items:
        item.outcome = Outcome.GRANT
    case.outcome = Outcome.GRANT
    case.decided_at = now
    case.decided_by_account_id = actor.account_id
    workflow.move(case, StepName.GRANT_AT_ONCE, facts=Facts(actor=actor, today=local_date(now)), now=now)
    answering.answer_case(case, items, actor=audit.SYSTEM, now=now)
    return case


def latest_receipt(kind: Kind, customer_id: int) -> SubjectRequest | None:
    """The newest case of something that is in force at once; None where there is none."""
    query = select(SubjectRequest).where(SubjectRequest.customer_id == customer_id, SubjectRequest.kind == kind)
    return db.session.scalar(query.order_by(SubjectRequest.recorded_at.desc(), SubjectRequest.id).limit(1))


def source_of(case: SubjectRequest) -> Source:
    return Source.OWN_CHANGE if case.channel is Channel.PORTAL else Source.CUSTOMER_CONTACT
