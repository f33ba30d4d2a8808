"""The database: model base, column types and the one way to write, `transaction()`."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Result,
    String,
    Table,
    TypeDecorator,
    event,
    text,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

BUSY_TIMEOUT_MS = 10_000
_WRITING = "portal_writing"
_DEPTH = "portal_transaction_depth"
_HAS_COMMITTED = "portal_has_committed"


class UnsureCommit(Exception):
    """The connection broke while a transaction was being committed: whether it stands, nobody has told."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment must be aware")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


E = TypeVar("E", bound=StrEnum)


class StoredEnum(TypeDecorator[E]):
    """A StrEnum stored by value; an unknown stored value is an error, not a default."""

    impl = String(40)
    cache_ok = True

    def __init__(self, enum_class: type[E]) -> None:
        super().__init__()
        self.enum_class = enum_class

    def process_bind_param(self, value: E | None, _dialect: Dialect) -> str | None:
        if value is None:
            return None
        # asking the class again what it has made itself is what large writes would spend their time on
        return value.value if type(value) is self.enum_class else self.enum_class(value).value

    def process_result_value(self, value: str | None, _dialect: Dialect) -> E | None:
        return None if value is None else self.enum_class(value)


BigInt = BigInteger().with_variant(Integer, "sqlite")


def stored_enum(enum_class: type[E]) -> StoredEnum[E]:
    return StoredEnum(enum_class)


def random_id() -> int:
    """A primary key that tells nothing and is known before the row is written (encryption binds to it)."""
    return secrets.randbits(62)


LARGEST_ID = 2**63 - 1  # of a BIGINT


def row_id(text: str) -> int | None:
    """The row id that a form or an address carries; None when it is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    return int(text) if int(text) <= LARGEST_ID else None


RowId = Annotated[int, mapped_column(BigInt, primary_key=True, autoincrement=False, default=random_id)]


class Model(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, int: BigInt}


def table_of(model: type[Any]) -> Table:
    """The table of a model, for statements over many rows at once."""
    return cast(Table, model.__table__)


def rows_changed(result: Result[Any]) -> int:
    """How many rows an UPDATE or DELETE has reached."""
    return cast("CursorResult[Any]", result).rowcount


# Our own base rather than Flask-SQLAlchemy's: typed models, one registry, no automatic table names
db = SQLAlchemy(metadata=Model.metadata)


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: everything inside is written together or not at all.

    Nested calls join the outermost one. Entering the outermost ends the read that the session may have open, so
    that what is read inside is what is true when writing (and SQLite's write lock is taken at once).
    """
    session = db.session()
    depth = session.info.get(_DEPTH, 0)
    if depth == 0:
        if session.new or session.dirty or session.deleted:
            raise RuntimeError("changes were made outside transaction()")
        session.commit()
        session.connection(execution_options={_WRITING: True})
    session.info[_DEPTH] = depth + 1
    try:
        yield session
        session.flush()
        if depth == 0:
            _commit(session)
    except BaseException:
        if depth == 0:
            session.rollback()
        raise
    finally:
        session.info[_DEPTH] = depth


def _commit(session: Session) -> None:
    session.info[_HAS_COMMITTED] = True
    try:
        session.commit()
    except DBAPIError as problem:
        if problem.connection_invalidated:
            raise UnsureCommit from problem
        raise


def has_committed() -> bool:
    """Whether this request or job has written anything already: then it cannot simply be done again."""
    return bool(db.session().info.get(_HAS_COMMITTED))


def in_transaction() -> bool:
    return bool(db.session().info.get(_DEPTH, 0))


def serialise(name: str) -> None:
    """Let one transaction at a time pass this point until it ends (chains, sequences).

    SQLite's write lock does that already; PostgreSQL takes an advisory lock on the name.
    """
    if not in_transaction():
        raise RuntimeError("serialise() belongs inside transaction()")
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"portal.{name}"})


def configure_engine(engine: Engine) -> None:
    """Set what D2 promises on every SQLite connection."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "recursive_triggers=ON",  # INSERT OR REPLACE must fire the delete guards
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get(_WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def wipe_journal() -> None:
    """Take what was deleted out of SQLite's write-ahead log too; other engines see to it by themselves."""
    if db.engine.dialect.name == "sqlite":
        db.session.rollback()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def is_reachable() -> bool:
    """Whether the database answers."""
    try:
        db.session.execute(text("SELECT 1"))
    except DBAPIError:
        db.session.rollback()
        return False
    return True


def is_read_only() -> bool:
    """Whether the database answers, but takes nothing new: a standby, or one that is being looked after."""
    if db.engine.dialect.name == "postgresql":
        return bool(db.session.scalar(text("SHOW transaction_read_only")) == "on")
    file = db.engine.url.database
    return bool(db.session.scalar(text("PRAGMA query_only"))) or (file is not None and not os.access(file, os.W_OK))
