"""The words that statistics share: measures, periods and what is hidden."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.web import formatting
from portal.web.locale import LANGUAGE_NAMES

COUNT = _l("Count")
SHARE = _l("Share (%)")
ROW_KINDS = {
    "day": _l("Day"),
    "month": _l("Month"),
    "week": _l("Week beginning"),
    "language": _l("Language"),
}


def period(kind: str, key: str) -> str:
    """A day, week or month in words."""
    if kind == "month":
        return formatting.month(date.fromisoformat(f"{key}-01"))
    return formatting.written_date(date.fromisoformat(key))


def short_period(kind: str, key: str) -> str:
    """The same on the axis of a chart."""
    if kind == "month":
        return f"{key[5:].lstrip('0')}/{key[:4]}"
    day = date.fromisoformat(key)
    return f"{day.day}.{day.month}."


def language(code: str) -> str:
    return LANGUAGE_NAMES.get(code, code)


def hidden_note(*, floor: int, unshown: int, outside: int) -> list[str]:
    """What the reader cannot see, and why, in plain sentences."""
    notes = [
        _(
            "Counts under %(floor)d are never shown: they are joined with others or wait for the next period,"
            " so that nobody can be recognised.",
            floor=floor,
        )
    ]
    notes.append(_("A dash means that the count is hidden: it was joined with another."))
    if unshown:
        notes.append(
            _(
                "%(number)s are in the totals but not in any single row, because they were joined.",
                number=formatting.number(unshown),
            )
        )
    if outside:
        notes.append(
            _(
                "%(number)s are left out of these figures, because they were joined over the limits of the filter.",
                number=formatting.number(outside),
            )
        )
    return notes
