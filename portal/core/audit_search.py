"""Finding events of the audit trail: by what happened, by whom, about what, and when.

Bounded, so that a page costs the same however long the trail is: of what fits, the newest MOST can be looked through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, func, literal, select

from portal.core import audit, checkpoints
from portal.core.audit import WAS_REFUSED, Actor, AuditAction, AuditDetail, AuditEvent, Entry
from portal.core.db import LARGEST_ID, db, transaction

MOST = 10_000

Query = TypeVar("Query", bound="Select[*tuple[Any, ...]]")


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """What is looked for; None: anything. `since` is included, `until` is not."""

    action: AuditAction | None = None
    is_refused: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    actor: int | None = None
    subject: int | None = None
    case: str | None = None
    object: str | None = None
    request_id: str | None = None

    @property
    def is_about_details(self) -> bool:
        return any(wanted is not None for wanted in (self.actor, self.subject, self.case, self.object, self.request_id))


@dataclass(frozen=True)
class Standing:
    """How far the trail has come, up to where it is signed, and when somebody last had it checked on the page."""

    events: int
    signed_to: int
    signed_at: datetime | None
    checked: AuditEvent | None


def count(criteria: Criteria) -> int:
    """How many events fit, counted no further than one past MOST."""
    fitting = _fitting(select(literal(1)), criteria).limit(MOST + 1)
    return db.session.scalar(select(func.count()).select_from(fitting.subquery())) or 0


def found(criteria: Criteria, *, limit: int, offset: int = 0) -> Sequence[Entry]:
    """Events that fit, newest first."""
    # ordered by the table it is looked up in, so that an index gives the order
    newest_first = (AuditDetail if criteria.is_about_details else AuditEvent).seq.desc()
    query = _fitting(select(AuditEvent, AuditDetail), criteria).order_by(newest_first).limit(limit).offset(offset)
    return [Entry(event, detail) for event, detail in db.session.execute(query)]


def downloaded(criteria: Criteria, *, actor: Actor, now: datetime) -> Sequence[Entry]:
    """The newest MOST of them, to be taken away: that is an event too."""
    entries = found(criteria, limit=MOST)
    with transaction():
        audit.record(AuditAction.AUDIT_EXPORTED, actor=actor, now=now, purpose=f"{len(entries)}-events")
    return entries


def standing() -> Standing:
    events = db.session.scalar(select(func.max(AuditEvent.seq))) or 0
    last = checkpoints.last()
    checks = found(Criteria(action=AuditAction.AUDIT_VERIFIED), limit=1)
    return Standing(
        events=events,
        signed_to=last.sequence if last else 0,
        signed_at=datetime.fromisoformat(last.at) if last else None,
        checked=checks[0].event if checks else None,
    )


def _fitting(query: Query, criteria: Criteria) -> Query:
    in_details = criteria.is_about_details
    query = query.select_from(AuditEvent).join(AuditDetail, AuditDetail.seq == AuditEvent.seq, isouter=not in_details)
    if criteria.since is not None or criteria.until is not None:
        first, last = _stretch(criteria)
        query = query.where((AuditDetail if in_details else AuditEvent).seq.between(first, last))
        query = _within(query, criteria)
    if criteria.action is not None:
        query = query.where(AuditEvent.action == criteria.action)
    if criteria.is_refused is not None:
        query = query.where(WAS_REFUSED if criteria.is_refused else ~WAS_REFUSED)
    for column, wanted in (
        (AuditDetail.actor, criteria.actor),
        (AuditDetail.subject, criteria.subject),
        (AuditDetail.case, criteria.case),
        (AuditDetail.object, criteria.object),
        (AuditDetail.request_id, criteria.request_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return query


def _stretch(criteria: Criteria) -> tuple[int, int]:
    """The numbers between which every event of the period lies.

    Looked up by time alone: with them, whatever else is asked can be found in the order of the numbers. They follow
    time; where a clock was set back the stretch is longer, and what is outside the period is left out by its time.
    """
    first, last = db.session.execute(
        _within(select(func.min(AuditEvent.seq), func.max(AuditEvent.seq)), criteria)
    ).one()
    return (LARGEST_ID, 0) if first is None else (first, last)


def _within(query: Query, criteria: Criteria) -> Query:
    if criteria.since is not None:
        query = query.where(AuditEvent.at >= criteria.since)
    if criteria.until is not None:
        query = query.where(AuditEvent.at < criteria.until)
    return query
