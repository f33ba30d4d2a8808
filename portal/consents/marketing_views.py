"""How cookie choices go: totals for marketing, no person in them."""

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.catalogues.cookies import CATEGORY_LABELS, Category
from portal.consents import statistics
from portal.consents.labels import OUTCOMES as CHOICES
from portal.consents.labels import SURFACES
from portal.consents.models import Outcome
from portal.core import clock
from portal.core.roles import Permission
from portal.publishing import labels, pages
from portal.publishing.forms import LANGUAGE_CHOICES
from portal.web.access import requires
from portal.web.locale import localized_blueprint

views = localized_blueprint("cookie_statistics", __name__)

# in the order of the columns
OUTCOMES = {
    Outcome.ACCEPTED_ALL.value: CHOICES[Outcome.ACCEPTED_ALL],
    Outcome.NECESSARY_ONLY.value: CHOICES[Outcome.NECESSARY_ONLY],
    Outcome.OWN_CHOICE.value: CHOICES[Outcome.OWN_CHOICE],
    statistics.IGNORED: _l("Left without a choice"),
    Outcome.WITHDRAWN.value: CHOICES[Outcome.WITHDRAWN],
}


def _word(kind: str, key: str) -> str:
    if kind == "outcome":
        return str(OUTCOMES[key])
    if kind == "category":
        return str(CATEGORY_LABELS[Category(key)])
    return key


PAGE = pages.StatisticPage(
    blueprint="cookie_statistics",
    title=_l("Cookie choices in figures"),
    lead=_l("How many visitors were asked, and what they chose."),
    report=statistics.report,
    figures={"shown": _l("Asked"), "decided": _l("Decided"), **OUTCOMES},
    notes={"shown": _l("of those asked"), "decided": _l("of those who decided")},
    tables={
        "outcomes": _l("Choices"),
        "choices-over-time": _l("Choices over time"),
        "categories": _l("Choices that allow each category"),
        "notice-versions": _l("Choices by version of the privacy notice"),
    },
    columns={"count": labels.COUNT, **OUTCOMES},
    row_kinds={
        **labels.ROW_KINDS,
        "outcome": _l("Choice"),
        "category": _l("Category"),
        "version": _l("Version of the privacy notice"),
    },
    word=_word,
    selects={
        "lang": (_l("Language"), LANGUAGE_CHOICES),
        "surface": (
            _l("Place of the choice"),
            (("", _l("All places")), *((s.value, word) for s, word in SURFACES.items())),
        ),
    },
)


@views.route("/statistics/cookies")
@requires(Permission.STATISTICS_READ)
def index() -> ResponseReturnValue:
    return pages.show(PAGE, now=clock.now())


@views.route("/statistics/cookies.csv")
@requires(Permission.STATISTICS_READ)
def csv() -> ResponseReturnValue:
    return pages.table_file(PAGE, now=clock.now())


@views.route("/statistics/cookies/<key>.svg")
@requires(Permission.STATISTICS_READ)
def chart(key: str) -> ResponseReturnValue:
    return pages.picture(PAGE, key, now=clock.now())
