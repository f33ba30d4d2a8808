"""Restricted processing (article 18): what may be kept but not used for marketing or given to others until it ends.

Requests write the marks, in the transaction in which they arrive or are decided; marketing lists and disclosures obey.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import db, random_id, serialise, transaction
from portal.register.models import ProcessingRestriction, RestrictionGround

__all__ = ["Blocked", "ProcessingRestriction", "RestrictionGround", "blocked", "lift", "of_customer", "restrict"]

Place = tuple[str, int | None]  # a field and its record; no record means the field in every record


@dataclass(frozen=True)
class Blocked:
    """What of one customer's data is restricted now."""

    everything: bool = False
    places: frozenset[Place] = frozenset()

    def covers(self, field_key: str, record_id: int | None = None) -> bool:
        """Whether a value may not be used; without a record, whether any of the customer's may not."""
        if self.everything or (field_key, None) in self.places or (field_key, record_id) in self.places:
            return True
        return record_id is None and any(key == field_key for key, _ in self.places)


NOTHING = Blocked()


def restrict(
    *,
    customer_id: int,
    ground: RestrictionGround,
    case: str,
    places: Iterable[Place] | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Mark places, or with None everything about the customer, for a request."""
    with transaction() as session:
        serialise("audit")
        for field_key, record_id in [(None, None)] if places is None else list(places):
            mark = ProcessingRestriction(
                id=random_id(),
                customer_id=customer_id,
                case=case,
                ground=ground,
                field_key=field_key,
                record_id=record_id,
                since=now,
            )
            session.add(mark)
        _record(AuditAction.PROCESSING_RESTRICTED, customer_id, case, ground.value, actor=actor, now=now)


def lift(*, customer_id: int, case: str, actor: Actor, now: datetime) -> bool:
    """Take away what a request has marked; whoever calls it has told the customer first (article 18(3))."""
    with transaction():
        serialise("audit")
        marks = ProcessingRestriction
        is_this = (marks.customer_id == customer_id) & (marks.case == case)
        if not db.session.scalars(select(marks.id).where(is_this).limit(1)).all():
            return False
        db.session.execute(delete(marks).where(is_this))
        _record(AuditAction.RESTRICTION_LIFTED, customer_id, case, None, actor=actor, now=now)
        return True


def regrounded(*, customer_id: int, case: str, ground: RestrictionGround) -> None:
    """The restriction of a request goes on for another reason."""
    with transaction():
        db.session.execute(
            update(ProcessingRestriction)
            .where(ProcessingRestriction.customer_id == customer_id, ProcessingRestriction.case == case)
            .values(ground=ground)
        )


def handed_over(*, customer_id: int, case: str, to_case: str) -> None:
    """Another request of the same customer answers for the restriction from now on."""
    with transaction():
        db.session.execute(
            update(ProcessingRestriction)
            .where(ProcessingRestriction.customer_id == customer_id, ProcessingRestriction.case == case)
            .values(case=to_case)
        )


def of_customer(customer_id: int) -> Sequence[ProcessingRestriction]:
    """Every mark, oldest first."""
    marks = ProcessingRestriction
    return db.session.scalars(
        select(marks).where(marks.customer_id == customer_id).order_by(marks.since, marks.id)
    ).all()


def blocked(customer_ids: Collection[int]) -> Mapping[int, Blocked]:
    """What may not be used or disclosed, by customer; who is not named has nothing restricted. One query."""
    marks = ProcessingRestriction
    everything: set[int] = set()
    places: dict[int, set[Place]] = {}
    for row in db.session.scalars(select(marks).where(marks.customer_id.in_(customer_ids))):
        if row.field_key is None:
            everything.add(row.customer_id)
        else:
            places.setdefault(row.customer_id, set()).add((row.field_key, row.record_id))
    return {
        customer_id: Blocked(customer_id in everything, frozenset(places.get(customer_id, ())))
        for customer_id in everything | set(places)
    }


def blocked_of(customer_id: int) -> Blocked:
    return blocked([customer_id]).get(customer_id, NOTHING)


def contested_fields(customer_id: int) -> dict[Place, str]:
    """Fields and records whose accuracy is contested and not decided, with the id of the request (L21)."""
    return {
        (mark.field_key, mark.record_id): mark.case
        for mark in of_customer(customer_id)
        if mark.ground is RestrictionGround.ACCURACY_CONTESTED and mark.field_key is not None
    }


def _record(
    action: AuditAction, customer_id: int, case: str, purpose: str | None, *, actor: Actor, now: datetime
) -> None:
    audit.record(
        action,
        actor=actor,
        now=now,
        subject=customer_id,
        case=case,
        object=f"customer:{customer_id}",
        purpose=purpose,
    )
