"""The words that statistics share: measures, periods and what is hidden."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.catalogues.code_lists import CodeList, label
from portal.web import formatting

COUNT = _l("Count")
SHARE = _l("Share (%)")
BEFORE = _l("Period before")
CHANGE = _l("Change (%)")
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


def change(percent_more: float, before: str) -> str:
    """How a figure compares with the period before, in words."""
    if percent_more == 0:
        return str(_("as many as before (%(before)s)", before=before))
    size = formatting.percent(abs(percent_more), 1)
    if percent_more > 0:
        return str(_("%(percent)s more than before (%(before)s)", percent=size, before=before))
    return str(_("%(percent)s fewer than before (%(before)s)", percent=size, before=before))


def language(code: str) -> str:
    return str(label(CodeList.LANGUAGE, code))


def hidden_note(*, floor: int, unshown: int, outside: int, is_rough: bool) -> list[str]:
    """What the reader cannot see, and why, in plain sentences."""
    notes = [
        _(
            "Counts under %(floor)d are never shown: they are joined with others or wait for the next period,"
            " so that nobody can be recognised.",
            floor=floor,
        )
    ]
    notes.append(
        _(
            "A dash means that the count is hidden: it was joined with another, comes with a later period, or is not "
            "told from none."
        )
    )
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
    if is_rough:
        notes.append(
            _(
                "Changes are told roughly: chance moves each a little and it is rounded to a multiple of %(floor)d,"
                " because exact changes beside exact totals would give small counts away.",
                floor=floor,
            )
        )
    return notes
