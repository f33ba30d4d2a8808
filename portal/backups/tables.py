"""Tables as lines of values that both engines understand, and back: a backup of one restores into the other."""

import base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Time,
    insert,
    select,
)
from sqlalchemy.types import TypeEngine

from portal.core.db import Model, UtcDateTime

BATCH = 1000


@dataclass(frozen=True)
class Kind:
    """How a type of column is read and written, and its values in JSON."""

    type: Callable[[], TypeEngine[Any]]
    out: Callable[[Any], Any] | None = None
    back: Callable[[Any], Any] | None = None


KINDS = {
    "integer": Kind(BigInteger),
    "number": Kind(Float),
    "text": Kind(Text),
    "boolean": Kind(Boolean),
    "json": Kind(lambda: JSON(none_as_null=True)),
    "bytes": Kind(LargeBinary, lambda value: base64.b64encode(value).decode(), base64.b64decode),
    "date": Kind(Date, date.isoformat, date.fromisoformat),
    "time": Kind(Time, time.isoformat, time.fromisoformat),
    "moment": Kind(UtcDateTime, datetime.isoformat, datetime.fromisoformat),
}
_BY_PYTHON_TYPE = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "text",
    bytes: "bytes",
    date: "date",
    time: "time",
}


def kind_of(column: Column[Any]) -> str:
    """Its name in KINDS. What is stored by value is taken as it stands, known or not."""
    if isinstance(column.type, UtcDateTime):
        return "moment"
    if isinstance(column.type, JSON):
        return "json"
    return _BY_PYTHON_TYPE[getattr(column.type, "impl_instance", column.type).python_type]


@dataclass(frozen=True)
class Shape:
    """A table as a backup tells it, whatever the models have become since."""

    name: str
    columns: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, table: Table) -> "Shape":
        return cls(table.name, tuple((column.name, kind_of(column)) for column in table.columns))

    @property
    def table(self) -> Table:
        return Table(self.name, MetaData(), *(Column(name, KINDS[kind].type()) for name, kind in self.columns))

    def values(self, stored: Sequence[Any]) -> list[Any]:
        return [_passed(KINDS[kind].out, value) for (_, kind), value in zip(self.columns, stored, strict=True)]

    def stored(self, values: Sequence[Any]) -> list[Any]:
        return [_passed(KINDS[kind].back, value) for (_, kind), value in zip(self.columns, values, strict=True)]


def _passed(way: Callable[[Any], Any] | None, value: Any) -> Any:
    return value if way is None or value is None else way(value)


def in_order() -> list[Table]:
    """Every table, what others point to first."""
    return Model.metadata.sorted_tables


@contextmanager
def guards_aside(connection: Connection) -> Iterator[None]:
    """Fill tables without their triggers, in one transaction that puts them back.

    They tell which changes are allowed, and not which states: a potential customer may have lost the last permission
    (R60), but none may come in without one. Foreign keys, uniqueness and checks stay.
    """
    if connection.dialect.name == "postgresql":
        names = [connection.dialect.identifier_preparer.quote(table.name) for table in in_order()]
        for name in names:
            connection.exec_driver_sql(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        yield
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks pending is not altered
        for name in names:
            connection.exec_driver_sql(f"ALTER TABLE {name} ENABLE TRIGGER USER")
        return
    found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    for name, _ in found:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    yield
    for _, statement in found:
        connection.exec_driver_sql(statement)


def rows(connection: Connection, shape: Shape) -> Iterator[list[Any]]:
    """The rows of a table as JSON values, a batch in memory at a time."""
    query = select(shape.table).execution_options(yield_per=BATCH)
    with connection.execute(query) as found:
        for row in found:
            yield shape.values(row)


def fill(connection: Connection, shape: Shape, values: Iterator[list[Any]]) -> int:
    """Write rows into an empty table; returns how many."""
    stored = (shape.stored(row) for row in values)
    if connection.dialect.name == "postgresql":
        return _copy(connection, shape, stored)
    names = [name for name, _ in shape.columns]
    count, batch = 0, list[dict[str, Any]]()
    statement = insert(shape.table)
    for row in stored:
        batch.append(dict(zip(names, row, strict=True)))
        if len(batch) == BATCH:
            connection.execute(statement, batch)
            count, batch = count + BATCH, []
    if batch:
        connection.execute(statement, batch)
    return count + len(batch)


def _copy(connection: Connection, shape: Shape, stored: Iterator[list[Any]]) -> int:
    """One statement a table: what points to another row of the same table is looked up when all are there."""
    from psycopg.types.json import Json  # noqa: PLC0415 - of the one engine

    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name, _ in shape.columns)
    documents = [index for index, (_, kind) in enumerate(shape.columns) if kind == "json"]
    count = 0
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {quote(shape.name)} ({names}) FROM STDIN") as copy:
        for row in stored:
            for index in documents:
                if row[index] is not None:
                    row[index] = Json(row[index])
            copy.write_row(row)
            count += 1
    return count
