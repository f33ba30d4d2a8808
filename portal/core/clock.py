"""The only clock. Views ask it once and pass `now` on; tests replace it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that may


def utc_text(at: datetime) -> str:
    """A moment as machines read it, to the second: `2026-11-24T08:00:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_date(at: datetime) -> date:
    """The Europe/Helsinki date of a moment: what "today" means everywhere in the portal."""
    return at.astimezone(HELSINKI).date()
