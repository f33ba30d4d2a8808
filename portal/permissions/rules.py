"""May this person be contacted so, and why: the one rule, and what outweighs what when words meet (L31-L36). Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from portal.permissions.models import Channel, Choice, HolderKind, State

# Prior consent is needed here (917/2014 section 200, subsection 1).
CONSENT_CHANNELS = frozenset({Channel.EMAIL, Channel.SMS})

# A phone number is called and sent messages to; other contact points serve one channel.
SAME_CONTACT = {
    Channel.POST: (Channel.POST,),
    Channel.PHONE: (Channel.PHONE, Channel.SMS),
    Channel.EMAIL: (Channel.EMAIL,),
    Channel.SMS: (Channel.PHONE, Channel.SMS),
}

STATE_OF_CHOICE = {
    Choice.ALLOW: State.PERMISSION,
    Choice.FORBID: State.PROHIBITION,
    Choice.WITHDRAW: State.NONE,
}


class Reason(StrEnum):
    """Why somebody may be contacted (the first three) or may not."""

    PERMISSION = "permission"
    ALLOWED_BY_LAW = "allowed-by-law"
    ORGANISATION = "organisation"
    PROHIBITION = "prohibition"
    SUPPRESSED = "suppressed"
    PERMISSION_NEEDED = "permission-needed"
    POTENTIAL_CUSTOMER = "potential-customer"
    CONTRACT_ENDED = "contract-ended"
    PROTECTED_ADDRESS = "protected-address"
    RESTRICTED = "restricted"
    NO_CONTACT_POINT = "no-contact-point"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What decides about one type in one channel.

    `suppressed_at` is when somebody last forbade this use of the contact point, whoever it was.
    """

    channel: Channel
    kind: HolderKind
    state: State = State.NONE
    since: datetime | None = None
    is_own_word: bool = False
    suppressed_at: datetime | None = None
    has_contact_point: bool = True
    is_protected: bool = False
    has_contract_ended: bool = False
    is_restricted: bool = False


@dataclass(frozen=True)
class Assessment:
    """The answer: what it rests on, or everything that stands in the way."""

    is_allowed: bool
    reasons: tuple[Reason, ...]


def assessment(facts: Facts) -> Assessment:
    """Whether the person may be contacted so, for every list and every page alike."""
    ground = _ground(facts)
    obstacles = [] if ground in GROUNDS else [ground]
    if _is_suppressed(facts):
        obstacles.append(Reason.SUPPRESSED)
    if facts.has_contract_ended:
        obstacles.append(Reason.CONTRACT_ENDED)
    if facts.channel is Channel.POST and facts.is_protected:
        obstacles.append(Reason.PROTECTED_ADDRESS)  # never handed out (L40)
    if facts.is_restricted:
        obstacles.append(Reason.RESTRICTED)  # contested, or kept but not used (GDPR article 18)
    if not facts.has_contact_point:
        obstacles.append(Reason.NO_CONTACT_POINT)
    return Assessment(False, tuple(obstacles)) if obstacles else Assessment(True, (ground,))


GROUNDS = frozenset({Reason.PERMISSION, Reason.ALLOWED_BY_LAW, Reason.ORGANISATION})


def _ground(facts: Facts) -> Reason:
    match facts.state:
        case State.PERMISSION:
            return Reason.PERMISSION
        case State.PROHIBITION:
            return Reason.PROHIBITION
        case State.NONE:
            return default_by_law(kind=facts.kind, channel=facts.channel)


def default_by_law(*, kind: HolderKind, channel: Channel) -> Reason:
    """What holds without a choice: organisations until they forbid, potential customers never (R60), others by post
    and phone until they forbid (200 and 202 §)."""
    match kind:
        case HolderKind.LEGAL:
            return Reason.ORGANISATION
        case HolderKind.POTENTIAL:
            return Reason.POTENTIAL_CUSTOMER
        case HolderKind.NATURAL:
            return Reason.PERMISSION_NEEDED if channel in CONSENT_CHANNELS else Reason.ALLOWED_BY_LAW


def _is_suppressed(facts: Facts) -> bool:
    """Only one's own later permission opens a contact point that somebody has forbidden; and only for oneself."""
    if facts.suppressed_at is None or facts.state is State.PROHIBITION:
        return False
    is_own_permission = facts.state is State.PERMISSION and facts.is_own_word
    return not (is_own_permission and facts.since is not None and facts.since >= facts.suppressed_at)


class Imported(StrEnum):
    """What became of a permission or prohibition that another system knows of."""

    APPLIED = "applied"
    KEPT = "kept"  # what the person has said here outweighs it
    UNCHANGED = "unchanged"


def imported(new: State, *, given_on: date, current: State, chosen_on: date | None, is_suppressed: bool) -> Imported:
    """Whether a state given on that day elsewhere takes the place of the current one, chosen on `chosen_on`.

    A prohibition or a forbidden contact point is never lifted so: only the person does that. On the same day, where
    nobody knows which came first, the stricter one holds.
    """
    if new is current:
        return Imported.UNCHANGED
    if new is State.PERMISSION:
        is_withdrawn_since = chosen_on is not None and given_on <= chosen_on
        is_refused = current is State.PROHIBITION or is_suppressed or is_withdrawn_since
        return Imported.KEPT if is_refused else Imported.APPLIED
    return Imported.KEPT if chosen_on is not None and given_on < chosen_on else Imported.APPLIED


def merged(states: Collection[State]) -> State:
    """The strictest of what several records of one person hold.

    A permission was given by the person wherever it stands, unless another record holds that it was taken back.
    """
    return next((state for state in (State.PROHIBITION, State.NONE, State.PERMISSION) if state in states), State.NONE)
