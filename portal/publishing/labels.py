"""The words that statistics share: measures, periods and what is hidden."""

from datetime import date

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.catalogues.code_lists import CodeList, label
from portal.web import formatting

COUNT = _l("Count")
SHARE = _l("Share (%)")
BEFORE = _l("Period before")
CHANGE = _l("Change (%)")
TOO_FEW = _l("none, or too few to show separately")
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
        return formatting.short_month(date.fromisoformat(f"{key}-01"))
    return formatting.short_day(date.fromisoformat(key))


def share(sentence: LazyString | str, of_all: float, *, before: float | None) -> str:
    """A share in its sentence, beside what it was in the period before: a count may grow while its share falls."""
    told = str(sentence) % {"share": formatting.percent(of_all, 1)}
    if before is None:
        return told
    return str(_("%(told)s (%(before)s before)", told=told, before=formatting.percent(before, 1)))


def change(percent_more: float, before: str) -> str:
    """How a figure compares with the period before, in words."""
    if percent_more == 0:
        return str(_("the same as before (%(before)s)", before=before))
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
            "A count smaller than %(floor)d is never shown, so that nobody can be recognised: it is combined with "
            "other small counts or told with a later period.",
            floor=floor,
        ),
        _("A dash in a table means none, or too few to show separately."),
    ]
    if unshown:
        notes.append(
            _(
                "%(number)s are in the totals but in no row of their own, because they are small counts combined.",
                number=formatting.number(unshown),
            )
        )
    if outside:
        notes.append(
            _(
                "%(number)s are left out of these figures, because they were combined with counts outside the filter.",
                number=formatting.number(outside),
            )
        )
    if is_rough:
        notes.append(
            _(
                "Changes are approximate: each is shifted a little at random and rounded to the nearest %(floor)d."
                " Exact changes beside exact totals would give small counts away.",
                floor=floor,
            )
        )
    return notes
