"""The cookie `visit`: the little state of one visit, signed, for visitors who allowed analytics.

It tells the day on which the visit began, how it came and its pages so far. Everyone who stands at the same point of a
visit holds the very same cookie: there is no identifier in it, and none is kept anywhere else.
"""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from flask import Response, request

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
from portal.web.cookies import read_cookie, set_cookie

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


def follow(response: Response, now: datetime) -> Counted | None:
    """Take the visit one page further, and tell what there is to count; without consent nothing is read or set.

    Global Privacy Control and Do Not Track need no question of their own: consent is only ever somebody's own explicit
    choice on this site, which goes before them, and without it they get what everyone without consent gets.
    """
    allowed = allowed_categories(read_cookie("consent"), now)
    if Category.ANALYTICS not in allowed:
        return None
    today = local_date(now)
    before = _read(today)
    if before is None:
        visit = Visit(today, _came_by(allowed), 1)
    elif before.pages < DEEP:
        visit = Visit(today, before.came_by, before.pages + 1)
    else:  # deeper than anything that is counted
        return None
    set_cookie(response, COOKIE, _written(visit), max_age=None)
    step = step_of(visit.pages)
    if step is None:
        return None
    return Counted(today, device_class(request.headers.get("User-Agent", "")), visit.came_by, step)


def _came_by(allowed: frozenset[Category]) -> Referrer:
    if Category.MARKETING in allowed and request.args.get("utm_campaign") in CAMPAIGNS:
        return Referrer.CAMPAIGN
    return referrer_class(request.referrer, own_host=urlsplit(request.host_url).hostname or "")


def _written(visit: Visit) -> str:
    state = {"day": visit.begun_on.isoformat(), "came_by": visit.came_by.value, "pages": visit.pages}
    return crypto.sign(_PURPOSE, state)


def _read(today: date) -> Visit | None:
    """The visit under way. Forged, garbled or begun on another day is none, never an error."""
    cookie = read_cookie(COOKIE)
    state = crypto.unsign(_PURPOSE, cookie) if cookie else None
    try:
        if state is None or date.fromisoformat(state["day"]) != today or not 1 <= state["pages"] <= DEEP:
            return None
        return Visit(today, Referrer(state["came_by"]), int(state["pages"]))
    except (KeyError, TypeError, ValueError):  # signed by an earlier release
        return None
