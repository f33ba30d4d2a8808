"""Nonsense settings stop the start with one line that names them."""

from pathlib import Path

import pytest

from portal.config import ConfigError, Settings

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
