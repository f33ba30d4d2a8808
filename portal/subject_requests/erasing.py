"""Erasing a customer: what no law keeps goes at once, what a law keeps tells until when (article 17, L24).

Potential customers go entirely. The account is closed, and marketing is forbidden for good by hashes of contact points.
What remains beside the kept parts: the chains of the audit trail and of the cookie choices, and that an erasure took
place (`register.erased`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Table, delete, select

from portal.accounts import directory, own_security
from portal.catalogues.fields import Category
from portal.catalogues.sources import Source
from portal.consents import services as consents
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import Model, db, table_of, transaction
from portal.core.errors import NotFound, RuleViolation
from portal.core.purging import delete_rows
from portal.customer_accounts import contact
from portal.messages import services as messages
from portal.permissions import services as permissions
from portal.register import erased, purges, reading
from portal.register import services as register
from portal.register.care import manual_material
from portal.register.models import (
    Billing,
    Customer,
    ErasureReason,
)
from portal.subject_requests import erasure_plan, holds
from portal.subject_requests import purges as case_purges
from portal.subject_requests.erasure_plan import EVERYTHING, Outcome, Part, Plan, Why
from portal.subject_requests.models import SubjectRequest

# Of a customer who is kept in part: prohibitions with their history, what tells where kept fields came from, and where
# the paper lies that is kept as well
STAYS = frozenset({"current_permission", "permission_event", "field_provenance", "register_change", "manual_material"})


class EraseProblem(StrEnum):
    """Why a customer is not erased now."""

    OPEN_CASES = "open-cases"
    HOLDS_PERMISSION = "holds-permission"
    PAPER_LEFT = "paper-left"


def preview(
    customer_id: int, *, now: datetime, granted: Collection[Category] = EVERYTHING, case: str | None = None
) -> Outcome:
    """What erasing would do; writes nothing. Raises NotFound."""
    frozen = holds.frozen_until(customer_id, now)
    customer = register.customer_of(customer_id)
    return erasure_plan.plan(customer, frozenset(granted), frozen=frozen, case=case, now=now).outcome


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
        plan = erasure_plan.plan(customer, granted, frozen=frozen, case=case, now=now)
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


def _leave_permissions(
    customer_id: int,
    plan: Plan,
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
        consents.forget(erasure_plan.account_ids(customer_id))
        for account in directory.of_customer(customer_id):
            reference = account.reference
            own_security.delete_account(account)
            audit.record(AuditAction.ACCOUNT_CLOSED, actor=actor, now=now, subject=customer_id, object=reference)
    if frozenset(granted) != EVERYTHING:
        return
    messages.forget(customer_id)
    case_purges.empty(erasure_plan.other_cases(customer_id, case))
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
