"""Reading and changing permissions; a prohibition is in force when its transaction commits (L27).

Every writing function takes the lock of the audit trail first: with one lock for ledger, marks and trail no two
orders of locks can meet.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.catalogues.sources import Source
from portal.consents.ledger import ShownText
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.db import random_id, serialise, transaction
from portal.core.errors import Forbidden, NotFound
from portal.core.roles import Role
from portal.permissions import ledger, rules, suppression
from portal.permissions.holders import Holder, everybody, holder
from portal.permissions.ledger import LINES, LineKey, Word, current_of, state_in
from portal.permissions.models import Channel, Choice, CurrentPermission, MarketingType, PermissionEvent, State
from portal.permissions.opt_out_links import OptOutLink, link_to
from portal.permissions.rules import SAME_CONTACT, STATE_OF_CHOICE, Assessment, Reason


@dataclass(frozen=True)
class Line:
    """One type and channel as it stands; `since` is None while the default by law holds, which `default` names.

    `contact` is the contact point that would be used.
    """

    type: MarketingType
    channel: Channel
    state: State
    default: Reason
    contact: str | None
    assessment: Assessment
    source: Source | None
    since: datetime | None

    @property
    def is_allowed(self) -> bool:
        return self.assessment.is_allowed

    @property
    def is_suppressed(self) -> bool:
        """Somebody has forbidden the contact point, and the person has not opened it for themself since."""
        return Reason.SUPPRESSED in self.assessment.reasons


def state_of(customer_id: int) -> list[Line]:
    """All types and channels of a customer, in the order of the enums; raises NotFound."""
    return _lines(holder(customer_id))


def _lines(whose: Holder) -> list[Line]:
    rows = current_of(whose.customer_id)
    marks = suppression.marks_on(whose)
    return [_line(whose, line, rows.get(line), marks.get(line, {})) for line in LINES]


def _line(whose: Holder, line: LineKey, row: CurrentPermission | None, marks: suppression.Marks) -> Line:
    type, channel = line
    return Line(
        type=type,
        channel=channel,
        state=row.state if row else State.NONE,
        default=rules.default_by_law(kind=whose.kind, channel=channel),
        contact=whose.contact_points.get(channel),
        assessment=ledger.assess(whose, channel, row, marks),
        source=row.source if row else None,
        since=row.source_on if row else None,
    )


def may_contact(*, customer_id: int, type: MarketingType, channel: Channel) -> bool:
    """Whether the customer may be contacted so; raises NotFound."""
    return next(line for line in state_of(customer_id) if (line.type, line.channel) == (type, channel)).is_allowed


def allowed(*, type: MarketingType, channel: Channel) -> Mapping[int, OptOutLink]:
    """All who may be contacted so, by row id, each with the link that their message must carry.

    The same rule as `may_contact`, for everybody at once.
    """
    marks = suppression.marks_of(type=type, channel=channel)
    rows = ledger.current_on((type, channel))
    return {
        whose.customer_id: link_to(
            customer_id=whose.customer_id, channel=channel, contact=whose.contact_points[channel]
        )
        for whose in everybody()
        if ledger.assess(whose, channel, rows.get(whose.customer_id), marks).is_allowed
    }


def history_of(customer_id: int) -> Sequence[PermissionEvent]:
    """Every change, newest first, those of one act together (R114)."""
    return ledger.history_of(customer_id)


def acts_of(customer_id: int) -> Sequence[ledger.Act]:
    """The same act by act, with the words that were shown."""
    return ledger.acts_of(customer_id)


def choose(
    *,
    customer_id: int,
    type: MarketingType,
    channel: Channel,
    choice: Choice,
    source: Source,
    actor: Actor,
    now: datetime,
    shown: ShownText | None = None,
) -> Sequence[PermissionEvent]:
    """Make one choice; returns what it changed. Raises NotFound, or Forbidden when somebody else would allow what
    only the person can: a permission, or the end of a prohibition."""
    with transaction():
        serialise("audit")
        whose = holder(customer_id)
        wanted = STATE_OF_CHOICE[choice]
        row = current_of(customer_id).get((type, channel))
        word = Word(source=source, actor=actor, now=now, shown=shown, is_own=_is_the_person(actor, customer_id))
        is_lifting = row is not None and row.state is State.PROHIBITION and wanted is not State.PROHIBITION
        if (is_lifting or wanted is State.PERMISSION) and not word.is_own:
            raise Forbidden
        marks = suppression.marks_on(whose).get((type, channel), {})
        is_blocked = _line(whose, (type, channel), row, marks).is_suppressed
        return ledger.write(whose, {(type, channel): wanted}, word, confirms=is_blocked)


def _is_the_person(actor: Actor, customer_id: int) -> bool:
    return actor.role is Role.CUSTOMER and actor.customer_id == customer_id


def forbid_all(
    *,
    customer_id: int,
    source: Source,
    actor: Actor,
    now: datetime,
    channels: Iterable[Channel] = tuple(Channel),
    case: str | None = None,
    shown: ShownText | None = None,
) -> Sequence[PermissionEvent]:
    """Forbid every type in the channels given, from this moment; returns what changed (L27).

    The contact points are marked even where the state was a prohibition already. Raises NotFound.
    """
    with transaction():
        serialise("audit")
        wanted = {(type, channel): State.PROHIBITION for channel in channels for type in MarketingType}
        word = Word(source=source, actor=actor, now=now, case=case, shown=shown)
        return ledger.write(holder(customer_id), wanted, word)


def forbid_contact(contact: str, *, channels: Iterable[Channel], now: datetime) -> None:
    """Forbid a contact point, whoever it belongs to now or later."""
    with transaction():
        serialise("audit")
        for channel in channels:
            suppression.suppress(contact, types=MarketingType, channel=channel, now=now)


def forbid_linked_contact(link: OptOutLink, *, channels: Iterable[Channel], actor: Actor, now: datetime) -> bool:
    """Forbid the contact point that a message with this link was sent to, in those of the channels that it serves.

    Returns whether the customer is still there, whose own permissions are then to be forbidden too.
    """
    with transaction():
        serialise("audit")
        try:
            is_there = bool(holder(link.customer_id))
        except NotFound:
            is_there = False
        for channel in SAME_CONTACT[link.channel]:
            if channel in channels:
                owner = link.customer_id if is_there else None
                suppression.suppress_hash(
                    link.contact_hash, types=MarketingType, channel=channel, now=now, customer_id=owner
                )
        if not is_there:
            audit.record(
                AuditAction.PERMISSION_CHANGED, actor=actor, now=now, object="suppression", purpose=State.PROHIBITION
            )
        return is_there


def undo(
    *, customer_id: int, act: str, source: Source, actor: Actor, now: datetime, shown: ShownText | None = None
) -> Sequence[PermissionEvent]:
    """Bring the lines of one act back to what they were, where nothing has changed them since.

    Returns what changed. Raises NotFound, and Forbidden for anybody but the person.
    """
    with transaction():
        serialise("audit")
        whose = holder(customer_id)
        if not _is_the_person(actor, customer_id):
            raise Forbidden
        wanted = {(event.type, event.channel): event.old_state for event in _undoable(customer_id, act)}
        word = Word(source=source, actor=actor, now=now, shown=shown, is_own=True)
        return ledger.write(whose, wanted, word)


def _undoable(customer_id: int, act: str) -> list[PermissionEvent]:
    history = history_of(customer_id)
    changed = [event for event in history if str(event.act_id) == act]
    if not changed:
        raise NotFound
    current = current_of(customer_id)
    changed_since = {(event.type, event.channel) for event in history if event.at > changed[0].at}
    return [
        event
        for event in changed
        if (line := (event.type, event.channel)) not in changed_since and state_in(current, line) is event.new_state
    ]


def contact_point_changed(customer_id: int, *, before: Holder) -> None:
    """What was forbidden stays forbidden at the new contact points; call it in the transaction that changes them.

    `before` is the `holder` as it was. That goes for what was known by a mark alone too: we cannot tell whether it was
    this person who said no.
    """
    with transaction():
        serialise("audit")
        after = holder(customer_id)
        moved = [
            channel for channel in Channel if after.contact_points.get(channel) != before.contact_points.get(channel)
        ]
        for line, since in _forbidden(before).items():
            if line[1] in moved:
                ledger.mark_contact(after, line[1], [line[0]], since=since)


def _forbidden(whose: Holder) -> dict[LineKey, datetime]:
    """The lines that somebody's no stands in the way of, and since when."""
    rows = current_of(whose.customer_id)
    marks = suppression.marks_on(whose)
    found: dict[LineKey, datetime] = {}
    for line in LINES:
        row = rows.get(line)
        reasons = ledger.assess(whose, line[1], row, marks.get(line, {})).reasons
        if row is not None and row.state is State.PROHIBITION:
            found[line] = row.source_on
        elif Reason.SUPPRESSED in reasons and (since := _suppressed_at(whose, line[1], marks[line])):
            found[line] = since
    return found


def _suppressed_at(whose: Holder, channel: Channel, marks: suppression.Marks) -> datetime | None:
    return suppression.suppressed_at(whose.spellings(channel), marks)


def merge(*, absorbed_id: int, survivor_id: int, actor: Actor, now: datetime) -> None:
    """Give the ledger of one record of a person to the other, before the first one is removed: the strictest wins.

    Raises NotFound.
    """
    with transaction():
        serialise("audit")
        absorbed, survivor = holder(absorbed_id), holder(survivor_id)
        theirs, ours = current_of(absorbed_id), current_of(survivor_id)
        forbidden = _forbidden(absorbed)
        act_id = random_id()
        for line, row in theirs.items():
            states = {row.state, ours[line].state} if line in ours else {row.state}
            if rules.merged(states) is row.state:
                _take_over(survivor, row, actor=actor, now=now, act_id=act_id)
            closing = Word(source=row.source, actor=actor, now=now, act_id=act_id)
            ledger.write(absorbed, {line: State.NONE}, closing)
        ledger.hand_over(absorbed_id, survivor_id)
        suppression.leave_to(survivor_id, marks_of=absorbed_id)
        for (type, channel), since in forbidden.items():
            ledger.mark_contact(survivor, channel, [type], since=since)


def _take_over(survivor: Holder, row: CurrentPermission, *, actor: Actor, now: datetime, act_id: int) -> None:
    word = Word(source=row.source, actor=actor, now=now, said_at=row.source_on, act_id=act_id)
    if ledger.write(survivor, {(row.type, row.channel): row.state}, word):
        current_of(survivor.customer_id)[row.type, row.channel].is_own_word = row.is_own_word


def forget(customer_id: int, *, now: datetime, forbids_all: bool = False) -> None:
    """Leave nothing of a customer who is about to be erased but the marks of what was forbidden, now nobody's.

    `forbids_all` for who asked to be erased: nothing may be sent there, wherever the address comes from later.
    Raises NotFound.
    """
    with transaction():
        serialise("audit")
        whose = holder(customer_id)
        for (type, channel), since in _forbidden(whose).items():
            ledger.mark_contact(whose, channel, [type], since=since)
        if forbids_all:
            for channel in Channel:
                ledger.mark_contact(whose, channel, MarketingType, since=now)
        ledger.remove(whose, on=local_date(now))
        suppression.leave_to(None, marks_of=customer_id)
