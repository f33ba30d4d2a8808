"""Whose visits are counted: people who look at pages, and neither bots, nor pages fetched ahead, nor our own staff."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit
from wsgiref.types import WSGIEnvironment

from crawlerdetect import CrawlerDetect
from flask import Response, request
from flask_login import current_user

from portal.core import clock
from portal.web import page_cache

MOST_KNOWN = 1_000


def at_each_view(count: Callable[[WSGIEnvironment], None]) -> None:
    """Have the page under way counted if a person looks at it, now and each time its copy is shown to another.

    Addresses that lead nowhere are what probes ask for, and staff are no visitors: neither is counted.
    """
    if _is_countable():
        page_cache.at_each_view(lambda environ: count(environ) if is_person(environ) else None)


def send_to_each_visitor(response: Response, sending: page_cache.Sending) -> None:
    """Have headers made for each person who looks at the page under way or at its copy, as `at_each_view` counts."""
    if _is_countable():
        page_cache.send_with_each_view(response, lambda environ: sending(environ) if is_person(environ) else [])


def is_arrival(environ: WSGIEnvironment) -> bool:
    """Whether the page was not reached from another of ours.

    Older browsers do not say so. Of them the page before is asked whether it is ours, and nothing else of it is looked
    at: our pages tell it to ourselves alone (Referrer-Policy: same-origin).
    """
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return bool(site != "same-origin")
    try:
        return urlsplit(environ.get("HTTP_REFERER", "")).netloc != environ.get("HTTP_HOST")
    except ValueError:  # not an address
        return True


def is_person(environ: WSGIEnvironment) -> bool:
    """Whether a request asks for a page as a person does. The user agent is looked at for this and kept nowhere."""
    purpose = environ.get("HTTP_SEC_PURPOSE") or environ.get("HTTP_PURPOSE") or ""
    is_look = environ["REQUEST_METHOD"] == "GET" and "prefetch" not in purpose
    return is_look and not _verdicts.is_bot(environ.get("HTTP_USER_AGENT", ""))


def _is_countable() -> bool:
    role = getattr(current_user, "role", None)
    return request.url_rule is not None and not (role is not None and role.is_staff)


class Verdicts:
    """What was found of user agents in this minute, so that the same one need not be looked at again.

    They are known by a hash whose key is made anew with each minute and is nowhere but here: neither an agent nor
    anything that could be compared between two minutes is kept.
    """

    def __init__(self) -> None:
        self._begin(datetime.min.replace(tzinfo=UTC))

    def is_bot(self, user_agent: str) -> bool:
        if not user_agent.strip():
            return True
        minute = clock.now().replace(second=0, microsecond=0)
        if self._current[0] != minute:
            self._begin(minute)
        _, key, known = self._current
        hashed = hashlib.blake2b(user_agent.encode("utf-8", "replace"), key=key, digest_size=16).digest()
        verdict = known.get(hashed)
        if verdict is None:
            verdict = _looks_like_a_bot(user_agent)
            if len(known) < MOST_KNOWN:
                known[hashed] = verdict
        return verdict

    def _begin(self, minute: datetime) -> None:
        known: dict[bytes, bool] = {}
        self._current = minute, secrets.token_bytes(32), known  # at once, for other threads


def _looks_like_a_bot(user_agent: str) -> bool:
    # a detector of our own each time: a shared one would remember the agents it has seen
    return bool(CrawlerDetect(user_agent=user_agent).is_crawler())


_verdicts = Verdicts()
