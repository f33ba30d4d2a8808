"""The cookie `interests`: which energy services this browser viewed last (register facts R81 and R82).

It is neither written nor read without consent to marketing cookies.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import Response

from portal.catalogues.cookies import Category
from portal.consents.services import allowed_categories
from portal.public_pages.energy_services import energy_service
from portal.web.cookies import expire_cookie, read_cookie, set_cookie

COOKIE = "interests"
LASTS = timedelta(days=30)
MOST_KEPT = 6
BETWEEN = "."


def viewed(now: datetime) -> Sequence[str]:
    """Slugs of the services viewed, latest first; empty without consent. What we do not know is left out."""
    if not _is_allowed(now):
        return ()
    slugs = (read_cookie(COOKIE) or "").split(BETWEEN)
    return tuple(dict.fromkeys(slug for slug in slugs if energy_service(slug)))[:MOST_KEPT]


def remember(response: Response, slug: str, now: datetime) -> None:
    """Note that a service was viewed; does nothing without consent."""
    if _is_allowed(now):
        latest = tuple(dict.fromkeys([slug, *viewed(now)]))[:MOST_KEPT]
        set_cookie(response, COOKIE, BETWEEN.join(latest), int(LASTS.total_seconds()))


def forget_worthless(response: Response, now: datetime) -> None:
    """Take a cookie back in which there is nothing that we know."""
    if read_cookie(COOKIE) and _is_allowed(now) and not viewed(now):
        expire_cookie(response, COOKIE)


def _is_allowed(now: datetime) -> bool:
    return Category.MARKETING in allowed_categories(read_cookie("consent"), now)
