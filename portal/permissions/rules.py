"""What holds when nobody has chosen, and what a choice makes of it (L31-L33): pure functions."""

from portal.permissions.models import Channel, Choice, HolderKind, State

# Prior consent is needed here (917/2014 section 200, subsection 1).
CONSENT_CHANNELS = frozenset({Channel.EMAIL, Channel.SMS})

STATE_OF_CHOICE = {
    Choice.ALLOW: State.PERMISSION,
    Choice.FORBID: State.PROHIBITION,
    Choice.WITHDRAW: State.NONE,
}


def is_allowed_by_default(*, kind: HolderKind, channel: Channel) -> bool:
    """Organisations until forbidden, potential customers never, others by post and phone until forbidden."""
    match kind:
        case HolderKind.LEGAL:
            return True
        case HolderKind.POTENTIAL:
            return False
        case HolderKind.NATURAL:
            return channel not in CONSENT_CHANNELS


def is_allowed(state: State, *, kind: HolderKind, channel: Channel) -> bool:
    """Whether the contact is allowed in this state, defaults included."""
    match state:
        case State.PERMISSION:
            return True
        case State.PROHIBITION:
            return False
        case State.NONE:
            return is_allowed_by_default(kind=kind, channel=channel)
