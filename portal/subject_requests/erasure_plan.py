"""What an erasure would do: which rows go, which a law keeps and until when. Reads, and writes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from portal.accounts import directory
from portal.catalogues.fields import CATEGORIES, Category
from portal.catalogues.retention import RULES, Basis, RetentionRule
from portal.consents import services as consents
from portal.core.audit import AuditAction, AuditDetail, AuditEvent
from portal.core.clock import local_date
from portal.core.db import Model, db, table_of
from portal.messages.models import Message, MessageStatus
from portal.permissions.models import CurrentPermission
from portal.register import reading
from portal.register.models import (
    Customer,
    CustomerStatus,
    Disclosure,
)
from portal.subject_requests.models import SubjectRequest

EVERYTHING = frozenset(Category)


class Why(StrEnum):
    """Why a part is kept."""

    LAW = "law"
    FROZEN = "frozen"  # a recording that an access request is about (L18)
    PROHIBITION = "prohibition"  # so that it is kept to
    PROOF = "proof"  # of the request itself, and of what was done
    NOT_GRANTED = "not-granted"


@dataclass(frozen=True, kw_only=True)
class Part:
    """What becomes of one kind of data: a category of my data, or another one of the retention catalogue.

    `kept_until` is the last day of what is kept, None where no day can be named yet; `why` is None when nothing is.
    What was not granted is told even where there is nothing of it.
    """

    kind: Category | RetentionRule
    rule: RetentionRule
    deleted: int = 0
    kept: int = 0
    kept_until: date | None = None
    why: Why | None = None

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "kept_until": self.kept_until.isoformat() if self.kept_until else None}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> "Part":
        kind = told["kind"]
        return cls(
            kind=Category(kind) if kind in set(Category) else RetentionRule(kind),
            rule=RetentionRule(told["rule"]),
            deleted=told["deleted"],
            kept=told["kept"],
            kept_until=date.fromisoformat(told["kept_until"]) if told["kept_until"] else None,
            why=Why(told["why"]) if told["why"] else None,
        )


@dataclass(frozen=True)
class Outcome:
    """What an erasure does or has done; `is_entire` when nothing of the customer is left in the register."""

    is_entire: bool
    parts: tuple[Part, ...]

    @property
    def kept(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.kept)


@dataclass(frozen=True)
class Plan:
    """The rows that stay, by category, and what is told of all."""

    kept: Mapping[Category, Sequence[Any]]
    deleted: Mapping[Category, Sequence[int]]
    outcome: Outcome


def plan(
    customer: Customer, granted: frozenset[Category], *, frozen: date | None, case: str | None, now: datetime
) -> Plan:
    """`frozen` is the last day on which recordings stay because of an access request, None when they do not."""
    today = local_date(now)
    rows = {
        category: db.session.scalars(select(model).where(model.customer_id == customer.id)).all()
        for category, (model, _order) in reading.TABLES.items()
    }
    days = reading.kept_until_of(customer, rows)
    kept: dict[Category, list[Any]] = {}
    why: dict[Category, Why] = {}
    for category, records in rows.items():
        why[category] = _why(category, customer, granted=granted, is_frozen=frozen is not None) or Why.LAW
        kept[category] = [
            row
            for row in records
            if _stays(category, customer, days[row.id], today, granted=granted, is_frozen=frozen is not None)
        ]
    if customer.status is CustomerStatus.CUSTOMER:
        _keep_consumption_of(rows, kept)
    days = reading.kept_until_of(customer, kept)
    if frozen is not None and kept[Category.CALLS]:
        days |= {row.id: frozen for row in kept[Category.CALLS] if why[Category.CALLS] is Why.FROZEN}
        if (own := days[customer.id]) is not None:
            days |= {customer.id: max(own, frozen)}
    is_entire = not any(kept.values()) and _goes(customer, days[customer.id], today, granted)
    parts = [
        _part(category, rows[category], kept[category], days, why[category])
        for category in Category
        if rows.get(category) or (category in rows and category not in granted)
    ]
    root = _root(customer, is_entire, days[customer.id], frozen, granted)
    deleted = {category: [row.id for row in records if row not in kept[category]] for category, records in rows.items()}
    outcome = Outcome(is_entire, (root, *parts, *_beside(customer, granted, is_entire=is_entire, case=case, now=now)))
    return Plan(kept, deleted, outcome)


def _is_kept_by_law(category: Category, customer: Customer) -> bool:
    """A law sets the period; it says nothing of people who are no customers yet."""
    return RULES[CATEGORIES[category].retention].basis is Basis.LAW and customer.status is CustomerStatus.CUSTOMER


def _why(category: Category, customer: Customer, *, granted: frozenset[Category], is_frozen: bool) -> Why | None:
    if category not in granted:
        return Why.NOT_GRANTED
    if _is_kept_by_law(category, customer):
        return Why.LAW
    return Why.FROZEN if category is Category.CALLS and is_frozen else None


def _stays(
    category: Category,
    customer: Customer,
    kept_until: date | None,
    today: date,
    *,
    granted: frozenset[Category],
    is_frozen: bool,
) -> bool:
    why = _why(category, customer, granted=granted, is_frozen=is_frozen)
    return why in (Why.NOT_GRANTED, Why.FROZEN) or (why is Why.LAW and (kept_until is None or kept_until >= today))


def _keep_consumption_of(rows: Mapping[Category, Sequence[Any]], kept: dict[Category, list[Any]]) -> None:
    """Consumption needs its metering point."""
    needed = {row.site_id for row in kept[Category.CONSUMPTION]}
    kept[Category.SITE] = [row for row in rows[Category.SITE] if row in kept[Category.SITE] or row.id in needed]


def _goes(customer: Customer, kept_until: date | None, today: date, granted: frozenset[Category]) -> bool:
    if granted != EVERYTHING:
        return False
    is_over = kept_until is not None and kept_until < today
    return customer.status is CustomerStatus.POTENTIAL or is_over


def _root(
    customer: Customer, is_entire: bool, kept_until: date | None, frozen: date | None, granted: frozenset[Category]
) -> Part:
    """The customer's own row, which what is kept belongs to."""
    rule = CATEGORIES[Category.CUSTOMER].retention
    if is_entire:
        return Part(kind=Category.CUSTOMER, rule=rule, deleted=1)
    if Category.CUSTOMER not in granted:
        return Part(kind=Category.CUSTOMER, rule=rule, kept=1, kept_until=kept_until, why=Why.NOT_GRANTED)
    if customer.status is CustomerStatus.POTENTIAL:
        return Part(kind=Category.CUSTOMER, rule=rule, kept=1, kept_until=frozen, why=Why.FROZEN)
    return Part(kind=Category.CUSTOMER, rule=rule, kept=1, kept_until=kept_until, why=Why.LAW)


def _part(
    category: Category, rows: Sequence[Any], kept: Sequence[Any], days: Mapping[int, date | None], why: Why
) -> Part:
    known = [days[row.id] for row in kept]
    return Part(
        kind=category,
        rule=CATEGORIES[category].retention,
        deleted=len(rows) - len(kept),
        kept=len(kept),
        kept_until=max((day for day in known if day), default=None) if None not in known else None,
        why=why if kept or why is Why.NOT_GRANTED else None,
    )


def _beside(
    customer: Customer, granted: frozenset[Category], *, is_entire: bool, case: str | None, now: datetime
) -> Iterable[Part]:
    """What is not of a category with records in the register."""
    permissions_held = _count(CurrentPermission, CurrentPermission.customer_id == customer.id)
    rule = RetentionRule.PERMISSION
    if Category.PERMISSIONS not in granted:
        yield Part(kind=Category.PERMISSIONS, rule=rule, kept=permissions_held, why=Why.NOT_GRANTED)
    elif not is_entire:
        yield Part(kind=Category.PERMISSIONS, rule=rule, kept=max(permissions_held, 1), why=Why.PROHIBITION)
    elif permissions_held:
        yield Part(kind=Category.PERMISSIONS, rule=rule, deleted=permissions_held)
    if Category.ACCOUNT not in granted:
        open_accounts = directory.of_customer(customer.id)
        yield Part(kind=Category.ACCOUNT, rule=RetentionRule.ACCOUNT, kept=len(open_accounts), why=Why.NOT_GRANTED)
    else:
        accounts = account_ids(customer.id)
        if open_accounts := directory.of_customer(customer.id):
            yield Part(kind=Category.ACCOUNT, rule=RetentionRule.ACCOUNT, deleted=len(open_accounts))
        if choices := consents.count_of(accounts):
            yield Part(kind=RetentionRule.COOKIE_CHOICES, rule=RetentionRule.COOKIE_CHOICES, deleted=choices)
    if granted != EVERYTHING:
        return
    for model, kind in ((Disclosure, RetentionRule.DISCLOSURES), (Message, RetentionRule.MESSAGES)):
        sent = [Message.status != MessageStatus.QUEUED] if model is Message else []
        if count := _count(model, table_of(model).c.customer_id == customer.id, *sent):
            yield Part(kind=kind, rule=kind, deleted=count)
    if others := other_cases(customer.id, case):
        yield Part(kind=RetentionRule.REQUESTS, rule=RetentionRule.REQUESTS, deleted=len(others))
    if case is not None:
        yield Part(kind=RetentionRule.REQUESTS, rule=RetentionRule.REQUESTS, kept=1, why=Why.PROOF)
    kept_until = RULES[RetentionRule.AUDIT].kept_until(local_date(now))
    yield Part(kind=RetentionRule.AUDIT, rule=RetentionRule.AUDIT, kept=1, kept_until=kept_until, why=Why.PROOF)


def _count(model: type[Model], *conditions: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def other_cases(customer_id: int, case: str | None) -> list[int]:
    rows = db.session.execute(
        select(SubjectRequest.id, SubjectRequest.public_id).where(SubjectRequest.customer_id == customer_id)
    )
    return [row.id for row in rows if row.public_id != case]


def account_ids(customer_id: int) -> set[int]:
    """The customer's accounts, those too that they have closed: cookie choices made in them name their number."""
    closed = db.session.scalars(
        select(AuditDetail.actor)
        .join(AuditEvent, AuditEvent.seq == AuditDetail.seq)
        .where(AuditDetail.subject == customer_id, AuditEvent.action == AuditAction.ACCOUNT_CLOSED)
    )
    return {account.id for account in directory.of_customer(customer_id)} | {actor for actor in closed if actor}
