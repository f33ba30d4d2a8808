"""What the clerk's page of one customer shows, gathered in a number of queries that does not grow with the customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portal.catalogues.fields import Category
from portal.core import audit
from portal.core.audit import Entry
from portal.core.clock import local_date
from portal.permissions import services as permissions
from portal.permissions.models import MARKETING, Channel, MarketingType
from portal.register import conflicts
from portal.register.care import address_protection, contact_log, mandates, manual_material
from portal.register.care.mandates import Held
from portal.register.care.models import ContactEntry, Mandate, ManualMaterial
from portal.register.conflicts import Conflict
from portal.register.models import Customer, Disclosure, FieldProvenance
from portal.register.reading import CategoryRecords, Record, desk_records_of, disclosures_of
from portal.subject_requests import queries
from portal.subject_requests.kinds import OPEN
from portal.subject_requests.models import SubjectRequest

LATEST = 3


@dataclass(frozen=True)
class Money:
    """What is to be paid, in cents; `overdue` is a part of `open`."""

    open: int
    open_cents: int
    overdue: int
    overdue_cents: int
    in_collection: int
    next_due_on: date | None


@dataclass(frozen=True)
class CustomerPage:
    """One customer as the desk sees them; a protected address is in none of it (L40).

    `marketing` are the kinds that are allowed in each channel; `other_contact` are the channels in which they may be
    contacted about what they have asked, which is no marketing. `requests_at_hand` are open, or have a message that
    nobody has answered or marked as read.
    """

    customer: Customer
    categories: Sequence[CategoryRecords]
    protected_since: date | None
    speakers: Sequence[Mandate]
    speaks_for: Sequence[Held]
    money: Money
    marketing: Mapping[Channel, Sequence[MarketingType]]
    other_contact: Sequence[Channel]
    requests_at_hand: Sequence[SubjectRequest]
    ended_requests: int
    waiting: Sequence[Conflict]
    contacts: Sequence[ContactEntry]
    contact_count: int
    papers: Sequence[ManualMaterial]
    viewings: Sequence[Entry]
    disclosures: Sequence[Disclosure]
    has_account: bool

    def records(self, category: Category | str) -> Sequence[Record]:
        return next(group.records for group in self.categories if group.spec.category == category)


def gathered(customer: Customer, *, now: datetime) -> CustomerPage:
    today = local_date(now)
    categories = desk_records_of(customer)
    allowed = {(line.type, line.channel) for line in permissions.state_of(customer.id) if line.is_allowed}
    records = {group.spec.category: group.records for group in categories}
    requests = queries.of_customer(customer.id)
    return CustomerPage(
        customer=customer,
        categories=categories,
        protected_since=_protected_since(customer),
        speakers=mandates.in_force(customer.id, today),
        speaks_for=[held for held in mandates.held_by(customer.id) if held.mandate.is_in_force(today)],
        money=money(records[Category.PAYMENTS], today=today),
        marketing={channel: [type for type in MARKETING if (type, channel) in allowed] for channel in Channel},
        other_contact=[channel for channel in Channel if (MarketingType.CONTACT, channel) in allowed],
        requests_at_hand=[case for case in requests if case.status in OPEN or case.unread_since],
        ended_requests=sum(case.status not in OPEN for case in requests),
        waiting=[found for found in conflicts.of_customer(customer.id) if found.kept_at is None],
        contacts=contact_log.of_customer(customer.id, limit=LATEST),
        contact_count=contact_log.count(customer.id),
        papers=[paper for paper in manual_material.of_customer(customer.id) if paper.destroyed_on is None],
        viewings=audit.viewings_of(customer.id)[:LATEST],
        disclosures=disclosures_of(customer.id)[:LATEST],
        has_account=bool(records[Category.ACCOUNT]),
    )


def money(invoices: Sequence[Record], *, today: date) -> Money:
    """What is to be paid on a day: an invoice whose due date has passed is overdue, whatever its state says."""
    unpaid = [invoice for invoice in invoices if invoice.value("invoice_state") != "paid"]
    overdue = [invoice for invoice in unpaid if _due_on(invoice) < today]
    coming = [_due_on(invoice) for invoice in unpaid if _due_on(invoice) >= today]
    return Money(
        open=len(unpaid),
        open_cents=sum(_cents(invoice) for invoice in unpaid),
        overdue=len(overdue),
        overdue_cents=sum(_cents(invoice) for invoice in overdue),
        in_collection=sum(invoice.value("invoice_state") == "in-collection" for invoice in unpaid),
        next_due_on=min(coming, default=None),
    )


def _due_on(invoice: Record) -> date:
    day = invoice.value("invoice_due_on")
    assert isinstance(day, date)
    return day


def _cents(invoice: Record) -> int:
    cents = invoice.value("invoice_amount")
    assert isinstance(cents, int)
    return cents


def _protected_since(customer: Customer) -> date | None:
    origin: FieldProvenance | Customer = address_protection.origin_of(customer)
    return origin.source_on if customer.is_protected else None
