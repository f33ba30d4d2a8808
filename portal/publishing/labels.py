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


def share(of_all: float, of: str, *, before: float | None) -> str:
    """A share of what `of` names, beside what it was in the period before: a count may grow while its share falls."""
    size = formatting.percent(of_all, 1)
    if before is None:
        return str(_("%(share)s %(of)s", share=size, of=of))
    return str(_("%(share)s %(of)s (before %(before)s)", share=size, of=of, before=formatting.percent(before, 1)))


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
            "A count smaller than %(floor)d is never shown, so that nobody can be recognised: it is joined with others "
            "or comes with the next period.",
            floor=floor,
        )
    ]
    notes.append(
        _(
            "A dash means a hidden count. It was joined with another, comes with a later period, or is so small that "
            "it is not told from zero."
        )
    )
    if unshown:
        notes.append(
            _(
                "%(number)s are in the totals but in no row of their own, because they were joined.",
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
                "Changes are told roughly: each is moved a little by chance and rounded to the nearest %(floor)d."
                " Exact changes beside exact totals would give small counts away.",
                floor=floor,
            )
        )
    return notes
