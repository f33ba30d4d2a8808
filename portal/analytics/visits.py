"""The cookie `visit`: the little state of one visit, signed, for visitors who allowed analytics.

It tells the day on which the visit began, how it came and its pages so far. Everyone who stands at the same point of a
visit holds the very same cookie: there is no identifier in it, and none is kept anywhere else.
"""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from werkzeug import Request

from portal.analytics.visit_classes import (
    CAMPAIGNS,
    DEEP,
    Device,
    Referrer,
    Step,
    device_class,
    referrer_class,
    step_of,
)
from portal.catalogues.cookies import Category
from portal.consents.services import allowed_categories
from portal.core import crypto
from portal.core.clock import local_date
from portal.web.cookies import read_cookie, written

COOKIE = "visit"
_PURPOSE = "visit"


@dataclass(frozen=True)
class Visit:
    """Where a visit stands."""

    begun_on: date
    came_by: Referrer
    pages: int


@dataclass(frozen=True)
class Counted:
    """What is added to the counts of the day."""

    day: date
    device: Device
    referrer: Referrer
    step: Step


@dataclass(frozen=True)
class Followed:
    """A visit one page further: the header that sets its cookie, and what there is to count."""

    set_cookie: str
    counted: Counted | None


def follow(asked: Request, now: datetime) -> Followed | None:
    """Take the visit one page further; without consent nothing is read or set.

    Global Privacy Control and Do Not Track need no question of their own: consent is only ever somebody's own explicit
    choice on this site, which goes before them, and without it they get what everyone without consent gets.
    """
    allowed = allowed_categories(read_cookie("consent", asked), now)
    if Category.ANALYTICS not in allowed:
        return None
    today = local_date(now)
    before = _read(asked, today)
    if before is None:
        visit = Visit(today, _came_by(asked, allowed), 1)
    elif before.pages < DEEP:
        visit = Visit(today, before.came_by, before.pages + 1)
    else:  # deeper than anything that is counted
        return None
    counted = None
    if step := step_of(visit.pages):
        counted = Counted(today, device_class(asked.headers.get("User-Agent", "")), visit.came_by, step)
    return Followed(_cookie(visit), counted)


def _came_by(asked: Request, allowed: frozenset[Category]) -> Referrer:
    if Category.MARKETING in allowed and asked.args.get("utm_campaign") in CAMPAIGNS:
        return Referrer.CAMPAIGN
    return referrer_class(asked.referrer, own_host=urlsplit(asked.host_url).hostname or "")


def _cookie(visit: Visit) -> str:
    state = {"day": visit.begun_on.isoformat(), "came_by": visit.came_by.value, "pages": visit.pages}
    return written(COOKIE, crypto.sign(_PURPOSE, state), max_age=None)


def _read(asked: Request, today: date) -> Visit | None:
    """The visit under way. Forged, garbled or begun on another day is none, never an error."""
    cookie = read_cookie(COOKIE, asked)
    state = crypto.unsign(_PURPOSE, cookie) if cookie else None
    try:
        if state is None or date.fromisoformat(state["day"]) != today or not 1 <= state["pages"] <= DEEP:
            return None
        return Visit(today, Referrer(state["came_by"]), int(state["pages"]))
    except (KeyError, TypeError, ValueError):  # signed by an earlier release
        return None
