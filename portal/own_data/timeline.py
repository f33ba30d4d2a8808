"""Everything one person has chosen, and the notice it was chosen under, in one order of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from portal.consents import services as consents
from portal.consents.services import Shown
from portal.core.clock import HELSINKI, local_date
from portal.notices import versions
from portal.notices.versions import NoticeVersion
from portal.permissions import services as permissions
from portal.permissions.models import Choice, PermissionEvent
from portal.permissions.rules import STATE_OF_CHOICE

_CHOICE_OF_STATE = {state: choice for choice, state in STATE_OF_CHOICE.items()}


@dataclass(frozen=True)
class Moment:
    """What happened at one time: exactly one of a cookie choice, permissions changed together, or a new notice.

    `notice_of_the_day` is None for what is older than our first published notice. `undo` holds the changes that can
    still be undone, with the choice that brings back what was before. `wording` is what lay before the person, in
    `language`, where it was kept.
    """

    at: datetime
    notice_of_the_day: NoticeVersion | None
    cookies: Shown | None = None
    permissions: Sequence[PermissionEvent] = ()
    notice: NoticeVersion | None = None
    undo: Mapping[int, Choice] | None = None
    wording: str | None = None
    language: str | None = None


def timeline_of(*, customer_id: int, account_id: int) -> Sequence[Moment]:
    """Everything chosen, newest first."""
    moments = [
        Moment(choice.given_at, _notice_of(choice.given_at), cookies=choice)
        for choice in consents.choices_of(account_id)
    ]
    moments += _permission_moments(customer_id)
    return _in_order(moments)


def with_notices(moments: Sequence[Moment], *, today: date) -> Sequence[Moment]:
    """The same with the day on which each published notice came into force."""
    published = [version for version in versions.published() if version.valid_from <= today]
    notices = [
        Moment(datetime.combine(version.valid_from, time(), HELSINKI), version, notice=version) for version in published
    ]
    return _in_order([*moments, *notices])


def _permission_moments(customer_id: int) -> list[Moment]:
    """Changes made in one act stand together. Only the last change of a type and channel can be undone."""
    states = {(line.type, line.channel): line.state for line in permissions.state_of(customer_id)}
    acts = permissions.acts_of(customer_id)
    undo = {
        event.id: _CHOICE_OF_STATE[event.old_state]
        for act in acts
        for event in act.events
        if states.pop((event.type, event.channel), None) is event.new_state
    }
    return [
        Moment(
            act.at,
            _notice_of(act.at),
            permissions=act.events,
            undo=undo,
            wording=act.wording,
            language=act.language,
        )
        for act in acts
    ]


def _notice_of(at: datetime) -> NoticeVersion | None:
    day = local_date(at)
    version = versions.current(day)
    return version if version.valid_from <= day else None


def _in_order(moments: Sequence[Moment]) -> Sequence[Moment]:
    return sorted(moments, key=lambda moment: moment.at, reverse=True)
