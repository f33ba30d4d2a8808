"""A backup file shows whatever was changed, moved, left out or cut off."""

import functools
import io
from collections.abc import Callable

import pytest
from flask import Flask

from portal.backups import sealed_file
from portal.backups.sealed_file import CHUNK, TAG, UnreadableBackup, Writer, header_of, lines

pytestmark = pytest.mark.usefixtures("context")
SEALED = CHUNK + TAG


@functools.cache
def sealed(count: int = 60_000) -> bytes:
    """Three chunks or so, of lines that compress badly."""
    file = io.BytesIO()
    writer = Writer(file, {"revision": "0001", "made_at": "2026-11-24T08:00:00+00:00"})
    for number in range(count):
        writer.line([number, f"{number * 2654435761 % 2**64:x}"])
    writer.close()
    return file.getvalue()


def opened(content: bytes) -> list[object]:
    file = io.BytesIO(content)
    return list(lines(file, header_of(file)))


def test_what_was_written_comes_back_in_order() -> None:
    content = sealed()
    assert len(content) > 2 * SEALED
    found = opened(content)
    assert (len(found), found[0], found[59_999]) == (60_000, [0, "0"], [59_999, "90d96bd1f2af"])


def test_an_empty_file_has_an_end_too() -> None:
    assert opened(sealed(0)) == []


def body_at(content: bytes) -> int:
    return content.index(b"\n") + 1


DAMAGES: dict[str, Callable[[bytes, int], bytes]] = {
    "one bit": lambda content, body: content[: body + 40] + bytes([content[body + 40] ^ 1]) + content[body + 41 :],
    "the last byte": lambda content, _: content[:-1],
    "the last chunk": lambda content, body: content[: body + 2 * SEALED],
    "everything behind the header": lambda content, body: content[:body],
    "a chunk in the middle": lambda content, body: content[: body + SEALED] + content[body + 2 * SEALED :],
    "two chunks change places": lambda content, body: (
        content[:body]
        + content[body + SEALED : body + 2 * SEALED]
        + content[body : body + SEALED]
        + content[body + 2 * SEALED :]
    ),
    "something behind the end": lambda content, _: content + b"x" * 100,
    "the header's revision": lambda content, _: content.replace(b'"0001"', b'"0002"'),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_no_damage_goes_unnoticed(damage: str) -> None:
    content = sealed()
    with pytest.raises(UnreadableBackup):
        opened(DAMAGES[damage](content, body_at(content)))


def test_a_file_cut_off_between_two_chunks_is_said_to_be_cut_short() -> None:
    content = sealed()
    with pytest.raises(UnreadableBackup, match=r"^the backup is cut short$"):
        opened(content[: body_at(content) + 2 * SEALED])


@pytest.mark.parametrize("content", [b"", b"{}\n", b"SQLite format 3\0", b"[]\n", b'{"format": "portal-backup/2"}\n'])
def test_another_file_is_no_backup(content: bytes) -> None:
    with pytest.raises(UnreadableBackup, match=r"^this is no backup of the portal$"):
        opened(content)


def test_a_backup_of_another_keyring_names_the_key_that_is_missing() -> None:
    content = sealed(1).replace(b'"key":"k1"', b'"key":"k9"')
    with pytest.raises(UnreadableBackup, match=r"^the backup was made with key 'k9', which is not in the keyring$"):
        opened(content)


def test_two_backups_of_the_same_have_nothing_in_common(context: Flask) -> None:
    one = sealed(10)
    sealed.cache_clear()
    other = sealed(10)
    assert one[body_at(one) :] != other[body_at(other) :]
    assert sealed_file.FORMAT == "portal-backup/1"
