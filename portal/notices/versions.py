"""The catalogue of published notice versions; a text is known by the SHA-256 of its bytes."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from portal.catalogues.cookies import Category
from portal.config import LANGUAGES, ROOT, ConfigError
from portal.core.errors import NotFound
from portal.notices.sections import sections_in

FOLDER = ROOT / "templates" / "notices"
DECLARATIONS = "versions.toml"


class AlteredNotice(ConfigError):
    """A published text is missing, or is no longer what was published."""


@dataclass(frozen=True)
class NoticeVersion:
    """One published version.

    `material_for` names the cookie categories whose processing it changed, so that consent given under an
    earlier version no longer covers them (EDPB 05/2020, point 110); empty means editorial.
    `changes` and `hashes` are by language.
    """

    number: str
    valid_from: date
    law_checked_on: date
    material_for: frozenset[Category]
    changes: Mapping[str, str]
    hashes: Mapping[str, str]

    @property
    def is_editorial(self) -> bool:
        return not self.material_for


def declared(folder: Path = FOLDER) -> tuple[NoticeVersion, ...]:
    """The versions the folder declares, oldest first; raises AlteredNotice."""
    try:
        rows = tomllib.loads((folder / DECLARATIONS).read_text(encoding="utf-8"))["version"]
        return tuple(_version(row) for row in rows)
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as problem:
        raise AlteredNotice(f"{DECLARATIONS} cannot be read: {problem}") from problem


def _version(row: Mapping[str, Any]) -> NoticeVersion:
    return NoticeVersion(
        number=row["number"],
        valid_from=row["valid_from"],
        law_checked_on=row["law_checked_on"],
        material_for=frozenset(Category(category) for category in row["material_for"]),
        changes={language: row["changes"][language] for language in LANGUAGES},
        hashes={language: row["sha256"][language] for language in LANGUAGES},
    )


VERSIONS = declared()


def published() -> tuple[NoticeVersion, ...]:
    """Every version, newest first."""
    return tuple(reversed(VERSIONS))


def current(on: date, among: tuple[NoticeVersion, ...] = VERSIONS) -> NoticeVersion:
    """The version valid on that day (Europe/Helsinki); before the first one began, the first."""
    return next((version for version in reversed(among) if version.valid_from <= on), among[0])


def by_number(number: str) -> NoticeVersion:
    """The version of that number; raises NotFound."""
    for version in VERSIONS:
        if version.number == number:
            return version
    raise NotFound(f"notice version {number}")


def materially_changed(since: NoticeVersion, until: NoticeVersion) -> frozenset[Category]:
    """The categories that versions after `since`, up to and including `until`, changed in substance."""
    later = VERSIONS[VERSIONS.index(since) + 1 : VERSIONS.index(until) + 1]
    return frozenset(category for version in later for category in version.material_for)


def text_of(digest: str) -> bytes:
    """The published text with that SHA-256 (hex), byte for byte; raises NotFound."""
    try:
        return _texts()[digest]
    except KeyError:
        raise NotFound(f"notice text {digest}") from None


def verify(folder: Path = FOLDER) -> None:
    """Raise AlteredNotice unless every published text is there, unaltered and has the agreed sections."""
    for version in declared(folder):
        for language in LANGUAGES:
            name = f"{version.number}/{language}.html"
            try:
                text = (folder / name).read_bytes()
            except OSError as problem:
                raise AlteredNotice(f"{name}: {problem.strerror}") from problem
            if sha256(text).hexdigest() != version.hashes[language]:
                raise AlteredNotice(f"{name}: the text is not the one that was published")
            try:
                sections_in(text.decode("utf-8"))
            except ValueError as problem:  # MalformedNotice, or not UTF-8
                raise AlteredNotice(f"{name}: {problem}") from problem


@cache
def _texts() -> dict[str, bytes]:
    texts = (
        (FOLDER / version.number / f"{language}.html").read_bytes() for version in VERSIONS for language in LANGUAGES
    )
    return {sha256(text).hexdigest(): text for text in texts}
