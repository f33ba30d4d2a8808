"""Metering points: dwellings whose heating, fuse, tariff and consumption fit together."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from portal.catalogues.sources import Source
from portal.core.clock import HELSINKI
from portal.demo import consumption, identifiers
from portal.demo.drawing import Drawing
from portal.demo.persons import MOST_SITES, Dwelling
from portal.demo.words import STREETS
from portal.register.models import Consumption, ConsumptionKind, MeteringSite
from portal.register.postal_codes import POST_OFFICES
from portal.subject_requests.deadlines import previous_working_day

# Where dwellings of each kind are: flats in the centres, cottages and farms outside them.
CENTRES = ("45100", "45120", "45130", "45160", "45200", "45700", "45720", "46800", "46900")
COUNTRYSIDE = ("45360", "45410", "46400", "46860", "46910", "47200", "47710")
CODES = {"apartment-building": CENTRES, "holiday-home": COUNTRYSIDE, "farm": COUNTRYSIDE}
POSTAL_CODES = tuple(POST_OFFICES)
COUNTRY_ROADS = tuple(name for name in STREETS if name.endswith(("tie", "polku")))
HOUSINGS = (
    ("apartment-building", 38),
    ("detached-house", 34),
    ("terraced-house", 15),
    ("semi-detached-house", 5),
    ("farm", 4),
    ("holiday-home", 4),
)
SECOND_HOUSINGS = (("holiday-home", 70), ("apartment-building", 20), ("farm", 10))
PREMISES = (("other", 80), ("apartment-building", 20))
HEATINGS = {
    "apartment-building": (("district", 97), ("direct-electric", 3)),
    "terraced-house": (("district", 60), ("direct-electric", 25), ("exhaust-air", 15)),
    "holiday-home": (("wood", 60), ("direct-electric", 25), ("air-source", 15)),
    "farm": (("wood", 55), ("ground-source", 25), ("oil", 20)),
    "other": (("district", 70), ("oil", 15), ("ground-source", 15)),
}
HEATINGS_OF_HOUSE = (
    ("direct-electric", 30),
    ("ground-source", 18),
    ("storage-electric", 12),
    ("air-source", 12),
    ("district", 10),
    ("air-to-water", 8),
    ("wood", 5),
    ("oil", 5),
)
TENURES = {
    "apartment-building": (("owner", 45), ("tenant", 45), ("right-of-occupancy", 10)),
    "terraced-house": (("owner", 70), ("tenant", 20), ("right-of-occupancy", 10)),
}
FUSES = {
    "apartment-building": (("1x25 A", 45), ("3x25 A", 55)),
    "farm": (("3x35 A", 50), ("3x63 A", 50)),
    "other": (("3x50 A", 40), ("3x63 A", 35), ("3x100 A", 25)),
}
TARIFFS = {"other": (("power-based", 60), ("general", 40)), "apartment-building": (("general", 100),)}
TARIFFS_OF_HEATING = (("general", 45), ("time-of-day", 35), ("seasonal", 20))
OLDEST_CONNECTION = timedelta(days=45 * 365)


def draw_sites(drawing: Drawing) -> list[dict[str, Any]]:
    """One to three, the home first; all of one contract, so that pages list them by id."""
    fixed = drawing.whose.dwellings
    count = len(fixed) or drawing.random.choices((1, 2, 3), weights=(80, 15, 5))[0]
    ids = sorted(drawing.id() for _ in range(count))
    return [
        _draw_site(drawing, place, fixed[place] if fixed else _dwelling(drawing, place), id=ids[place])
        for place in range(count)
    ]


def _dwelling(drawing: Drawing, place: int) -> Dwelling:
    housings = PREMISES if drawing.whose.kind == "legal" else SECOND_HOUSINGS if place else HOUSINGS
    housing = _pick(drawing, housings)
    return Dwelling(housing, _pick(drawing, HEATINGS.get(housing, HEATINGS_OF_HOUSE)))


def _draw_site(drawing: Drawing, place: int, dwelling: Dwelling, *, id: int) -> dict[str, Any]:
    dwelling = _completed(drawing, dwelling)
    housing, heating, customer = dwelling.housing, dwelling.heating, drawing.customer
    fuse = str(dwelling.fuse)
    serial = drawing.index * MOST_SITES + place + 1
    postal_code = drawing.random.choice(CODES.get(housing, POSTAL_CODES))
    is_own = dwelling.tenure == "owner"
    connected = previous_working_day(
        customer.source_on - timedelta(days=drawing.random.randint(0, OLDEST_CONNECTION.days))
    )
    is_day_night = dwelling.tariff == "time-of-day"
    has_ended = customer.contract_ended_on is not None
    return drawing.add(
        MeteringSite,
        source=Source.CONTRACT if place == 0 else Source.MARKET_DATA_EXCHANGE,
        on=customer.source_on,
        id=id,
        gsrn=identifiers.gsrn(serial),
        street=street(drawing, housing),
        postal_code=postal_code,
        city=POST_OFFICES[postal_code],
        housing=housing,
        tenure=dwelling.tenure,
        timing="seasonal" if housing == "holiday-home" else "day-night" if is_day_night else "year-round",
        heating=heating,
        estimate_kwh=dwelling.yearly_kwh,
        main_fuse=fuse,
        connection_number=f"L{serial:07d}",
        connection_voltage="low",
        connection_phases=fuse[0],
        connection_status="connected",
        connection_contract_on=connected if is_own else None,
        is_transferable=True,
        has_generation=is_own and housing.endswith(("house", "farm")) and drawing.random.random() < 0.12,
        contract="network",
        contract_duration="fixed-term" if has_ended and dwelling.tenure == "tenant" else "open-ended",
        contract_from=customer.source_on,
        contract_until=customer.contract_ended_on,
        tariff=dwelling.tariff,
    )


def _completed(drawing: Drawing, dwelling: Dwelling) -> Dwelling:
    """What was not said before is drawn."""
    housing, heating = dwelling.housing, dwelling.heating
    tariffs = TARIFFS_OF_HEATING if heating in consumption.YEARLY_KWH_OF_HEATING else (("general", 100),)
    return replace(
        dwelling,
        tenure=dwelling.tenure or _pick(drawing, TENURES.get(housing, (("owner", 94), ("tenant", 6)))),
        fuse=dwelling.fuse or _pick(drawing, FUSES.get(housing, (("3x25 A", 92), ("3x35 A", 8)))),
        tariff=dwelling.tariff or _pick(drawing, TARIFFS.get(housing, tariffs)),
        yearly_kwh=dwelling.yearly_kwh or consumption.yearly_kwh(housing, heating, drawing.random),
    )


def street(drawing: Drawing, housing: str) -> str:
    """Flats have a staircase and a number, houses a number alone."""
    random = drawing.random
    names = COUNTRY_ROADS if CODES.get(housing) is COUNTRYSIDE else STREETS
    name = f"{random.choice(names)} {random.randint(1, 48)}"
    if housing == "apartment-building":
        return f"{name} {random.choice('ABCD')} {random.randint(1, 40)}"
    return f"{name} {random.choice('ABCDEF')}" if housing in ("terraced-house", "semi-detached-house") else name


def draw_consumption(drawing: Drawing, site: dict[str, Any]) -> list[tuple[date, int]]:
    """Measured whole months, and an estimate of the one that runs while the contract does; never both of a month."""
    running = consumption.month_start(drawing.yesterday)
    began = consumption.month_start(site["contract_from"])
    ended = drawing.customer.contract_ended_on
    shape = consumption.shape_of(site["housing"], site["heating"])

    def add(month: date, kind: ConsumptionKind, source: Source, known_on: date) -> int:
        kwh = consumption.month_kwh(site["estimate_kwh"], month, shape, drawing.random)
        drawing.rows[Consumption].append(
            {
                "id": drawing.id(),
                "customer_id": drawing.customer.id,
                "site_id": site["id"],
                "month": month,
                "kind": kind,
                "kwh": kwh,
                "source": source,
                "source_on": known_on,
                "updated_at": _night_of(known_on),
            }
        )
        return kwh

    measured = [
        (month, add(month, ConsumptionKind.MEASURED, Source.MARKET_DATA_EXCHANGE, consumption.month_start(month, 1)))
        for month in consumption.months_before(running, consumption.MONTHS_MEASURED)
        if month >= began and (ended is None or month <= ended)
    ]
    if ended is None and running >= began:
        add(running, ConsumptionKind.ESTIMATE, Source.SERVICE_USE, running)
    return measured


@cache
def _night_of(day: date) -> datetime:
    return datetime.combine(day, time(3), HELSINKI).astimezone(UTC)


def _pick(drawing: Drawing, weighted: tuple[tuple[str, int], ...]) -> str:
    names, weights = zip(*weighted, strict=True)
    return str(drawing.random.choices(names, weights=weights)[0])
