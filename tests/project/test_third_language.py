"""The steps of docs/adding-a-language.md, taken in a copy of the tree with made-up Swedish."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "adding-a-language.md"
DECLARATION = re.compile(r"```toml\n(.*?)```", re.DOTALL)
PARTS = ("portal", "templates", "static", "translations", "tests")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which Swedish is declared, and nothing else is done."""
    folder = tmp_path_factory.mktemp("tree")
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part)
    (found,) = DECLARATION.findall(GUIDE.read_text(encoding="utf-8"))
    with (folder / "portal" / "languages.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(line.removeprefix("   ") for line in found.splitlines()) + "\n")
    return folder


def in_the_copy(tree: Path, *command: str) -> str:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("PORTAL_")}
    environ |= {"PORTAL_INSTANCE": str(tree / "instance"), "PYTHONPATH": str(tree)}
    done = subprocess.run(
        [sys.executable, "-m", *command], check=False, cwd=tree, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def take_the_steps(tree: Path) -> None:
    catalog = Catalog(locale="sv")
    with (ROOT / "translations" / "messages.pot").open("rb") as file:
        for message in read_po(file):
            if message.id:
                ids = message.id
                catalog.add(ids, f"⟦{ids}⟧" if isinstance(ids, str) else tuple(f"⟦{part}⟧" for part in ids))
    folder = tree / "translations" / "sv" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalog)
    letters = tree / "templates" / "letters"
    shutil.copy(letters / "decision" / "fi.typ", letters / "decision" / "sv.typ")
    for mail in letters.glob("mail/*.fi.txt"):
        shutil.copy(mail, mail.with_name(mail.name.replace(".fi.", ".sv.")))
    notices = tree / "templates" / "notices"
    newest = max((f for f in notices.iterdir() if f.is_dir()), key=lambda f: [int(n) for n in f.name.split(".")])
    draft = notices / "99.0"
    shutil.copytree(newest, draft)
    shutil.copy(draft / "fi.html", draft / "sv.html")
    changes = [part for code in ("fi", "en", "sv") for part in (f"--change-{code}", f"Also in {code}")]
    in_the_copy(tree, "portal", "notices", "publish", "99.0", *changes)


def test_a_third_language_is_on_every_page_after_the_steps_of_the_guide(tree: Path) -> None:
    take_the_steps(tree)
    assert in_the_copy(tree, "tests.project.third_language", "sv") == ""
