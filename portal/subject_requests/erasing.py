"""Erasing a customer: what no law keeps goes at once, what a law keeps tells until when (article 17, L24).

Potential customers go entirely. The account is closed, and marketing is forbidden for good by hashes of contact points.
What remains beside the kept parts: the chains of the audit trail and of the cookie choices, and that an erasure took
place (`register.erased`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Table, delete, func, select

from portal.accounts import directory, own_security
from portal.catalogues.fields import CATEGORIES, Category
from portal.catalogues.retention import RULES, Basis, RetentionRule
from portal.catalogues.sources import Source
from portal.consents import services as consents
from portal.core import audit
from portal.core.audit import Actor, AuditAction, AuditDetail, AuditEvent
from portal.core.clock import local_date
from portal.core.db import Model, db, table_of, transaction
from portal.core.errors import NotFound, RuleViolation
from portal.core.purging import delete_rows
from portal.customer_accounts import contact
from portal.messages import services as messages
from portal.messages.models import Message, MessageStatus
from portal.permissions import services as permissions
from portal.permissions.models import CurrentPermission
from portal.register import erased, purges, reading
from portal.register import services as register
from portal.register.care import manual_material
from portal.register.models import (
    Billing,
    Customer,
    CustomerStatus,
    Disclosure,
    ErasureReason,
)
from portal.subject_requests import holds
from portal.subject_requests import purges as case_purges
from portal.subject_requests.models import SubjectRequest

EVERYTHING = frozenset(Category)
# Of a customer who is kept in part: prohibitions with their history, what tells where kept fields came from, and where
# the paper lies that is kept as well
STAYS = frozenset({"current_permission", "permission_event", "field_provenance", "register_change", "manual_material"})


class EraseProblem(StrEnum):
    """Why a customer is not erased now."""

    OPEN_CASES = "open-cases"
    HOLDS_PERMISSION = "holds-permission"
    PAPER_LEFT = "paper-left"


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
class _Plan:
    """The rows that stay, by category, and what is told of all."""

    kept: Mapping[Category, Sequence[Any]]
    deleted: Mapping[Category, Sequence[int]]
    outcome: Outcome


def preview(
    customer_id: int, *, now: datetime, granted: Collection[Category] = EVERYTHING, case: str | None = None
) -> Outcome:
    """What erasing would do; writes nothing. Raises NotFound."""
    frozen = holds.frozen_until(customer_id, now)
    customer = register.customer_of(customer_id)
    return _plan(customer, frozenset(granted), frozen=frozen, case=case, now=now).outcome


def outcome_of(case: str) -> Outcome | None:
    """What the erasure of a request did, for its page and letter; None while there was none."""
    erasure = erased.of_case(case)
    return None if erasure is None else Outcome(erasure.is_entire, tuple(map(Part.of_json, erasure.parts)))


def erase(
    *,
    customer_id: int,
    reason: ErasureReason,
    actor: Actor,
    now: datetime,
    case: str | None = None,
    granted: Collection[Category] = EVERYTHING,
) -> Outcome:
    """Erase a customer, in the transaction of the decision. `granted` names the categories, by default all.

    `case` is the request that asks for it, which stays as the proof and keeps where its answer goes. Raises NotFound,
    and RuleViolation while another request is open, or while paper about somebody of whom nothing may be left is there.
    """
    with transaction():
        contact.hold(customer_id)
        customer = register.customer_of(customer_id)
        if holds.open_cases(customer_id, but=case):
            raise RuleViolation(EraseProblem.OPEN_CASES)
        if reason is ErasureReason.NO_PERMISSION and register.is_seen(customer_id):
            raise RuleViolation(EraseProblem.HOLDS_PERMISSION)
        number = customer.number
        frozen = holds.frozen_until(customer_id, now)
        paper_left = manual_material.is_left(customer_id)
        outcome = _carry_out(
            customer, frozenset(granted), frozen=frozen, reason=reason, case=case, actor=actor, now=now
        )
        if outcome.is_entire and paper_left:
            raise RuleViolation(EraseProblem.PAPER_LEFT)  # nobody would know whose paper it is
        erased.note(
            number=number,
            reason=reason,
            is_entire=outcome.is_entire,
            parts=[part.as_json() for part in outcome.parts],
            case=case,
            at=now,
        )
        return outcome


def repeat(
    *,
    customer_id: int,
    reason: ErasureReason,
    parts: Iterable[Mapping[str, Any]],
    case: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Erase somebody again whom a restored backup has brought back; it was decided then, whatever is open here.

    `parts` are what was told of it, from which it is known what had been granted and what was frozen.
    """
    with transaction():
        contact.hold(customer_id)
        told = [Part.of_json(part) for part in parts]
        refused = {part.kind for part in told if part.why is Why.NOT_GRANTED}
        granted = frozenset(category for category in Category if category not in refused)
        frozen = next((part.kept_until for part in told if part.why is Why.FROZEN), None)
        customer = register.customer_of(customer_id)
        _carry_out(customer, granted, frozen=frozen, reason=reason, case=case, actor=actor, now=now)


def _carry_out(
    customer: Customer,
    granted: frozenset[Category],
    *,
    frozen: date | None,
    reason: ErasureReason,
    case: str | None,
    actor: Actor,
    now: datetime,
) -> Outcome:
    """All of it but the record that it happened."""
    with transaction():
        customer_id = customer.id
        plan = _plan(customer, granted, frozen=frozen, case=case, now=now)
        is_asked = reason is ErasureReason.REQUEST
        if plan.outcome.is_entire:
            _keep_reachable(customer, case)
        _leave_permissions(customer_id, plan, granted, is_asked=is_asked, case=case, actor=actor, now=now)
        _delete_beside(customer_id, granted, case=case, actor=actor, now=now)
        for category, ids in plan.deleted.items():
            purges.remove_records(category, ids)
        if plan.outcome.is_entire:
            delete_rows(table_of(Customer), [customer_id])
        db.session.flush()
        db.session.expire_all()
        audit.record(
            AuditAction.CUSTOMER_ERASED,
            actor=actor,
            now=now,
            subject=customer_id,
            case=case,
            object=f"customer:{customer_id}",
            purpose=reason,
        )
        return plan.outcome


def erase_due(ids: Sequence[int], now: datetime, *, reason: ErasureReason) -> int:
    """Erase customers whose time is over; returns how many. One whose request has just come in stays."""
    count = 0
    for customer_id in ids:
        try:
            count += erase(customer_id=customer_id, reason=reason, actor=audit.SYSTEM, now=now).is_entire
        except (NotFound, RuleViolation):
            continue
    return count


def _plan(
    customer: Customer, granted: frozenset[Category], *, frozen: date | None, case: str | None, now: datetime
) -> _Plan:
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
    return _Plan(kept, deleted, outcome)


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
        accounts = _account_ids(customer.id)
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
    if others := _other_cases(customer.id, case):
        yield Part(kind=RetentionRule.REQUESTS, rule=RetentionRule.REQUESTS, deleted=len(others))
    if case is not None:
        yield Part(kind=RetentionRule.REQUESTS, rule=RetentionRule.REQUESTS, kept=1, why=Why.PROOF)
    kept_until = RULES[RetentionRule.AUDIT].kept_until(local_date(now))
    yield Part(kind=RetentionRule.AUDIT, rule=RetentionRule.AUDIT, kept=1, kept_until=kept_until, why=Why.PROOF)


def _count(model: type[Model], *conditions: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def _other_cases(customer_id: int, case: str | None) -> list[int]:
    rows = db.session.execute(
        select(SubjectRequest.id, SubjectRequest.public_id).where(SubjectRequest.customer_id == customer_id)
    )
    return [row.id for row in rows if row.public_id != case]


def _account_ids(customer_id: int) -> set[int]:
    """The customer's accounts, those too that they have closed: cookie choices made in them name their number."""
    closed = db.session.scalars(
        select(AuditDetail.actor)
        .join(AuditEvent, AuditEvent.seq == AuditDetail.seq)
        .where(AuditDetail.subject == customer_id, AuditEvent.action == AuditAction.ACCOUNT_CLOSED)
    )
    return {account.id for account in directory.of_customer(customer_id)} | {actor for actor in closed if actor}


def _leave_permissions(
    customer_id: int,
    plan: _Plan,
    granted: Collection[Category],
    *,
    is_asked: bool,
    case: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Who asked to be erased is not written to any more, whatever brings the address back (L36)."""
    if plan.outcome.is_entire:
        permissions.forget(customer_id, now=now, forbids_all=is_asked)
    elif Category.PERMISSIONS in granted:
        permissions.forbid_all(customer_id=customer_id, source=Source.CUSTOMER_CONTACT, actor=actor, now=now, case=case)


def _delete_beside(
    customer_id: int, granted: Collection[Category], *, case: str | None, actor: Actor, now: datetime
) -> None:
    if Category.ACCOUNT in granted:
        consents.forget(_account_ids(customer_id))
        for account in directory.of_customer(customer_id):
            reference = account.reference
            own_security.delete_account(account)
            audit.record(AuditAction.ACCOUNT_CLOSED, actor=actor, now=now, subject=customer_id, object=reference)
    if frozenset(granted) != EVERYTHING:
        return
    messages.forget(customer_id)
    case_purges.empty(_other_cases(customer_id, case))
    for table, pointer in _tables_beside():
        db.session.execute(delete(table).where(pointer == customer_id))


def _tables_beside() -> Iterator[tuple[Table, Column[Any]]]:
    """Whatever else is of the customer alone; a table that comes later goes unless it is named."""
    customer = table_of(Customer).c.id
    decided = {table_of(model).name for model, _order in reading.TABLES.values()} | STAYS
    for table in Model.metadata.sorted_tables:
        for pointer in table.foreign_keys:
            if pointer.column is customer and pointer.ondelete == "CASCADE" and table.name not in decided:
                yield table, pointer.parent


def _keep_reachable(customer: Customer, public_id: str | None) -> None:
    """The answer to the request must still find its way when the customer is gone; it goes with the case."""
    case = db.session.scalar(select(SubjectRequest).where(SubjectRequest.public_id == public_id))
    if case is None or case.contact:
        return
    billing = db.session.scalar(select(Billing).where(Billing.customer_id == customer.id))
    address = None
    if billing is not None and not customer.is_protected:
        address = f"{customer.name}, {billing.street}, {billing.postal_code} {billing.city}"
    case.contact = customer.email or address or customer.name
