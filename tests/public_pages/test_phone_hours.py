"""When customer service answers: Monday to Friday 10-16 in Finland, summer and winter."""

from datetime import UTC, datetime, time

import pytest

from portal.config import PhoneHours
from portal.public_pages.phone_hours import is_open

HOURS = PhoneHours(weekdays=(0, 1, 2, 3, 4), opens=time(10), closes=time(16))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 11, 24, 7, 59, 59, tzinfo=UTC), False),  # Tuesday 9.59.59, winter time
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), True),  # 10.00
        (datetime(2026, 11, 24, 13, 59, 59, tzinfo=UTC), True),  # 15.59.59
        (datetime(2026, 11, 24, 14, 0, tzinfo=UTC), False),  # 16.00
        (datetime(2026, 7, 14, 6, 59, tzinfo=UTC), False),  # Tuesday 9.59, summer time
        (datetime(2026, 7, 14, 7, 0, tzinfo=UTC), True),  # 10.00
        (datetime(2026, 7, 14, 13, 0, tzinfo=UTC), False),  # 16.00
        (datetime(2026, 11, 27, 12, 0, tzinfo=UTC), True),  # Friday
        (datetime(2026, 11, 28, 12, 0, tzinfo=UTC), False),  # Saturday
        (datetime(2026, 11, 29, 12, 0, tzinfo=UTC), False),  # Sunday
    ],
)
def test_the_phone_is_answered_on_weekdays_from_ten_to_four_in_finland(now: datetime, expected: bool) -> None:
    assert is_open(HOURS, now) is expected


def test_public_holidays_are_not_claimed_to_be_known() -> None:
    independence_day = datetime(2027, 12, 6, 10, 0, tzinfo=UTC)  # a Monday, 12.00
    assert is_open(HOURS, independence_day) is True
