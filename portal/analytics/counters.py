"""Counting a page view: route template, language, status class and hour, and nothing else of the request.

This is the step that is always allowed: nothing is stored on or read from the device and nobody is singled out. What
may be counted beyond it of visitors who allowed analytics is decided in `visits`.
"""

from datetime import datetime, time
from functools import partial
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Flask, Response, request
from werkzeug import Request

from portal.analytics import visits
from portal.analytics.models import UsageOpen
from portal.core import clock
from portal.core.clock import HELSINKI
from portal.publishing import audience
from portal.publishing.buffer import CountBuffer, Flusher
from portal.publishing.upsert import add_counts
from portal.web.locale import current_language

PAGE = "page"
STATUS = "status"
VISIT = "visit"
OTHER_PAGE = "(other)"
PREFIX = "/<lang:lang>"
STAFF = (f"{PREFIX}/desk/", f"{PREFIX}/statistics/", f"{PREFIX}/admin/")


def _overflow(key: tuple[Any, ...]) -> tuple[Any, ...]:
    hour, dimension, value = key
    if dimension == VISIT:  # a few dozen a day: they are their own bound
        return key
    language = value.split(" ")[0]
    return hour, dimension, f"{language} {OTHER_PAGE}" if dimension == PAGE else OTHER_PAGE


VIEWS = CountBuffer(lambda counts: add_counts(UsageOpen, counts), overflow=_overflow)


def count_page(*, page: str, language: str, status: int, now: datetime) -> None:
    """Count one request; only pages that were shown count as views."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    VIEWS.add((hour, STATUS, f"{status // 100}xx"))
    if 200 <= status < 300:
        VIEWS.add((hour, PAGE, f"{language} {page}"))


def count_visit(counted: visits.Counted) -> None:
    """Count a step of a visit with its day; the hour is not of interest."""
    midnight = datetime.combine(counted.day, time(), HELSINKI)
    VIEWS.add((midnight, VISIT, f"{counted.device} {counted.referrer} {counted.step}"))


def countable_page() -> str | None:
    """The page this request asked for, None when it is not to be counted: staff pages, files, health checks."""
    rule = request.url_rule
    if rule is None or not rule.rule.startswith(PREFIX) or rule.rule.startswith(STAFF):
        return None
    return rule.rule.removeprefix(PREFIX)


def _count_view(page: str, language: str, status: int, _environ: WSGIEnvironment) -> None:
    count_page(page=page, language=language, status=status, now=clock.now())


def _follow_visit(app: Flask, environ: WSGIEnvironment) -> list[tuple[str, str]]:
    with app.app_context():
        followed = visits.follow(Request(environ), clock.now())
    if followed is None:
        return []
    if followed.counted:
        count_visit(followed.counted)
    return [("Set-Cookie", followed.set_cookie)]


def init_app(app: Flask) -> None:
    """Count every response; `ANALYTICS_THREAD = False` leaves writing to an explicit `flush_all()`."""
    app.config.setdefault("ANALYTICS_THREAD", True)
    flusher = Flusher(app.app_context)
    app.extensions["portal.count_flusher"] = flusher

    @app.after_request
    def _count(response: Response) -> Response:
        if app.config["ANALYTICS_THREAD"]:
            flusher.ensure_running()
        page = countable_page()
        if page is None:
            return response
        audience.at_each_view(partial(_count_view, page, current_language(), response.status_code))
        is_page = response.status_code == 200 and response.mimetype == "text/html"  # neither a file nor a redirect
        if is_page:
            audience.send_to_each_visitor(response, partial(_follow_visit, app))
        return response
