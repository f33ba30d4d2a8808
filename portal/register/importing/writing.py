"""Writing the plans of a batch: a few statements a table, in the order of the foreign keys."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, update

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import db, random_id, table_of
from portal.permissions import imported
from portal.register.importing.planning import Outcome, Plan
from portal.register.importing.shapes import CUSTOMER, SHAPES
from portal.register.models import FieldProvenance, RegisterConflict

TABLES: tuple[Table, ...] = tuple(table_of(shape.model) for shape in (CUSTOMER, *SHAPES))


def write(plans: Sequence[Plan], *, import_id: int, actor: Actor, now: datetime) -> None:
    """Inside transaction(). One audit event tells of the whole batch (docs/decisions): each row carries its moment."""
    plans = [made for made in plans if made.outcome is not Outcome.DROPPED]
    # permissions first: the database takes no potential customer without one (R60)
    imported.write([made.decision for made in plans if made.decision is not None], actor=actor, now=now)
    _write_records(plans)
    _write_origins(plans)
    _write_conflicts(plans)
    created = sum(made.outcome is Outcome.CREATED for made in plans)
    updated = sum(made.outcome is Outcome.UPDATED for made in plans)
    marked = sum(len(made.new_conflicts) for made in plans)
    if created or updated or marked:
        audit.record(
            AuditAction.REGISTER_IMPORTED,
            actor=actor,
            now=now,
            object=f"import:{import_id}",
            purpose=f"created:{created} updated:{updated} conflicts:{marked}",
        )


def _write_records(plans: Sequence[Plan]) -> None:
    inserts: defaultdict[Table, list[dict[str, Any]]] = defaultdict(list)
    updates: defaultdict[tuple[Table, frozenset[str]], list[dict[str, Any]]] = defaultdict(list)
    for made in plans:
        for table, values in made.inserts:
            inserts[table].append(values)
        for table, row_id, values in made.updates:
            updates[table, frozenset(values)].append({"row_id": row_id, **values})
    # values that are given up are free before others take them
    for (table, names), rows in updates.items():
        statement = update(table).where(table.c.id == bindparam("row_id"))
        db.session.execute(statement.values({name: bindparam(name) for name in names}), rows)
    for table in TABLES:
        _insert(table, inserts[table])


def _write_origins(plans: Sequence[Plan]) -> None:
    table = table_of(FieldProvenance)
    new: list[dict[str, Any]] = []
    for made in plans:
        for old, values in made.origins:
            if old is None:
                new.append({"id": random_id(), **values})
            else:
                db.session.execute(update(table).where(table.c.id == old.id).values(values))
    _insert(table, new)


def _write_conflicts(plans: Sequence[Plan]) -> None:
    table = table_of(RegisterConflict)
    if ended := [conflict_id for made in plans for conflict_id in made.ended_conflicts]:
        db.session.execute(delete(table).where(table.c.id.in_(ended)))
    _insert(table, [conflict for made in plans for conflict in made.new_conflicts])


def _insert(table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(table), rows)
