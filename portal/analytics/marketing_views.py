"""Which pages are read, and how visits go: totals for marketing, no person in them."""

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.analytics import statistics
from portal.analytics.labels import page_name
from portal.analytics.visit_classes import Device, Referrer
from portal.analytics.visit_statistics import JOINED
from portal.catalogues.code_lists import CodeList, label
from portal.config import LANGUAGES
from portal.core import clock
from portal.core.roles import Permission
from portal.publishing import labels, pages
from portal.publishing.forms import LANGUAGE_CHOICES
from portal.web.access import requires
from portal.web.locale import localized_blueprint

views = localized_blueprint("usage_statistics", __name__)

BY_LANGUAGE = {code: _l("Views: %(language)s", language=label(CodeList.LANGUAGE, code)) for code in LANGUAGES}
DEVICES = {
    Device.PHONE.value: _l("Phone"),
    Device.COMPUTER.value: _l("Computer"),
    Device.OTHER.value: _l("Other device"),
}
ARRIVALS = {
    Referrer.DIRECT.value: _l("Direct or unknown"),
    Referrer.SEARCH.value: _l("Search engine"),
    Referrer.SOCIAL.value: _l("Social media"),
    Referrer.CAMPAIGN.value: _l("Our own campaign"),
    Referrer.OTHER.value: _l("Other website"),
}
WORDS = {"device": DEVICES, "referrer": ARRIVALS}


HOW = {
    "page-views": _l(
        "Pages of the service that were shown, customers’ own pages included. Bots, pages fetched in advance, "
        "health checks, files, errors, staff pages and our own staff are left out."
    ),
    **{f"language-{code}": _l("Page views by the language of the page.") for code in LANGUAGES},
    "visits": _l(
        "Pages viewed one after another in one browser on one day, only by visitors who have allowed analytics. The "
        "browser itself keeps track of how far the visit has got; there is no identifier."
    ),
    "visits-second-page": _l(
        "Visits that went on to a second page. Small counts combined with shorter visits are left out, so there may be "
        "more."
    ),
    "visits-five-pages": _l(
        "Visits that went on to a fifth page. Small counts combined with shorter visits are left out, so there may be "
        "more."
    ),
    "pages": _l("Pages by type: all services count as one page, and so do all requests. All languages together."),
    "views-over-time": _l("Page views by day in Finland, by month when the period is long."),
    "visits-by-device": _l("Visits by the kind of device, as the browser tells it; nothing more detailed is kept."),
    "visits-by-referrer": _l(
        "Visits by the kind of place they came from. Campaigns are counted only for visitors who have allowed "
        "marketing too."
    ),
    "visits-over-time": _l("Visits by the day on which they began, by month when the period is long."),
}


def _word(kind: str, key: str) -> str:
    if key == JOINED:
        return str(_l("Small counts combined"))
    if kind in WORDS:
        return str(WORDS[kind][key])
    return page_name(key)


PAGE = pages.StatisticPage(
    blueprint="usage_statistics",
    title=_l("Use of the service in figures"),
    lead=_l(
        "How often each page is read: nothing is stored on the device for that, and visitors are not told apart. "
        "Visits are counted only for visitors who have allowed analytics, in all languages together."
    ),
    report=statistics.report,
    figures={
        "page-views": _l("Page views"),
        **{f"language-{code}": BY_LANGUAGE[code] for code in LANGUAGES},
        "visits": _l("Visits that allowed analytics"),
        "visits-second-page": _l("Went on to a second page"),
        "visits-five-pages": _l("Viewed five pages or more"),
    },
    wholes={"page-views": tuple(f"language-{code}" for code in LANGUAGES)},
    shares={
        "page-views": _l("%(share)s of all page views"),
        "visits": _l("at least %(share)s of visits that allowed analytics"),
    },
    how=HOW,
    so_far=(_l("About %(number)s page views so far today."), _l("Page views so far today (about)")),
    tables={
        "pages": _l("Pages"),
        "views-over-time": _l("Page views over time"),
        "visits-by-device": _l("Visits by device"),
        "visits-by-referrer": _l("Where visits came from"),
        "visits-over-time": _l("Visits over time"),
    },
    columns={
        "count": _l("Views"),
        "visits": _l("Visits"),
        **{code: label(CodeList.LANGUAGE, code) for code in LANGUAGES},
        **DEVICES,
    },
    row_kinds={**labels.ROW_KINDS, "page": _l("Page"), "device": _l("Device"), "referrer": _l("Came from")},
    word=_word,
    selects={"lang": (_l("Language"), LANGUAGE_CHOICES)},
)


@views.route("/statistics/usage")
@requires(Permission.STATISTICS_READ)
def index() -> ResponseReturnValue:
    return pages.show(PAGE, now=clock.now())


@views.route("/statistics/usage.csv")
@requires(Permission.STATISTICS_READ)
def csv() -> ResponseReturnValue:
    return pages.table_file(PAGE, now=clock.now())


@views.route("/statistics/usage/<key>.svg")
@requires(Permission.STATISTICS_READ)
def chart(key: str) -> ResponseReturnValue:
    return pages.picture(PAGE, key, now=clock.now())
