"""What people have said no to, for a restored backup that is older: no names, only keyed hashes (S19).

A withdrawn permission is told like a prohibition: both must not be forgotten. What was allowed since the backup is not:
the person can say it again, and forgetting it harms nobody.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.catalogues.sources import Source
from portal.core.audit import Actor
from portal.core.crypto import blind_indexes
from portal.core.db import db, serialise, transaction
from portal.permissions import ledger, suppression
from portal.permissions.holders import everybody
from portal.permissions.ledger import Word
from portal.permissions.models import Channel, MarketingType, PermissionEvent, State, Suppression


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One no. `contact` is a marked contact point, None for a choice of the `holder`."""

    id: int
    at: datetime
    holder: str
    contact: str | None
    type: MarketingType
    channel: Channel
    state: State

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> "Refusal":
        """Raises KeyError, TypeError or ValueError for what no list of ours holds."""
        return cls(
            id=int(told["id"]),
            at=datetime.fromisoformat(told["at"]),
            holder=str(told["holder"]),
            contact=None if told["contact"] is None else str(told["contact"]),
            type=MarketingType(told["type"]),
            channel=Channel(told["channel"]),
            state=State(told["state"]),
        )


def refusals(since: datetime) -> Iterator[Refusal]:
    """Marks and choices from that moment on, oldest first each."""
    marks = select(Suppression).where(Suppression.since >= since).order_by(Suppression.since, Suppression.id)
    for mark in db.session.scalars(marks.execution_options(yield_per=1000)):
        yield Refusal(
            id=mark.id,
            at=mark.since,
            holder=mark.holder_hash,
            contact=mark.contact_hash,
            type=mark.type,
            channel=mark.channel,
            state=State.PROHIBITION,
        )
    events = (
        select(PermissionEvent)
        .where(PermissionEvent.at >= since, PermissionEvent.new_state != State.PERMISSION)
        .order_by(PermissionEvent.at, PermissionEvent.id)
    )
    for event in db.session.scalars(events.execution_options(yield_per=1000)):
        yield Refusal(
            id=event.id,
            at=event.at,
            holder=suppression.holder_hash(event.customer_id),
            contact=None,
            type=event.type,
            channel=event.channel,
            state=event.new_state,
        )


def repeat(told: Iterable[Refusal], *, actor: Actor, now: datetime) -> int:
    """Say again what the backup has forgotten; returns how many lines and marks were written.

    What the person has chosen later than the refusal stands.
    """
    with transaction():
        serialise("audit")
        holders = None
        count = 0
        for refusal in sorted(told, key=lambda refusal: refusal.at):
            if refusal.contact is not None:
                count += _mark(refusal)
                continue
            if holders is None:
                holders = {
                    known: whose
                    for whose in everybody()
                    for known in blind_indexes(suppression.HOLDER_COLUMN, str(whose.customer_id))
                }
            whose = holders.get(refusal.holder)
            if whose is None:
                continue
            line = (refusal.type, refusal.channel)
            current = ledger.current_of(whose.customer_id).get(line)
            if current is not None and current.source_on >= refusal.at:
                continue
            word = Word(source=Source.OWN_CHANGE, actor=actor, now=now, said_at=refusal.at)
            count += bool(ledger.write(whose, {line: refusal.state}, word))
        return count


def _mark(refusal: Refusal) -> bool:
    mark = db.session.scalar(
        select(Suppression).where(
            Suppression.contact_hash == refusal.contact,
            Suppression.holder_hash == refusal.holder,
            Suppression.type == refusal.type,
            Suppression.channel == refusal.channel,
        )
    )
    if mark is not None:
        is_newer = mark.since < refusal.at
        mark.since = max(mark.since, refusal.at)
        return is_newer
    db.session.add(
        Suppression(
            contact_hash=refusal.contact,
            holder_hash=refusal.holder,
            type=refusal.type,
            channel=refusal.channel,
            since=refusal.at,
        )
    )
    db.session.flush()
    return True
