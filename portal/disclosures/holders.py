"""Keeping who serves as a recipient: added, ended from a day, corrected while unused; never rewritten (L16, R86)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, select

from portal.catalogues.fields import Category
from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.recipients import ONE_AT_A_TIME, Recipient
from portal.catalogues.transfers import TransferGround, is_outside_eea
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.db import db, random_id, serialise, transaction
from portal.core.errors import RuleViolation, Stale
from portal.disclosures.rules import receivable
from portal.register import recipients
from portal.register.models import Disclosure, RecipientHolder


class HolderProblem(StrEnum):
    NAME_MISSING = "name-missing"
    ENDS_BEFORE_IT_BEGINS = "ends-before-it-begins"
    ROLE_TAKEN = "role-taken"
    SAME_NAME_TWICE = "same-name-twice"
    NO_CATEGORY = "no-category"
    CATEGORY_NOT_FOR_ROLE = "category-not-for-role"
    BASIS_NOT_FOR_AUTHORITY = "basis-not-for-authority"
    TRANSFER_GROUND_MISSING = "transfer-ground-missing"
    SAFEGUARDS_MISSING = "safeguards-missing"
    ALREADY_USED = "already-used"
    ENDS_BEFORE_LAST_USE = "ends-before-last-use"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Who serves in which role, where, on what ground, what it may receive and in which period."""

    recipient: Recipient
    name: str
    other_names: Mapping[str, str] = field(default_factory=dict)
    country: str
    legal_basis: LegalBasis
    categories: frozenset[Category]
    from_on: date
    until_on: date | None = None
    transfer_ground: TransferGround | None = None
    safeguards: str = ""


@dataclass(frozen=True)
class Period:
    """Days from the first to the last, both in it; no last one while it goes on."""

    from_on: date
    until_on: date | None

    def overlaps(self, other: "Period") -> bool:
        return self.from_on <= (other.until_on or date.max) and other.from_on <= (self.until_on or date.max)


def possible_categories(recipient: Recipient) -> list[Category]:
    """The categories of which the catalogue lets this role receive something."""
    return [category for category in Category if receivable(recipient, [category])]


def check(terms: Terms, *, others: Sequence[RecipientHolder]) -> None:
    """Raises RuleViolation. One company at a time where the role is for one; the same name never twice on a day."""
    if not terms.name.strip():
        raise RuleViolation(HolderProblem.NAME_MISSING, field="name")
    if terms.until_on is not None and terms.until_on < terms.from_on:
        raise RuleViolation(HolderProblem.ENDS_BEFORE_IT_BEGINS, field="until_on")
    _check_categories(terms)
    if terms.recipient is Recipient.AUTHORITY and terms.legal_basis is not LegalBasis.LEGAL_OBLIGATION:
        raise RuleViolation(HolderProblem.BASIS_NOT_FOR_AUTHORITY, field="legal_basis")
    if is_outside_eea(terms.country):
        if terms.transfer_ground is None:
            raise RuleViolation(HolderProblem.TRANSFER_GROUND_MISSING, field="transfer_ground")
        if not terms.safeguards.strip():
            raise RuleViolation(HolderProblem.SAFEGUARDS_MISSING, field="safeguards")
    _check_overlap(terms.recipient, terms.name, Period(terms.from_on, terms.until_on), others)


def _check_categories(terms: Terms) -> None:
    if not terms.categories:
        raise RuleViolation(HolderProblem.NO_CATEGORY, field="categories")
    if not terms.categories <= set(possible_categories(terms.recipient)):
        raise RuleViolation(HolderProblem.CATEGORY_NOT_FOR_ROLE, field="categories")


def _check_overlap(recipient: Recipient, name: str, period: Period, others: Sequence[RecipientHolder]) -> None:
    for other in others:
        if other.recipient is not recipient or not period.overlaps(Period(other.from_on, other.until_on)):
            continue
        if other.name.casefold() == name.strip().casefold():
            raise RuleViolation(HolderProblem.SAME_NAME_TWICE, field="from_on")
        if recipient in ONE_AT_A_TIME:
            raise RuleViolation(HolderProblem.ROLE_TAKEN, field="from_on", name=other.name)


def add(terms: Terms, *, actor: Actor, now: datetime) -> RecipientHolder:
    """Raises RuleViolation."""
    with transaction():
        serialise("audit")
        check(terms, others=recipients.all_holders())
        holder = RecipientHolder(id=random_id(), version=1)
        _write(holder, terms)
        db.session.add(holder)
        _record(AuditAction.RECIPIENT_ADDED, holder, actor=actor, now=now)
        return holder


def correct(holder_id: int, terms: Terms, *, version: int, actor: Actor, now: datetime) -> None:
    """Mend what was written wrong, while nothing was disclosed to it. Raises RuleViolation, Stale, NotFound."""
    with transaction():
        serialise("audit")
        holder = _unused(holder_id, version)
        check(terms, others=[other for other in recipients.all_holders() if other.id != holder.id])
        _write(holder, terms)
        holder.version += 1
        _record(AuditAction.RECIPIENT_CORRECTED, holder, actor=actor, now=now)


def end(holder_id: int, *, until_on: date | None, version: int, actor: Actor, now: datetime) -> None:
    """Set the last day; None lets it go on. Never before what was disclosed. Raises RuleViolation, Stale, NotFound."""
    with transaction():
        serialise("audit")
        holder = _seen(holder_id, version)
        if until_on is not None and until_on < holder.from_on:
            raise RuleViolation(HolderProblem.ENDS_BEFORE_IT_BEGINS, field="until_on")
        used_at = last_use(holder.id)
        if until_on is not None and used_at is not None and until_on < local_date(used_at):
            raise RuleViolation(HolderProblem.ENDS_BEFORE_LAST_USE, field="until_on")
        others = [other for other in recipients.all_holders() if other.id != holder.id]
        try:
            _check_overlap(holder.recipient, holder.name, Period(holder.from_on, until_on), others)
        except RuleViolation as refusal:
            raise RuleViolation(refusal.code, field="until_on", **refusal.values) from None
        holder.until_on = until_on
        holder.version += 1
        _record(AuditAction.RECIPIENT_ENDED, holder, actor=actor, now=now)


def remove(holder_id: int, *, version: int, actor: Actor, now: datetime) -> None:
    """Take away what should never have been added; what was used stays. Raises RuleViolation, Stale, NotFound."""
    with transaction():
        serialise("audit")
        holder = _unused(holder_id, version)
        db.session.delete(holder)
        _record(AuditAction.RECIPIENT_REMOVED, holder, actor=actor, now=now)


def last_use(holder_id: int) -> datetime | None:
    """When something was last disclosed to it."""
    return db.session.scalar(select(func.max(Disclosure.disclosed_at)).where(Disclosure.holder_id == holder_id))


def _seen(holder_id: int, version: int) -> RecipientHolder:
    """As it was when the form was drawn; raises Stale when somebody changed it meanwhile."""
    holder = recipients.holder_of(holder_id)
    db.session.refresh(holder)
    if holder.version != version:
        raise Stale(f"recipient_holder:{holder_id}")
    return holder


def _unused(holder_id: int, version: int) -> RecipientHolder:
    holder = _seen(holder_id, version)
    if last_use(holder.id) is not None:
        raise RuleViolation(HolderProblem.ALREADY_USED)
    return holder


def _write(holder: RecipientHolder, terms: Terms) -> None:
    is_outside = is_outside_eea(terms.country)
    holder.recipient = terms.recipient
    holder.name = terms.name.strip()
    holder.other_names = {
        language: name.strip()
        for language, name in terms.other_names.items()
        if name.strip() and name.strip() != holder.name
    }
    holder.country = terms.country
    holder.legal_basis = terms.legal_basis
    holder.category_keys = " ".join(category for category in Category if category in terms.categories)
    holder.from_on, holder.until_on = terms.from_on, terms.until_on
    # inside the EU and the EEA there is no transfer that would need them
    holder.transfer_ground = terms.transfer_ground if is_outside else None
    holder.safeguards = (terms.safeguards.strip() or None) if is_outside else None


def _record(action: AuditAction, holder: RecipientHolder, *, actor: Actor, now: datetime) -> None:
    audit.record(action, actor=actor, now=now, object=f"recipient_holder:{holder.id}", purpose=holder.recipient.value)
