"""Where paper about customers is kept, who holds the key, and when it was destroyed (R87, R129)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.db import db, random_id, serialise, table_of, transaction
from portal.core.errors import RuleViolation, Stale
from portal.core.identity_codes import holds_identity_code
from portal.core.once import made_before, once_key
from portal.register.care.kinds import CareProblem, KeyHolder, PaperKind
from portal.register.care.models import ManualMaterial
from portal.register.care.rows import own_row
from portal.register.models import Customer
from portal.register.services import is_visible


@dataclass(frozen=True, kw_only=True)
class NewPaper:
    kind: PaperKind
    room: str
    shelf: str
    key_holder: KeyHolder
    kept_since: date
    once: str | None = None


@dataclass(frozen=True)
class PaperLine:
    """A line of the list of all paper: the customer by number alone."""

    paper: ManualMaterial
    customer_number: str


def of_customer(customer_id: int) -> Sequence[ManualMaterial]:
    """What is still there first, then what was destroyed, newest first."""
    return db.session.scalars(
        select(ManualMaterial)
        .where(ManualMaterial.customer_id == customer_id)
        .order_by(ManualMaterial.destroyed_on.is_not(None), ManualMaterial.kept_since.desc(), ManualMaterial.id)
    ).all()


def is_left(customer_id: int) -> bool:
    """Whether there is paper about the customer that nobody has destroyed."""
    return db.session.scalar(select(left_of(table_of(Customer).c.id)).where(Customer.id == customer_id)) or False


def left_of(customer_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The same as a condition on a column with the customer's row id."""
    return exists().where(ManualMaterial.customer_id == customer_id, ManualMaterial.destroyed_on.is_(None))


def listed(*, room: str, with_destroyed: bool, limit: int, offset: int = 0) -> Sequence[PaperLine]:
    """Paper by room and age, oldest first; an empty `room` means every room."""
    query = _listed(room=room, with_destroyed=with_destroyed).order_by(
        ManualMaterial.room, ManualMaterial.kept_since, ManualMaterial.id
    )
    return [PaperLine(paper, number) for paper, number in db.session.execute(query.limit(limit).offset(offset))]


def listed_count(*, room: str, with_destroyed: bool) -> int:
    query = _listed(room=room, with_destroyed=with_destroyed)
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _listed(*, room: str, with_destroyed: bool) -> Select[Any]:
    entities: tuple[Any, ...] = (ManualMaterial, Customer.number)
    query = select(*entities).join(Customer, Customer.id == ManualMaterial.customer_id).where(is_visible())
    if room:
        query = query.where(ManualMaterial.room == room)
    if not with_destroyed:
        query = query.where(ManualMaterial.destroyed_on.is_(None))
    return query


def rooms() -> Sequence[str]:
    """Every room that is named, for filtering and for writing it the same way again."""
    return db.session.scalars(select(ManualMaterial.room).distinct().order_by(ManualMaterial.room)).all()


def one(paper_id: int, *, customer_id: int) -> ManualMaterial:
    """Raises NotFound for anybody else's."""
    return own_row(ManualMaterial, paper_id, customer_id=customer_id)


def record(*, customer_id: int, told: NewPaper, actor: Actor, now: datetime) -> ManualMaterial:
    """Raises RuleViolation beside the field that is wrong."""
    with transaction():
        serialise("audit")
        if made := made_before(ManualMaterial, told.once, customer_id):
            return made
        if told.kept_since > local_date(now):
            raise RuleViolation(CareProblem.FUTURE, field="kept_since")
        for field, text in (("room", told.room), ("shelf", told.shelf)):
            if holds_identity_code(text):
                raise RuleViolation(CareProblem.IDENTITY_CODE, field=field)
        paper = ManualMaterial(
            id=random_id(),
            customer_id=customer_id,
            kind=told.kind,
            room=" ".join(told.room.split()),
            shelf=" ".join(told.shelf.split()) or None,
            key_holder=told.key_holder,
            kept_since=told.kept_since,
            recorded_at=now,
            recorded_by_account_id=actor.account_id,
            once_key=once_key(told.once, customer_id),
        )
        db.session.add(paper)
        _audit(AuditAction.PAPER_RECORDED, paper, actor=actor, now=now)
        return paper


def destroyed(*, paper_id: int, customer_id: int, destroyed_on: date, actor: Actor, now: datetime) -> ManualMaterial:
    """Record that paper was destroyed; the same day twice is one.

    Raises NotFound, Stale when another day was told already, RuleViolation beside the field that is wrong.
    """
    with transaction():
        serialise("audit")
        paper = one(paper_id, customer_id=customer_id)
        db.session.refresh(paper, with_for_update=True)
        if paper.destroyed_on is not None:
            if paper.destroyed_on == destroyed_on:
                return paper
            raise Stale(str(paper_id))
        if destroyed_on > local_date(now):
            raise RuleViolation(CareProblem.FUTURE, field="destroyed_on")
        if destroyed_on < paper.kept_since:
            raise RuleViolation(CareProblem.BEFORE_BEGINNING, field="destroyed_on")
        paper.destroyed_on = destroyed_on
        _audit(AuditAction.PAPER_DESTROYED, paper, actor=actor, now=now)
        return paper


def _audit(action: AuditAction, paper: ManualMaterial, *, actor: Actor, now: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        now=now,
        subject=paper.customer_id,
        object=f"manual_material:{paper.id}",
        purpose=paper.kind.value,
    )
