"""A new current key, and every encrypted field encrypted with it while the portal is in use (D9, S15)."""

import base64
import fcntl
import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Column, LargeBinary, Select, Table, func, select, update
from sqlalchemy.exc import IntegrityError

from portal.core import audit, crypto
from portal.core.audit import SYSTEM, AuditAction
from portal.core.crypto import DamagedCiphertext, EncryptedBytes, EncryptedText, Keyring
from portal.core.db import Model, db, rows_changed, transaction
from portal.core.settings import settings

BATCH = 50  # rows written in one transaction; others wait for no longer than that takes
DOCUMENTS = 1  # the same for letters and evidence, which may be megabytes each
PASSES = 5  # over a column that others write to at the same time
ROTATING = "rotating"  # names the new key in the key file until every field is done

logger = logging.getLogger(__name__)


class AlreadyRunning(Exception):
    """Another process rotates keys."""


@dataclass(frozen=True)
class Rotation:
    """The current key, how many fields were encrypted with it, and how many are still under another."""

    key: str
    reencrypted: int
    remaining: int


@dataclass(frozen=True)
class Field:
    """A column of ciphertexts, with its blind index where it has one."""

    table: Table
    secret: EncryptedBytes
    text: EncryptedText | None

    @property
    def column(self) -> Column[bytes]:
        return self.table.c[self.secret.column]

    def under_other_keys(self, key: str) -> Select[Any]:
        prefix = f"{key}|".encode()
        begins = func.substr(self.column, 1, len(prefix), type_=LargeBinary)
        return select(self.table.c.id, self.column).where(self.column.is_not(None), begins != prefix)

    def renewed(self, row_id: int, stored: bytes) -> dict[str, bytes | str]:
        """The columns' new values; raises DamagedCiphertext."""
        place = self.secret.place(self.table.name, row_id)
        plain = crypto.decrypt(stored, bound_to=place)
        values: dict[str, bytes | str] = {self.secret.column: crypto.encrypt(plain, bound_to=place)}
        if self.text and self.text.index:
            values[self.text.index] = self.text.index_of(self.table.name, plain.decode())
        return values


def encrypted_fields() -> list[Field]:
    """Every encrypted attribute of every model."""
    fields = []
    for mapper in Model.registry.mappers:
        for attribute in vars(mapper.class_).values():
            if isinstance(attribute, EncryptedText):
                fields.append(Field(cast(Table, mapper.local_table), attribute.bytes, attribute))
            elif isinstance(attribute, EncryptedBytes):
                fields.append(Field(cast(Table, mapper.local_table), attribute, None))
    return sorted(fields, key=lambda field: (field.table.name, field.secret.column))


def rotate(*, now: datetime) -> Rotation:
    """Rotate, or go on with a rotation that was interrupted; raises AlreadyRunning. Left on the audit trail when done.

    Hashes that stand without their value (marks of prohibitions) keep the key they were made with: old keys stay.
    """
    file = settings().keyring_file.resolve()
    with _alone(file):
        stored = json.loads(file.read_text(encoding="ascii"))
        if ROTATING not in stored:
            _begin(stored)
            _replace(file, stored)
        key = crypto.keyring().current
        reencrypted = sum(_reencrypt(field, key) for field in encrypted_fields())
        remaining = sum(_count(field, key) for field in encrypted_fields())
        with transaction():
            outcome = "incomplete" if remaining else "success"
            audit.record(AuditAction.KEYS_ROTATED, actor=SYSTEM, now=now, object=f"key:{key}", outcome=outcome)
        del stored[ROTATING]
        _replace(file, stored)
    return Rotation(key, reencrypted, remaining)


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    handle = os.open(file.with_name(f"{file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning from None
        yield
    finally:
        os.close(handle)


def _begin(stored: dict[str, Any]) -> None:
    numbers = [int(match[1]) for name in stored["keys"] if (match := re.fullmatch(r"k(\d+)", name))]
    name = f"k{max(numbers, default=0) + 1}"
    stored["keys"][name] = base64.b64encode(os.urandom(crypto.KEY_BYTES)).decode()
    stored["current"] = stored[ROTATING] = name


def _replace(file: Path, stored: dict[str, Any]) -> None:
    """Put the key file in place whole, and on the disk, before anything is encrypted with a new key."""
    before = file.stat()
    made = file.with_name(f"{file.name}.new")
    made.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as new:
            json.dump(stored, new)
            new.flush()
            # whoever served with the old file serves with the new one
            os.fchown(new.fileno(), before.st_uid, before.st_gid)
            os.fchmod(new.fileno(), before.st_mode & 0o777)
            os.fsync(new.fileno())
        Keyring.load(made)
        made.replace(file)
    finally:
        made.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _count(field: Field, key: str) -> int:
    return db.session.scalar(select(func.count()).select_from(field.under_other_keys(key).subquery())) or 0


def _reencrypt(field: Field, key: str) -> int:
    done = 0
    for _ in range(PASSES):
        in_this_pass = _one_pass(field, key)
        done += in_this_pass
        if not in_this_pass:  # what is left cannot be opened
            break
    return done


def _one_pass(field: Field, key: str) -> int:
    done, last = 0, -1
    at_once = BATCH if field.text else DOCUMENTS
    while True:
        with transaction() as session:
            # a row that somebody is writing to is left for the next pass: neither waits for the other
            query = field.under_other_keys(key).where(field.table.c.id > last).order_by(field.table.c.id)
            rows = session.execute(query.limit(at_once).with_for_update(skip_locked=True)).all()
            done += sum(_swap(field, row_id, stored) for row_id, stored in rows)
        if not rows:
            return done
        last = rows[-1][0]


def _swap(field: Field, row_id: int, stored: bytes) -> bool:
    """Put the new ciphertext where the old one still stands."""
    try:
        values = field.renewed(row_id, stored)
        with db.session.begin_nested():
            still_there = (field.table.c.id == row_id) & (field.column == stored)
            result = db.session.execute(update(field.table).where(still_there).values(values))
    except DamagedCiphertext as problem:
        logger.error("a field cannot be encrypted anew, its ciphertext is damaged: %s", problem)
        return False
    except IntegrityError:
        logger.error("a field cannot be encrypted anew, its value exists twice: %s", field.secret.column)
        return False
    return bool(rows_changed(result))
