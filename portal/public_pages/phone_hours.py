"""When customer service answers the phone (register fact R104)."""

from datetime import datetime

from portal.config import PhoneHours
from portal.core.clock import HELSINKI


def is_open(hours: PhoneHours, now: datetime) -> bool:
    """Whether `now` falls within the weekly hours in Finland. Public holidays are not known here, and not claimed."""
    local = now.astimezone(HELSINKI)
    return local.weekday() in hours.weekdays and hours.opens <= local.time() < hours.closes
