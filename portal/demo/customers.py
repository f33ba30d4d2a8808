"""One invented customer as rows of the register; the same index, seed and day give the same rows."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from portal.catalogues.fields import CATEGORIES, CategorySpec
from portal.catalogues.retention import RULES
from portal.catalogues.sources import Source
from portal.core.clock import HELSINKI, local_date
from portal.demo import identifiers
from portal.demo.consumption import month_start
from portal.demo.contacts import draw_contacts
from portal.demo.disclosures import draw_disclosures, draw_meter_work, draw_monthly_reports
from portal.demo.drawing import HISTORY_DAYS, Drawing
from portal.demo.dwellings import draw_consumption, draw_sites
from portal.demo.invoices import draw_billing, draw_invoices
from portal.demo.permissions import draw_permissions
from portal.demo.persons import Person, email, person
from portal.demo.prices import MonthOfSite
from portal.register.models import Customer, CustomerKind, CustomerStatus
from portal.register.reading import TABLES

MONTHS_OF_CONTRACT = (2, 110)
MONTHS_SINCE_LEAVING = (2, 40)
HAS_LEFT, HAS_OWN_LIABILITIES = 0.03, 0.3
SOURCES_OF_POTENTIAL = (Source.COMPETITION, Source.PRIZE_DRAW, Source.TELEPHONE_SALES)


def draw(index: int, *, random_seed: int, today: date, taken: set[str]) -> Drawing:
    """All rows of the index-th customer; `taken` keeps identity codes apart."""
    random = Random(f"{random_seed}:{index}")
    whose = person(index, random)
    drawing = Drawing(index, random, today, whose, _customer(index, random, today, whose, taken))
    for chapter in CHAPTERS_OF_POTENTIAL if whose.kind == "potential" else CHAPTERS:
        chapter(drawing)
    return drawing


def _draw_contract(drawing: Drawing) -> None:
    """Metering points with consumption, billing, and invoices that add up to it."""
    sites = draw_sites(drawing)
    months = [
        MonthOfSite(month, site["main_fuse"], site["tariff"], kwh)
        for site in sites
        for month, kwh in draw_consumption(drawing, site)
    ]
    draw_billing(drawing, sites[0])
    draw_invoices(drawing, months)


def _drop_what_is_over(drawing: Drawing) -> None:
    """What has been kept long enough is not there any more; only of those who have left is anything so old."""
    if drawing.customer.contract_ended_on is None:
        return
    for category, (model, _) in TABLES.items():
        spec = CATEGORIES[category]
        drawing.rows[model] = [row for row in drawing.rows[model] if _is_kept(spec, row, drawing.today)]


def _is_kept(spec: CategorySpec, row: Mapping[str, Any], today: date) -> bool:
    if spec.deleted_on:
        return bool(row[spec.deleted_on] > today)
    event = row[spec.event] if spec.event else None
    if event is None:  # counted from the end of the contract, which is younger than that
        return True
    until = RULES[spec.retention].kept_until(local_date(event) if isinstance(event, datetime) else event)
    return until is None or until >= today


# In order: what is drawn later looks at what is there. Something new about customers is a function here.
CHAPTERS: tuple[Callable[[Drawing], None], ...] = (
    _draw_contract,
    draw_contacts,
    draw_disclosures,
    draw_permissions,
    draw_meter_work,
    draw_monthly_reports,
    _drop_what_is_over,
)
CHAPTERS_OF_POTENTIAL: tuple[Callable[[Drawing], None], ...] = (draw_permissions,)


def _customer(index: int, random: Random, today: date, whose: Person, taken: set[str]) -> Customer:
    is_potential = whose.kind == "potential"
    began_on, ended_on = _contract(random, today, whose)
    source_on = today - timedelta(days=random.randint(30, HISTORY_DAYS)) if is_potential else began_on
    customer = Customer(
        id=random.getrandbits(62),
        number=identifiers.customer_number(index),
        kind=CustomerKind.LEGAL if whose.kind == "legal" else CustomerKind.NATURAL,
        status=CustomerStatus.POTENTIAL if is_potential else CustomerStatus.CUSTOMER,
        name=whose.name,
        business_id=identifiers.business_id(random) if whose.kind == "legal" else None,
        phone=whose.phone or identifiers.phone(index),
        email=email(whose.name, index) if whose.has_email else None,
        preferred_language=whose.language,
        has_own_liabilities=(
            random.random() < HAS_OWN_LIABILITIES and whose.kind == "natural"
            if whose.has_own_liabilities is None
            else whose.has_own_liabilities
        ),
        is_protected=whose.is_protected,
        contract_ended_on=ended_on,
        source=random.choice(SOURCES_OF_POTENTIAL) if is_potential else Source.CONTRACT,
        source_on=source_on,
        updated_at=datetime.combine(ended_on or source_on, time(9), HELSINKI).astimezone(UTC),
    )
    if whose.kind == "natural":
        customer.identity_code = whose.identity_code or _untaken_code(random, today, taken)
    return customer


def _contract(random: Random, today: date, whose: Person) -> tuple[date, date | None]:
    """Contracts begin with a month; of those that have ended, the last day."""
    has_left = random.random() < HAS_LEFT if whose.has_left is None else whose.has_left
    if not has_left or whose.kind == "potential":
        return month_start(today, -(whose.months or random.randint(*MONTHS_OF_CONTRACT))), None
    left = month_start(today, -random.randint(*MONTHS_SINCE_LEAVING))
    return month_start(left, -random.randint(*MONTHS_OF_CONTRACT)), left - timedelta(days=1)


def _untaken_code(random: Random, today: date, taken: set[str]) -> str:
    while (code := identifiers.identity_code(random, today)) in taken:
        pass
    taken.add(code)
    return code
