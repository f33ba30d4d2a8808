"""Who chose the same gets the same pages: the cookie that stands for all of them where a copy is made (decision 33)."""

import re
from datetime import timedelta

from portal.catalogues.cookies import OPTIONAL, Category
from portal.consents.choice import Choice, Given, categories_to_ask, read_choice, write_choice
from portal.consents.models import Answer
from portal.core import clock
from portal.core.clock import local_date
from portal.notices import versions
from portal.web.cookies import cookie_name

NOBODY = "-"  # in place of the number of a record
LASTS = timedelta(hours=1)

_SIGNED = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)


def stand_in(cookies: str, ours: tuple[str, ...]) -> str | None:
    """The Cookie header for all who allow the same as the visitor who sent `cookies`; None when pages depend on more.

    They depend on a choice alone when nothing of it is left to ask, and no cookie of ours is there (`ours`: names
    without prefix) but the one of a visit that may be: that one is read and set outside of the page. Whatever could be
    read in two ways is more.
    """
    held = _held(cookies, ours)
    if held is None:
        return None
    choice = read_choice(held.get("consent"), clock.now())
    if categories_to_ask(choice) or ("visit" in held and Category.ANALYTICS not in choice.allowed):
        return None
    return f"{cookie_name('consent')}={_cookie_of(choice.allowed)}"


def _held(cookies: str, ours: tuple[str, ...]) -> dict[str, str] | None:
    wanted = {cookie_name(name): name for name in ("consent", "visit")}
    held: dict[str, str] = {}
    for part in cookies.split(";"):
        if not any(name in part for name in ours):
            continue
        name, _, value = part.strip(" ").partition("=")
        if name not in wanted or wanted[name] in held or not _SIGNED.fullmatch(value):
            return None
        held[wanted[name]] = value
    return held


def _cookie_of(allowed: frozenset[Category]) -> str:
    now = clock.now()
    minute = now.replace(second=0, microsecond=0)
    version = versions.current(local_date(now)).number
    answers = {c: Answer.YES if c in allowed else Answer.NO for c in OPTIONAL}
    return write_choice(Choice(NOBODY, {c: Given(a, minute, minute + LASTS, version) for c, a in answers.items()}))
