"""How many permit and forbid each kind of marketing: totals for marketing, no person in them."""

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.core import clock
from portal.core.roles import Permission
from portal.permissions import statistics
from portal.permissions.labels import CHANNELS, TYPES
from portal.permissions.models import Channel, HolderKind, MarketingType, State
from portal.publishing import labels, pages
from portal.web.access import requires
from portal.web.locale import localized_blueprint

views = localized_blueprint("permission_statistics", __name__)

STATES = {State.PERMISSION.value: _l("Permissions"), State.PROHIBITION.value: _l("Prohibitions")}
KINDS = {
    HolderKind.NATURAL: _l("People"),
    HolderKind.LEGAL: _l("Organisations"),
    HolderKind.POTENTIAL: _l("Potential customers"),
}


def _word(kind: str, key: str) -> str:
    if kind == "type":
        return str(TYPES[MarketingType(key)])
    if kind == "channel":
        return str(CHANNELS[Channel(key)])
    if kind == "kind":
        return str(KINDS[HolderKind(key)])
    type, _, channel = key.partition(" ")
    return f"{TYPES[MarketingType(type)]}: {CHANNELS[Channel(channel)]}"


PAGE = pages.StatisticPage(
    blueprint="permission_statistics",
    title=_l("Marketing permissions in figures"),
    lead=_l("How many permit and how many forbid each kind of marketing, as it stood at the end of the week."),
    report=statistics.report,
    figures={"choices": _l("Choices in force"), **STATES},
    notes={"choices": _l("of the choices in force")},
    tables={
        "types": _l("By kind of marketing"),
        "channels": _l("By channel"),
        "types-and-channels": _l("By kind of marketing and channel"),
        "kinds": _l("By kind of customer"),
        "permissions-over-time": _l("Permissions and prohibitions over time"),
    },
    columns=dict(STATES),
    row_kinds={
        **labels.ROW_KINDS,
        "type": _l("Kind of marketing"),
        "channel": _l("Channel"),
        "type-and-channel": _l("Kind of marketing and channel"),
        "kind": _l("Kind of customer"),
    },
    word=_word,
    selects={
        "type": (_l("Kind of marketing"), (("", _l("All kinds")), *((t.value, word) for t, word in TYPES.items()))),
        "channel": (_l("Channel"), (("", _l("All channels")), *((c.value, word) for c, word in CHANNELS.items()))),
        "kind": (_l("Kind of customer"), (("", _l("All customers")), *((k.value, word) for k, word in KINDS.items()))),
    },
)


@views.route("/statistics/permissions")
@requires(Permission.STATISTICS_READ)
def index() -> ResponseReturnValue:
    return pages.show(PAGE, now=clock.now())


@views.route("/statistics/permissions.csv")
@requires(Permission.STATISTICS_READ)
def csv() -> ResponseReturnValue:
    return pages.table_file(PAGE, now=clock.now())


@views.route("/statistics/permissions/<key>.svg")
@requires(Permission.STATISTICS_READ)
def chart(key: str) -> ResponseReturnValue:
    return pages.picture(PAGE, key, now=clock.now())
