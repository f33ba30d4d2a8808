"""Everything the portal says exists in every language it speaks, whole and current."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from portal.config import LANGUAGES, WRITTEN_IN

ROOT = Path(__file__).resolve().parents[2]
TRANSLATED = [language for language in LANGUAGES if language != WRITTEN_IN]
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def folder_of(language: str) -> Path:
    return ROOT / "translations" / language / "LC_MESSAGES"


@pytest.fixture(scope="module", params=TRANSLATED)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    with (folder_of(request.param) / "messages.po").open("rb") as file:
        return read_po(file, locale=request.param)


def msgids(catalog: Catalog) -> set[str]:
    return {m.id if isinstance(m.id, str) else m.id[0] for m in catalog if m.id}


def strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_the_catalogue_holds_exactly_what_the_portal_says(catalogue: Catalog, tmp_path: Path) -> None:
    template = tmp_path / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract", "-F", "translations/babel.cfg"]
    subprocess.run([*command, "-k", "_l", "-k", "lazy_gettext", "-o", str(template), "."], cwd=ROOT, check=True)
    with template.open("rb") as file:
        extracted = msgids(read_po(file))
    assert sorted(extracted - msgids(catalogue)) == [], "run `make translations` and translate"
    assert sorted(msgids(catalogue) - extracted) == [], "no longer said"


def test_no_sentence_is_empty_or_fuzzy(catalogue: Catalog) -> None:
    faulty = [m.id for m in catalogue if m.id and (m.fuzzy or not all(strings(m)))]
    assert faulty == []


def test_translations_keep_the_placeholders(catalogue: Catalog) -> None:
    faulty = []
    for message in catalogue:
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        said = set(PLACEHOLDER.findall(ids[-1]))
        faulty += [message.id for string in strings(message) if set(PLACEHOLDER.findall(string)) - said]
        if isinstance(message.id, str) and set(PLACEHOLDER.findall(strings(message)[0])) != said:
            faulty.append(message.id)
    assert faulty == []


def test_the_compiled_catalogue_is_the_written_one(catalogue: Catalog) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    with (folder_of(str(catalogue.locale)) / "messages.mo").open("rb") as file:
        committed = {str(m.id): m.string for m in read_mo(file) if m.id}
    assert committed == {str(m.id): m.string for m in read_mo(compiled) if m.id}
