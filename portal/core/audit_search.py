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


class Search:
    """Criteria at work: made once for a page, which then counts and reads."""

    def __init__(self, criteria: Criteria) -> None:
        self.criteria = criteria
        self._stretch = _stretch(criteria)

    def count(self) -> int:
        """How many events fit, counted no further than one past MOST."""
        fitting = self._fitting(select(literal(1))).limit(MOST + 1)
        return db.session.scalar(select(func.count()).select_from(fitting.subquery())) or 0

    def entries(self, *, limit: int, offset: int = 0) -> Sequence[Entry]:
        """Events that fit, newest first."""
        # ordered by the table it is looked up in, so that an index gives the order
        newest_first = (AuditDetail if self.criteria.is_about_details else AuditEvent).seq.desc()
        query = self._fitting(select(AuditEvent, AuditDetail)).order_by(newest_first).limit(limit).offset(offset)
        return [Entry(event, detail) for event, detail in db.session.execute(query)]

    def _fitting(self, query: Query) -> Query:
        asked = self.criteria
        in_details = asked.is_about_details
        query = query.select_from(AuditEvent)
        query = query.join(AuditDetail, AuditDetail.seq == AuditEvent.seq, isouter=not in_details)
        if self._stretch is not None:
            query = query.where((AuditDetail if in_details else AuditEvent).seq.between(*self._stretch))
            query = _within(query, asked)
        if asked.action is not None:
            query = query.where(AuditEvent.action == asked.action)
        if asked.is_refused is not None:
            query = query.where(WAS_REFUSED if asked.is_refused else ~WAS_REFUSED)
        for column, wanted in (
            (AuditDetail.actor, asked.actor),
            (AuditDetail.subject, asked.subject),
            (AuditDetail.case, asked.case),
            (AuditDetail.object, asked.object),
            (AuditDetail.request_id, asked.request_id),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        return query


def downloaded(criteria: Criteria, *, actor: Actor, now: datetime) -> Sequence[Entry]:
    """The newest MOST that fit, to be taken away: that is an event too."""
    entries = Search(criteria).entries(limit=MOST)
    for row in (row for entry in entries for row in (entry.event, entry.detail) if row is not None):
        db.session.expunge(row)  # after the commit each of them would be read again, one by one
    with transaction():
        audit.record(AuditAction.AUDIT_EXPORTED, actor=actor, now=now, purpose=f"{len(entries)}-events")
    return entries


def standing() -> Standing:
    events = db.session.scalar(select(func.max(AuditEvent.seq))) or 0
    last = checkpoints.last()
    checks = Search(Criteria(action=AuditAction.AUDIT_VERIFIED)).entries(limit=1)
    return Standing(
        events=events,
        signed_to=last.sequence if last else 0,
        signed_at=datetime.fromisoformat(last.at) if last else None,
        checked=checks[0].event if checks else None,
    )


def _stretch(criteria: Criteria) -> tuple[int, int] | None:
    """The numbers between which every event of the period lies; None where no period is asked for.

    Looked up by time alone: with them, whatever else is asked can be found in the order of the numbers. They follow
    time; where a clock was set back the stretch is longer, and what is outside the period is left out by its time.
    """
    if criteria.since is None and criteria.until is None:
        return None
    ends = _within(select(func.min(AuditEvent.seq), func.max(AuditEvent.seq)), criteria)
    first, last = db.session.execute(ends).one()
    return (LARGEST_ID, 0) if first is None else (first, last)


def _within(query: Query, criteria: Criteria) -> Query:
    if criteria.since is not None:
        query = query.where(AuditEvent.at >= criteria.since)
    if criteria.until is not None:
        query = query.where(AuditEvent.at < criteria.until)
    return query
