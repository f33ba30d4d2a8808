"""The steps of docs/adding-a-field.md, taken in a copy of the tree."""

import re
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tests.project.trees import copied, run_in, told_in

PLACE = re.compile(r"# (\S+), before: (.+)\n(.+)", re.DOTALL)


def write_the_lines(tree: Path) -> None:
    for piece in told_in("adding-a-field.md", "python"):
        told = PLACE.fullmatch(piece)
        assert told is not None
        file = tree / told[1]
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        (place,) = [number for number, line in enumerate(lines) if line.strip().startswith(told[2])]
        lines.insert(place, told[3])
        file.write_text("".join(lines), encoding="utf-8")


def translate_the_label(tree: Path) -> None:
    (entry,) = told_in("adding-a-field.md", "po")
    catalogue = tree / "translations" / "fi" / "LC_MESSAGES" / "messages.po"
    catalogue.write_text(catalogue.read_text(encoding="utf-8") + "\n" + entry, encoding="utf-8")
    with catalogue.open("rb") as file, catalogue.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, read_po(file, locale="fi"))


def test_a_new_field_is_everywhere_after_the_steps_of_the_guide(tmp_path: Path) -> None:
    tree = copied(tmp_path)
    write_the_lines(tree)
    run_in(tree, "portal.migrations", "meter number")
    (migration,) = (tree / "portal" / "migrations" / "versions").glob("*_meter_number.py")
    assert re.findall(r"op\.\w+|batch_op\.\w+_column", migration.read_text(encoding="utf-8"))
    translate_the_label(tree)
    assert run_in(tree, "tests.project.new_field") == ""
