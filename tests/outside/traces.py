"""Everything an installation leaves behind, and the forms in which a secret could stand in it."""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from urllib.parse import quote

import psycopg
import redis

from tests.outside.serving import Portal

KEYS = {"keyring.json", "secret.key"}
LONGEST_STREAM = 1_000_000  # bytes that a compressed stream is opened to
DIGESTS = ("md5", "sha1", "sha256", "sha512", "blake2b")


def left_behind(portal: Portal) -> Iterator[tuple[str, bytes]]:
    """Files, tables, queues and logs: a name and the bytes."""
    files = [file for file in portal.instance.rglob("*") if file.is_file()]
    static = portal.instance / "static"
    for file in (*files, *portal.folder.glob("*.log")):
        if file.name in KEYS or static in file.parents:
            continue
        content = file.read_bytes()
        name = str(file.relative_to(portal.folder))
        yield name, content
        yield f"{name}, decompressed", b"\n".join(_streams(content))
        if file.suffix == ".eml":
            mail = message_from_bytes(content, policy=policy.default)
            yield f"{name}, decoded", "\n".join([*mail.values(), mail.get_content()]).encode()
    if not portal.is_sqlite:
        yield from _tables(portal)
        yield "valkey", b"\n".join(_valkey(portal))


def _streams(content: bytes) -> Iterator[bytes]:
    """What opens when it is taken for a compressed stream."""
    for start in (b"\x1f\x8b\x08", b"\x78\x9c", b"\x78\xda", b"\x78\x01"):
        at = content.find(start)
        while at >= 0:
            with suppress(zlib.error):
                yield zlib.decompressobj(47).decompress(content[at : at + LONGEST_STREAM], LONGEST_STREAM)
            at = content.find(start, at + 1)


def _tables(portal: Portal) -> Iterator[tuple[str, bytes]]:
    """As pg_dump reads them; what is kept as bytes also as such."""
    with psycopg.connect(portal.database_url.replace("+psycopg", "")) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            with connection.cursor().copy(f'COPY "{table}" TO STDOUT') as copy:  # type: ignore[arg-type]
                dumped = b"".join(copy)
            yield table, dumped
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # type: ignore[arg-type]
                kept = [value for value in row if isinstance(value, bytes)]
                if kept:
                    yield f"{table}, as bytes", b"\n".join(kept)


def _valkey(portal: Portal) -> Iterator[bytes]:
    client = redis.Redis.from_url(portal.environment["VALKEY_URL"].replace("valkey://", "redis://"))
    for key in client.scan_iter():
        yield key
        match client.type(key):
            case b"string":
                yield client.get(key) or b""
            case b"list":
                yield from client.lrange(key, 0, -1)
            case b"hash":
                for name, value in client.hgetall(key).items():
                    yield name
                    yield value
            case b"zset" | b"set" as kind:
                yield from client.zrange(key, 0, -1) if kind == b"zset" else client.smembers(key)
    client.close()


def forms_of(secret: str, *, is_guessable: bool) -> set[bytes]:
    """The secret in every usual writing; of one that can be guessed also plain digests, which are as good as it."""
    writings = {secret, secret[::-1], secret.lower(), secret.upper(), quote(secret), quote(secret, safe="").lower()}
    writings |= {json.dumps(secret)[1:-1], " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))}
    found = {writing.encode() for writing in writings}
    plain = secret.encode()
    found |= {
        secret.encode("utf-16-le"),
        secret.encode("utf-16-be"),
        plain.hex().encode(),
        plain.hex().upper().encode(),
    }
    found |= {"".join(f"%{byte:02X}" for byte in plain).encode(), base64.b32encode(plain).rstrip(b"=")}
    found |= set(_base64(plain))
    if is_guessable:
        for name in DIGESTS:
            digest = hashlib.new(name, plain)
            found |= {digest.digest(), digest.hexdigest().encode(), base64.b64encode(digest.digest())}
    return {form for form in found if len(form) >= 8}


def _base64(plain: bytes) -> Iterator[bytes]:
    """Inside a longer text, wherever it may begin; without the signs that depend on what stands around."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + plain)
        inner = encoded[-(-before * 8 // 6) : (before + len(plain)) * 8 // 6]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")
