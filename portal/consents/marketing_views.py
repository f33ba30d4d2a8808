"""How cookie choices go: totals for marketing, no person in them."""

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.catalogues.cookies import CATEGORY_LABELS, Category
from portal.consents import statistics
from portal.consents.labels import OUTCOMES as CHOICES
from portal.consents.labels import SURFACES
from portal.consents.models import Outcome, Surface
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
    if kind == "surface":
        return str(SURFACES[Surface(key)])
    return labels.language(key)  # or a version, which is its own word


HOW = {
    "shown": _l(
        "Everyone who decided, and every arrival on the site at which the banner was shown and nothing was chosen. "
        "Moving from page to page is one arrival. Bots, pages fetched in advance and our own staff are left out."
    ),
    "decided": _l(
        "Choices made in the banner, on the cookie page or with “Remember me” at sign-in. "
        "The same answer given again is not counted, except “Remember me”, which is a choice each time."
    ),
    Outcome.ACCEPTED_ALL.value: _l("Choices that allow every category, whichever button was used."),
    Outcome.NECESSARY_ONLY.value: _l("Choices that allow nothing but the necessary cookies and take nothing back."),
    Outcome.OWN_CHOICE.value: _l("Choices that allow some categories and not others, “Remember me” at sign-in too."),
    statistics.IGNORED: _l(
        "Arrivals at which the banner was shown, minus choices made that day in the banner and on the cookie page. "
        "Somebody who comes back without choosing is counted at each arrival."
    ),
    Outcome.WITHDRAWN.value: _l(
        "Choices that take back something allowed earlier and allow nothing new. They are not a share of "
        "anything: the earlier choice may be from any day."
    ),
    "outcomes": _l("The key figures above as bars. Small counts combined are in none of the bars."),
    "choices-over-time": _l("Choices by the day on which they were made, by month when the period is long."),
    "categories": _l(
        "Choices that allow the category: all that accept everything, and own choices that include it. "
        "One choice may be counted in several categories."
    ),
    "notice-versions": _l(
        "Each version beside the others, for choices made while it was in force. Accepted, refused and own choices "
        "are shares of those who decided, the rest of those asked. Small counts combined are left out."
    ),
    "languages": _l(
        "By the language of the page on which the choice was made. Accepted, refused and own choices are shares of "
        "those who decided, the rest of those asked. Small counts combined are left out."
    ),
    "surfaces": _l(
        "By where the choice was made. Nobody is asked on the cookie page or at sign-in unless they answer, "
        "so only the banner can be left without a choice."
    ),
}

PAGE = pages.StatisticPage(
    blueprint="cookie_statistics",
    title=_l("Cookie choices in figures"),
    lead=_l("How many visitors were asked, and what they chose."),
    report=statistics.report,
    figures={"shown": _l("Asked"), "decided": _l("Decided"), **OUTCOMES},
    wholes={"shown": ("decided", statistics.IGNORED), "decided": statistics.CHOSEN},
    shares={"shown": _l("%(share)s of those asked"), "decided": _l("%(share)s of those who decided")},
    how=HOW,
    so_far=(_l("About %(number)s choices so far today."), _l("Choices so far today (about)")),
    tables={
        "outcomes": _l("Choices"),
        "choices-over-time": _l("Choices over time"),
        "categories": _l("Choices that allow each category"),
        "notice-versions": _l("Choices by version of the privacy notice"),
        "languages": _l("Choices by language"),
        "surfaces": _l("Where choices were made"),
    },
    columns={"count": labels.COUNT, **OUTCOMES},
    row_kinds={
        **labels.ROW_KINDS,
        "outcome": _l("Choice"),
        "category": _l("Category"),
        "version": _l("Version of the privacy notice"),
        "surface": _l("Place of the choice"),
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
