"""Whose visits are counted: people who look at pages, and neither bots, nor pages fetched ahead, nor our own staff."""

from urllib.parse import urlsplit

from crawlerdetect import CrawlerDetect
from flask import g, request
from flask_login import current_user

_KNOWN = "is_counted_visitor"


def is_counted() -> bool:
    """Whether this request asks for a page that is there, as a person does; decided once a request.

    Addresses that lead nowhere are what probes ask for. The user agent is looked at for this and kept nowhere.
    """
    if _KNOWN not in g:
        setattr(g, _KNOWN, _decided())
    return bool(g.get(_KNOWN))


def is_arrival() -> bool:
    """Whether the page was not reached from another of ours.

    Older browsers do not say so. Of them the page before is asked whether it is ours, and nothing else of it is looked
    at: our pages tell it to ourselves alone (Referrer-Policy: same-origin).
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site != "same-origin"
    try:
        return urlsplit(request.referrer or "").netloc != request.host
    except ValueError:  # not an address
        return True


def _decided() -> bool:
    if request.method != "GET" or request.url_rule is None:
        return False
    purpose = request.headers.get("Sec-Purpose") or request.headers.get("Purpose") or ""
    return "prefetch" not in purpose and not _is_staff() and not _is_bot(request.headers.get("User-Agent", ""))


def _is_staff() -> bool:
    role = getattr(current_user, "role", None)
    return role is not None and role.is_staff


def _is_bot(user_agent: str) -> bool:
    # a detector of our own each time: a shared one would remember the agents it has seen
    return not user_agent.strip() or bool(CrawlerDetect(user_agent=user_agent).is_crawler())
