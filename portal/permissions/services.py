"""Reading and changing permissions; a prohibition is in force when its transaction commits (L27)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.catalogues.sources import Source
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.db import db, random_id, serialise, transaction
from portal.permissions import statistics, suppression
from portal.permissions.holders import Holder, holder
from portal.permissions.models import (
    Channel,
    Choice,
    CurrentPermission,
    HolderKind,
    MarketingType,
    PermissionEvent,
    State,
)
from portal.permissions.rules import STATE_OF_CHOICE, is_allowed


@dataclass(frozen=True)
class Line:
    """One type and channel as it stands; `since` is None while the default by law holds."""

    type: MarketingType
    channel: Channel
    state: State
    is_allowed: bool
    source: Source | None
    since: datetime | None


def state_of(customer_id: int) -> list[Line]:
    """All types and channels of a customer, in the order of the enums; raises NotFound."""
    return _lines(holder(customer_id))


def _lines(whose: Holder) -> list[Line]:
    rows = _current(whose.customer_id)
    return [
        _line(type, channel, rows.get((type, channel)), whose.kind) for type in MarketingType for channel in Channel
    ]


def _line(type: MarketingType, channel: Channel, row: CurrentPermission | None, kind: HolderKind) -> Line:
    state = row.state if row else State.NONE
    return Line(
        type=type,
        channel=channel,
        state=state,
        is_allowed=is_allowed(state, kind=kind, channel=channel),
        source=row.source if row else None,
        since=row.source_on if row else None,
    )


def _current(customer_id: int) -> Mapping[tuple[MarketingType, Channel], CurrentPermission]:
    rows = db.session.scalars(select(CurrentPermission).where(CurrentPermission.customer_id == customer_id))
    return {(row.type, row.channel): row for row in rows}


def history_of(customer_id: int) -> Sequence[PermissionEvent]:
    """Every change, newest first (R114)."""
    return db.session.scalars(
        select(PermissionEvent)
        .where(PermissionEvent.customer_id == customer_id)
        .order_by(PermissionEvent.at.desc(), PermissionEvent.type, PermissionEvent.channel)
    ).all()


def may_contact(*, customer_id: int, type: MarketingType, channel: Channel) -> bool:
    """Whether the customer may be contacted so; raises NotFound."""
    whose = holder(customer_id)
    row = _current(customer_id).get((type, channel))
    contact = whose.contact_points.get(channel)
    if contact is None or not _line(type, channel, row, whose.kind).is_allowed:
        return False
    return not suppression.is_suppressed(contact, type=type, channel=channel)


def choose(
    *,
    customer_id: int,
    type: MarketingType,
    channel: Channel,
    choice: Choice,
    source: Source,
    actor: Actor,
    now: datetime,
) -> bool:
    """Make one choice; True when it changed something. Raises NotFound."""
    with transaction():
        serialise(f"permissions.{customer_id}")
        whose = holder(customer_id)
        new_state = STATE_OF_CHOICE[choice]
        if contact := whose.contact_points.get(channel):
            if new_state is State.PROHIBITION:
                suppression.suppress(contact, types=[type], channel=channel, now=now)
            else:
                suppression.lift(contact, type=type, channel=channel)
        return bool(_change(whose, [(type, channel)], new_state, source=source, actor=actor, now=now))


def forbid_all(
    *,
    customer_id: int,
    source: Source,
    actor: Actor,
    now: datetime,
    channels: Iterable[Channel] = tuple(Channel),
    case: str | None = None,
) -> int:
    """Forbid direct marketing of every type in the channels given; returns how many lines changed (L27).

    The contact points are suppressed even where the state was a prohibition already. Raises NotFound.
    """
    with transaction():
        serialise(f"permissions.{customer_id}")
        whose = holder(customer_id)
        channels = list(channels)
        # Marks before the ledger: everybody who writes marks takes them before the audit trail's lock.
        for channel in channels:
            if contact := whose.contact_points.get(channel):
                suppression.suppress(contact, types=MarketingType, channel=channel, now=now)
        lines = [(type, channel) for type in MarketingType for channel in channels]
        return _change(whose, lines, State.PROHIBITION, source=source, actor=actor, now=now, case=case)


def _change(
    whose: Holder,
    lines: Iterable[tuple[MarketingType, Channel]],
    new_state: State,
    *,
    source: Source,
    actor: Actor,
    now: datetime,
    case: str | None = None,
) -> int:
    """Write ledger, current state, statistics and audit of the lines whose state is another."""
    current = _current(whose.customer_id)
    changed = 0
    for type, channel in lines:
        row = current.get((type, channel))
        old_state = row.state if row else State.NONE
        if old_state is new_state:
            continue
        changed += 1
        event = PermissionEvent(
            id=random_id(),
            customer_id=whose.customer_id,
            type=type,
            channel=channel,
            old_state=old_state,
            new_state=new_state,
            source=source,
            unit=actor.unit,
            actor_id=actor.account_id,
            at=now,
        )
        if row is None:
            row = CurrentPermission(customer_id=whose.customer_id, type=type, channel=channel)
            db.session.add(row)
        row.state, row.source, row.source_on = new_state, source, now
        db.session.add(event)
        statistics.count_change(
            type=type,
            channel=channel,
            kind=whose.kind,
            old_state=old_state,
            new_state=new_state,
            source=source,
            on=local_date(now),
        )
    if changed:
        audit.record(
            AuditAction.PERMISSION_CHANGED,
            actor=actor,
            now=now,
            subject=whose.customer_id,
            case=case,
            object=f"customer:{whose.customer_id}",
            purpose=new_state,
        )
    return changed
