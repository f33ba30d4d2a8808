"""Adding to counts: one statement per table, right also when several processes write at once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, inspect
from sqlalchemy.dialects import postgresql, sqlite

from portal.core.db import Model, db, transaction


def add_counts(model: type[Model], counts: Mapping[tuple[Any, ...], int]) -> None:
    """Add to the rows named by their primary key, in the order of its columns; rows that are not there begin at 0."""
    mapper = inspect(model)
    table = mapper.local_table
    assert isinstance(table, Table)
    names = [column.name for column in mapper.primary_key]
    # sorted, so that two writers take row locks in the same order
    rows = [dict(zip(names, key, strict=True)) | {"count": counts[key]} for key in sorted(counts) if counts[key]]
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    adding = statement.on_conflict_do_update(
        index_elements=names, set_={"count": table.c["count"] + statement.excluded["count"]}
    )
    with transaction() as session:
        if rows:
            session.execute(adding, rows)
