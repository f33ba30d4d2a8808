"""What one invented customer is drawn with, and the rows drawn so far."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, TypeAlias

from portal.catalogues.sources import Source
from portal.core.clock import HELSINKI
from portal.core.db import Model
from portal.demo.persons import Person
from portal.register.models import Billing, Customer
from portal.subject_requests.deadlines import next_working_day, previous_working_day

Rows: TypeAlias = dict[type[Model], list[dict[str, Any]]]

HISTORY_DAYS = 390  # thirteen months
OPEN_HOURS = (10, 15)  # customer service answers 10-16 on working days (R104)
ONE_DAY = timedelta(days=1)
WITH_ACCOUNTS = 4


@dataclass
class Drawing:
    """Everything is dated before `today`, so that nothing lies in the future at whatever hour it is loaded."""

    index: int
    random: Random
    today: date
    whose: Person
    customer: Customer
    billing: Billing | None = None
    rows: Rows = field(default_factory=lambda: defaultdict(list))

    @property
    def spoken(self) -> str:
        """The language in which the customer is served."""
        return self.whose.language

    @property
    def yesterday(self) -> date:
        return self.today - ONE_DAY

    @property
    def last_day(self) -> date:
        """The last day on which something of a customer's could happen."""
        return min(self.yesterday, self.customer.contract_ended_on or self.yesterday)

    @property
    def history_begins(self) -> date:
        return self.today - timedelta(days=HISTORY_DAYS)

    @property
    def first_day(self) -> date:
        """Thirteen months before the last day, or when the customer came."""
        return max(self.customer.source_on, self.last_day - timedelta(days=HISTORY_DAYS))

    def id(self) -> int:
        return self.random.getrandbits(62)

    def day(self) -> date:
        """A day of the customer relationship, of the last thirteen months."""
        return self.first_day + timedelta(days=self.random.randint(0, (self.last_day - self.first_day).days))

    def days(self, count: int) -> list[date]:
        """The same many times, in order."""
        return sorted(self.day() for _ in range(count))

    def working_day(self) -> date:
        """The same when the offices are open."""
        day = previous_working_day(self.day())
        return day if day >= self.first_day else next_working_day(self.first_day)

    def moment(self, day: date) -> datetime:
        """Some time of the waking day."""
        return _at(day, time(self.random.randint(8, 20), self.random.randint(0, 59), self.random.randint(0, 59)))

    def office_moment(self, day: date) -> datetime:
        """Some time at which customer service is there."""
        return _at(day, time(self.random.randint(*OPEN_HOURS), self.random.randint(0, 59), self.random.randint(0, 59)))

    def add(self, model: type[Model], *, source: Source, on: date, **values: Any) -> dict[str, Any]:
        row = {
            "id": values.pop("id", None) or self.id(),
            "customer_id": self.customer.id,
            "source": source,
            "source_on": on,
            "updated_at": values.pop("updated_at", None) or _at(on, time(9)),
            **values,
        }
        self.rows[model].append(row)
        return row

    def some(self, most: int) -> range:
        """The first four, who can be signed in as, have one of everything; others up to `most`."""
        return range(max(1 if self.index < WITH_ACCOUNTS else 0, self.random.randint(0, most)))


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, HELSINKI).astimezone(UTC)
