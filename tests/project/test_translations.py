"""Everything the portal says exists in Finnish, whole and current."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
FINNISH = ROOT / "translations" / "fi" / "LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture(scope="module")
def finnish() -> Catalog:
    with (FINNISH / "messages.po").open("rb") as file:
        return read_po(file, locale="fi")


def msgids(catalog: Catalog) -> set[str]:
    return {m.id if isinstance(m.id, str) else m.id[0] for m in catalog if m.id}


def strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_the_catalogue_holds_exactly_what_the_portal_says(finnish: Catalog, tmp_path: Path) -> None:
    template = tmp_path / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract", "-F", "translations/babel.cfg"]
    subprocess.run([*command, "-k", "_l", "-k", "lazy_gettext", "-o", str(template), "."], cwd=ROOT, check=True)
    with template.open("rb") as file:
        extracted = msgids(read_po(file))
    assert sorted(extracted - msgids(finnish)) == [], "run `make translations` and translate"
    assert sorted(msgids(finnish) - extracted) == [], "no longer said"


def test_no_sentence_is_empty_or_fuzzy(finnish: Catalog) -> None:
    faulty = [m.id for m in finnish if m.id and (m.fuzzy or not all(strings(m)))]
    assert faulty == []


def test_translations_keep_the_placeholders(finnish: Catalog) -> None:
    faulty = []
    for message in finnish:
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        said = set(PLACEHOLDER.findall(ids[-1]))
        faulty += [message.id for string in strings(message) if set(PLACEHOLDER.findall(string)) - said]
        if isinstance(message.id, str) and set(PLACEHOLDER.findall(strings(message)[0])) != said:
            faulty.append(message.id)
    assert faulty == []


def test_the_compiled_catalogue_is_the_written_one(finnish: Catalog) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, finnish)
    compiled.seek(0)
    with (FINNISH / "messages.mo").open("rb") as file:
        committed = {str(m.id): m.string for m in read_mo(file) if m.id}
    assert committed == {str(m.id): m.string for m in read_mo(compiled) if m.id}
