"""One invented customer as rows of the register; the same index, seed and day give the same rows."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, TypeAlias

from portal.catalogues import code_lists
from portal.catalogues.code_lists import CodeList
from portal.catalogues.recipients import Recipient
from portal.catalogues.retention import RULES, RetentionRule
from portal.catalogues.sources import Source
from portal.core.db import Model
from portal.demo import consumption, identifiers, recipients
from portal.demo.persons import Person, email, person
from portal.demo.words import CALL_TOPICS, FEEDBACK, OTHER_DATA, STREETS
from portal.disclosures import rules
from portal.disclosures.rules import Whose
from portal.permissions.models import Channel, CurrentPermission, MarketingType, PermissionEvent, State
from portal.register.models import (
    Billing,
    Consumption,
    ConsumptionKind,
    Customer,
    CustomerKind,
    CustomerStatus,
    Disclosure,
    Feedback,
    Invoice,
    MeteringSite,
    OtherDatum,
    Purchase,
    RecordedCall,
    Satisfaction,
    ServiceEvent,
)
from portal.register.postal_codes import POST_OFFICES

Rows: TypeAlias = dict[type[Model], list[dict[str, Any]]]

HISTORY_DAYS = 390  # thirteen months
BASIC_FEE_CENTS = 1_290
KWH_CENTS = 5.12
MOST_SITES = 3
FUSES = ("3x25 A", "3x25 A", "3x25 A", "3x35 A", "1x25 A", "3x63 A")
HEATINGS = ("direct-electric", "storage-electric", "ground-source", "district", "wood", "oil", "air-to-water")
HOUSINGS = ("detached-house", "detached-house", "apartment-building", "terraced-house", "farm", "holiday-home")
MONTHS_OF_CYCLE = {"monthly": 1, "two-monthly": 2, "quarterly": 3}


@dataclass
class Drawing:
    """What one customer's rows are drawn with, and the rows drawn so far."""

    index: int
    random: Random
    today: date
    whose: Person
    customer: Customer
    billing: Billing | None = None
    rows: Rows = field(default_factory=lambda: defaultdict(list))

    @property
    def spoken(self) -> str:
        """The language in which the customer is served: Finnish where theirs is not one of ours."""
        return "en" if self.whose.language == "en" else "fi"

    def id(self) -> int:
        return self.random.getrandbits(62)

    def day(self, days_back: int = HISTORY_DAYS) -> date:
        return self.today - timedelta(days=self.random.randint(1, days_back))

    def moment(self, day: date) -> datetime:
        return datetime.combine(day, time(self.random.randint(6, 15), self.random.randint(0, 59)), UTC)

    def add(self, model: type[Model], *, source: Source, on: date, **values: Any) -> dict[str, Any]:
        row = {
            "id": self.id(),
            "customer_id": self.customer.id,
            "source": source,
            "source_on": on,
            "updated_at": self.moment(on),
            **values,
        }
        self.rows[model].append(row)
        return row

    def some(self, most: int) -> range:
        """The first customer has one of everything; others up to `most`."""
        return range(max(1 if self.index == 0 else 0, self.random.randint(0, most)))


def draw(index: int, *, random_seed: int, today: date, taken: set[str]) -> Drawing:
    """All rows of the index-th customer; `taken` keeps identity codes apart."""
    random = Random(f"{random_seed}:{index}")
    whose = person(index, random)
    drawing = Drawing(index, random, today, whose, _customer(index, random, today, whose, taken))
    if whose.kind != "potential":
        _draw_contract(drawing)
        _draw_contacts(drawing)
        _draw_disclosures(drawing)
    _draw_permissions(drawing)
    return drawing


def _customer(index: int, random: Random, today: date, whose: Person, taken: set[str]) -> Customer:
    is_potential = whose.kind == "potential"
    source_on = today - timedelta(days=random.randint(30, HISTORY_DAYS if is_potential else 3_000))
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
            random.random() < 0.3 and not is_potential
            if whose.has_own_liabilities is None
            else whose.has_own_liabilities
        ),
        is_protected=whose.is_protected,
        contract_ended_on=None,
        source=random.choice((Source.COMPETITION, Source.PRIZE_DRAW, Source.TELEPHONE_SALES))
        if is_potential
        else Source.CONTRACT,
        source_on=source_on,
        updated_at=datetime.combine(source_on, time(9), UTC),
    )
    if whose.kind == "natural":
        customer.identity_code = whose.identity_code or _untaken_code(random, today, taken)
    return customer


def _untaken_code(random: Random, today: date, taken: set[str]) -> str:
    while (code := identifiers.identity_code(random, today)) in taken:
        pass
    taken.add(code)
    return code


def _draw_contract(drawing: Drawing) -> None:
    """Metering points with consumption, billing, and invoices that add up to it."""
    random = drawing.random
    kwh_of_month: dict[date, int] = defaultdict(int)
    count = 2 if drawing.index == 0 else random.choices((1, 2, 3), weights=(80, 15, 5))[0]
    address: dict[str, Any] = {}
    for number in range(count):
        site = _draw_site(drawing, number)
        address = address or {name: site[name] for name in ("street", "postal_code", "city")}
        for month, kwh in _draw_consumption(drawing, site):
            kwh_of_month[month] += kwh
    cycle = random.choices(tuple(MONTHS_OF_CYCLE), weights=(70, 20, 10))[0]
    billing = Billing(
        id=drawing.id(),
        customer_id=drawing.customer.id,
        **address,
        due_on=consumption.month_start(drawing.today, 1) + timedelta(days=14),
        cycle=cycle,
        method="business-e-invoice"
        if drawing.whose.kind == "legal"
        else random.choice(("e-invoice", "e-invoice", "email", "paper", "direct-payment")),
        source=Source.CONTRACT,
        source_on=drawing.customer.source_on,
        updated_at=drawing.customer.updated_at,
    )
    billing.iban = identifiers.iban(random)
    drawing.billing = billing
    _draw_invoices(drawing, kwh_of_month, MONTHS_OF_CYCLE[cycle])


def _draw_site(drawing: Drawing, number: int) -> dict[str, Any]:
    random = drawing.random
    housing, heating = random.choice(HOUSINGS), random.choice(HEATINGS)
    if housing == "apartment-building":
        heating = "district"
    fuse = random.choice(FUSES)
    postal_code = random.choice(tuple(POST_OFFICES))
    contract_on = drawing.customer.source_on
    serial = drawing.index * MOST_SITES + number + 1
    return drawing.add(
        MeteringSite,
        source=Source.CONTRACT if number == 0 else Source.MARKET_DATA_EXCHANGE,
        on=contract_on,
        gsrn=identifiers.gsrn(serial),
        street=f"{random.choice(STREETS)} {random.randint(1, 60)} {random.choice('ABC')} {random.randint(1, 30)}",
        postal_code=postal_code,
        city=POST_OFFICES[postal_code],
        housing=housing,
        tenure=random.choice(("owner", "owner", "tenant", "right-of-occupancy")),
        timing="seasonal" if housing == "holiday-home" else random.choice(("year-round", "year-round", "day-night")),
        heating=heating,
        estimate_kwh=consumption.yearly_kwh(housing, heating, random),
        main_fuse=fuse,
        connection_number=f"L{serial:07d}",
        connection_voltage="low",
        connection_phases=fuse[0],
        connection_status="connected",
        connection_contract_on=contract_on,
        is_transferable=True,
        has_generation=random.random() < 0.08,
        contract="network",
        contract_duration="open-ended",
        contract_from=contract_on,
        contract_until=None,
        tariff=random.choice(("general", "general", "time-of-day", "seasonal")),
    )


def _draw_consumption(drawing: Drawing, site: dict[str, Any]) -> list[tuple[date, int]]:
    """Measured months up to the last whole one, and an estimate of the running one."""
    months = []
    is_heated = site["heating"] in consumption.YEARLY_KWH_OF_HEATING

    def add(month: date, kind: ConsumptionKind) -> int:
        kwh = consumption.month_kwh(site["estimate_kwh"], month, is_heated=is_heated, random=drawing.random)
        drawing.rows[Consumption].append(
            {
                "id": drawing.id(),
                "customer_id": drawing.customer.id,
                "site_id": site["id"],
                "month": month,
                "kind": kind,
                "kwh": kwh,
                "source": Source.MARKET_DATA_EXCHANGE if kind is ConsumptionKind.MEASURED else Source.SERVICE_USE,
                "source_on": (on := min(consumption.month_start(month, 1), drawing.today)),
                "updated_at": datetime.combine(on, time(3), UTC),
            }
        )
        return kwh

    for month in consumption.months_before(drawing.today, consumption.MONTHS_MEASURED):
        months.append((month, add(month, ConsumptionKind.MEASURED)))
    add(consumption.month_start(drawing.today), ConsumptionKind.ESTIMATE)
    return months


def _draw_invoices(drawing: Drawing, kwh_of_month: dict[date, int], months_of_cycle: int) -> None:
    months = sorted(kwh_of_month)[-12:]
    for first in range(0, 12, months_of_cycle):
        period = months[first : first + months_of_cycle]
        kwh = sum(kwh_of_month[month] for month in period)
        issued_on = consumption.month_start(period[-1], 1) + timedelta(days=4)
        if issued_on > drawing.today:
            continue
        due_on = issued_on + timedelta(days=14)
        state, paid_on = _payment(drawing, due_on)
        number = 20_000_000 + drawing.index * 20 + first
        drawing.add(
            Invoice,
            source=Source.CONTRACT,
            on=issued_on,
            number=str(number),
            reference=identifiers.reference(number),
            amount_cents=BASIC_FEE_CENTS * len(period) + round(kwh * KWH_CENTS),
            issued_on=issued_on,
            due_on=due_on,
            paid_on=paid_on,
            state=state,
        )


def _payment(drawing: Drawing, due_on: date) -> tuple[str, date | None]:
    if due_on > drawing.today:
        return "open", None
    if drawing.random.random() < 0.02:
        return drawing.random.choice(("overdue", "reminded", "in-collection")), None
    return "paid", due_on - timedelta(days=drawing.random.randint(0, 6))


def _draw_contacts(drawing: Drawing) -> None:
    """Feedback, calls, surveys, use of services, orders and what was told with consent."""
    random = drawing.random
    for _ in drawing.some(1):
        category, text, reply = random.choice(FEEDBACK[drawing.spoken])
        on = drawing.day()
        drawing.add(
            Feedback,
            source=Source.CUSTOMER_CONTACT,
            on=on,
            channel=_code(random, CodeList.FEEDBACK_CHANNEL),
            category=category,
            text=text,
            received_on=on,
            status="answered" if reply else "new",
            reply=reply,
        )
    for _ in drawing.some(2):
        on = drawing.day()
        drawing.add(
            RecordedCall,
            source=Source.CALL_RECORDING,
            on=on,
            started_at=drawing.moment(on),
            length_seconds=random.randint(40, 900),
            direction=random.choice(("incoming", "incoming", "outgoing")),
            topic=random.choice(CALL_TOPICS[drawing.spoken]),
            agent_reference=f"A{random.randint(1, 12):02d}",
            is_customer_told=True,
            purpose=_code(random, CodeList.CALL_PURPOSE),
            delete_on=RULES[RetentionRule.RECORDINGS].kept_until(on),
        )
    for _ in drawing.some(1):
        on = drawing.day()
        drawing.add(
            Satisfaction,
            source=Source.CUSTOMER_CONTACT,
            on=on,
            survey=_code(random, CodeList.SURVEY),
            score=random.choices((1, 2, 3, 4, 5), weights=(3, 6, 15, 40, 36))[0],
            answered_on=on,
        )
    for _ in drawing.some(3):
        on = drawing.day()
        drawing.add(
            ServiceEvent,
            source=Source.SERVICE_USE,
            on=on,
            event=_code(random, CodeList.SERVICE_EVENT),
            happened_at=drawing.moment(on),
        )
    for _ in drawing.some(1):
        on = drawing.day()
        drawing.add(
            Purchase,
            source=Source.ORDER,
            on=on,
            product=_code(random, CodeList.PRODUCT),
            ordered_on=on,
            price_cents=random.randint(90, 2_400) * 100,
        )
    if drawing.index == 0 or random.random() < 0.05:
        drawing.add(
            OtherDatum,
            source=Source.CUSTOMER_CONTACT,
            on=drawing.day(),
            subject=OTHER_DATA[0],
            value="Varaston naula, ovi B",
            consent_reference=f"S-{drawing.index:06d}",
        )


def _draw_disclosures(drawing: Drawing) -> None:
    """Credit information gets identity code and name only, and only with own liabilities (R70)."""
    if drawing.customer.has_own_liabilities and drawing.customer.kind is CustomerKind.NATURAL:
        _disclose(drawing, Recipient.CREDIT_INFORMATION, "identity_code name")
    if any(invoice["state"] in ("reminded", "in-collection") for invoice in drawing.rows[Invoice]):
        address = "" if drawing.customer.is_protected else "billing_street "
        keys = f"name customer_number {address}invoice_number invoice_amount invoice_due_on"
        _disclose(drawing, Recipient.INVOICING_AND_COLLECTION, keys)


def _disclose(drawing: Drawing, recipient: Recipient, keys: str) -> None:
    """By the rule that every disclosure goes by."""
    to, at = recipients.receiving(recipient), drawing.moment(drawing.day())
    whose = Whose(
        kind=drawing.customer.kind,
        has_own_liabilities=drawing.customer.has_own_liabilities,
        is_protected=drawing.customer.is_protected,
        held=frozenset(keys.split()),
    )
    drawing.rows[Disclosure].append(
        {
            "id": drawing.id(),
            "customer_id": drawing.customer.id,
            "recipient": recipient,
            "recipient_name": recipients.NAMES[recipient][0],
            "holder_id": recipients.holder_id(recipient),
            "legal_ground": rules.ground_of(to, None),
            "field_keys": " ".join(rules.check(keys.split(), to=to, whose=whose, at=at, now=at)),
            "disclosed_at": at,
        }
    )


def _draw_permissions(drawing: Drawing) -> None:
    """The ledger, and the state that it leads to."""
    random = drawing.random
    source = drawing.customer.source if drawing.whose.kind == "potential" else Source.CUSTOMER_CONTACT
    advertising = MarketingType.DIRECT_ADVERTISING
    match drawing.whose.permissions:
        case "withdrawn":
            given_on, withdrawn_on = sorted((drawing.day(), drawing.day()))
            at = drawing.moment(given_on)
            _permit(drawing, advertising, Channel.EMAIL, State.PERMISSION, at=at, source=source)
            later = max(at + timedelta(minutes=5), drawing.moment(withdrawn_on))
            _permit(
                drawing,
                advertising,
                Channel.EMAIL,
                State.NONE,
                at=later,
                source=Source.OWN_CHANGE,
                old=State.PERMISSION,
            )
        case "phone-no-email-yes":
            for type in MarketingType:
                at = drawing.moment(drawing.day())
                _permit(drawing, type, Channel.PHONE, State.PROHIBITION, at=at, source=Source.OWN_CHANGE)
                _permit(drawing, type, Channel.EMAIL, State.PERMISSION, at=at, source=source)
        case "drawn":
            _draw_usual_permissions(drawing, random, source)


def _draw_usual_permissions(drawing: Drawing, random: Random, source: Source) -> None:
    is_potential = drawing.whose.kind == "potential"
    if is_potential:
        at = drawing.moment(drawing.customer.source_on)
        _permit(drawing, MarketingType.DIRECT_ADVERTISING, Channel.EMAIL, State.PERMISSION, at=at, source=source)
    for type in MarketingType:
        for channel in Channel:
            if is_potential and (type, channel) == (MarketingType.DIRECT_ADVERTISING, Channel.EMAIL):
                continue
            chance = random.random()
            at = drawing.moment(drawing.day())
            if chance < 0.10:
                _permit(drawing, type, channel, State.PERMISSION, at=at, source=source)
            elif chance < 0.16 and not is_potential:
                _permit(drawing, type, channel, State.PROHIBITION, at=at, source=Source.OWN_CHANGE)


def _permit(
    drawing: Drawing,
    type: MarketingType,
    channel: Channel,
    new: State,
    *,
    at: datetime,
    source: Source,
    old: State = State.NONE,
) -> None:
    """Add a step to the ledger; a later step of the same line takes the place of the state it left."""
    shared = {"customer_id": drawing.customer.id, "type": type, "channel": channel, "source": source}
    drawing.rows[PermissionEvent].append(
        {
            "id": drawing.id(),
            **shared,
            "old_state": old,
            "new_state": new,
            "unit": "customer" if source is Source.OWN_CHANGE else "customer-service",
            "actor_id": None,
            "at": at,
            "act_id": drawing.id(),
        }
    )
    current = drawing.rows[CurrentPermission]
    current[:] = [row for row in current if (row["type"], row["channel"]) != (type, channel)]
    current.append({"id": drawing.id(), **shared, "state": new, "source_on": at})


def _code(random: Random, code_list: CodeList) -> str:
    return random.choice(tuple(code_lists.WORDS[code_list]))
