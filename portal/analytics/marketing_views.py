"""Which pages are read: totals for marketing, no person in them."""

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.analytics import statistics
from portal.analytics.counters import OTHER_PAGE
from portal.config import LANGUAGES
from portal.core import clock
from portal.core.roles import Permission
from portal.publishing import labels, pages
from portal.publishing.forms import LANGUAGE_CHOICES
from portal.web.access import requires
from portal.web.locale import LANGUAGE_NAMES, localized_blueprint

views = localized_blueprint("usage_statistics", __name__)

BY_LANGUAGE = {"fi": _l("Views in Finnish"), "en": _l("Views in English")}


def _word(_kind: str, key: str) -> str:
    return str(_l("Other pages")) if key == OTHER_PAGE else key


PAGE = pages.StatisticPage(
    blueprint="usage_statistics",
    title=_l("Use of the service in figures"),
    lead=_l("How often each page is read. Nothing is stored on the device, and no visitor is told from another."),
    report=statistics.report,
    figures={"page-views": _l("Page views"), **{f"language-{code}": BY_LANGUAGE[code] for code in LANGUAGES}},
    notes={"page-views": _l("of all page views")},
    tables={"pages": _l("Pages"), "views-over-time": _l("Page views over time")},
    columns={"count": _l("Views"), **LANGUAGE_NAMES},
    row_kinds={**labels.ROW_KINDS, "page": _l("Page")},
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
