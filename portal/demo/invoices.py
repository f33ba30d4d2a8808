"""Billing, and invoices of the last year that add up with consumption, price list and taxes."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from portal.catalogues.sources import Source
from portal.demo import identifiers
from portal.demo.consumption import month_start, months_before
from portal.demo.drawing import ONE_DAY, Drawing
from portal.demo.prices import MonthOfSite, total_cents
from portal.register.models import Billing, Invoice
from portal.subject_requests.deadlines import next_working_day, previous_working_day

MONTHS_OF_CYCLE = {"monthly": 1, "two-monthly": 2, "quarterly": 3}
MONTHS_INVOICED = 12
ISSUED_AFTER = timedelta(days=4)  # of the month that follows
TIME_TO_PAY = timedelta(days=14)
FIRST_NUMBER, NUMBERS_EACH = 20_000_000, 16
PAID_BY_THE_BANK = ("e-invoice", "direct-payment")  # on the due date
# How long after the due date an unpaid invoice goes on to its next state
REMINDED_AFTER, COLLECTED_AFTER = timedelta(days=10), timedelta(days=35)
IN_ARREARS, PAYS_LATE = 0.03, 0.06


def draw_billing(drawing: Drawing, home: Mapping[str, Any]) -> None:
    random = drawing.random
    is_legal = drawing.whose.kind == "legal"
    methods = ["e-invoice", "e-invoice", "e-invoice", "paper", "direct-payment"]
    if drawing.customer.email:
        methods += ["email", "email"]
    billing = Billing(
        id=drawing.id(),
        customer_id=drawing.customer.id,
        street=home["street"],
        postal_code=home["postal_code"],
        city=home["city"],
        due_on=None,
        cycle=random.choices(tuple(MONTHS_OF_CYCLE), weights=(70, 20, 10))[0],
        method="business-e-invoice" if is_legal else random.choice(methods),
        source=Source.CONTRACT,
        source_on=drawing.customer.source_on,
        updated_at=drawing.customer.updated_at,
    )
    billing.iban = identifiers.iban(random)
    drawing.billing = billing


def draw_invoices(drawing: Drawing, months: Sequence[MonthOfSite]) -> None:
    """One a billing period; the last one of a contract that has ended closes it."""
    billing = drawing.billing
    assert billing is not None
    length = MONTHS_OF_CYCLE[billing.cycle]
    issued = [
        _draw_invoice(drawing, number, last, used)
        for number, last in enumerate(_period_ends(drawing, length))
        if (used := [of for of in months if month_start(last, 1 - length) <= of.month <= last])
    ]
    _pay(drawing, issued)
    billing.due_on = _next_due(drawing, issued, length)


def _period_ends(drawing: Drawing, length: int) -> list[date]:
    """The last months of the periods that have been invoiced by yesterday."""
    ended = drawing.customer.contract_ended_on
    final = month_start(ended) if ended else None
    return [
        month
        for month in months_before(month_start(drawing.yesterday), MONTHS_INVOICED)
        if (month.month % length == 0 or month == final) and issued_on(month) <= drawing.yesterday
    ]


def _draw_invoice(drawing: Drawing, number: int, last: date, used: list[MonthOfSite]) -> dict[str, Any]:
    named = FIRST_NUMBER + drawing.index * NUMBERS_EACH + number
    on = issued_on(last)
    return drawing.add(
        Invoice,
        source=Source.CONTRACT,
        on=on,
        number=str(named),
        reference=identifiers.reference(named),
        amount_cents=total_cents(used),
        issued_on=on,
        due_on=due_on(last),
        paid_on=None,
        state="open",
    )


@cache
def issued_on(last: date) -> date:
    """When the invoice of a period is made out, by the last month of the period."""
    return next_working_day(month_start(last, 1) + ISSUED_AFTER)


@cache
def due_on(last: date) -> date:
    return next_working_day(issued_on(last) + TIME_TO_PAY)


def _pay(drawing: Drawing, issued: list[dict[str, Any]]) -> None:
    """In order of time: who is behind has not paid the newest ones."""
    unpaid = drawing.whose.unpaid
    if unpaid is None:
        is_behind = drawing.random.random() < IN_ARREARS
        unpaid = drawing.random.randint(1, 3) if is_behind else 0
    for place, invoice in enumerate(issued):
        paid_on = None if place >= len(issued) - unpaid else _paid_on(drawing, invoice)
        if paid_on is not None and paid_on <= drawing.yesterday:
            invoice |= {"paid_on": paid_on, "state": "paid", "updated_at": drawing.moment(paid_on)}
        else:
            invoice["state"] = state_of_unpaid(drawing.yesterday - invoice["due_on"])


def state_of_unpaid(late: timedelta) -> str:
    if late <= timedelta():
        return "open"
    if late <= REMINDED_AFTER:
        return "overdue"
    return "reminded" if late <= COLLECTED_AFTER else "in-collection"


def _paid_on(drawing: Drawing, invoice: Mapping[str, Any]) -> date:
    due: date = invoice["due_on"]
    assert drawing.billing is not None
    if drawing.billing.method in PAID_BY_THE_BANK:
        return due
    if drawing.random.random() < PAYS_LATE:
        return next_working_day(due + timedelta(days=drawing.random.randint(1, 9)))
    return previous_working_day(due - timedelta(days=drawing.random.randint(0, 8)))


def _next_due(drawing: Drawing, issued: Sequence[Mapping[str, Any]], length: int) -> date | None:
    """Of the invoice that waits to be paid, else of the next one."""
    waiting: list[date] = [invoice["due_on"] for invoice in issued if invoice["state"] == "open"]
    if waiting:
        return min(waiting)
    if drawing.customer.contract_ended_on is not None:
        return None
    month = month_start(drawing.yesterday - ONE_DAY * 45)
    while month.month % length or issued_on(month) <= drawing.yesterday:
        month = month_start(month, 1)
    return due_on(month)
