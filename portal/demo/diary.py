"""What the invented people did here, told as dated entries and played in order of time through the services."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import TypeAlias

from portal.accounts import directory
from portal.core.audit import Actor
from portal.core.clock import HELSINKI
from portal.demo.drawing import Drawing
from portal.subject_requests.deadlines import previous_working_day

# An entry's act is given its moment.
Act: TypeAlias = Callable[[datetime], object]
Entry: TypeAlias = tuple[datetime, Act]


@dataclass(frozen=True)
class Cast:
    """Who takes part: the first customers as they were drawn, by index, and the demo sign-ins by name."""

    today: date
    drawn: Mapping[int, Drawing]

    def id(self, index: int) -> int:
        return self.drawn[index].customer.id

    def actor(self, username: str) -> Actor:
        account = directory.by_username(username)
        if account is None:
            raise LookupError(username)
        return account.actor

    def ago(self, days: int, hour: int = 10, minute: int = 0) -> datetime:
        return at(self.today - timedelta(days=days), hour, minute)

    def at_work(self, days: int, hour: int = 10, minute: int = 0) -> datetime:
        """The same on a working day, an earlier one where that is none."""
        return at(previous_working_day(self.today - timedelta(days=days)), hour, minute)


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """A time of the day in Helsinki."""
    return datetime.combine(day, time(hour, minute), HELSINKI).astimezone(UTC)


def play(entries: Iterable[Entry]) -> None:
    """Earliest first, so that the audit trail reads as it would have grown."""
    for moment, act in sorted(entries, key=itemgetter(0)):
        act(moment)
