"""Adding to counts: one statement per table, right also when several processes write at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, inspect
from sqlalchemy.dialects import postgresql, sqlite

from portal.core.db import Model, db, transaction

ROWS_PER_STATEMENT = 100  # SQLite allows 999 parameters in old builds


def add_counts(model: type[Model], counts: Mapping[tuple[Any, ...], int]) -> None:
    """Add to the rows named by their primary key, in the order of its columns; rows that are not there begin at 0."""
    mapper = inspect(model)
    table = mapper.local_table
    assert isinstance(table, Table)
    names = [column.name for column in mapper.primary_key]
    # sorted, so that two writers take row locks in the same order
    rows = [dict(zip(names, key, strict=True)) | {"count": counts[key]} for key in sorted(counts) if counts[key]]
    with transaction():
        for start in range(0, len(rows), ROWS_PER_STATEMENT):
            _add(table, names, rows[start : start + ROWS_PER_STATEMENT])


def _add(table: Table, names: Sequence[str], rows: list[dict[str, Any]]) -> None:
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(rows)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=list(names), set_={"count": table.c["count"] + statement.excluded["count"]}
        )
    )
