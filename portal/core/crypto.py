"""Encryption of single fields, blind indexes and signed tokens (D9).

A ciphertext is bound to its table, column and row: moved elsewhere it does not open.
"""

import base64
import hashlib
import hmac
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Self, cast, overload

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from portal.config import ConfigError
from portal.core import clock
from portal.core.settings import settings

EXTENSION = "portal.keyring"
KEY_BYTES = 32
NONCE_BYTES = 12
DAMAGED = "\N{REPLACEMENT CHARACTER}"  # stands where a stored value cannot be read (S15)

logger = logging.getLogger(__name__)


class DamagedCiphertext(Exception):
    """A stored ciphertext does not open in its place: damaged, moved, or its key is gone."""


@dataclass(frozen=True)
class Keyring:
    """Named 256-bit keys; new values are encrypted with `current`, old ones open with their own."""

    current: str
    keys: Mapping[str, bytes]

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read the key file; raises ConfigError."""
        try:
            stored = json.loads(file.read_text(encoding="ascii"))
            keys = {name: base64.b64decode(key, validate=True) for name, key in stored["keys"].items()}
            ring = cls(current=stored["current"], keys=keys)
        except (OSError, ValueError, KeyError, AttributeError) as problem:
            raise ConfigError(f"PORTAL_KEYRING: {file.name} is not a readable key file") from problem
        if ring.current not in keys or any(len(key) != KEY_BYTES for key in keys.values()):
            raise ConfigError(f"PORTAL_KEYRING: {file.name} lacks its current key, or a key is not 256 bits")
        return ring

    def derived(self, name: str, purpose: str) -> bytes:
        """A key for one purpose, so that no key serves two."""
        return _derived(self.keys[name], purpose)


@lru_cache(maxsize=64)  # an import or a marketing list asks for the same few a hundred thousand times
def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


class KeyringFile:
    """The key file as it is now: a rotation that another process began is seen without a restart."""

    def __init__(self, file: Path) -> None:
        """Raises ConfigError."""
        self.file = file
        self._stamp = _stamp(file)
        self._ring = Keyring.load(file)

    def ring(self) -> Keyring:
        stamp = _stamp(self.file)
        if stamp not in (self._stamp, None):  # a file that is gone for the moment changes nothing
            try:
                self._ring, self._stamp = Keyring.load(self.file), stamp
            except ConfigError:
                logger.exception("the key file changed and cannot be read: the keys known so far stay in use")
        return self._ring


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        state = file.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_ino


def keyring() -> Keyring:
    return cast(KeyringFile, current_app.extensions[EXTENSION]).ring()


def encrypt(plain: bytes, *, bound_to: str) -> bytes:
    """`key name | nonce | ciphertext` under AES-256-GCM with `bound_to` as additional data."""
    ring = keyring()
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(ring.keys[ring.current]).encrypt(nonce, plain, bound_to.encode())
    return ring.current.encode() + b"|" + nonce + sealed


def decrypt(stored: bytes, *, bound_to: str) -> bytes:
    """The plain bytes; raises DamagedCiphertext."""
    name, _, rest = bytes(stored).partition(b"|")
    key = keyring().keys.get(name.decode("ascii", "replace"))
    if key is None:
        raise DamagedCiphertext(bound_to)
    try:
        return AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError) as problem:
        raise DamagedCiphertext(bound_to) from problem


def readable(row: object, attribute: str) -> Any:
    """What a row holds; DAMAGED where its ciphertext does not open in its place, so that the rest can be read.

    For whatever is shown or told. What is decided or sent by a value reads the attribute itself, which raises.
    """
    try:
        return getattr(row, attribute)
    except DamagedCiphertext as problem:
        logger.error("a stored value does not open in its place: %s", problem)
        return DAMAGED


def blind_index(column: str, value: str) -> str:
    """What equal values share, so that an encrypted column can be looked up; useless without the key."""
    return _blind_index(keyring().current, column, value)


def blind_indexes(column: str, value: str) -> list[str]:
    """The index under every key, for look-ups while keys rotate."""
    return [_blind_index(name, column, value) for name in keyring().keys]


def _blind_index(key_name: str, column: str, value: str) -> str:
    key = keyring().derived(key_name, f"blind-index:{column}")
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


class EncryptedBytes:
    """Attribute of a model that is stored encrypted in another column, bound to table, column and row id.

    The row's id must be set first: `Letter(id=random_id())`, then `letter.document = ...`.
    """

    def __init__(self, column: str) -> None:
        self.column = column

    def _place(self, row: Any) -> str:
        if row.id is None:
            raise RuntimeError(f"set the id before {self.column}")
        return self.place(row.__tablename__, row.id)

    def place(self, table: str, row_id: int) -> str:
        """What a ciphertext of this column is bound to."""
        return f"{table}|{self.column}|{row_id}"

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: object, owner: type) -> bytes | None: ...
    def __get__(self, row: object | None, owner: type) -> Self | bytes | None:
        if row is None:
            return self
        stored = getattr(row, self.column)
        return None if stored is None else decrypt(stored, bound_to=self._place(row))

    def __set__(self, row: object, value: bytes | None) -> None:
        setattr(row, self.column, None if value is None else encrypt(value, bound_to=self._place(row)))


class EncryptedText:
    """The same for text, with an optional blind index column kept beside it."""

    def __init__(self, column: str, *, index: str | None = None) -> None:
        self.bytes = EncryptedBytes(column)
        self.index = index

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: object, owner: type) -> str | None: ...
    def __get__(self, row: object | None, owner: type) -> Self | str | None:
        if row is None:
            return self
        plain = self.bytes.__get__(row, owner)
        return None if plain is None else plain.decode()

    def __set__(self, row: object, value: str | None) -> None:
        self.bytes.__set__(row, None if value is None else value.encode())
        if self.index:
            table = type(row).__tablename__  # type: ignore[attr-defined]  # rows are models
            setattr(row, self.index, None if value is None else self.index_of(table, value))

    def index_of(self, table: str, value: str) -> str:
        """The blind index of a value of this column, by the current key."""
        column = (self.index or "").removesuffix("_index")
        return blind_index(f"{table}.{column}", value)


def sign(purpose: str, payload: Mapping[str, Any]) -> str:
    """A token that carries `payload` readably and unforgeably, for one purpose."""
    return str(_serializer(purpose).dumps(dict(payload)))


def unsign(purpose: str, token: str, max_age: timedelta | None = None) -> dict[str, Any] | None:
    """The payload, or None when the token is forged, garbled, for another purpose or older than `max_age`.

    An age can be asked only of a token made by `sign_with_time`.
    """
    try:
        payload = _serializer(purpose if max_age is None else f"timed:{purpose}").loads(token)
    except (BadData, ValueError, RecursionError):
        return None
    if not isinstance(payload, dict):
        return None
    if max_age is None:
        return payload
    made_at = datetime.fromtimestamp(payload.pop(_MADE_AT), UTC)
    return payload if abs(clock.now() - made_at) <= max_age else None


def sign_with_time(purpose: str, payload: Mapping[str, Any]) -> str:
    """Like `sign`, with the moment inside; read it with `unsign(..., max_age=...)`."""
    return sign(f"timed:{purpose}", {**payload, _MADE_AT: int(clock.now().timestamp())})


_MADE_AT = "made_at"
_SHA256 = {"digest_method": hashlib.sha256}


def _serializer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(settings().secret_key, salt=f"portal:{purpose}", signer_kwargs=_SHA256)
