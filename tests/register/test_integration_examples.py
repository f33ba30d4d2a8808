"""The examples of docs/integration.md, run from the document itself."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from portal.catalogues.code_lists import WORDS
from portal.cli import COMMANDS
from portal.core.audit import SYSTEM
from portal.register import services
from portal.register.importing.checking import PERMISSION_KEYS
from portal.register.importing.columns import needed
from portal.register.importing.readers import SOURCES
from portal.register.importing.services import BATCH
from portal.register.importing.shapes import CUSTOMER, EXTRA_KEYS, SHAPES
from portal.register.labels import IMPORT_PROBLEMS
from tests.conftest import START
from tests.disclosures.recipients import serves

DOCUMENT = (Path(__file__).parents[2] / "docs" / "integration.md").read_text(encoding="utf-8")
PIECE = re.compile(r"<!-- (?P<note>[^>]*) -->|```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)
ANYTHING = "…"


@dataclass(frozen=True)
class Block:
    """A fenced block with the note before it."""

    note: str
    language: str
    text: str


def blocks() -> Iterator[Block | str]:
    """Fenced blocks, and the notes that stand alone, in the order of the page."""
    note = ""
    for piece in PIECE.finditer(DOCUMENT):
        if piece["note"]:
            if piece["note"].startswith("meanwhile"):
                yield piece["note"]
            else:
                note = piece["note"]
        else:
            yield Block(note, piece["language"], piece["text"])
            note = ""


def says(expected: Any, told: Any) -> bool:
    """Whether the example says what was told; what it leaves out with … may be anything."""
    if expected == ANYTHING:
        return True
    if isinstance(expected, dict) and isinstance(told, dict):
        is_whole = ANYTHING in expected or expected.keys() == told.keys()
        return is_whole and all(says(value, told.get(key)) for key, value in expected.items() if key != ANYTHING)
    if isinstance(expected, list) and isinstance(told, list):
        return len(expected) == len(told) and all(map(says, expected, told))
    return bool(expected == told)


def correct_the_phone_number() -> None:
    services.apply_correction(
        customer_id=services.customer_by_number("10001235").id,
        field_key="phone",
        record_id=None,
        base_value="+358440001234",
        new_value="044 000 9999",
        request_id="K7F3-9QTD",
        actor=SYSTEM,
        now=START,
    )


def add_the_collection_provider() -> None:
    serves()


# what happens between two examples, by how its note begins
MEANWHILE = {
    "meanwhile: a correction": correct_the_phone_number,
    "meanwhile: the decision-maker": add_the_collection_provider,
}


def run(app: Flask, folder: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> Result:
    words = command.split()
    assert words[:3] == ["$", "portal", "register"], command
    monkeypatch.chdir(folder)
    register = next(command for command in COMMANDS if command.name == "register")
    return app.test_cli_runner().invoke(register, words[3:])


def refusal(result: Result) -> str:
    """The one line on standard error; `portal` prints what the command raises."""
    assert result.stdout == "" and result.exit_code != 0
    problem = result.exception
    if isinstance(problem, OSError):
        return f"portal: {Path(problem.filename).name}: {problem.strerror}"
    return result.stderr.strip()


def test_every_example_does_what_the_page_says(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: Any = None
    commands = refused = 0
    for block in blocks():
        if isinstance(block, str):
            with app.app_context():
                next(act for beginning, act in MEANWHILE.items() if block.startswith(beginning))()
        elif block.note.startswith("line of "):
            with (tmp_path / block.note.split()[-1]).open("a", encoding="utf-8") as file:
                file.write(json.dumps(json.loads(block.text)) + "\n")
        elif block.note.startswith("lines of "):
            (tmp_path / block.note.split()[-1]).write_text(block.text, encoding="utf-8")
        elif block.note == "run":
            result = run(app, tmp_path, block.text.strip(), monkeypatch)
            told = json.loads(result.stdout)
            is_faulty = isinstance(told, dict) and bool(told.get("rejected"))
            assert (result.exit_code, result.stderr) == (int(is_faulty), ""), block.text
            commands += 1
        elif block.note == "refused":
            result = run(app, tmp_path, block.text.strip(), monkeypatch)
            told = refusal(result)
        elif block.language == "text" and told is not None:
            assert block.text.strip() == told
            told, refused = None, refused + 1
        elif told is not None:
            assert says(json.loads(block.text), told), json.dumps(told, ensure_ascii=False)
            told = None
    assert (commands, refused, told) == (10, 2, None)


def rows(title: str) -> dict[str, tuple[str, str]]:
    """The table under a heading: first cell -> the others."""
    section = DOCUMENT.split(f"#### {title}\n", 1)[1].split("\n#", 1)[0]
    cells = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("| `")
    ]
    return {key.strip("`"): (value, note) for key, value, note in cells}


@pytest.mark.parametrize("shape", [CUSTOMER, *SHAPES], ids=lambda shape: shape.name or "customer")
def test_the_page_names_every_key_with_its_codes_and_whether_it_is_needed(shape: Any) -> None:
    title = "The line itself" if shape is CUSTOMER else f"`{shape.name}`" + (" (one)" if shape.is_single else "")
    table = rows(title)
    assert list(table) == [spec.key for spec in shape.specs] + [k for n, k in EXTRA_KEYS.items() if n == shape.name]
    for spec in shape.specs:
        value, note = table[spec.key]
        assert note == ("key" if spec.key in shape.keys else "needed" if spec.key in needed(shape) else ""), spec.key
        if spec.code_list and "`" in value:
            assert re.findall(r"`([^`]+)`", value) == list(WORDS[spec.code_list]), spec.key


def test_the_page_names_every_source_code_and_figure() -> None:
    assert list(rows("`permissions`")) == list(PERMISSION_KEYS)
    for source in SOURCES:
        assert f"`{source.value}`" in DOCUMENT
    codes = set(re.findall(r"^\| `([a-z-]+)` \| [^|]*\|$", DOCUMENT, re.MULTILINE))
    assert codes == {code.value for code in IMPORT_PROBLEMS} - {"unchanged", "empty"}
    assert f"Each {BATCH} lines" in DOCUMENT
