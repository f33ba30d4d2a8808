"""How many permit and forbid each kind of marketing: totals for marketing, no person in them."""

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.catalogues.sources import LABELS_FOR_STAFF, Source
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


CHANGES = {
    "given": _l("Permissions given (about)"),
    "forbidden": _l("Prohibitions made (about)"),
    "withdrawn": _l("Choices withdrawn (about)"),
}
HOW = {
    "choices": _l(
        "Every permission and prohibition in force at the end of the week, one for each kind of marketing and channel: "
        "one customer may have sixteen. What is neither permitted nor forbidden is not counted."
    ),
    State.PERMISSION.value: _l("Permissions in force at the end of the week, however and whenever they were given."),
    State.PROHIBITION.value: _l("Prohibitions in force at the end of the week, however and whenever they were made."),
    "given": _l("Permissions given in the weeks of the period, rounded. One given and then withdrawn counts in both."),
    "forbidden": _l("Prohibitions made in the weeks of the period, rounded."),
    "withdrawn": _l(
        "Permissions and prohibitions that were withdrawn, or ended when a customer was removed from the register, "
        "in the weeks of the period, rounded."
    ),
    "types": _l("What is in force, by kind of marketing. Changes too small to show wait for a later week."),
    "channels": _l("What is in force, by channel. Changes too small to show wait for a later week."),
    "types-and-channels": _l("What is in force, for each kind of marketing in each channel."),
    "kinds": _l(
        "What is in force, by kind of customer. Potential customers are one kind, whether people or organisations."
    ),
    "permissions-over-time": _l("What was in force at the end of each week."),
    "changes-over-time": _l(
        "What changed in each week, or in the weeks that begin in each month, rounded. Changes too small to show wait "
        "for a later week."
    ),
    "changes-by-source": _l("Where the changes came from, rounded. Small counts are combined with another source."),
}


def _word(kind: str, key: str) -> str:
    if kind == "type":
        return str(TYPES[MarketingType(key)])
    if kind == "channel":
        return str(CHANNELS[Channel(key)])
    if kind == "kind":
        return str(KINDS[HolderKind(key)])
    if kind == "source":
        return str(LABELS_FOR_STAFF[Source(key)])
    type, _, channel = key.partition(" ")
    return f"{TYPES[MarketingType(type)]}: {CHANNELS[Channel(channel)]}"


PAGE = pages.StatisticPage(
    blueprint="permission_statistics",
    title=_l("Marketing permissions in figures"),
    lead=_l("How many permit and how many forbid each kind of marketing, and what has changed."),
    report=statistics.report,
    figures={"choices": _l("Choices in force"), **STATES, **CHANGES},
    wholes={"choices": tuple(STATES)},
    shares={"choices": _l("%(share)s of the choices in force")},
    how=HOW,
    so_far=(_l("About %(number)s changes so far this week."), _l("Changes so far this week (about)")),
    tables={
        "types": _l("By kind of marketing"),
        "channels": _l("By channel"),
        "types-and-channels": _l("By kind of marketing and channel"),
        "kinds": _l("By kind of customer"),
        "permissions-over-time": _l("Permissions and prohibitions over time"),
        "changes-over-time": _l("Changes over time"),
        "changes-by-source": _l("Changes by source"),
    },
    columns={**STATES, **CHANGES},
    row_kinds={
        **labels.ROW_KINDS,
        "type": _l("Kind of marketing"),
        "channel": _l("Channel"),
        "type-and-channel": _l("Kind of marketing and channel"),
        "kind": _l("Kind of customer"),
        "source": _l("Source"),
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
