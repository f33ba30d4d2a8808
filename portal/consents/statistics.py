"""Cookie choices as counts: the rollup kept in the ledger's transaction, and the figures made of published cells."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.catalogues.cookies import OPTIONAL, Category
from portal.config import LANGUAGES
from portal.consents.models import Answer, ConsentRecord, Outcome, Surface
from portal.core.clock import local_date
from portal.core.db import Model, db, transaction
from portal.publishing import queries
from portal.publishing.buffer import CountBuffer
from portal.publishing.folding import Values
from portal.publishing.reports import (
    Figure,
    Filters,
    Report,
    Row,
    Table,
    compared,
    counts_over_time,
    over_time,
    register_report,
)
from portal.publishing.services import (
    Batch,
    DailyStatistic,
    SoFar,
    batches,
    register_rebuild,
    register_so_far,
    register_statistic,
)
from portal.publishing.upsert import add_counts

NAME = "consents"
DIMENSIONS = ("language", "surface", "notice_version", "outcome")
SHOWN = "shown"
IGNORED = "ignored"
OTHER_VERSION = "(other)"


class ConsentCount(Model):
    """How often something was shown or chosen on a day; `published` of it have been published."""

    __tablename__ = "consent_count"

    day: Mapped[date] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    surface: Mapped[str] = mapped_column(String(20), primary_key=True)
    notice_version: Mapped[str] = mapped_column(String(40), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(60), primary_key=True)
    count: Mapped[int]
    published: Mapped[int] = mapped_column(default=0, server_default="0")


def _own_choices() -> tuple[str, ...]:
    some = range(1, 2 ** len(OPTIONAL) - 1)  # neither none nor all
    return tuple(
        outcome_value(Outcome.OWN_CHOICE, [c for place, c in enumerate(OPTIONAL) if bits >> place & 1]) for bits in some
    )


def outcome_value(outcome: Outcome, categories: Collection[Category]) -> str:
    """The outcome as it is counted; a choice of one's own says which categories it allows."""
    if outcome is not Outcome.OWN_CHOICE:
        return outcome.value
    return "+".join([outcome.value, *(c.value for c in OPTIONAL if c in categories)])


OWN_CHOICES = (Outcome.OWN_CHOICE.value, *_own_choices(), outcome_value(Outcome.OWN_CHOICE, OPTIONAL))
DECIDED = (Outcome.ACCEPTED_ALL.value, Outcome.NECESSARY_ONLY.value, *OWN_CHOICES)
GROUPS = {
    Outcome.ACCEPTED_ALL.value: (Outcome.ACCEPTED_ALL.value,),
    Outcome.NECESSARY_ONLY.value: (Outcome.NECESSARY_ONLY.value,),
    Outcome.OWN_CHOICE.value: OWN_CHOICES,
    IGNORED: (IGNORED,),
    Outcome.WITHDRAWN.value: (Outcome.WITHDRAWN.value,),
}
CHOSEN = (Outcome.ACCEPTED_ALL.value, Outcome.NECESSARY_ONLY.value, Outcome.OWN_CHOICE.value)
ASKED = (*CHOSEN, IGNORED)


def count_choice(
    *,
    outcome: Outcome,
    categories: Collection[Category],
    language: str,
    surface: Surface,
    notice_version: str,
    on: date,
) -> None:
    """Count a choice in the transaction that records it; `categories` are the optional ones it allows."""
    add_counts(ConsentCount, {(on, language, surface.value, notice_version, outcome_value(outcome, categories)): 1})


def _without_version(key: tuple[object, ...]) -> tuple[object, ...]:
    day, language, surface, _version, outcome = key
    return day, language, surface, OTHER_VERSION, outcome


SHOWINGS = CountBuffer(lambda counts: add_counts(ConsentCount, counts), overflow=_without_version)


def count_shown(*, language: str, notice_version: str, on: date) -> None:
    """Count that the banner was shown: once per entry to the site. Written within a second."""
    SHOWINGS.add((on, language, Surface.BANNER.value, notice_version, SHOWN))


def rebuild() -> None:
    """Count the choices anew from the ledger; showings are in no ledger and stay."""
    counts: Counter[tuple[object, ...]] = Counter()
    for record in db.session.scalars(select(ConsentRecord).execution_options(yield_per=1000)):
        answers = {"functional": record.functional, "analytics": record.analytics, "marketing": record.marketing}
        allowed = [category for category in OPTIONAL if answers[category.value] is Answer.YES]
        outcome = outcome_value(record.outcome, allowed)
        day = local_date(record.given_at)
        counts[day, record.language, record.surface.value, record.notice_version, outcome] += 1
    with transaction() as session:
        published = {
            _key(row): row.published
            for row in session.scalars(select(ConsentCount).where(ConsentCount.outcome != SHOWN).with_for_update())
        }
        session.execute(delete(ConsentCount).where(ConsentCount.outcome != SHOWN))
        session.expire_all()
        for key in sorted({*counts, *(key for key, number in published.items() if number)}, key=str):
            row = ConsentCount(count=counts[key], published=published.get(key, 0))
            row.day, row.language, row.surface, row.notice_version, row.outcome = key  # type: ignore[assignment]  # as `_key` has them
            session.add(row)


def _key(row: ConsentCount) -> tuple[object, ...]:
    return row.day, row.language, row.surface, row.notice_version, row.outcome


def _pending(through: date) -> Sequence[Batch]:
    rows = db.session.scalars(
        select(ConsentCount)
        .where(ConsentCount.day <= through, ConsentCount.count > ConsentCount.published)
        .order_by(ConsentCount.day)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return batches(rows, _with_ignored)


def _with_ignored(rows: list[ConsentCount]) -> dict[Values, int]:
    """The choices of a day, and as `ignored` the showings that led to none."""
    counts: Counter[Values] = Counter()
    undecided: Counter[tuple[str, str]] = Counter()
    for row in rows:
        waiting = row.count - row.published
        if row.outcome == SHOWN:
            undecided[row.language, row.notice_version] += waiting
            continue
        counts[row.language, row.surface, row.notice_version, row.outcome] += waiting
        if row.outcome in DECIDED and row.surface != Surface.SIGN_IN:
            undecided[row.language, row.notice_version] -= waiting
    for (language, version), number in undecided.items():
        if number > 0:
            counts[language, Surface.BANNER.value, version, IGNORED] += number
    return dict(counts)


COOKIE_CHOICES = register_statistic(DailyStatistic(NAME, DIMENSIONS, _pending))


def _choices_on(day: date) -> int:
    chosen = select(func.sum(ConsentCount.count)).where(ConsentCount.day == day, ConsentCount.outcome != SHOWN)
    return db.session.scalar(chosen) or 0


register_so_far(SoFar(NAME, lambda today: today, _choices_on))


def _wanted(filters: Filters) -> dict[str, tuple[str, ...]]:
    return filters.wanted(language="lang", surface="surface")


def headlines(filters: Filters) -> tuple[Figure, ...]:
    """The key figures of a period, each with what it is a share of."""
    return _figures(queries.sums(NAME, filters.first, filters.last), _wanted(filters))


def _figures(counts: list[queries.Count], wanted: Mapping[str, Collection[str]]) -> tuple[Figure, ...]:
    shown = queries.known(counts, outcome={*DECIDED, IGNORED}, **wanted)
    decided = queries.known(counts, outcome=DECIDED, **wanted)
    sums = _by_outcome(counts, **wanted)
    return (
        Figure("shown", shown),
        Figure("decided", decided, shown, "shown"),
        Figure(Outcome.ACCEPTED_ALL.value, sums[Outcome.ACCEPTED_ALL], decided, "decided"),
        Figure(Outcome.NECESSARY_ONLY.value, sums[Outcome.NECESSARY_ONLY], decided, "decided"),
        Figure(Outcome.OWN_CHOICE.value, sums[Outcome.OWN_CHOICE], decided, "decided"),
        Figure(IGNORED, sums[IGNORED], shown, "shown"),
        Figure(Outcome.WITHDRAWN.value, sums[Outcome.WITHDRAWN]),
    )


def _by_outcome(counts: list[queries.Count], **wanted: Collection[str]) -> dict[str, int | None]:
    return {group: queries.known(counts, outcome=values, **wanted) for group, values in GROUPS.items()}


def report(filters: Filters) -> Report:
    """What the page, its CSV and the command show."""
    wanted = _wanted(filters)
    over_days = counts_over_time(NAME, filters)
    everything = queries.whole_period(over_days)
    counts = queries.within(everything, wanted)
    sums = _by_outcome(everything, **wanted)
    figures, through, before = compared(_figures(everything, wanted), NAME, filters, headlines)
    languages = [filters.values["lang"]] if filters.values.get("lang") else list(LANGUAGES)
    surfaces = [filters.values["surface"]] if filters.values.get("surface") else [s.value for s in Surface]
    versions = sorted({version for count in counts for version in [count.only("notice_version")] if version})
    return Report(
        statistic=NAME,
        filters=filters,
        figures=figures,
        tables=(
            Table.of("outcomes", "outcome", [(group, sums[group]) for group in GROUPS]),
            over_time("choices-over-time", over_days, filters, "outcome", GROUPS, wanted=wanted),
            Table.of(
                "categories",
                "category",
                [
                    (category.value, queries.known(everything, outcome=_allowing(category), **wanted))
                    for category in OPTIONAL
                ],
            ),
            _side_by_side("notice-versions", "version", everything, wanted, "notice_version", versions),
            _side_by_side("languages", "language", everything, wanted, "language", languages),
            _side_by_side("surfaces", "surface", everything, wanted, "surface", surfaces),
        ),
        unshown=sum(count.count for count in counts) - sum(number or 0 for number in sums.values()),
        outside=sum(count.count for count in everything if not count.within(wanted) and count.touches(wanted)),
        through=through,
        before=before,
        so_far=None if filters.values else queries.so_far(NAME, filters.last),
    )


def _side_by_side(
    key: str,
    row_kind: str,
    counts: list[queries.Count],
    wanted: Mapping[str, Collection[str]],
    dimension: str,
    values: Sequence[str],
) -> Table:
    """The choices of each value of a dimension, as shares that can be compared."""
    rows = []
    for value in values:
        sums = _by_outcome(counts, **{**wanted, dimension: [value]})
        decided = sum(sums[group] or 0 for group in CHOSEN)
        # of those who decided; the others of all who were asked
        of = [decided if group in CHOSEN else decided + (sums[IGNORED] or 0) for group in ASKED]
        rows.append(Row(value, tuple(sums[group] for group in ASKED), tuple(of)))
    return Table(key, row_kind, ASKED, tuple(rows), is_side_by_side=True)


def _allowing(category: Category) -> list[str]:
    return [Outcome.ACCEPTED_ALL.value, *(value for value in OWN_CHOICES if category.value in value.split("+"))]


register_report(report, name=NAME, headlines=headlines)
register_rebuild(rebuild)
