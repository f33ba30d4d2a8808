"""Nonsense settings stop the start with one line that names them."""

from pathlib import Path

import pytest

from portal.config import LANGUAGES, ROOT, ConfigError, Settings, organisation, read_languages, read_organisation

SECRET = "kX9-pL2_vQ7mR4tY8wZ1bN6cD3fG5hJ0"


def refused(tmp_path: Path, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        Settings.from_environ({"PORTAL_INSTANCE": str(tmp_path), **environ})
    message = str(caught.value)
    assert "\n" not in message
    return message.split(":", maxsplit=1)[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_MODE", "test"),
        ("PORTAL_TYPO", "1"),
        ("PORTAL_SESSION_IDLE_MINUTES", "soon"),
        ("PORTAL_SESSION_IDLE_MINUTES", "0"),
        ("PORTAL_SMALL_CELL", "1"),
        ("PORTAL_FRESH_MINUTES", "-5"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("VALKEY_URL", "localhost:6379"),
        ("PORTAL_BASE_URL", "portal.example.com"),
        ("PORTAL_BASE_URL", "http://localhost:99999"),
        ("PORTAL_KEYRING", "/nowhere/keys.json"),
        ("PORTAL_SECRET_KEY", "short"),
    ],
)
def test_an_unusable_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    assert refused(tmp_path, **{name: value}) == name


def test_production_needs_its_own_keys_and_https(tmp_path: Path) -> None:
    production = {"PORTAL_MODE": "production", "PORTAL_BASE_URL": "https://portal.example.com"}
    assert refused(tmp_path, **production) == "PORTAL_SECRET_KEY"
    assert refused(tmp_path, **production, PORTAL_SECRET_KEY="a" * 40) == "PORTAL_SECRET_KEY"
    assert refused(tmp_path, **production, PORTAL_SECRET_KEY=SECRET) == "PORTAL_KEYRING"
    plain = {**production, "PORTAL_BASE_URL": "http://portal.example.com"}
    assert refused(tmp_path, **plain, PORTAL_SECRET_KEY=SECRET) == "PORTAL_BASE_URL"
    assert refused(tmp_path, **production, PORTAL_SECRET_KEY=SECRET, FLASK_DEBUG="1") == "FLASK_DEBUG"


def test_a_demo_makes_its_keys_once(tmp_path: Path) -> None:
    first = Settings.from_environ({"PORTAL_INSTANCE": str(tmp_path)})
    second = Settings.from_environ({"PORTAL_INSTANCE": str(tmp_path)})
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) == 64
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def altered(tmp_path: Path, name: str, before: str, after: str) -> Path:
    text = (ROOT / "portal" / name).read_text(encoding="utf-8")
    assert before in text
    file = tmp_path / name
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('city = "Kouvola"\n', "", "city is missing"),
        ('city = "Kouvola"', 'city = "Kouvola"\nfax = "1"', "fax is not known"),
        ('city = "Kouvola"', 'city = ""', "city must be a text in quotation marks"),
        ('city = "Kouvola"', "city = 45100", "city must be a text in quotation marks"),
        ('phone = "+3585885111"', 'phone = "05 885 111"', "phone must be . and the number"),
        ("opens = 10:00:00", "opens = 17:00:00", "phone_hours must have weekdays"),
        ("weekdays = [0, 1, 2, 3, 4]", "weekdays = [1, 7]", "phone_hours must have weekdays"),
        ("closes = 16:00:00", "", "phone_hours must have weekdays"),
        ('city = "Kouvola"', "city = Kouvola", "cannot be read"),
    ],
)
def test_what_is_wrong_with_the_organisation_is_told_in_one_line(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        read_organisation(altered(tmp_path, "organisation.toml", before, after))
    assert str(caught.value).startswith("organisation.toml: ") and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('opening_hour = "H"\n', "", "fi: opening_hour is missing"),
        ('opening_hour = "H"', 'opening_hour = "H"\nhour = "H"', "fi: hour is not known"),
        ("[fi]", "[fin]", "fin must be a table named by two letters"),
    ],
)
def test_what_is_wrong_with_the_languages_is_told_in_one_line(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        read_languages(altered(tmp_path, "languages.toml", before, after))


def test_the_declarations_of_the_tree_are_in_order() -> None:
    assert LANGUAGES == ("fi", "en")
    assert read_organisation(ROOT / "portal" / "organisation.toml") == organisation
