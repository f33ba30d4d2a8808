"""Phone hours in words."""

from datetime import time

from babel.dates import format_time, get_day_names
from flask_babel import gettext as _

from portal.config import SPOKEN, Language, PhoneHours
from portal.web.locale import current_language


def hours_in_words(hours: PhoneHours, language: str | None = None) -> str:
    """The weekly hours, `ma–pe klo 10–16`, `Mon–Fri 10:00–16:00`: in the language of the page, or of a letter."""
    writing = SPOKEN[language or current_language()]
    words: str = _(
        "%(days)s %(opens)s–%(closes)s",
        days=_days(hours.weekdays, writing),
        opens=_clock_time(hours.opens, writing),
        closes=_clock_time(hours.closes, writing),
    )
    return words


def _days(weekdays: tuple[int, ...], writing: Language) -> str:
    names = get_day_names("abbreviated", "stand-alone", writing.locale)
    runs: list[list[int]] = []
    for day in sorted(weekdays):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(names[run[0]] if len(run) == 1 else f"{names[run[0]]}–{names[run[-1]]}" for run in runs)


def _clock_time(at: time, writing: Language) -> str:
    return format_time(at, writing.time if at.minute else writing.opening_hour, locale=writing.locale)
