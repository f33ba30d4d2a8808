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
    `changes` and `hashes` are by the languages it was published in: a language that came later has none.
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

    def language_for(self, language: str) -> str:
        """The language itself, or the first one where this version was never published in it."""
        return language if language in self.hashes else LANGUAGES[0]

    def hash_in(self, language: str) -> str:
        return self.hashes[self.language_for(language)]

    def change_in(self, language: str) -> str:
        return self.changes[self.language_for(language)]


def declared(folder: Path = FOLDER) -> tuple[NoticeVersion, ...]:
    """The versions the folder declares, oldest first; raises AlteredNotice."""
    try:
        rows = tomllib.loads((folder / DECLARATIONS).read_text(encoding="utf-8"))["version"]
        found = tuple(_version(row) for row in rows)
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as problem:
        raise AlteredNotice(f"{DECLARATIONS} cannot be read: {problem}") from problem
    spoken = {LANGUAGES[0]}
    for version in found:
        if lost := spoken - set(version.hashes) or set(version.hashes) ^ set(version.changes):
            raise AlteredNotice(f"{DECLARATIONS}: {version.number} is not declared in {', '.join(sorted(lost))}")
        spoken |= set(version.hashes)
    return found


def unspoken(folder: Path = FOLDER) -> list[str]:
    """The languages of the portal that the newest version does not speak: its readers get the first language."""
    newest = declared(folder)[-1]
    return [language for language in LANGUAGES if language not in newest.hashes]


def _version(row: Mapping[str, Any]) -> NoticeVersion:
    return NoticeVersion(
        number=row["number"],
        valid_from=row["valid_from"],
        law_checked_on=row["law_checked_on"],
        material_for=frozenset(Category(category) for category in row["material_for"]),
        changes=dict(row["changes"]),
        hashes=dict(row["sha256"]),
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
        for language, digest in version.hashes.items():
            name = f"{version.number}/{language}.html"
            try:
                text = (folder / name).read_bytes()
            except OSError as problem:
                raise AlteredNotice(f"{name}: {problem.strerror}") from problem
            if sha256(text).hexdigest() != digest:
                raise AlteredNotice(f"{name}: the text is not the one that was published")
            try:
                sections_in(text.decode("utf-8"))
            except ValueError as problem:  # MalformedNotice, or not UTF-8
                raise AlteredNotice(f"{name}: {problem}") from problem


@cache
def _texts() -> dict[str, bytes]:
    texts = (
        (FOLDER / version.number / f"{language}.html").read_bytes()
        for version in VERSIONS
        for language in version.hashes
    )
    return {sha256(text).hexdigest(): text for text in texts}
