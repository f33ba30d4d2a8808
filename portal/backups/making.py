"""A backup: one consistent view of the whole database, encrypted, while the portal is in use (S26).

Every table is read in one snapshot, so nothing waits for it and nothing half-done is in it. The audit trail's
checkpoints go along; the keyring does not, and without it nobody reads the file.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, func, select, text

from portal.backups import tables
from portal.backups.sealed_file import Writer
from portal.backups.tables import Shape
from portal.core import audit, checkpoints, schema
from portal.core.audit import SYSTEM, AuditAction, AuditEvent
from portal.core.db import db, transaction
from portal.core.errors import DomainError
from portal.core.schema import Age

AT_ONCE = 500  # checkpoints in one line


class CouldNotBackUp(DomainError):
    """No file was made; the message says why."""


@dataclass(frozen=True)
class Made:
    """What is in the file."""

    key: str
    revision: str
    made_at: str
    tables: dict[str, int]
    rows: int
    checkpoints: int
    bytes: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def make(file: Path, *, now: datetime) -> Made:
    """Write the backup and put it in place whole, readable by its owner alone; raises CouldNotBackUp.

    Nothing is overwritten. Left on the audit trail when it is there.
    """
    began = time.monotonic()
    if os.path.lexists(file):
        raise CouldNotBackUp(f"{file.name} exists: a backup overwrites nothing")
    age = schema.age_of(schema.current())
    if age is Age.NEWER:
        raise CouldNotBackUp("this version of the portal is older than the database: back up with the newer one")
    if age is Age.OLDER:
        raise CouldNotBackUp("the database does not have the newest schema: run `portal db upgrade`")
    checkpoints.write_at_stop(now)
    try:
        with _put_in_place(file) as handle:
            made = _write(handle, now)
    except OSError as problem:
        raise CouldNotBackUp(f"{file.name}: {problem.strerror}") from problem
    with transaction():
        audit.record(AuditAction.BACKUP_MADE, actor=SYSTEM, now=now, purpose=f"rows:{sum(made[0].values())}")
    counts, key, revision, signed = made
    return Made(
        key=key,
        revision=revision,
        made_at=now.isoformat(),
        tables=counts,
        rows=sum(counts.values()),
        checkpoints=signed,
        bytes=file.stat().st_size,
        seconds=round(time.monotonic() - began, 2),
    )


def last_made() -> datetime | None:
    """When the last backup that this database knows of was made."""
    return db.session.scalar(select(func.max(AuditEvent.at)).where(AuditEvent.action == AuditAction.BACKUP_MADE))


@contextmanager
def _put_in_place(file: Path) -> Iterator[IO[bytes]]:
    """A file that is there under its name when it is whole and on the disk, and not at all before."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        os.link(part, file)  # unlike renaming, it refuses to replace what somebody has put there meanwhile
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _snapshot() -> Iterator[Connection]:
    """All that is committed now, and nothing that comes later."""
    if db.engine.dialect.name != "postgresql":
        with db.engine.connect() as connection, connection.begin():
            yield connection
        return
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with db.engine.connect().execution_options(**options) as connection, connection.begin():
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield connection


def _write(handle: IO[bytes], now: datetime) -> tuple[dict[str, int], str, str, int]:
    db.session.rollback()
    # read first: every event that they tell of is committed, and so in the snapshot
    signed = checkpoints.lines()
    counts: dict[str, int] = {}
    with _snapshot() as connection:
        revision = schema.revision_of(connection)
        writer = Writer(handle, {"revision": revision, "made_at": now.isoformat()})
        for table in tables.in_order():
            shape = Shape.of(table)
            writer.line({"table": shape.name, "columns": shape.columns})
            counts[shape.name] = 0
            for row in tables.rows(connection, shape):
                writer.line(row)
                counts[shape.name] += 1
    for start in range(0, len(signed), AT_ONCE):
        writer.line({"checkpoints": [line.decode("utf-8", "replace") for line in signed[start : start + AT_ONCE]]})
    writer.line({"complete": counts, "checkpoints_in_all": len(signed)})
    writer.close()
    return counts, writer.key, revision, len(signed)
