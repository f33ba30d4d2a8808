"""Putting a backup back into an empty place, and making sure that nothing comes back with it that must not (S19, S26).

The file is checked to its end before anything is written, and all rows go in one transaction. Then sessions end, mails
that waited are held, erasures and refusals since the backup are repeated, and both chains are verified.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from flask_migrate import upgrade
from sqlalchemy import Connection, inspect, select, table, text

from portal.backups import afresh, sealed_file, tables
from portal.backups.sealed_file import Header, UnreadableBackup
from portal.backups.tables import KINDS, Shape
from portal.consents import services as consents
from portal.core import audit, checkpoints, schema
from portal.core.audit import SYSTEM, AuditAction
from portal.core.db import db, transaction
from portal.core.errors import DomainError
from portal.subject_requests import erasures

VERSION_TABLE = "alembic_version"


class CouldNotRestore(DomainError):
    """Nothing was written; the message says why."""


@dataclass(frozen=True)
class Restored:
    """What came back, what was repeated on it, and whether everything fits."""

    made_at: str
    key: str
    revision: str
    tables: dict[str, int]
    rows: int
    checkpoints: int
    sessions_ended: int
    links_ended: int
    mails_held: int
    erasures_given: bool
    erased: int
    refusals: int
    refusals_hold: bool
    audit_ok: bool
    audit_reason: str | None
    consents_ok: bool
    seconds: float

    @property
    def ok(self) -> bool:
        return self.audit_ok and self.consents_ok and self.refusals_hold

    def as_json(self) -> dict[str, Any]:
        return {"ok": self.ok, **asdict(self)}


def restore(file: Path, *, lists: Sequence[Path], now: datetime) -> Restored:
    """Restore `file`, and repeat what the `lists` of erasures tell; raises CouldNotRestore and UnreadableBackup."""
    began = time.monotonic()
    told = [line for path in lists for line in _lines_of(path)]
    if lists:
        erasures.read(told)  # what cannot be read is said before anything is written
    with _opened(file) as handle:
        header = sealed_file.header_of(handle)
        revision, made_at = _checked(header)
        _refuse_unless_empty(revision)
        complete, signed = _examine(sealed_file.lines(handle, header))
    if not schema.current():
        upgrade(revision=revision)
    with _opened(file) as handle:
        _load(sealed_file.lines(handle, sealed_file.header_of(handle)), complete)
    upgrade()
    db.session.rollback()
    ended = afresh.begin(now=now)
    with transaction():
        audit.record(AuditAction.BACKUP_RESTORED, actor=SYSTEM, now=now, purpose=f"made:{made_at}")
    replayed = erasures.replay(told, actor=SYSTEM, now=now) if lists else erasures.Replayed(0, 0)
    holds = not lists or erasures.replay(told, actor=SYSTEM, now=now) == erasures.Replayed(0, 0)
    trail, ledger = checkpoints.verify(), consents.verify()
    return Restored(
        made_at=made_at,
        key=header.key,
        revision=revision,
        tables=complete,
        rows=sum(complete.values()),
        checkpoints=signed,
        sessions_ended=ended.sessions,
        links_ended=ended.links,
        mails_held=ended.mails,
        erasures_given=bool(lists),
        erased=replayed.erased,
        refusals=replayed.refusals,
        refusals_hold=holds,
        audit_ok=trail.ok,
        audit_reason=trail.reason,
        consents_ok=ledger.ok,
        seconds=round(time.monotonic() - began, 2),
    )


def _opened(file: Path) -> IO[bytes]:
    try:
        return file.open("rb")
    except OSError as problem:
        raise CouldNotRestore(f"{file.name}: {problem.strerror}") from problem


def _lines_of(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as problem:
        raise CouldNotRestore(f"{file.name}: {getattr(problem, 'strerror', None) or 'no text'}") from problem


def _checked(header: Header) -> tuple[str, str]:
    revision, made_at = str(header.told.get("revision")), str(header.told.get("made_at"))
    if not schema.is_known(revision):
        raise CouldNotRestore(f"the backup has schema {revision}, which this version of the portal does not know")
    return revision, made_at


def _refuse_unless_empty(revision: str) -> None:
    """Raises CouldNotRestore. A database may have its tables already, of the same schema and without a row."""
    if checkpoints.exist():
        raise CouldNotRestore(f"{checkpoints.FILE} is in the instance folder: a backup goes into an empty place only")
    with db.engine.connect() as connection:
        for name in inspect(connection).get_table_names():
            row = select(text("1")).select_from(table(name)).limit(1)
            if name != VERSION_TABLE and connection.execute(row).first():
                raise CouldNotRestore("the database is not empty: a backup goes into an empty place only")
        found = schema.revision_of(connection)
    if found not in ("", revision):
        raise CouldNotRestore(
            f"the database has schema {found} and the backup {revision}: restore into a database without tables"
        )


def _examine(lines: Iterator[Any]) -> tuple[dict[str, int], int]:
    """Read to the end, and tell how many rows each table has and how many checkpoints there are."""
    counts: dict[str, int] = {}
    signed = 0
    last: object = None
    name, width = "", 0
    for line in lines:
        last = line
        if isinstance(line, list):
            if len(line) != width:
                raise UnreadableBackup("the backup is damaged")
            counts[name] += 1
        elif "table" in line:
            name, width = line["table"], len(line["columns"])
            counts[name] = 0
            if any(kind not in KINDS for _, kind in line["columns"]):
                raise UnreadableBackup("the backup was made by a newer version of the portal")
        else:
            signed += len(line.get("checkpoints", ()))
    if not isinstance(last, dict) or last.get("complete") != counts or last.get("checkpoints_in_all") != signed:
        raise UnreadableBackup("the backup is not complete")
    return counts, signed


def _load(lines: Iterator[Any], complete: dict[str, int]) -> None:
    """All rows in one transaction, and the checkpoints in place when it stands."""
    signed: list[bytes] = []
    with _writing() as connection:
        head = next(lines)
        with tables.guards_aside(connection):
            while "table" in head:
                shape = Shape(head["table"], tuple((name, kind) for name, kind in head["columns"]))
                following: list[Any] = []
                count = tables.fill(connection, shape, _rows(lines, following))
                if count != complete[shape.name]:
                    raise UnreadableBackup("the backup changed while it was read")
                head = following[0]
        while "checkpoints" in head:
            signed += [line.encode() for line in head["checkpoints"]]
            head = next(lines)
        with checkpoints.put_back(signed):
            connection.commit()


def _rows(lines: Iterator[Any], following: list[Any]) -> Iterator[list[Any]]:
    """The rows up to the next line of another kind, which is left in `following`."""
    for line in lines:
        if isinstance(line, dict):
            following.append(line)
            return
        yield line


def _writing() -> Connection:
    db.session.rollback()
    connection = db.engine.connect().execution_options(portal_writing=True)
    connection.begin()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
    else:
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    return connection
