"""An encrypted file that is read and written as a stream, and that shows whether anything of it changed or is missing.

A line of JSON names the key of the keyring; from that key and a random salt comes a key for this file alone. What
follows are chunks under AES-256-GCM, each bound to the header, to its place and to whether it is the last: a chunk that
was changed, moved, doubled or left out does not open, and a file that was cut short has no last one.
"""

import base64
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.core import crypto
from portal.core.errors import DomainError

FORMAT = "portal-backup/1"
CHUNK = 256 * 1024  # bytes of content
TAG = 16
SALT = 32
LONGEST_HEADER = 4096
LEVEL = 3  # of compression; what takes most room is encrypted already and gets no smaller
PURPOSE = "backup"


class UnreadableBackup(DomainError):
    """The file cannot be restored; the message says why."""


@dataclass(frozen=True)
class Header:
    """What stands readable at the beginning; changing any of it makes the file unreadable."""

    line: bytes
    key: str
    salt: bytes
    told: dict[str, Any]


class Writer:
    """Seals lines into a file; without `close` it has no end and counts as cut short."""

    def __init__(self, file: IO[bytes], told: dict[str, Any]) -> None:
        ring = crypto.keyring()
        salt = os.urandom(SALT)
        header = {"format": FORMAT, "key": ring.current, "salt": base64.b64encode(salt).decode(), **told}
        self._header = json.dumps(header, separators=(",", ":")).encode() + b"\n"
        self._cipher = _cipher(ring.current, salt)
        self._file = file
        self._packer = zlib.compressobj(LEVEL)
        self._waiting = bytearray()
        self._number = 0
        self.key = ring.current
        file.write(self._header)

    def line(self, value: object) -> None:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        self._waiting += self._packer.compress(text.encode("utf-8", "surrogatepass") + b"\n")
        while len(self._waiting) > CHUNK:  # not at its very end: the last chunk must be known as such
            self._seal(bytes(self._waiting[:CHUNK]), is_last=False)
            del self._waiting[:CHUNK]

    def close(self) -> None:
        self._waiting += self._packer.flush()
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), is_last=False)
            del self._waiting[:CHUNK]
        self._seal(bytes(self._waiting), is_last=True)

    def _seal(self, content: bytes, *, is_last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, is_last=is_last), content, self._header))
        self._number += 1


def header_of(file: IO[bytes]) -> Header:
    """Read the first line; raises UnreadableBackup when this is no backup or its key is not here."""
    line = file.readline(LONGEST_HEADER)
    try:
        told = json.loads(line)
        if told["format"] != FORMAT:
            raise ValueError(told["format"])
        header = Header(line, str(told["key"]), base64.b64decode(told["salt"], validate=True), told)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnreadableBackup("this is no backup of the portal") from None
    if header.key not in crypto.keyring().keys:
        raise UnreadableBackup(f"the backup was made with key {header.key!r}, which is not in the keyring")
    return header


def lines(file: IO[bytes], header: Header) -> Iterator[Any]:
    """What was written, line by line; raises UnreadableBackup where the file is damaged, cut short or has more."""
    unpacker = zlib.decompressobj()
    rest = b""
    try:
        for content in _contents(file, header):
            rest += unpacker.decompress(content)
            *whole, rest = rest.split(b"\n")
            for line in whole:
                yield json.loads(line.decode("utf-8", "surrogatepass"))
        if rest or not unpacker.eof:
            raise UnreadableBackup("the backup is damaged")
    except (zlib.error, ValueError):  # what opened was ours, so this is a fault of ours and not of the file
        raise UnreadableBackup("the backup is damaged") from None


def _contents(file: IO[bytes], header: Header) -> Iterator[bytes]:
    cipher = _cipher(header.key, header.salt)
    number, chunk = 0, file.read(CHUNK + TAG)
    while True:
        following = file.read(CHUNK + TAG)
        is_last = not following
        try:
            yield cipher.decrypt(_nonce(number, is_last=is_last), chunk, header.line)
        except (InvalidTag, ValueError):
            raise UnreadableBackup(_why(cipher, number, chunk, header, is_last=is_last)) from None
        if is_last:
            return
        number, chunk = number + 1, following


def _why(cipher: AESGCM, number: int, chunk: bytes, header: Header, *, is_last: bool) -> str:
    """Whether the end is missing, or something is damaged or the key another one of the same name."""
    if is_last:
        try:
            cipher.decrypt(_nonce(number, is_last=False), chunk, header.line)
        except (InvalidTag, ValueError):
            pass
        else:
            return "the backup is cut short"
    if number == 0:
        return f"the backup does not open: it is damaged, or was made with another key named {header.key!r}"
    return f"the backup is damaged or cut short at chunk {number + 1}"


def _cipher(key: str, salt: bytes) -> AESGCM:
    secret = crypto.keyring().derived(key, PURPOSE)
    return AESGCM(HKDF(algorithm=SHA256(), length=crypto.KEY_BYTES, salt=salt, info=PURPOSE.encode()).derive(secret))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(crypto.NONCE_BYTES - 1, "big") + bytes([is_last])
