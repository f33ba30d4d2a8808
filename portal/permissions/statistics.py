"""Permissions and prohibitions as counts: the rollup kept in the ledger's transaction, and the published figures."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import case, delete, func, select, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.catalogues.sources import Source
from portal.core.clock import local_date
from portal.core.db import Model, db, stored_enum, transaction
from portal.permissions.holders import CUSTOMER, holder_kind
from portal.permissions.models import Channel, HolderKind, MarketingType, PermissionEvent, State
from portal.publishing import queries
from portal.publishing.folding import Values
from portal.publishing.reports import Figure, Filters, Report, Row, Table, beside, register_report
from portal.publishing.services import (
    WEEK,
    FlowStatistic,
    SoFar,
    WeeklyStatistic,
    monday,
    register_rebuild,
    register_so_far,
    register_statistic,
)
from portal.publishing.upsert import add_counts

NAME = "permissions"
DIMENSIONS = ("type", "channel", "kind", "state")
FLOW_VALUES = {
    "type": tuple(MarketingType),
    "channel": tuple(Channel),
    "kind": tuple(HolderKind),
    "source": tuple(Source),
}
CHOSEN = (State.PERMISSION, State.PROHIBITION)
CHANGES = {"given": State.PERMISSION, "forbidden": State.PROHIBITION, "withdrawn": State.NONE}


class PermissionCount(Model):
    """How many changes from one state to another a week brought; states are sums of these."""

    __tablename__ = "permission_count"

    week: Mapped[date] = mapped_column(primary_key=True)  # its Monday
    type: Mapped[MarketingType] = mapped_column(stored_enum(MarketingType), primary_key=True)
    channel: Mapped[Channel] = mapped_column(stored_enum(Channel), primary_key=True)
    kind: Mapped[HolderKind] = mapped_column(stored_enum(HolderKind), primary_key=True)
    old_state: Mapped[State] = mapped_column(stored_enum(State), primary_key=True)
    new_state: Mapped[State] = mapped_column(stored_enum(State), primary_key=True)
    source: Mapped[Source] = mapped_column(stored_enum(Source), primary_key=True)
    count: Mapped[int]


def count_change(
    *,
    type: MarketingType,
    channel: Channel,
    kind: HolderKind,
    old_state: State,
    new_state: State,
    source: Source,
    on: date,
) -> None:
    """Count a change in the transaction that records it."""
    add_counts(PermissionCount, {(monday(on), type, channel, kind, old_state, new_state, source): 1})


def rebuild() -> None:
    """Count everything anew from the ledger."""
    counts: Counter[tuple[Any, ...]] = Counter()
    rows = db.session.execute(
        select(PermissionEvent, CUSTOMER.c.kind, CUSTOMER.c.status)
        .join(CUSTOMER, CUSTOMER.c.id == PermissionEvent.customer_id)
        .execution_options(yield_per=1000)
    )
    for event, kind, status in rows:
        whose = holder_kind(kind=kind, status=status)
        week = monday(local_date(event.at))
        counts[week, event.type, event.channel, whose, event.old_state, event.new_state, event.source] += 1
    with transaction() as session:
        session.execute(delete(PermissionCount))
        add_counts(PermissionCount, counts)


def _first_week() -> date | None:
    return db.session.scalar(select(func.min(PermissionCount.week)))


def _standing(week: date) -> Mapping[Values, int]:
    """How many permissions and prohibitions stood at the end of the week."""
    counts: Counter[Values] = Counter()
    for state in CHOSEN:
        change = func.sum(
            case((PermissionCount.new_state == state, PermissionCount.count), else_=0)
            - case((PermissionCount.old_state == state, PermissionCount.count), else_=0)
        )
        rows = db.session.execute(
            select(PermissionCount.type, PermissionCount.channel, PermissionCount.kind, change)
            .where(PermissionCount.week <= week)
            .group_by(PermissionCount.type, PermissionCount.channel, PermissionCount.kind)
        )
        for type, channel, kind, count in rows:
            counts[type.value, channel.value, kind.value, state.value] = int(count)
    return counts


def _flows_to(state: State, after: date | None, through: date) -> Mapping[Values, int]:
    """How many came to a state in the weeks after one, through another."""
    rows = db.session.execute(
        select(
            PermissionCount.type,
            PermissionCount.channel,
            PermissionCount.kind,
            PermissionCount.source,
            func.sum(PermissionCount.count),
        )
        .where(
            PermissionCount.new_state == state,
            PermissionCount.week <= through,
            PermissionCount.week > after if after else true(),
        )
        .group_by(PermissionCount.type, PermissionCount.channel, PermissionCount.kind, PermissionCount.source)
    )
    return {tuple(value.value for value in values): int(count) for *values, count in rows}


def _changes_since(week: date) -> int:
    return db.session.scalar(select(func.sum(PermissionCount.count)).where(PermissionCount.week >= week)) or 0


PERMISSION_STATES = register_statistic(WeeklyStatistic(NAME, DIMENSIONS, _first_week, _standing))
# a table each, so that a small number of withdrawals is joined with other withdrawals or waits
PERMISSION_FLOWS = {
    change: register_statistic(FlowStatistic(f"{NAME}.{change}", FLOW_VALUES, _first_week, partial(_flows_to, state)))
    for change, state in CHANGES.items()
}
register_so_far(SoFar(NAME, monday, _changes_since))


def report(filters: Filters) -> Report:
    """What the page, its CSV and the command show: the state at the end of the period and how it came about."""
    wanted = _wanted(filters)
    latest = queries.latest_period(NAME, filters.last)
    everything = queries.between(NAME, latest, latest) if latest else []
    counts = queries.within(everything, wanted)
    flows = _flows(filters)
    figures = _states_as_figures(counts)
    week_before = queries.latest_period(NAME, filters.first - timedelta(days=1))
    if week_before is not None:
        stood = queries.within(queries.between(NAME, week_before, week_before), wanted)
        figures = beside(figures, _states_as_figures(stood))
    types = [type for type in MarketingType if filters.values.get("type", type) == type]
    channels = [channel for channel in Channel if filters.values.get("channel", channel) == channel]
    kinds = [kind for kind in HolderKind if filters.values.get("kind", kind) == kind]
    return Report(
        statistic=NAME,
        filters=filters,
        figures=(*figures, *_flows_as_figures(flows)),
        tables=(
            _by_state("types", "type", [(t.value, _states(counts, type=t.value)) for t in types]),
            _by_state("channels", "channel", [(c.value, _states(counts, channel=c.value)) for c in channels]),
            _by_state(
                "types-and-channels",
                "type-and-channel",
                [
                    (f"{t.value} {c.value}", _states(counts, type=t.value, channel=c.value))
                    for t in types
                    for c in channels
                ],
            ),
            _by_state("kinds", "kind", [(k.value, _states(counts, kind=k.value)) for k in kinds]),
            _over_weeks(filters, wanted),
            *_flow_tables(flows, filters),
        ),
        unshown=sum(count.count for count in counts if count.only("state") is None),
        outside=sum(count.count for count in everything if not count.within(wanted) and count.touches(wanted)),
        standing_at=latest,
        before=Filters(week_before, week_before + WEEK - timedelta(days=1)) if week_before else None,
        so_far=None if filters.values else queries.so_far(NAME, monday(filters.last)),
    )


def _wanted(filters: Filters) -> dict[str, tuple[str, ...]]:
    return filters.wanted(type="type", channel="channel", kind="kind")


def _states_as_figures(counts: list[queries.Count]) -> tuple[Figure, ...]:
    chosen = sum(count.count for count in counts)
    return (
        Figure("choices", chosen),
        *(Figure(state.value, _standing_in(counts, state=state.value), chosen, "choices") for state in CHOSEN),
    )


def _standing_in(counts: list[queries.Count], **values: str) -> int | None:
    """The count of what lies within the values; None when nothing does: a small count is not told from none."""
    return queries.total(counts, **{name: (value,) for name, value in values.items()}) or None


def _states(counts: list[queries.Count], **values: str) -> tuple[int | None, ...]:
    return tuple(_standing_in(counts, state=state.value, **values) for state in CHOSEN)


def _by_state(key: str, row_kind: str, rows: list[tuple[str, tuple[int | None, ...]]]) -> Table:
    return Table(key, row_kind, tuple(CHOSEN), tuple(Row(name, counts) for name, counts in rows))


def _over_weeks(filters: Filters, wanted: Mapping[str, tuple[str, ...]]) -> Table:
    weeks: dict[date, list[queries.Count]] = {
        week: [] for week in queries.published_periods(NAME, filters.first, filters.last)
    }
    for count in queries.between(NAME, filters.first, filters.last):
        if count.within(wanted):
            weeks.setdefault(count.period, []).append(count)
    rows = tuple(Row(week.isoformat(), _states(counts)) for week, counts in sorted(weeks.items()))
    return Table("permissions-over-time", "week", tuple(CHOSEN), rows, is_over_time=True)


def _flows(filters: Filters) -> dict[str, list[queries.Count]]:
    wanted = _wanted(filters)
    return {
        change: queries.within(queries.between(statistic.name, filters.first, filters.last), wanted)
        for change, statistic in PERMISSION_FLOWS.items()
    }


def _flows_as_figures(flows: Mapping[str, list[queries.Count]]) -> tuple[Figure, ...]:
    return tuple(
        Figure(change, sum(count.count for count in counts) or None, is_rough=True) for change, counts in flows.items()
    )


def _flow_tables(flows: Mapping[str, list[queries.Count]], filters: Filters) -> tuple[Table, ...]:
    """None without changes: there would be nothing but dashes."""
    if not any(flows.values()):
        return ()
    weeks = queries.published_periods(NAME, filters.first, filters.last)
    sums = {filters.period_name(week): dict.fromkeys(flows, 0) for week in weeks}
    for change, counts in flows.items():
        for count in counts:
            sums.setdefault(filters.period_name(count.period), dict.fromkeys(flows, 0))[change] += count.count
    by_source = [
        Row(source.value, tuple(queries.total(counts, source=(source.value,)) or None for counts in flows.values()))
        for source in Source
    ]
    return (
        Table(
            "changes-over-time",
            "month" if filters.is_long else "week",
            tuple(flows),
            tuple(Row(name, tuple(number or None for number in of.values())) for name, of in sorted(sums.items())),
            is_over_time=True,
        ),
        Table("changes-by-source", "source", tuple(flows), tuple(row for row in by_source if any(row.counts))),
    )


register_report(report, name=NAME)
register_rebuild(rebuild)
