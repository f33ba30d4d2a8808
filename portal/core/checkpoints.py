"""Signed checkpoints of the audit trail, in an append-only file outside the database (S18).

Whoever owns the database can rewrite the whole chain; what was signed before, they cannot. What came after the last
checkpoint cannot be proven.
"""

import base64
import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from portal.core import audit, crypto
from portal.core.audit import Actor, AuditAction, AuditEvent
from portal.core.db import db, transaction
from portal.core.hash_chain import GENESIS, moment
from portal.core.settings import settings

FILE = "audit-checkpoints.jsonl"
EVERY_EVENTS = 500
EVERY = timedelta(minutes=5)
PURPOSE = "audit-checkpoint"
LONGEST_LINE = 4096
AT_ONCE = 500  # hashes asked of the database in one query

logger = logging.getLogger(__name__)


class Unreadable(Exception):
    """A line that no portal wrote."""


@dataclass(frozen=True)
class Checkpoint:
    """How the trail stood: its last event, how many there were, and the line before this one."""

    sequence: int
    event_hash: str
    count: int
    at: str
    previous: str
    key: str
    signature: str

    @classmethod
    def read(cls, line: bytes) -> "Checkpoint":
        """Raises Unreadable."""
        try:
            told = json.loads(line)
            checkpoint = cls(**told)
        except (ValueError, TypeError, RecursionError) as problem:
            raise Unreadable from problem
        numbers = (checkpoint.sequence, checkpoint.count)
        words = (checkpoint.event_hash, checkpoint.at, checkpoint.previous, checkpoint.key, checkpoint.signature)
        if any(type(number) is not int for number in numbers) or any(type(word) is not str for word in words):
            raise Unreadable
        return checkpoint

    @property
    def signed(self) -> bytes:
        told = [self.sequence, self.event_hash, self.count, self.at, self.previous, self.key]
        return json.dumps([PURPOSE, *told], separators=(",", ":")).encode()

    def is_genuine(self) -> bool:
        """Whether the key it names signed it; raises KeyError when that key is not in the keyring."""
        try:
            _signing_key(self.key).public_key().verify(base64.b64decode(self.signature), self.signed)
        except (InvalidSignature, ValueError):
            return False
        return True

    def line(self) -> bytes:
        return json.dumps(self.__dict__, separators=(",", ":")).encode() + b"\n"


def _signing_key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(crypto.keyring().derived(name, PURPOSE))


def _file() -> Path:
    return settings().instance / FILE


def write_when_due(now: datetime) -> Checkpoint | None:
    """A checkpoint, when 500 events or five minutes have passed since the last one."""
    return _write(now, is_pressing=False)


def write(now: datetime) -> Checkpoint | None:
    """A checkpoint of every event that is committed; None when the last one tells it already.

    A trail that contradicts the last checkpoint is not signed: that is logged, and `verify` finds it.
    """
    return _write(now, is_pressing=True)


def last() -> Checkpoint | None:
    """The last checkpoint as it stands in the file, unchecked; None where there is none that can be read."""
    try:
        handle = os.open(_file(), os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        line, _torn = _tail(handle)
        return Checkpoint.read(line)
    except (OSError, Unreadable):
        return None
    finally:
        os.close(handle)


def lines() -> list[bytes]:
    """Every checkpoint as it stands in the file, unchecked, oldest first; raises OSError."""
    return _lines()


def public_key(name: str) -> bytes:
    """What a stranger checks the signatures of a key with: the 32 bytes of Ed25519; raises KeyError."""
    return _signing_key(name).public_key().public_bytes_raw()


def write_at_stop(now: datetime) -> None:
    """The same for a process that ends: what goes wrong is logged and holds nothing up."""
    try:
        write(now)
    except (OSError, DBAPIError):
        logger.exception("no audit checkpoint at the stop")


def exist() -> bool:
    """Whether anything stands in the file."""
    return _file().exists() and _file().stat().st_size > 0


@contextmanager
def put_back(lines: Sequence[bytes]) -> Iterator[None]:
    """Make a restored backup's lines the file when the block has come to its end; an older file is not replaced."""
    made = _file().with_name(f".{FILE}.{os.getpid()}")
    made.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(line + b"\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        yield
        if lines:
            _file().unlink(missing_ok=True)  # an empty one: `exist` was asked
            os.link(made, _file())
    finally:
        made.unlink(missing_ok=True)


def _write(now: datetime, *, is_pressing: bool) -> Checkpoint | None:
    with _locked() as handle:
        line = _last_line(handle)
        try:
            last = Checkpoint.read(line) if line else None
        except Unreadable:
            logger.error("the last audit checkpoint is unreadable: no further one is written")
            return None
        # a connection of its own, so that only what is committed is signed
        with db.engine.connect() as connection:
            checkpoint = _next(connection, last, line, now)
        if checkpoint is None or not (is_pressing or _is_due(checkpoint, last, now)):
            return None
        _append(handle, checkpoint.line())
        return checkpoint


def _next(connection: Connection, last: Checkpoint | None, line: bytes, now: datetime) -> Checkpoint | None:
    newest = connection.execute(
        select(AuditEvent.seq, AuditEvent.hash).order_by(AuditEvent.seq.desc()).limit(1)
    ).first()
    before = last.sequence if last else 0
    if last and not _still_holds(connection, last):
        logger.error("the audit trail contradicts its last checkpoint: run `portal audit verify`")
        return None
    if newest is None or newest.seq == before:
        return None
    since = select(func.count()).where(AuditEvent.seq > before, AuditEvent.seq <= newest.seq)
    key = crypto.keyring().current
    unsigned = Checkpoint(
        sequence=newest.seq,
        event_hash=newest.hash,
        count=(last.count if last else 0) + (connection.scalar(since) or 0),
        at=moment(now),
        previous=_digest(line) if line else GENESIS,
        key=key,
        signature="",
    )
    signature = base64.b64encode(_signing_key(key).sign(unsigned.signed)).decode()
    return replace(unsigned, signature=signature)


def _still_holds(connection: Connection, last: Checkpoint) -> bool:
    return connection.scalar(select(AuditEvent.hash).where(AuditEvent.seq == last.sequence)) == last.event_hash


def _is_due(checkpoint: Checkpoint, last: Checkpoint | None, now: datetime) -> bool:
    if last is None or checkpoint.sequence - last.sequence >= EVERY_EVENTS:
        return True
    # a clock that was set back must not hold checkpoints up
    return abs(now - datetime.fromisoformat(last.at)) >= EVERY


@contextmanager
def _locked() -> Iterator[int]:
    """The file, for one process at a time."""
    handle = os.open(_file(), os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _last_line(handle: int) -> bytes:
    """The last whole line, without its end; a torn one behind it, left by a power cut, is cut off."""
    line, torn = _tail(handle)
    if torn:
        os.ftruncate(handle, os.fstat(handle).st_size - len(torn))
    return line


def _tail(handle: int) -> tuple[bytes, bytes]:
    """The last whole line, and what stands torn behind it."""
    size = os.fstat(handle).st_size
    tail = os.pread(handle, LONGEST_LINE, max(0, size - LONGEST_LINE))
    whole, end, torn = tail.rpartition(b"\n")
    return (whole.rpartition(b"\n")[2] if end else b""), torn


def _append(handle: int, line: bytes) -> None:
    size = os.fstat(handle).st_size
    try:
        if os.write(handle, line) != len(line):
            raise OSError("the disk is full")
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


@dataclass(frozen=True)
class Verdict:
    """What `verify` found. Not `ok` and not `is_certain`: it cannot be told."""

    ok: bool
    events: int
    checkpoints: int
    first_bad: int | None = None
    reason: str | None = None
    is_certain: bool = True


def verify() -> Verdict:
    """Recompute the chain and hold it against every checkpoint.

    `first_bad` is the first event that does not fit; where the chain was rewritten to fit itself, the first one after
    the last checkpoint that still holds.
    """
    try:
        lines = _lines()
    except OSError as problem:
        lines, trouble = [], f"the checkpoints cannot be read: {problem.strerror}"
    else:
        trouble = ""
    # the lines are read first: every event they tell of is then there to be seen
    db.session.commit()
    chain = audit.verify()
    genuine, flaw, doubt = _examine(lines)
    contradiction = _contradiction(chain, genuine)
    sound = Verdict(True, chain.events, len(lines))
    if contradiction:
        return replace(sound, ok=False, first_bad=contradiction[0], reason=contradiction[1])
    if not chain.ok:
        return replace(sound, ok=False, first_bad=chain.first_bad, reason=chain.reason)
    if flaw:
        return replace(sound, ok=False, reason=flaw)
    if not lines and chain.events and not trouble:
        trouble = "there are no checkpoints"
    if trouble or doubt:
        return replace(sound, ok=False, reason=trouble or doubt, is_certain=False)
    return sound


def verify_on_record(*, actor: Actor, now: datetime) -> Verdict:
    """The same, with an event that tells who had it checked and what came out."""
    verdict = verify()
    outcome = audit.SUCCESS if verdict.ok else "failed" if verdict.is_certain else "uncertain"
    with transaction():
        audit.record(AuditAction.AUDIT_VERIFIED, actor=actor, now=now, outcome=outcome)
    return verdict


def _lines() -> list[bytes]:
    try:
        handle = os.open(_file(), os.O_RDONLY)
    except FileNotFoundError:
        return []
    with os.fdopen(handle, "rb") as file:
        fcntl.flock(handle, fcntl.LOCK_SH)
        *lines, _torn = file.read().split(b"\n")
    return lines


def _examine(lines: Sequence[bytes]) -> tuple[list[Checkpoint], str | None, str | None]:
    """The checkpoints that are genuine; what is wrong with the file; and why it cannot be told."""
    genuine: list[Checkpoint] = []
    doubt, previous = None, GENESIS
    for number, line in enumerate(lines, start=1):
        try:
            checkpoint = Checkpoint.read(line)
            is_genuine = checkpoint.is_genuine()
        except Unreadable:
            return genuine, f"checkpoint {number} is unreadable", doubt
        except KeyError:
            doubt = doubt or f"the key of checkpoint {number} is not in the keyring"
            is_genuine = False
        else:
            if not is_genuine:
                return genuine, f"checkpoint {number} changed", doubt
        if checkpoint.previous != previous:
            return genuine, f"a checkpoint is missing before checkpoint {number}", doubt
        if is_genuine:
            genuine.append(checkpoint)
        previous = _digest(line)
    return genuine, None, doubt


def _contradiction(chain: audit.Verdict, genuine: Sequence[Checkpoint]) -> tuple[int, str] | None:
    """Where the part of the trail that fits itself is not what was signed."""
    sound = chain.events if chain.first_bad is None else chain.first_bad - 1
    held = 0
    for start in range(0, len(genuine), AT_ONCE):
        some = genuine[start : start + AT_ONCE]
        wanted = [checkpoint.sequence for checkpoint in some]
        rows = db.session.execute(select(AuditEvent.seq, AuditEvent.hash).where(AuditEvent.seq.in_(wanted)))
        found = {row.seq: row.hash for row in rows}
        for checkpoint in some:
            if checkpoint.sequence > sound:
                return (sound + 1, "tail cut") if chain.ok else None
            if found.get(checkpoint.sequence) != checkpoint.event_hash or checkpoint.count != checkpoint.sequence:
                return held + 1, "rewritten"
            held = checkpoint.sequence
    return None
