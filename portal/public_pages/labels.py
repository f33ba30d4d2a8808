"""Phone hours in words."""

from datetime import time

from babel.dates import format_time, get_day_names
from flask_babel import gettext as _

from portal.config import PhoneHours
from portal.web.locale import babel_locale, spoken


def hours_in_words(hours: PhoneHours) -> str:
    """The weekly hours: `ma–pe klo 10–16`, `Mon–Fri 10:00–16:00`."""
    words: str = _(
        "%(days)s %(opens)s–%(closes)s",
        days=_days(hours.weekdays),
        opens=_clock_time(hours.opens),
        closes=_clock_time(hours.closes),
    )
    return words


def _days(weekdays: tuple[int, ...]) -> str:
    names = get_day_names("abbreviated", "stand-alone", babel_locale())
    runs: list[list[int]] = []
    for day in sorted(weekdays):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(names[run[0]] if len(run) == 1 else f"{names[run[0]]}–{names[run[-1]]}" for run in runs)


def _clock_time(at: time) -> str:
    return format_time(at, spoken().time if at.minute else spoken().opening_hour, locale=babel_locale())
