"""Published versions: found by date and number, known by their hashes, never altered unnoticed."""

import re
import shutil
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from portal.catalogues.cookies import Category
from portal.core.errors import NotFound
from portal.notices.versions import (
    FOLDER,
    AlteredNotice,
    by_number,
    current,
    materially_changed,
    published,
    text_of,
    unspoken,
    verify,
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The published texts, to be damaged."""
    return Path(shutil.copytree(FOLDER, tmp_path / "notices"))


def test_versions_are_listed_newest_first():
    assert [version.number for version in published()] == ["1.1", "1.0"]


@pytest.mark.parametrize(
    ("day", "number"),
    [
        (date(2026, 1, 1), "1.0"),
        (date(2026, 10, 1), "1.0"),
        (date(2026, 10, 31), "1.0"),
        (date(2026, 11, 1), "1.1"),
        (date(2030, 1, 1), "1.1"),
    ],
)
def test_a_version_is_in_force_from_its_first_day(day, number):
    assert current(day).number == number


def test_an_unknown_version_is_not_found():
    with pytest.raises(NotFound):
        by_number("9.9")


def test_a_version_says_what_it_changed_in_both_languages():
    for version in published():
        assert set(version.changes) == set(version.hashes) == {"fi", "en"}
        assert all(version.changes.values())


def test_consent_to_analytics_alone_is_out_of_date_after_version_1_1():
    assert materially_changed(by_number("1.0"), by_number("1.1")) == {Category.ANALYTICS}
    assert materially_changed(by_number("1.1"), by_number("1.1")) == frozenset()


@pytest.mark.parametrize("version", published(), ids=lambda version: version.number)
@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_text_is_found_by_its_hash_byte_for_byte(version, language):
    digest = version.hashes[language]
    text = text_of(digest)
    assert sha256(text).hexdigest() == digest
    assert text == (FOLDER / version.number / f"{language}.html").read_bytes()


def test_an_unknown_hash_is_not_found():
    with pytest.raises(NotFound):
        text_of("0" * 64)


def test_the_published_texts_are_as_declared():
    verify()


@pytest.mark.parametrize("name", ["1.0/fi.html", "1.0/en.html", "1.1/fi.html", "1.1/en.html"])
def test_one_changed_byte_is_noticed(copy, name):
    file = copy / name
    file.write_bytes(file.read_bytes().replace(b"45100", b"45101", 1))
    with pytest.raises(AlteredNotice, match=name):
        verify(copy)


def test_a_missing_text_is_noticed(copy):
    (copy / "1.0" / "en.html").unlink()
    with pytest.raises(AlteredNotice, match=r"1\.0/en\.html"):
        verify(copy)


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        (r"sha256\.en = .*\n", r"1\.0 is not declared in en"),
        (r"changes\.fi = .*\n", r"1\.0 is not declared in fi"),
        (r'(?s)(?<=number = "1.1").*?\Z', "cannot be read"),
    ],
)
def test_a_language_that_a_version_has_lost_is_noticed(copy, gone, told):
    file = copy / "versions.toml"
    file.write_text(re.sub(gone, "", file.read_text(encoding="utf-8"), count=1), encoding="utf-8")
    with pytest.raises(AlteredNotice, match=told):
        verify(copy)


def test_a_version_keeps_the_languages_of_the_one_before(copy):
    file = copy / "versions.toml"
    first, mark, second = file.read_text(encoding="utf-8").rpartition("[[version]]")
    file.write_text(first + mark + re.sub(r"(changes|sha256)\.en = .*\n", "", second), encoding="utf-8")
    with pytest.raises(AlteredNotice, match=r"1\.1 is not declared in en"):
        verify(copy)


def test_the_newest_version_speaks_every_language_of_the_portal():
    assert unspoken() == []


def test_who_reads_a_version_in_a_language_it_never_spoke_gets_the_first_language():
    version = by_number("1.0")
    assert (version.language_for("sv"), version.language_for("en")) == ("fi", "en")
    assert version.hash_in("sv") == version.hashes["fi"]
    assert version.change_in("sv") == version.changes["fi"]


def test_windows_line_endings_are_noticed(copy):
    file = copy / "1.1" / "fi.html"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(AlteredNotice):
        verify(copy)
