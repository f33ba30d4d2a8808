"""Consumption by metering point: years side by side, measured figures and estimates never in one series (R34, R35)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.core.db import db, row_id
from portal.core.errors import NotFound
from portal.register.models import Consumption, ConsumptionKind, MeteringSite
from portal.register.reading import CategoryRecords, Record

YEARS_DRAWN = 3
MONTHS = range(1, 13)


@dataclass(frozen=True)
class Year:
    """The months of one year, all measured or all estimated; None where there is no figure."""

    year: int
    kind: ConsumptionKind
    months: tuple[int | None, ...]

    @property
    def is_estimate(self) -> bool:
        return self.kind is ConsumptionKind.ESTIMATE

    @property
    def total(self) -> int:
        return sum(kwh or 0 for kwh in self.months)


@dataclass(frozen=True)
class MeteringPoint:
    """A metering point with its monthly records, newest first. `number` counts the points of the customer from 1."""

    id: int
    number: int
    gsrn: str
    street: str
    records: Sequence[Record]

    @property
    def years(self) -> list[Year]:
        return years_of(
            (_month(record), ConsumptionKind(str(record.value("consumption_kind"))), _kwh(record))
            for record in self.records
        )


def metering_points(categories: Iterable[CategoryRecords]) -> list[MeteringPoint]:
    """The customer's metering points with what was used at them, in the order of the page."""
    groups = {group.spec.category.value: group.records for group in categories}
    return [
        MeteringPoint(
            id=site.record_id or 0,
            number=number,
            gsrn=str(site.value("gsrn")),
            street=str(site.value("street") or ""),
            records=[r for r in groups["consumption"] if r.value("consumption_site") == site.value("gsrn")],
        )
        for number, site in enumerate(groups["site"], start=1)
    ]


def metering_point(categories: Iterable[CategoryRecords], record: str) -> MeteringPoint:
    """One of them by the number of its record; raises NotFound for anybody else's."""
    wanted = row_id(record)
    for point in metering_points(categories):
        if point.id == wanted:
            return point
    raise NotFound


def years_at(record: str, *, customer_id: int) -> list[Year]:
    """The figures of one metering point, for drawing; raises NotFound for anybody else's."""
    site_id = row_id(record)
    is_own = select(MeteringSite.id).where(MeteringSite.id == site_id, MeteringSite.customer_id == customer_id)
    if site_id is None or db.session.scalar(is_own) is None:
        raise NotFound
    rows = db.session.execute(
        select(Consumption.month, Consumption.kind, Consumption.kwh).where(Consumption.site_id == site_id)
    )
    return years_of((month, kind, kwh) for month, kind, kwh in rows)


def years_of(figures: Iterable[tuple[date, ConsumptionKind, int]]) -> list[Year]:
    """Measured years first, then estimated ones, each from the oldest to the newest."""
    found: dict[tuple[ConsumptionKind, int], list[int | None]] = {}
    for month, kind, kwh in figures:
        found.setdefault((kind, month.year), [None] * len(MONTHS))[month.month - 1] = kwh
    in_order = sorted(found, key=lambda key: (key[0] is ConsumptionKind.ESTIMATE, key[1]))
    return [Year(year, kind, tuple(found[kind, year])) for kind, year in in_order]


def drawn(years: Sequence[Year]) -> list[Year]:
    """The last years, which fit into one picture; the table has all."""
    last = sorted({year.year for year in years})[-YEARS_DRAWN:]
    return [year for year in years if year.year in last]


def _month(record: Record) -> date:
    month = record.value("consumption_month")
    assert isinstance(month, date)
    return month


def _kwh(record: Record) -> int:
    return int(str(record.value("consumption_kwh")))
