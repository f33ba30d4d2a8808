"""How long somebody who tried too often has to wait, as a person reads it and as a machine does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from portal.core.errors import Throttled

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Wait:
    """`until` is the first full minute in which the next try is let through, so that trying then does not fail."""

    until: datetime
    minutes: int
    seconds: int

    @classmethod
    def of(cls, refusal: Throttled, now: datetime) -> "Wait":
        over = now + refusal.retry_after
        past_the_minute = timedelta(seconds=over.second, microseconds=over.microsecond)
        until = over if not past_the_minute else over - past_the_minute + MINUTE
        seconds = max(1, ceil(refusal.retry_after.total_seconds()))
        return cls(until, minutes=ceil(seconds / 60), seconds=seconds)
