"""The steps of docs/adding-a-language.md, taken in a copy of the tree with made-up Swedish."""

import shutil
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tests.project.trees import ROOT, copied, run_in, told_in


def declare_it(tree: Path) -> None:
    (declaration,) = told_in("adding-a-language.md", "toml")
    with (tree / "portal" / "languages.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + declaration)


def translate_it(tree: Path) -> None:
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


def write_its_letters(tree: Path) -> None:
    letters = tree / "templates" / "letters"
    shutil.copy(letters / "decision" / "fi.typ", letters / "decision" / "sv.typ")
    for mail in letters.glob("mail/*.fi.txt"):
        shutil.copy(mail, mail.with_name(mail.name.replace(".fi.", ".sv.")))


def publish_its_notice(tree: Path) -> None:
    notices = tree / "templates" / "notices"
    newest = max((f for f in notices.iterdir() if f.is_dir()), key=lambda f: [int(n) for n in f.name.split(".")])
    draft = notices / "99.0"
    shutil.copytree(newest, draft)
    shutil.copy(draft / "fi.html", draft / "sv.html")
    changes = [part for code in ("fi", "en", "sv") for part in (f"--change-{code}", f"Also in {code}")]
    run_in(tree, "portal", "notices", "publish", "99.0", *changes)


def test_a_third_language_is_on_every_page_after_the_steps_of_the_guide(tmp_path: Path) -> None:
    tree = copied(tmp_path)
    declare_it(tree)
    translate_it(tree)
    write_its_letters(tree)
    publish_its_notice(tree)
    assert run_in(tree, "tests.project.third_language", "sv") == ""
