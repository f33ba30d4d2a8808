"""The banner on every page: whether it asks, in which words, and counting that it was shown."""

from datetime import datetime
from functools import cached_property, partial
from wsgiref.types import WSGIEnvironment

from flask import Flask, Response, g, request, url_for

from portal.catalogues.cookies import CATEGORY_LABELS, Category
from portal.consents import changes, labels, services, statistics, texts
from portal.consents.choice import Choice
from portal.core import clock
from portal.notices import versions
from portal.publishing import audience
from portal.web.access import return_path
from portal.web.cookies import cookie_name, expire_cookie, read_cookie
from portal.web.locale import current_language

SETTINGS = "cookies.settings"

# None: it is the choice itself
_CATEGORY_OF: dict[str, Category | None] = {
    "consent": None,
    "remember": Category.FUNCTIONAL,
    "visit": Category.ANALYTICS,
    "interests": Category.MARKETING,
}


def current_choice(now: datetime) -> Choice:
    """The choice that this browser holds."""
    return services.read_choice(read_cookie("consent"), now)


def _take_back_worthless(response: Response) -> Response:
    """Expire what this browser holds for nothing: a choice that is none, and cookies of what is not allowed.

    Every answer that sets one of them itself goes before.
    """
    held = [name for name in _CATEGORY_OF if cookie_name(name) in request.cookies]
    if not held:
        return response
    choice = current_choice(clock.now())
    being_set = " ".join(response.headers.getlist("Set-Cookie"))
    for name in held:
        category = _CATEGORY_OF[name]
        is_worthless = category not in choice.allowed if category else not choice.is_made
        if is_worthless and f"{cookie_name(name)}=" not in being_set:
            expire_cookie(response, name)
    return response


def has_gpc() -> bool:
    """Whether the browser sends Global Privacy Control."""
    return request.headers.get("Sec-GPC") == "1"


class Consent:
    """`consent` in every template; worked out only when a page uses it."""

    @cached_property
    def choice(self) -> Choice:
        return current_choice(clock.now())

    @cached_property
    def asks(self) -> bool:
        # the cookie page holds the whole form, so that the banner would ask the same thing twice
        shows = request.endpoint != SETTINGS and services.asks(self.choice, gpc=has_gpc())
        g.is_banner_shown = shows
        return shows

    @cached_property
    def summary(self) -> str:
        return labels.summary(self.choice, gpc=has_gpc())

    @cached_property
    def banner(self) -> texts.BannerWords:
        today = clock.local_date(clock.now())
        changed = changes.in_short(self.choice, language=current_language(), on=today)
        return texts.banner(services.categories_to_ask(self.choice), changed)

    @property
    def categories_to_ask(self) -> list[str]:
        return [str(CATEGORY_LABELS[category]) for category in services.categories_to_ask(self.choice)]

    @property
    def banner_title(self) -> str:
        return self.banner.title

    @property
    def banner_text(self) -> str:
        return self.banner.text

    @property
    def banner_purposes(self) -> tuple[str, ...]:
        return self.banner.purposes

    @property
    def banner_changes(self) -> tuple[str, ...]:
        return self.banner.changes

    @property
    def banner_note(self) -> str:
        return self.banner.note

    @property
    def accept_label(self) -> str:
        return self.banner.accept_label

    @property
    def refuse_label(self) -> str:
        return self.banner.refuse_label

    @property
    def settings_label(self) -> str:
        return self.banner.settings_label

    @property
    def action(self) -> str:
        return url_for(SETTINGS)

    @property
    def next(self) -> str:
        return return_path()


def _count_shown(response: Response) -> Response:
    if g.get("is_banner_shown") and response.status_code < 500:
        audience.at_each_view(partial(_count_entry, current_language()))
    return response


def _count_entry(language: str, environ: WSGIEnvironment) -> None:
    """Once per entry: a page reached from another of ours has been counted already."""
    if audience.is_arrival(environ):
        today = clock.local_date(clock.now())
        statistics.count_shown(language=language, notice_version=versions.current(today).number, on=today)


def init_app(app: Flask) -> None:
    app.context_processor(lambda: {"consent": Consent()})
    app.after_request(_count_shown)
    # first in the list runs last: after whatever sets a cookie
    app.after_request_funcs.setdefault(None, []).insert(0, _take_back_worthless)
