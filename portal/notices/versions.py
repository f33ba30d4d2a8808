"""The catalogue of published notice versions; a text is known by the SHA-256 of its bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from portal.catalogues.cookies import OPTIONAL, Category
from portal.config import LANGUAGES, ROOT
from portal.core.errors import NotFound
from portal.notices.sections import sections_in

FOLDER = ROOT / "templates" / "notices"


class AlteredNotice(Exception):
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


# A published entry is never edited or removed: a correction is a new version.
VERSIONS = (
    NoticeVersion(
        number="1.0",
        valid_from=date(2026, 10, 1),
        law_checked_on=date(2026, 9, 15),
        material_for=frozenset(OPTIONAL),
        changes={
            "fi": "Ensimmäinen versio. Vanha, päiväämätön rekisteriseloste on kirjoitettu uudelleen "
            "tietosuojaselosteeksi ja nykyinen lainsäädäntö lisätty siihen.",
            "en": "First version. The old, undated register description has been rewritten as a privacy notice, "
            "and today’s law has been added.",
        },
        hashes={
            "fi": "b20f8e92f33b4b91d0e8ebdf895b3d03b543408a50c78cd13f9eacb9b2eac3a5",
            "en": "89931896d5b26054a2e1281c1a7d2485fdd92f53a3314bdf2d8ace29ae5b6131",
        },
    ),
    NoticeVersion(
        number="1.1",
        valid_from=date(2026, 11, 1),
        law_checked_on=date(2026, 10, 20),
        material_for=frozenset({Category.ANALYTICS}),
        changes={
            "fi": "Evästeet: analytiikkaevästeen avulla lasketaan käyntien lisäksi, "
            "montako sivua käynnillä katsotaan. Siksi suostumus analytiikkaan kysytään uudelleen.",
            "en": "Cookies: besides visits, the analytics cookie is now also used to count "
            "how many pages are viewed in a visit. Consent to analytics is therefore asked again.",
        },
        hashes={
            "fi": "8cadf579437c29e15152eda96f8481d1dabb7e49715d3f36a750f401cbf181f8",
            "en": "6118dadfea085c1dd193189e563433710d63d25794afce1bb868bb47cf34cf64",
        },
    ),
)


def published() -> tuple[NoticeVersion, ...]:
    """Every version, newest first."""
    return tuple(reversed(VERSIONS))


def current(on: date) -> NoticeVersion:
    """The version valid on that day (Europe/Helsinki); before the first one began, the first."""
    return next((version for version in published() if version.valid_from <= on), VERSIONS[0])


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
    for version in VERSIONS:
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
