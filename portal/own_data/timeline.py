"""Cookie choices and permissions of one person in one order of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.consents import services as consents
from portal.consents.services import Shown
from portal.permissions import services as permissions
from portal.permissions.models import PermissionEvent


@dataclass(frozen=True)
class Moment:
    """One choice; exactly one of the two is there."""

    at: datetime
    cookies: Shown | None = None
    permission: PermissionEvent | None = None


def timeline_of(*, customer_id: int, account_id: int) -> Sequence[Moment]:
    """Everything chosen, newest first."""
    moments = [Moment(choice.given_at, cookies=choice) for choice in consents.choices_of(account_id)]
    moments += [Moment(event.at, permission=event) for event in permissions.history_of(customer_id)]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)
