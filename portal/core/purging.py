"""Deleting what has been kept long enough: how a feature says what is due, and the batches in which it goes.

A feature declares a `Purge` for each of its tables; `portal/purging.py` puts them together. Rows that something still
needs are held: they stay, and are counted.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, SQLColumnExpression, Table, and_, delete, false, func, not_, or_, select

from portal.core.db import Model, db, rows_changed, serialise, transaction

BATCH = 500
SMALLEST_KEY = -(2**63)  # of a BIGINT

Condition: TypeAlias = Callable[[datetime], ColumnElement[bool]]
Remove: TypeAlias = Callable[[Sequence[int], datetime], int]


def _nothing(_now: datetime) -> ColumnElement[bool]:
    return false()


@dataclass(frozen=True, kw_only=True)
class Purge:
    """What a rule of the retention catalogue deletes from one table.

    `due` are the rows whose period is over, `dated` the date or moment by which they are. `customer` tells whose row it
    is; `is_frozen` that it stays for some time after an access request too (L18). `held` are rows that something else
    of the feature still needs. `remove` deletes rows by key where more goes with them; it returns how many went.
    """

    rule: str
    table: Table
    due: Condition
    dated: SQLColumnExpression[Any]
    customer: ColumnElement[int] | None = None
    is_frozen: bool = False
    held: Condition = _nothing
    remove: Remove | None = None
    # rows of accounts are locked before the audit trail, all others after it (docs/decisions)
    is_of_accounts: bool = False
    batch: int = BATCH

    @property
    def key(self) -> ColumnElement[int]:
        return next(iter(self.table.primary_key))


Hold: TypeAlias = Callable[[Purge, datetime], ColumnElement[bool]]


def no_hold(_purge: Purge, _now: datetime) -> ColumnElement[bool]:
    return false()


@dataclass(frozen=True)
class Tally:
    """How many rows are due and free to go, how many are due but held, and the oldest of both."""

    free: int
    held: int
    oldest: Any


def tally(purge: Purge, *, hold: Hold = no_hold, now: datetime) -> Tally:
    """Counts what `apply` would do; writes nothing."""
    is_held = _held(purge, hold, now)
    query = select(func.count().filter(not_(is_held)), func.count().filter(is_held), func.min(purge.dated)).where(
        purge.due(now)
    )
    free, held, oldest = db.session.execute(query).one()
    return Tally(free, held, oldest)


def apply(
    purge: Purge,
    *,
    hold: Hold = no_hold,
    now: datetime,
    told: Callable[[int], object] = lambda _count: None,
) -> int:
    """Delete what is due and free, a batch at a time; returns how many rows went.

    Each batch is a transaction of its own, in which `told` hears how many went: an interrupted purge leaves whole
    batches, and the next one goes on from there.
    """
    free = select(purge.key).where(purge.due(now), not_(_held(purge, hold, now))).order_by(purge.key).limit(purge.batch)
    gone, last = 0, SMALLEST_KEY
    while True:
        with transaction():
            if not purge.is_of_accounts:
                serialise("audit")
            # from where the last batch ended: what is not due is looked at once and not with every batch
            ids = list(db.session.scalars(free.where(purge.key > last)))
            if not ids:
                return gone
            count = purge.remove(ids, now) if purge.remove else delete_rows(purge.table, ids)
            db.session.expire_all()
            if count:
                told(count)
        gone += count
        last = ids[-1]


def _held(purge: Purge, hold: Hold, now: datetime) -> ColumnElement[bool]:
    return func.coalesce(or_(hold(purge, now), purge.held(now)), false())


def tidy(purges: Iterable[Purge], *, now: datetime) -> int:
    """Delete what is due of several tables without telling the audit trail: what opens nothing any more."""
    return sum(apply(purge, now=now) for purge in purges)


def delete_rows(table: Table, ids: Collection[int]) -> int:
    """Delete rows by key, with the rows that point to them where the database does not see to it; returns how many.

    Inside transaction(). A table that comes later and points here goes along without being named.
    """
    if not ids:
        return 0
    (key,) = table.primary_key
    for child in Model.metadata.sorted_tables:
        for pointer in child.foreign_keys:
            if pointer.column is key and pointer.ondelete is None and child is not table:
                _delete_children(child, pointer.parent, ids)
    gone = db.session.execute(delete(table).where(key.in_(ids)), execution_options={"synchronize_session": False})
    return rows_changed(gone)


def _delete_children(child: Table, pointer: ColumnElement[int], ids: Collection[int]) -> None:
    delete_rows(child, list(db.session.scalars(select(next(iter(child.primary_key))).where(pointer.in_(ids)))))


def no_child(
    child: Table, pointer: SQLColumnExpression[Any], parent: SQLColumnExpression[int], is_due: ColumnElement[bool]
) -> ColumnElement[bool]:
    """No row of a table that belongs to the parent is to be kept any longer: a parent goes after its children."""
    return not_(select(1).select_from(child).where(and_(pointer == parent, not_(is_due))).exists())
