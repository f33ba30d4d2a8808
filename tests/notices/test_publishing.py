"""`portal notices`: a draft is published when it is fit, and refused with one clear line when it is not."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.catalogues.cookies import Category
from portal.notices.commands import notices
from portal.notices.versions import FOLDER, current, declared, verify

CHANGES = ("--change-fi", "Osoite ”uusi”.", "--change-en", "A “new” address.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The published texts and a draft of 1.2."""
    copy = Path(shutil.copytree(FOLDER, tmp_path / "notices"))
    shutil.copytree(copy / "1.1", copy / "1.2")
    for language in ("fi", "en"):
        change(copy / "1.2" / f"{language}.html", "viestinta@kssenergia.fi", "rekisteri@kssenergia.fi")
    return copy


@pytest.fixture
def run(folder: Path, frozen_clock) -> Callable[..., Result]:
    def run(command: str, *arguments: str) -> Result:
        return CliRunner().invoke(notices, [command, *arguments, "--folder", str(folder)])

    return run


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_bytes(text.replace(old, new, 1).encode())


def test_a_fit_draft_is_declared_with_its_hashes(run, folder):
    before = (folder / "versions.toml").read_text(encoding="utf-8")
    result = run("publish", "1.2", "--valid-from", "2026-12-01", "--material-for", "marketing", *CHANGES)
    assert (result.exit_code, result.stderr) == (0, "")
    assert (folder / "versions.toml").read_text(encoding="utf-8") == before + "\n" + result.stdout
    newest = declared(folder)[-1]
    assert (newest.number, newest.valid_from, newest.law_checked_on) == ("1.2", date(2026, 12, 1), date(2026, 10, 20))
    assert newest.material_for == {Category.MARKETING}
    assert newest.changes == {"fi": "Osoite ”uusi”.", "en": "A “new” address."}
    assert current(date(2026, 11, 30), declared(folder)).number == "1.1"
    assert current(date(2026, 12, 1), declared(folder)).number == "1.2"
    verify(folder)


def test_a_version_without_a_material_category_is_editorial_and_valid_today(run, folder):
    result = run("publish", "1.2", *CHANGES, "--json")
    told = json.loads(result.stdout)
    assert (told["number"], told["valid_from"], told["material_for"]) == ("1.2", "2026-11-24", [])
    assert declared(folder)[-1].is_editorial


def test_a_dry_run_checks_and_writes_nothing(run, folder):
    before = (folder / "versions.toml").read_bytes()
    result = run("publish", "1.2", "--dry-run", *CHANGES)
    assert result.exit_code == 0
    assert 'number = "1.2"' in result.stdout
    assert (folder / "versions.toml").read_bytes() == before


def refused(result: Result, folder: Path) -> str:
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert [version.number for version in declared(folder)] == ["1.0", "1.1"]
    return line


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_missing_language_is_refused(run, folder, language):
    (folder / "1.2" / f"{language}.html").unlink()
    assert f"1.2/{language}.html: No such file" in refused(run("publish", "1.2", *CHANGES), folder)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('<section id="sources">', '<section id="origin">', "section 7 is origin, and should be sources"),
        ('<section id="contact">', '<section id="sources">', "section 2 is sources, and should be contact"),
        ("Hovioikeudenkatu 3", "{{ organisation.street }}", "'{{' does not belong"),
        ("Hovioikeudenkatu 3", "{# note #}", "'{#' does not belong"),
        ("</h2>", " {% if x %}</h2>", "'{%' does not belong"),
        ("<ul>", "<script>a()</script><ul>", "'<script' does not belong"),
        ('<p class="in-short">', '<p class="in-short" onclick="a()">', "'onclick=' does not belong"),
        ("<ul>", '<p><img src="https://tracker.example/a"></p><ul>', "does not belong"),
        ('<p class="in-short">', "<p>", "section controller does not begin with its summary"),
        ("<!-- insert: recipients -->", "<!-- insert: partners -->", "there is no table 'partners'"),
        ("<!-- insert: recipients -->\n", "", "section recipients is not built alike"),
        ("<li>", "<li>more</li><li>", "not built alike"),
        ("\n", "\r\n", "lines end as on Windows"),
    ],
)
def test_an_unfit_text_is_refused_with_the_reason(run, folder, old, new, reason):
    change(folder / "1.2" / "en.html", old, new)
    assert reason in refused(run("publish", "1.2", *CHANGES), folder)


@pytest.mark.parametrize("name", ["1.0/fi.html", "1.1/en.html"])
def test_nothing_is_published_while_an_earlier_text_was_changed(run, folder, name):
    change(folder / name, "45100", "45101")
    assert f"{name}: the text is not the one that was published" in refused(run("publish", "1.2", *CHANGES), folder)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("1.1",), "1.1 is published already"),
        (("0.9",), "is no version number"),
        (("../1.2",), "is no version number"),
        (("1.2", "--valid-from", "2026-11-23"), "cannot be valid from 2026-11-23"),
        (("1.2", "--law-checked-on", "2026-11-25"), "the law cannot have been checked on 2026-11-25"),
        (("1.2", "--change-fi", " "), "does not say in fi what it changes"),
    ],
)
def test_a_wrong_number_or_day_is_refused(run, folder, arguments, reason):
    number, *options = arguments
    assert reason in refused(run("publish", number, *CHANGES, *options), folder)


def test_an_earlier_number_than_the_newest_is_refused(run, folder):
    assert run("publish", "1.2", *CHANGES).exit_code == 0
    shutil.copytree(folder / "1.2", folder / "1.10")
    assert run("publish", "1.10", *CHANGES).exit_code == 0
    shutil.copytree(folder / "1.2", folder / "1.3")
    assert "1.3 comes before 1.10" in run("publish", "1.3", *CHANGES).stderr


def test_verify_tells_whether_the_texts_are_as_published(run, folder):
    assert (run("verify").exit_code, run("verify").stdout) == (0, "2 versions, every text as it was published\n")
    change(folder / "1.0" / "fi.html", "45100", "45101")
    result = run("verify", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "ok": False,
        "reason": "1.0/fi.html: the text is not the one that was published",
    }


def test_verify_finds_unreadable_declarations(run, folder):
    (folder / "versions.toml").write_text("[[version]]\nnumber = ", encoding="utf-8")
    result = run("verify", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["reason"].startswith("versions.toml cannot be read")


def test_the_list_is_newest_first_and_names_the_one_in_force(run):
    rows = json.loads(run("list", "--json").stdout)
    assert [(row["number"], row["valid_from"], row["material_for"], row["in_force"]) for row in rows] == [
        ("1.1", "2026-11-01", ["analytics"], True),
        ("1.0", "2026-10-01", ["functional", "analytics", "marketing"], False),
    ]
