"""The ledger of permissions: reading it, and writing a change with everything that belongs to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Protocol, TypeAlias, cast

from sqlalchemy import delete, select, update

from portal.catalogues.sources import Source
from portal.consents import ledger as texts
from portal.consents.ledger import ShownText
from portal.consents.models import ConsentText
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import HELSINKI, local_date
from portal.core.db import db, random_id
from portal.permissions import statistics, suppression
from portal.permissions.holders import Holder
from portal.permissions.models import Channel, CurrentPermission, MarketingType, PermissionEvent, State
from portal.permissions.rules import Assessment, Facts, assessment
from portal.permissions.suppression import Marks

LineKey: TypeAlias = tuple[MarketingType, Channel]

LINES: tuple[LineKey, ...] = tuple((type, channel) for type in MarketingType for channel in Channel)


@dataclass(frozen=True, kw_only=True)
class Word:
    """Who changes something, on what ground and when; `said_at` or `given_on` when the word itself is older.

    `shown` is what the person had before them, `is_own` whether they said it themself, signed in. What is written
    with one word, or with one derived from it, is one act.
    """

    source: Source
    actor: Actor
    now: datetime
    is_own: bool = False
    given_on: date | None = None
    said_at: datetime | None = None
    shown: ShownText | None = None
    case: str | None = None
    act_id: int = field(default_factory=random_id)

    @property
    def since(self) -> datetime:
        """When it was said: a day without a time counts from its beginning."""
        if self.given_on is not None:
            return datetime.combine(self.given_on, time(), HELSINKI)
        return self.said_at or self.now


def current_of(customer_id: int) -> dict[LineKey, CurrentPermission]:
    rows = db.session.scalars(select(CurrentPermission).where(CurrentPermission.customer_id == customer_id))
    return {(row.type, row.channel): row for row in rows}


class Standing(Protocol):
    """What the rule reads of a current state."""

    state: State
    source_on: datetime
    is_own_word: bool


def current_on(line: LineKey) -> dict[int, Standing]:
    """Everybody's state of one line, by customer."""
    type, channel = line
    row = CurrentPermission
    rows = db.session.execute(
        select(row.customer_id, row.state, row.source_on, row.is_own_word)
        .where(row.type == type, row.channel == channel)
        .execution_options(yield_per=1000)
    )
    return {found.customer_id: cast(Standing, found) for found in rows}


def state_in(current: Mapping[LineKey, CurrentPermission], line: LineKey) -> State:
    return current[line].state if line in current else State.NONE


def assess(whose: Holder, channel: Channel, row: Standing | None, marks: Marks) -> Assessment:
    """The one rule, for one person's line: pages, decisions and lists all ask here."""
    spellings = whose.spellings(channel)
    facts = Facts(
        channel=channel,
        kind=whose.kind,
        state=row.state if row else State.NONE,
        since=row.source_on if row else None,
        is_own_word=row.is_own_word if row else False,
        suppressed_at=suppression.suppressed_at(spellings, marks),
        has_contact_point=bool(spellings),
        is_protected=whose.is_protected,
        has_contract_ended=whose.has_contract_ended,
        is_restricted=channel in whose.restricted,
    )
    return assessment(facts)


def history_of(customer_id: int) -> Sequence[PermissionEvent]:
    """Every change, newest first, those of one act together (R114)."""
    return db.session.scalars(
        select(PermissionEvent)
        .where(PermissionEvent.customer_id == customer_id)
        .order_by(PermissionEvent.at.desc(), PermissionEvent.act_id, PermissionEvent.type, PermissionEvent.channel)
    ).all()


@dataclass(frozen=True)
class Act:
    """What was changed at once, with the words that were shown, in the language they were shown in."""

    id: int
    at: datetime
    events: Sequence[PermissionEvent]
    wording: str | None
    language: str | None

    @property
    def new_state(self) -> State | None:
        """What all its lines became; None when they differ."""
        states = {event.new_state for event in self.events}
        return next(iter(states)) if len(states) == 1 else None


def acts_of(customer_id: int) -> list[Act]:
    """The history act by act, newest first."""
    acts: dict[int, list[PermissionEvent]] = {}
    for event in history_of(customer_id):
        acts.setdefault(event.act_id, []).append(event)
    wordings = wordings_of(events[0] for events in acts.values())
    return [
        Act(
            id=act_id,
            at=events[0].at,
            events=sorted(events, key=lambda event: LINES.index((event.type, event.channel))),
            wording=wordings.get(events[0].wording_sha256 or ""),
            language=events[0].wording_language,
        )
        for act_id, events in acts.items()
    ]


def wordings_of(events: Iterable[PermissionEvent]) -> dict[str, str]:
    """The words that were shown, by their hash."""
    hashes = {event.wording_sha256 for event in events if event.wording_sha256}
    kept = db.session.execute(select(ConsentText.sha256, ConsentText.body).where(ConsentText.sha256.in_(hashes)))
    return {sha256: body.decode() for sha256, body in kept}


def write(
    whose: Holder, wanted: Mapping[LineKey, State], word: Word, *, confirms: bool = False
) -> Sequence[PermissionEvent]:
    """Bring lines to the states wanted: ledger, current state, marks, statistics and audit in the running transaction.

    Lines that are so already are left out, unless the person `confirms` a permission. Prohibitions mark the contact
    points even where the state was a prohibition already.
    """
    current = current_of(whose.customer_id)
    _mark(whose, wanted, word)
    changed = {
        line: state
        for line, state in wanted.items()
        if state is not state_in(current, line) or (confirms and state is State.PERMISSION)
    }
    if not changed:
        return []
    if word.shown:
        texts.keep([word.shown])
        db.session.flush()
    events = [_event(whose, line, state_in(current, line), state, word) for line, state in changed.items()]
    db.session.add_all(events)
    for event in events:
        _set_current(whose, event, current.get((event.type, event.channel)), word)
        statistics.count_change(
            type=event.type,
            channel=event.channel,
            kind=whose.kind,
            old_state=event.old_state,
            new_state=event.new_state,
            source=event.source,
            on=local_date(word.now),
        )
    for state in dict.fromkeys(changed.values()):
        audit.record(
            AuditAction.PERMISSION_CHANGED,
            actor=word.actor,
            now=word.now,
            subject=whose.customer_id,
            case=word.case,
            object=f"customer:{whose.customer_id}",
            purpose=state,
        )
    return events


def _mark(whose: Holder, wanted: Mapping[LineKey, State], word: Word) -> None:
    for channel in Channel:
        forbidden = [type for type, of in wanted if of is channel and wanted[type, of] is State.PROHIBITION]
        if forbidden:
            mark_contact(whose, channel, forbidden, since=word.since)
    for (type, channel), state in wanted.items():
        if word.is_own and state is not State.PROHIBITION:
            suppression.lift(whose.customer_id, type=type, channel=channel)


def mark_contact(whose: Holder, channel: Channel, types: Iterable[MarketingType], *, since: datetime) -> None:
    """Forbid the holder's contact point in a channel on their word, when there is one."""
    if contact := whose.contact_points.get(channel):
        suppression.suppress(contact, types=types, channel=channel, now=since, customer_id=whose.customer_id)


def _event(whose: Holder, line: LineKey, old_state: State, new_state: State, word: Word) -> PermissionEvent:
    type, channel = line
    return PermissionEvent(
        id=random_id(),
        customer_id=whose.customer_id,
        type=type,
        channel=channel,
        old_state=old_state,
        new_state=new_state,
        source=word.source,
        unit=word.actor.unit,
        actor_id=word.actor.account_id,
        at=word.now,
        act_id=word.act_id,
        given_on=word.given_on,
        wording_sha256=word.shown.sha256 if word.shown else None,
        wording_language=word.shown.language if word.shown else None,
    )


def _set_current(whose: Holder, event: PermissionEvent, row: CurrentPermission | None, word: Word) -> None:
    if row is None:
        row = CurrentPermission(customer_id=whose.customer_id, type=event.type, channel=event.channel)
        db.session.add(row)
    row.state, row.source, row.source_on = event.new_state, event.source, word.since
    row.is_own_word = word.is_own and event.new_state is State.PERMISSION


def hand_over(from_id: int, to_id: int) -> None:
    """Give the history of one record of a person to another; its current state must be closed."""
    db.session.execute(update(PermissionEvent).where(PermissionEvent.customer_id == from_id).values(customer_id=to_id))
    db.session.execute(delete(CurrentPermission).where(CurrentPermission.customer_id == from_id))


def remove(whose: Holder, *, on: date) -> None:
    """Take a person out of the ledger and of the figures."""
    for (type, channel), row in current_of(whose.customer_id).items():
        if row.state is not State.NONE:
            statistics.count_change(
                type=type,
                channel=channel,
                kind=whose.kind,
                old_state=row.state,
                new_state=State.NONE,
                source=row.source,
                on=on,
            )
    for table in (PermissionEvent, CurrentPermission):
        db.session.execute(delete(table).where(table.customer_id == whose.customer_id))
