"""Permissions that another system tells of, many customers at once; never against the person's own word (L36)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.catalogues.sources import Source
from portal.core.audit import Actor
from portal.core.clock import HELSINKI, local_date
from portal.core.crypto import blind_indexes
from portal.core.db import Model, db, random_id, table_of
from portal.permissions import suppression
from portal.permissions.holders import Holder
from portal.permissions.models import (
    Channel,
    CurrentPermission,
    HolderKind,
    MarketingType,
    PermissionEvent,
    State,
    Suppression,
)
from portal.permissions.statistics import PermissionCount
from portal.publishing.services import monday
from portal.publishing.upsert import add_counts


@dataclass(frozen=True)
class Told:
    """A permission or prohibition as the other system has it; `given_on` is the day on which the person gave it."""

    type: MarketingType
    channel: Channel
    state: State
    given_on: date
    source: Source


@dataclass(frozen=True)
class Telling:
    """What is told of one customer. `holder` is as the customer will be; `old_kind` None for one that is new."""

    holder: Holder
    told: Sequence[Told]
    old_kind: HolderKind | None = None
    has_new_contact: bool = True


@dataclass(frozen=True)
class Change:
    """A line of the ledger to be."""

    told: Told
    old_state: State
    at: datetime


@dataclass(frozen=True)
class Decision:
    """What becomes of a telling: the changes, and how many were kept out by what the person has said."""

    telling: Telling
    changes: tuple[Change, ...]
    kept: int
    holds_permission: bool
    prohibited: tuple[tuple[MarketingType, Channel], ...]


def decide(tellings: Sequence[Telling], *, now: datetime) -> list[Decision]:
    """Weigh what is told against the register; writes nothing.

    A prohibition stays whoever tells of a permission: only the person lifts it. The same goes for a contact point that
    anybody has forbidden. What the person has chosen in this service is overruled by a later word alone.
    """
    current = _current([telling.holder.customer_id for telling in tellings])
    marks = _marks(tellings)
    return [_decision(telling, current.get(telling.holder.customer_id, {}), marks, now=now) for telling in tellings]


Line = tuple[MarketingType, Channel]
Mark = tuple[str, Channel, MarketingType]


def _current(customer_ids: Sequence[int]) -> Mapping[int, Mapping[Line, Any]]:
    rows: dict[int, dict[Line, Any]] = {}
    table = table_of(CurrentPermission)
    for row in db.session.execute(select(table).where(table.c.customer_id.in_(customer_ids))):
        rows.setdefault(row.customer_id, {})[row.type, row.channel] = row
    return rows


def _decision(telling: Telling, current: Mapping[Line, Any], marks: frozenset[Mark], *, now: datetime) -> Decision:
    states = {line: row.state for line, row in current.items()}
    changes, kept = [], 0
    for told in telling.told:
        line = (told.type, told.channel)
        row = current.get(line)
        if row is not None and row.state is told.state:
            continue
        if _is_kept_out(told, row) or (told.state is State.PERMISSION and _is_marked(telling, told, marks)):
            kept += 1
            continue
        changes.append(Change(told, row.state if row else State.NONE, _moment(told, row, now=now)))
        states[line] = told.state
    return Decision(
        telling,
        tuple(changes),
        kept,
        holds_permission=State.PERMISSION in states.values(),
        prohibited=tuple(line for line, state in states.items() if state is State.PROHIBITION),
    )


def _is_kept_out(told: Told, row: Any) -> bool:
    """Whether what stands is the person's word and not to be overruled by this."""
    if row is None:
        return False
    chosen_on = local_date(row.source_on)
    if told.state is State.PERMISSION:
        return row.state is State.PROHIBITION or told.given_on <= chosen_on
    return row.source is Source.OWN_CHANGE and told.given_on < chosen_on


def _moment(told: Told, row: Any, *, now: datetime) -> datetime:
    """When the change took effect: the day it was given, but never before what it replaces."""
    given_at = datetime.combine(told.given_on, time(), HELSINKI)
    return given_at if row is None or given_at > row.source_on else now


def _hashes(contact: str) -> list[str]:
    return blind_indexes(suppression.COLUMN, suppression.normal_contact(contact))


def _marks(tellings: Sequence[Telling]) -> frozenset[Mark]:
    """The marks on any contact point for which a permission is told."""
    contacts = {
        contact
        for telling in tellings
        for told in telling.told
        if told.state is State.PERMISSION and (contact := telling.holder.contact_points.get(told.channel))
    }
    return _marks_on({known for contact in contacts for known in _hashes(contact)})


def _marks_on(hashes: Iterable[str]) -> frozenset[Mark]:
    if not (wanted := sorted(hashes)):
        return frozenset()
    rows = db.session.execute(
        select(Suppression.contact_hash, Suppression.channel, Suppression.type).where(
            Suppression.contact_hash.in_(wanted)
        )
    )
    return frozenset((row.contact_hash, row.channel, row.type) for row in rows)


def _is_marked(telling: Telling, told: Told, marks: frozenset[Mark]) -> bool:
    contact = telling.holder.contact_points.get(told.channel)
    if not marks or contact is None:
        return False
    return any((known, told.channel, told.type) in marks for known in _hashes(contact))


def write(decisions: Sequence[Decision], *, actor: Actor, now: datetime) -> None:
    """Write ledger, current state, marks and counts; inside transaction(), before the audit event of the import."""
    _write_marks(decisions, now=now)
    events: list[dict[str, Any]] = []
    created: list[dict[str, Any]] = []
    counts: Counter[tuple[Any, ...]] = Counter()
    standing = _current([decision.telling.holder.customer_id for decision in decisions if decision.telling.old_kind])
    for decision in decisions:
        whose = decision.telling.holder
        for change in decision.changes:
            told = change.told
            events.append(
                {
                    "id": random_id(),
                    "customer_id": whose.customer_id,
                    "type": told.type,
                    "channel": told.channel,
                    "old_state": change.old_state,
                    "new_state": told.state,
                    "source": told.source,
                    "unit": actor.unit,
                    "actor_id": actor.account_id,
                    "at": change.at,
                }
            )
            state = {"state": told.state, "source": told.source, "source_on": change.at}
            row = standing.get(whose.customer_id, {}).get((told.type, told.channel))
            if row is None:
                line = {"customer_id": whose.customer_id, "type": told.type, "channel": told.channel}
                created.append({"id": random_id(), **line, **state})
            else:
                table = table_of(CurrentPermission)
                db.session.execute(update(table).where(table.c.id == row.id).values(state))
            week = monday(local_date(change.at))
            counts[week, told.type, told.channel, whose.kind, change.old_state, told.state, told.source] += 1
    counts.update(_moved(decisions))
    _insert(PermissionEvent, events)
    _insert(CurrentPermission, created)
    _count(counts)


def _moved(decisions: Sequence[Decision]) -> Counter[tuple[Any, ...]]:
    """Earlier changes of those who have become another kind of holder: they count as what they are now."""
    kinds = {
        decision.telling.holder.customer_id: (decision.telling.old_kind, decision.telling.holder.kind)
        for decision in decisions
        if decision.telling.old_kind not in (None, decision.telling.holder.kind)
    }
    counts: Counter[tuple[Any, ...]] = Counter()
    if kinds:
        table = table_of(PermissionEvent)
        for event in db.session.execute(select(table).where(table.c.customer_id.in_(kinds))):
            old_kind, kind = kinds[event.customer_id]
            week = monday(local_date(event.at))
            for holder_kind, number in ((old_kind, -1), (kind, 1)):
                counts[
                    week, event.type, event.channel, holder_kind, event.old_state, event.new_state, event.source
                ] += number
    return counts


def _count(counts: Mapping[tuple[Any, ...], int]) -> None:
    """By type and channel in the order in which a customer's own choices take these rows: two writers never cross."""
    for type in MarketingType:
        for channel in Channel:
            if of_line := {key: number for key, number in counts.items() if key[1:3] == (type, channel)}:
                add_counts(PermissionCount, of_line)


def _write_marks(decisions: Sequence[Decision], *, now: datetime) -> None:
    """A mark for every new prohibition, and for every standing one whose contact point is new."""
    wanted: dict[Mark, str] = {}
    for decision in decisions:
        told = {(change.told.type, change.told.channel) for change in decision.changes}
        for type, channel in decision.prohibited:
            contact = decision.telling.holder.contact_points.get(channel)
            if contact and (decision.telling.has_new_contact or (type, channel) in told):
                wanted[suppression.contact_hash(contact), channel, type] = contact
    if not wanted:
        return
    known = _marks_on({known for contact in set(wanted.values()) for known in _hashes(contact)})
    rows = [
        {"id": random_id(), "contact_hash": contact_hash, "channel": channel, "type": type, "since": now}
        for (contact_hash, channel, type), contact in sorted(wanted.items())
        if not any((other, channel, type) in known for other in _hashes(contact))
    ]
    if rows:
        made = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
        # somebody else who shares the contact point may be adding the mark at this moment
        db.session.execute(made(table_of(Suppression)).on_conflict_do_nothing(), rows)


def _insert(model: type[Model], rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(table_of(model)), rows)
