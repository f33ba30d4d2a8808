"""Corrections as a three-way comparison: what the customer saw, what stands now, what is proposed (L20-L23)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.catalogues.fields import BY_KEY, FieldSpec
from portal.core import crypto
from portal.core.audit import Actor
from portal.core.db import random_id
from portal.core.errors import NotFound, RuleViolation, Stale
from portal.core.settings import settings
from portal.customer_accounts import contact
from portal.register import services as register
from portal.register.postal_codes import OTHER_HALF, is_mismatched_beside
from portal.register.values import as_text, masked_text, parsed
from portal.subject_requests import wording
from portal.subject_requests.guards import Problem
from portal.subject_requests.kinds import Kind, Outcome
from portal.subject_requests.models import RequestItem, SubjectRequest

# What a clerk may grant alone: where the customer can be reached.
OWN_CONTACT = frozenset(
    {"phone", "email", "preferred_language", "billing_street", "billing_postal_code", "billing_city"}
)


@dataclass(frozen=True, kw_only=True)
class ProposedItem:
    """`field` is `key` or `key:record`. `value_seen` is None where the customer did not say what they saw."""

    field: str
    value_seen: str | None
    proposed: str


@dataclass(frozen=True)
class Comparison:
    """Where an item stands: `now` is None when the record is gone."""

    item: RequestItem
    spec: FieldSpec
    now: str | None
    is_stale: bool
    seen_mark: str


def made_item(case: SubjectRequest, position: int, wanted: ProposedItem, *, customer_id: int) -> RequestItem:
    """An item with what the register holds now; raises RuleViolation beside the field that is wrong."""
    place = f"items-{position}"
    try:
        reference = register.field_reference(wanted.field)
        current = register.current_value(customer_id, reference.spec.key, reference.record_id)
    except NotFound:
        raise RuleViolation(Problem.NOT_CORRECTABLE, field=f"{place}-field") from None
    if not reference.spec.is_correctable:
        raise RuleViolation(Problem.NOT_CORRECTABLE, field=f"{place}-field")
    try:
        new = register.checked_value(customer_id, reference.spec.key, wanted.proposed, reference.record_id)
    except RuleViolation as refusal:
        raise RuleViolation(refusal.code, field=f"{place}-proposed", **refusal.values) from None
    if new == current:
        raise RuleViolation(Problem.UNCHANGED, field=f"{place}-proposed")
    seen = wanted.value_seen
    item = RequestItem(
        id=random_id(),
        request_id=case.id,
        position=position,
        field=reference.spec.key,
        record_id=reference.record_id,
    )
    item.value_seen = current if seen is None else seen
    item.base_value = current if seen is None or says(reference.spec, seen, current) else seen
    item.proposed = wanted.proposed
    return item


def says(spec: FieldSpec, seen: str, current: str) -> bool:
    """Whether a text that a person saw, in either language and any usual form, says the current value."""
    if seen.strip() in {current, masked_text(spec, current), *wording.in_every_language(spec, current)}:
        return True
    try:
        return as_text(parsed(spec, seen, artificial=settings().is_demo)) == current
    except RuleViolation:
        return False


def compared(case: SubjectRequest, items: Iterable[RequestItem]) -> list[Comparison]:
    """The three-way comparison of every item that is about a field."""
    return [_comparison(case, item, BY_KEY[item.field]) for item in items if item.field is not None]


def _comparison(case: SubjectRequest, item: RequestItem, spec: FieldSpec) -> Comparison:
    now: str | None = None
    if case.customer_id is not None:
        try:
            now = register.current_value(case.customer_id, spec.key, item.record_id)
        except NotFound:
            now = None
    base = crypto.readable(item, "base_value")
    is_stale = now != base or base == crypto.DAMAGED  # who cannot read what was seen compares with their own eyes
    return Comparison(item, spec, now, is_stale=is_stale, seen_mark=seen_mark(item, now))


def mismatched(case: SubjectRequest, items: Sequence[RequestItem]) -> frozenset[int]:
    """Positions of items after which postal code and post office would not be of one place: a warning, no more."""
    if case.customer_id is None:
        return frozenset()
    proposed = {(item.field, item.record_id): crypto.readable(item, "proposed") or "" for item in items}
    return frozenset(
        item.position for item in items if item.field in OTHER_HALF and _is_mismatched(case.customer_id, item, proposed)
    )


def _is_mismatched(customer_id: int, item: RequestItem, proposed: Mapping[tuple[str | None, int | None], str]) -> bool:
    own, other = str(item.field), OTHER_HALF[str(item.field)]
    try:
        beside = proposed.get((other, item.record_id)) or register.current_value(customer_id, other, item.record_id)
    except NotFound:
        return False
    return is_mismatched_beside(own, proposed[own, item.record_id], beside)


def seen_mark(item: RequestItem, now: str | None) -> str:
    """Stands for the value a reviewer has looked at, without carrying it: sent back when they grant over it."""
    return crypto.blind_index(f"request_item.{item.id}", now or "")[:24]


def stale_positions(comparisons: Iterable[Comparison], *, marks: dict[int, str]) -> frozenset[int]:
    """Grants that would overwrite a value the reviewer has not seen and chosen to replace."""
    return frozenset(
        comparison.item.position
        for comparison in comparisons
        if comparison.item.outcome is Outcome.GRANT
        and comparison.is_stale
        and (comparison.now is None or marks.get(comparison.item.position) != comparison.seen_mark)
    )


def apply(case: SubjectRequest, comparisons: Sequence[Comparison], *, actor: Actor, now: datetime) -> None:
    """Write the granted values into the register, with what follows from them, in the transaction of the decision."""
    for comparison in comparisons:
        item, spec = comparison.item, comparison.spec
        item.value_before = comparison.now
        if item.outcome is not Outcome.GRANT or case.customer_id is None or comparison.now is None:
            item.value_after = comparison.now
            continue
        proposed = crypto.readable(item, "proposed")
        if proposed == crypto.DAMAGED:
            raise RuleViolation(Problem.UNREADABLE, field=f"items-{item.position}-outcome")
        try:
            contact.correct(
                customer_id=case.customer_id,
                field_key=spec.key,
                record_id=item.record_id,
                base_value=comparison.now,
                new_value=proposed or "",
                request_id=case.public_id,
                actor=actor,
                now=now,
            )
        except Stale:
            raise RuleViolation(Problem.STALE_VALUE, field=f"items-{item.position}-outcome") from None
        except RuleViolation as refusal:
            raise RuleViolation(refusal.code, field=f"items-{item.position}-outcome", **refusal.values) from None
        item.value_after = register.current_value(case.customer_id, spec.key, item.record_id)


def is_own_contact(items: Iterable[RequestItem]) -> bool:
    return all(item.field in OWN_CONTACT for item in items)


def is_reserved(case: SubjectRequest, items: Iterable[RequestItem]) -> bool:
    """Whether it is the decision-maker's whatever the outcome: a clerk grants access and own contact data."""
    is_clerks = case.kind is Kind.ACCESS or (case.kind is Kind.CORRECTION and is_own_contact(items))
    return not is_clerks
