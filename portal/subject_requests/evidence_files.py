"""Files that people send as evidence, taken in as little of them as is needed (S17): pure functions on bytes.

An image is written anew with the parts that draw it, which way up included, and no others: places, cameras, comments
and whatever hangs behind the picture stay out. A PDF cannot be written anew here; one that does anything by itself,
or is locked, is refused.
"""

import re
import zlib
from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
PDF = b"%PDF-"

# What draws a picture: the four that every PNG has, transparency, and how colours and size are meant.
PNG_PARTS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"pHYs"})
# JPEG segments: tables, frames, restart intervals and scans.
JPEG_PARTS = frozenset({0xDB, 0xC4, 0xCC, 0xDD, 0xDA, *(set(range(0xC0, 0xD0)) - {0xC8})})
START_OF_SCAN, END_OF_IMAGE, JFIF, EXIF, ADOBE = 0xDA, 0xD9, 0xE0, 0xE1, 0xEE
JFIF_NAME, JFIF_SIZE = b"JFIF\0", 12  # up to where a small picture of the whole may follow
ADOBE_NAME, ADOBE_SIZE = b"Adobe", 12  # the colour transform
EXIF_NAME = b"Exif\0\0"
ORIENTATION = 0x0112
SHORTEST_FRAME = 8  # its own length, the depth, and both sides
MOST_PIXELS = 100_000_000  # a larger picture is a trap for the program that opens it

ACTIVE_NAMES = (
    *("JavaScript", "JS", "Launch", "EmbeddedFile", "EmbeddedFiles", "RichMedia", "XFA", "SubmitForm", "ImportData"),
    *("AA", "Encrypt"),
)


def _spelled(name: str) -> str:
    """In every way that a PDF may write it: any letter as its number."""
    return "".join(f"(?:{sign}|#(?i:{ord(sign):02x}))" for sign in name)


# matched as it stands: a file of nothing but such numbers would take seconds to be written in letters first
_ACTIVE = re.compile(f"/(?:{'|'.join(map(_spelled, ACTIVE_NAMES))})(?![A-Za-z0-9#])".encode())
_PARTS = re.compile(rf"(?P<end>endobj)|(?P<objects>/{_spelled('ObjStm')})|(?P<stream>(?<!end)stream\r?\n)".encode())
MOST_INFLATED = 50_000_000  # bytes of a PDF's compressed objects together


class FileKind(StrEnum):
    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"


class UnfitFile(Exception):
    """Not a PDF, PNG or JPEG, a broken one, or one that does things by itself."""


def cleaned(content: bytes) -> tuple[FileKind, bytes]:
    """What the bytes are, whatever they are called, and what is kept of them; raises UnfitFile."""
    if content.startswith(PNG):
        return FileKind.PNG, _png(content)
    if content.startswith(JPEG):
        return FileKind.JPEG, _jpeg(content)
    if content.startswith(PDF):
        return FileKind.PDF, _pdf(content)
    raise UnfitFile


def _png(content: bytes) -> bytes:
    kept, at, name = [PNG], len(PNG), b""
    while at + 12 <= len(content) and name != b"IEND":
        end = at + 12 + int.from_bytes(content[at : at + 4])
        name, body = content[at + 4 : at + 8], content[at + 8 : end - 4]
        if end > len(content) or zlib.crc32(name + body) != int.from_bytes(content[end - 4 : end]):
            raise UnfitFile
        if len(kept) == 1 and (name != b"IHDR" or len(body) != 13):
            raise UnfitFile
        if name == b"IHDR":
            _check_size(int.from_bytes(body[:4]), int.from_bytes(body[4:8]))
        if name in PNG_PARTS:
            kept.append(content[at:end])
        at = end
    if name != b"IEND":
        raise UnfitFile
    return b"".join(kept)


def _jpeg(content: bytes) -> bytes:
    kept, at, has_frame = [content[:2]], 2, False
    while True:
        marker, at = _marker(content, at)
        if marker == END_OF_IMAGE:
            break
        end = at + int.from_bytes(content[at : at + 2])
        if end < at + 2 or end > len(content):
            raise UnfitFile
        if marker in JPEG_PARTS and 0xC0 <= marker < 0xD0 and marker not in (0xC4, 0xCC):
            if end < at + SHORTEST_FRAME:
                raise UnfitFile
            _check_size(int.from_bytes(content[at + 5 : at + 7]), int.from_bytes(content[at + 3 : at + 5]))
            has_frame = True
        if marker == START_OF_SCAN:
            end = _end_of_scan(content, end)
        if marker in JPEG_PARTS:
            kept.append(bytes((0xFF, marker)) + content[at:end])
        else:
            kept.append(_told(marker, content[at + 2 : end]))
        at = end
    if not has_frame:
        raise UnfitFile
    return b"".join([*kept, bytes((0xFF, END_OF_IMAGE))])


def _told(marker: int, body: bytes) -> bytes:
    """Of what stands beside a picture only what draws it: no smaller picture, which may show what was cut off."""
    if marker == EXIF:
        return _turned(body)
    if marker == JFIF and body.startswith(JFIF_NAME) and len(body) >= JFIF_SIZE:
        return _segment(JFIF, body[:JFIF_SIZE] + bytes(2))
    if marker == ADOBE and body.startswith(ADOBE_NAME) and len(body) >= ADOBE_SIZE:
        return _segment(ADOBE, body[:ADOBE_SIZE])
    return b""


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2) + body


def _turned(exif: bytes) -> bytes:
    """Of what a camera tells only which way up the picture is: phones turn no pixels."""
    tiff = exif.removeprefix(EXIF_NAME)
    order: Literal["little", "big"] = "little" if tiff[:2] == b"II" else "big"
    first = int.from_bytes(tiff[4:8], order)
    last = first + 2 + 12 * int.from_bytes(tiff[first : first + 2], order)
    # no further than there are bytes: a file of many small parts that tell of many entries would take hours
    for at in range(first + 2, min(last, len(tiff) - 11), 12):
        entry = tiff[at : at + 12]
        turn = int.from_bytes(entry[8:10], order)
        if int.from_bytes(entry[:2], order) == ORIENTATION and 1 < turn <= 8:
            body = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" + bytes((turn,)) + bytes(6)
            return _segment(EXIF, EXIF_NAME + body)
    return b""


def _marker(content: bytes, at: int) -> tuple[int, int]:
    """The marker here, after any fill bytes, and where it ends."""
    if content[at : at + 1] != b"\xff":
        raise UnfitFile
    while content[at : at + 1] == b"\xff":
        at += 1
    if at >= len(content):
        raise UnfitFile
    return content[at], at + 1


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the picture's own bytes end: at a marker that is neither an escaped byte nor a restart."""
    while (at := content.find(b"\xff", at)) != -1 and at + 1 < len(content):
        following = content[at + 1]
        if following != 0 and not 0xD0 <= following <= 0xD7 and following != 0xFF:
            return at
        at += 1 if following == 0xFF else 2
    raise UnfitFile


def _check_size(width: int, height: int) -> None:
    if not 0 < width * height <= MOST_PIXELS:
        raise UnfitFile


def _pdf(content: bytes) -> bytes:
    """As it is, when it says that it ends and names nothing that acts, in its compressed objects neither."""
    if b"%%EOF" not in content[-2048:] or _ACTIVE.search(content):
        raise UnfitFile
    if any(_ACTIVE.search(objects) for objects in _compressed_objects(content)):
        raise UnfitFile
    return content


def _compressed_objects(content: bytes) -> Iterator[bytes]:
    """The objects that a PDF packs into streams; one that cannot be unpacked here is refused."""
    is_of_objects, reached, left = False, 0, MOST_INFLATED
    for part in _PARTS.finditer(content):
        if part.start() < reached:
            continue
        if part["stream"] and is_of_objects:
            reached = content.find(b"endstream", part.end())
            unpacking = zlib.decompressobj()
            try:
                objects = unpacking.decompress(content[part.end() : reached], left)
            except zlib.error:
                raise UnfitFile from None
            left -= len(objects)
            if reached < 0 or left <= 0 or not unpacking.eof:
                raise UnfitFile
            yield objects
        is_of_objects = part["objects"] is not None or (is_of_objects and part["end"] is None and not part["stream"])
