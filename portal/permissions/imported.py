"""Permissions that another system tells of, many customers at once; never against the person's own word (L36).

In a number of statements that does not grow with the customers. What `contact_point_changed` does for one customer who
moves is done here too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import insert, select, update

from portal.catalogues.sources import Source
from portal.core.audit import Actor
from portal.core.clock import HELSINKI, local_date
from portal.core.crypto import blind_indexes
from portal.core.db import Model, db, random_id, table_of
from portal.permissions import ledger, rules, suppression
from portal.permissions.holders import Holder
from portal.permissions.ledger import LINES, LineKey
from portal.permissions.models import Channel, CurrentPermission, MarketingType, PermissionEvent, State, Suppression
from portal.permissions.rules import Imported, Reason
from portal.permissions.statistics import PermissionCount
from portal.permissions.suppression import Marks
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

    @property
    def line(self) -> LineKey:
        return self.type, self.channel

    @property
    def since(self) -> datetime:
        """A day without a time counts from its beginning."""
        return datetime.combine(self.given_on, time(), HELSINKI)


@dataclass(frozen=True)
class Telling:
    """What is told of one customer: as the customer will be, and was before; None for one that is new."""

    holder: Holder
    told: Sequence[Told]
    before: Holder | None

    @property
    def moved(self) -> frozenset[Channel]:
        """The channels whose contact point becomes another."""
        if self.before is None:
            return frozenset()
        old, new = self.before.contact_points, self.holder.contact_points
        return frozenset(channel for channel in Channel if old.get(channel) != new.get(channel))


@dataclass(frozen=True)
class Change:
    """A line of the ledger to be."""

    told: Told
    old_state: State


@dataclass(frozen=True)
class Decision:
    """What becomes of a telling: the changes, the lines to mark, and how many were kept out by the person's word."""

    telling: Telling
    changes: tuple[Change, ...]
    marks: Mapping[LineKey, datetime]
    kept: int
    holds_permission: bool


def decide(tellings: Sequence[Telling]) -> list[Decision]:
    """Weigh what is told against the register; writes nothing."""
    current = _current([telling.holder.customer_id for telling in tellings if telling.before])
    marks = _marks(tellings)
    return [_decision(telling, current.get(telling.holder.customer_id, {}), marks) for telling in tellings]


def _current(customer_ids: Sequence[int]) -> Mapping[int, Mapping[LineKey, Any]]:
    rows: defaultdict[int, dict[LineKey, Any]] = defaultdict(dict)
    table = table_of(CurrentPermission)
    for row in db.session.execute(select(table).where(table.c.customer_id.in_(customer_ids))):
        rows[row.customer_id][row.type, row.channel] = row
    return rows


def _decision(telling: Telling, current: Mapping[LineKey, Any], marks: Mapping[LineKey, Marks]) -> Decision:
    states = {line: row.state for line, row in current.items()}
    forbidden = _carried(telling, current, marks)
    changes, kept = [], 0
    for told in telling.told:
        row = current.get(told.line)
        spellings = telling.holder.spellings(told.channel)
        is_marked = suppression.suppressed_at(spellings, marks.get(told.line, {})) is not None
        outcome = rules.imported(
            told.state,
            given_on=told.given_on,
            current=row.state if row else State.NONE,
            chosen_on=local_date(row.source_on) if row else None,
            is_suppressed=is_marked or told.line in forbidden,
        )
        kept += outcome is Imported.KEPT
        if outcome is Imported.APPLIED:
            changes.append(Change(told, row.state if row else State.NONE))
            states[told.line] = told.state
            if told.state is State.PROHIBITION:
                forbidden[told.line] = told.since
    return Decision(telling, tuple(changes), forbidden, kept, State.PERMISSION in states.values())


def _carried(
    telling: Telling, current: Mapping[LineKey, Any], marks: Mapping[LineKey, Marks]
) -> dict[LineKey, datetime]:
    """What was forbidden at a contact point that becomes another, and since when: it stays forbidden at the new one."""
    forbidden: dict[LineKey, datetime] = {}
    before = telling.before
    for line in LINES if before is not None and telling.moved else ():
        assert before is not None
        row, channel = current.get(line), line[1]
        if channel not in telling.moved:
            continue
        if row is not None and row.state is State.PROHIBITION:
            forbidden[line] = row.source_on
        elif Reason.SUPPRESSED in ledger.assess(before, channel, row, marks.get(line, {})).reasons:
            since = suppression.suppressed_at(before.spellings(channel), marks.get(line, {}))
            forbidden |= {line: since} if since else {}
    return forbidden


def _hashes(contacts: Iterable[str]) -> set[str]:
    return {
        known
        for contact in contacts
        for known in blind_indexes(suppression.COLUMN, suppression.normal_contact(contact))
    }


def _marks(tellings: Sequence[Telling]) -> Mapping[LineKey, Marks]:
    """The marks on the contact points for which a permission is told, and on those that are left."""
    contacts: set[str] = set()
    for telling in tellings:
        for told in telling.told:
            if told.state is State.PERMISSION:
                contacts.update(telling.holder.spellings(told.channel))
        for channel in telling.moved:
            contacts.update(telling.before.spellings(channel) if telling.before else ())
    marks: defaultdict[LineKey, dict[str, datetime]] = defaultdict(dict)
    for row in _marks_on(_hashes(contacts)):
        of_line = marks[row.type, row.channel]
        of_line[row.contact_hash] = max(row.since, of_line.get(row.contact_hash, row.since))
    return marks


def _marks_on(hashes: Iterable[str]) -> Sequence[Any]:
    if not (wanted := sorted(hashes)):
        return []
    table = table_of(Suppression)
    return db.session.execute(select(table).where(table.c.contact_hash.in_(wanted))).all()


def write(decisions: Sequence[Decision], *, actor: Actor, now: datetime) -> None:
    """Write ledger, current state, marks and counts; in a transaction that holds the lock of the audit trail."""
    _write_marks(decisions)
    events: list[dict[str, Any]] = []
    created: list[dict[str, Any]] = []
    counts: Counter[tuple[Any, ...]] = Counter()
    standing = _current([decision.telling.holder.customer_id for decision in decisions if decision.telling.before])
    for decision in decisions:
        whose, act_id = decision.telling.holder, random_id()
        for change in decision.changes:
            told = change.told
            line = {"customer_id": whose.customer_id, "type": told.type, "channel": told.channel}
            event = {
                "id": random_id(),
                **line,
                "old_state": change.old_state,
                "new_state": told.state,
                "source": told.source,
                "unit": actor.unit,
                "actor_id": actor.account_id,
                "at": now,
                "act_id": act_id,
                "given_on": told.given_on,
            }
            events.append(event)
            state = {"state": told.state, "source": told.source, "source_on": told.since, "is_own_word": False}
            row = standing.get(whose.customer_id, {}).get(told.line)
            if row is None:
                created.append({"id": random_id(), **line, **state})
            else:
                table = table_of(CurrentPermission)
                db.session.execute(update(table).where(table.c.id == row.id).values(state))
            week = monday(local_date(now))
            counts[week, told.type, told.channel, whose.kind, change.old_state, told.state, told.source] += 1
    counts.update(_moved(decisions))
    _insert(PermissionEvent, events)
    _insert(CurrentPermission, created)
    _count(counts)


def _moved(decisions: Sequence[Decision]) -> Counter[tuple[Any, ...]]:
    """Earlier changes of those who have become another kind of holder: they count as what they are now."""
    kinds = {
        telling.holder.customer_id: (telling.before.kind, telling.holder.kind)
        for telling in (decision.telling for decision in decisions)
        if telling.before is not None and telling.before.kind is not telling.holder.kind
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
    for line in LINES:
        if of_line := {key: number for key, number in counts.items() if key[1:3] == line}:
            add_counts(PermissionCount, of_line)


def _write_marks(decisions: Sequence[Decision]) -> None:
    """The marks of the person's word at the contact points as they will be."""
    wanted = {
        (decision.telling.holder.customer_id, line): (spellings[0], since)
        for decision in decisions
        for line, since in decision.marks.items()
        if (spellings := decision.telling.holder.spellings(line[1]))
    }
    known = {
        (row.contact_hash, row.holder_hash, row.type, row.channel): row
        for row in (_marks_on(_hashes({contact for contact, _ in wanted.values()})) if wanted else ())
    }
    new: dict[tuple[Any, ...], dict[str, Any]] = {}
    for (customer_id, (type, channel)), (contact, since) in wanted.items():
        holders = blind_indexes(suppression.HOLDER_COLUMN, str(customer_id))
        rows = [
            row
            for contact_hash in _hashes([contact])
            for holder_hash in holders
            if (row := known.get((contact_hash, holder_hash, type, channel)))
        ]
        if not rows:
            mark = {
                "contact_hash": suppression.contact_hash(contact),
                "holder_hash": suppression.holder_hash(customer_id),
                "type": type,
                "channel": channel,
            }
            new[tuple(mark.values())] = {"id": random_id(), **mark, "since": since}
        elif all(row.since < since for row in rows):  # said again: a word in between does not outweigh it
            table = table_of(Suppression)
            db.session.execute(update(table).where(table.c.id == rows[0].id).values(since=since))
    _insert(Suppression, list(new.values()))


def _insert(model: type[Model], rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(table_of(model)), rows)
