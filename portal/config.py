"""Settings from the environment, and the organisation's facts; refuses nonsense with one line."""

import base64
import json
import os
import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import time, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
SHORTEST_SECRET = 32

KNOWN = frozenset(
    [
        "MODE",
        "INSTANCE",
        "BASE_URL",
        "SECRET_KEY",
        "KEYRING",
        "MAIL_URL",
        "TRUSTED_PROXIES",
        "SESSION_IDLE_MINUTES",
        "SESSION_ABSOLUTE_HOURS",
        "REMEMBER_DAYS",
        "REMEMBER_IDLE_DAYS",
        "REMEMBER_GRACE_SECONDS",
        "FRESH_MINUTES",
        "COOKIE_CHOICE_DAYS",
        "SMALL_CELL",
        "SLOW_QUERY_MS",
    ]
)


_Facts = TypeVar("_Facts")


class ConfigError(Exception):
    """A setting is missing, unknown or unusable; the message is one line that names it."""


@dataclass(frozen=True)
class Language:
    """One language as `languages.toml` declares it."""

    name: str
    locale: str
    date: str
    weekday_date: str
    long_date: str
    month: str
    day: str
    short_day: str
    short_month: str
    time: str
    moment: str
    exact_moment: str
    told_moment: str
    opening_hour: str
    phone: Literal["national", "international"]
    ombudsman: str


def read_languages(file: Path) -> Mapping[str, Language]:
    """The languages of that file; raises ConfigError with one line that names what is wrong."""
    told = _declarations(file)
    for code, facts in told.items():
        if not re.fullmatch("[a-z]{2}", code) or not isinstance(facts, dict):
            raise ConfigError(f"{file.name}: {code} must be a table named by two letters")
        _check_names(f"{file.name}: {code}", facts, Language)
    if not told:
        raise ConfigError(f"{file.name}: there must be a language")
    return {code: Language(**facts) for code, facts in told.items()}


def _declarations(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ConfigError(f"{file.name}: cannot be read: {problem}") from problem


def _check_names(where: str, facts: Mapping[str, Any], declared: type) -> None:
    wanted = {fact.name for fact in fields(declared)}
    if wrong := sorted(wanted ^ facts.keys()):
        raise ConfigError(f"{where}: {wrong[0]} is {'missing' if wrong[0] in wanted else 'not known'}")


def _of_the_tree(read: Callable[[Path], _Facts], name: str) -> _Facts:
    """Read by whoever imports this module: nobody above could say in one line what is wrong."""
    try:
        return read(ROOT / "portal" / name)
    except ConfigError as problem:
        sys.stderr.write(f"portal: {problem}\n")
        sys.exit(2)


SPOKEN = _of_the_tree(read_languages, "languages.toml")
LANGUAGES = tuple(SPOKEN)
LOCALES = {code: language.locale for code, language in SPOKEN.items()}
WRITTEN_IN = "en"  # what stands in code and templates, and needs no catalogue


@dataclass(frozen=True)
class Argon2Cost:
    """Cost of one password check (argon2id)."""

    time_cost: int = 3
    memory_kib: int = 65536
    parallelism: int = 1


@dataclass(frozen=True)
class Settings:
    """Everything that may differ between two installations."""

    mode: str
    instance: Path
    database_url: str
    valkey_url: str | None
    base_url: str
    secret_key: str
    keyring_file: Path
    mail_url: str | None
    trusted_proxies: int
    session_idle: timedelta
    session_absolute: timedelta
    remember_for: timedelta
    remember_idle: timedelta
    remember_grace: timedelta
    fresh_for: timedelta
    cookie_choice_for: timedelta
    small_cell: int
    slow_query: timedelta
    argon2: Argon2Cost = Argon2Cost()
    even_time: timedelta = timedelta(seconds=0.5)  # see web/even_time.py

    @property
    def is_demo(self) -> bool:
        return self.mode == "demo"

    @property
    def is_secure(self) -> bool:
        """Whether pages are served over https, so that cookies are Secure and carry `__Host-`."""
        return self.base_url.startswith("https://")

    @property
    def cookie_prefix(self) -> str:
        return "__Host-" if self.is_secure else ""

    @property
    def redis_url(self) -> str | None:
        """VALKEY_URL as redis-py takes it, which does not know the scheme `valkey`."""
        return self.valkey_url.replace("valkey://", "redis://", 1) if self.valkey_url else None

    def page_address(self, language: str, path: str) -> str:
        """Where a page is, for mail and paper; its host is ours whatever a request said (S10)."""
        return f"{self.base_url}/{language}/{path}"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings that docs/operations.md lists; raises ConfigError."""
        env = os.environ if environ is None else environ
        unknown = sorted(n for n in env if n.startswith("PORTAL_") and n.removeprefix("PORTAL_") not in KNOWN)
        if unknown:
            raise ConfigError(f"{unknown[0]}: no such setting")
        mode = env.get("PORTAL_MODE", "demo")
        if mode not in ("demo", "production"):
            raise ConfigError(f"PORTAL_MODE: must be demo or production, not {mode!r}")
        instance = Path(env.get("PORTAL_INSTANCE") or ROOT / "instance").resolve()
        base_url = _base_url(env, mode)
        if mode == "production" and env.get("FLASK_DEBUG", "0") not in ("", "0", "false"):
            raise ConfigError("FLASK_DEBUG: must be off in production")
        small_cell = _number(env, "PORTAL_SMALL_CELL", 5, least=2)
        return cls(
            mode=mode,
            instance=instance,
            database_url=_database_url(env, instance),
            valkey_url=_url(env, "VALKEY_URL", ("valkey", "redis")),
            base_url=base_url,
            secret_key=_secret_key(env, mode, instance),
            keyring_file=_keyring_file(env, mode, instance),
            mail_url=_url(env, "PORTAL_MAIL_URL", ("smtp", "smtps")),
            trusted_proxies=_number(env, "PORTAL_TRUSTED_PROXIES", 0, least=0),
            session_idle=timedelta(minutes=_number(env, "PORTAL_SESSION_IDLE_MINUTES", 30)),
            session_absolute=timedelta(hours=_number(env, "PORTAL_SESSION_ABSOLUTE_HOURS", 12)),
            remember_for=timedelta(days=_number(env, "PORTAL_REMEMBER_DAYS", 30)),
            remember_idle=timedelta(days=_number(env, "PORTAL_REMEMBER_IDLE_DAYS", 14)),
            remember_grace=timedelta(seconds=_number(env, "PORTAL_REMEMBER_GRACE_SECONDS", 30, least=0)),
            fresh_for=timedelta(minutes=_number(env, "PORTAL_FRESH_MINUTES", 15)),
            cookie_choice_for=timedelta(days=_number(env, "PORTAL_COOKIE_CHOICE_DAYS", 180)),
            small_cell=small_cell,
            slow_query=timedelta(milliseconds=_number(env, "PORTAL_SLOW_QUERY_MS", 500, least=0)),
        )


def _number(env: Mapping[str, str], name: str, default: int, *, least: int = 1) -> int:
    text = env.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= 100_000:
        raise ConfigError(f"{name}: must be a whole number from {least} to 100000, not {text!r}")
    return int(text)


def _url(env: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str | None:
    url = env.get(name)
    if not url:
        return None
    if urlsplit(url).scheme not in schemes:
        raise ConfigError(f"{name}: must begin with {' or '.join(s + '://' for s in schemes)}")
    return url


def _database_url(env: Mapping[str, str], instance: Path) -> str:
    url = env.get("DATABASE_URL")
    if not url:
        return f"sqlite:///{instance / 'portal.sqlite'}"
    if url.startswith("sqlite:///"):
        return url
    for prefix in ("postgresql+psycopg://", "postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    raise ConfigError("DATABASE_URL: must begin with postgresql:// or sqlite:///")


def _base_url(env: Mapping[str, str], mode: str) -> str:
    url = env.get("PORTAL_BASE_URL") or f"http://localhost:{env.get('PORT') or '8000'}"
    parts = urlsplit(url)
    try:
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or parts.path not in ("", "/") or parts.query:
        raise ConfigError(f"PORTAL_BASE_URL: must be like https://portal.example.com, not {url!r}")
    if mode == "production" and parts.scheme != "https":
        raise ConfigError("PORTAL_BASE_URL: must begin with https:// in production")
    return url.rstrip("/")


def _secret_key(env: Mapping[str, str], mode: str, instance: Path) -> str:
    key = env.get("PORTAL_SECRET_KEY", "")
    if not key and mode == "demo":
        return made_once(instance / "secret.key", lambda: os.urandom(32).hex())
    if len(key) < SHORTEST_SECRET or len(set(key)) < 10:
        raise ConfigError(f"PORTAL_SECRET_KEY: must be at least {SHORTEST_SECRET} unpredictable characters")
    return key


def _keyring_file(env: Mapping[str, str], mode: str, instance: Path) -> Path:
    name = env.get("PORTAL_KEYRING")
    if name:
        file = Path(name)
        if not file.is_file():
            raise ConfigError(f"PORTAL_KEYRING: there is no file {name}")
        return file
    if mode == "production":
        raise ConfigError("PORTAL_KEYRING: must name the key file in production")
    file = instance / "keyring.json"
    made_once(file, _fresh_keyring)
    return file


def _fresh_keyring() -> str:
    """The content of a new key file: one random 256-bit key."""
    key = base64.b64encode(os.urandom(32)).decode()
    return json.dumps({"current": "k1", "keys": {"k1": key}})


def made_once(file: Path, make: Callable[[], str]) -> str:
    """The content of a file that the first process to come makes, readable by its owner only."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = file.with_name(f"{file.name}.{os.getpid()}")
        if not file.exists():
            made.touch(mode=0o600)
            made.write_text(make(), encoding="ascii")
            with suppress(FileExistsError):  # another process was first; its key is the one
                os.link(made, file)
            made.unlink()
        return file.read_text(encoding="ascii").strip()
    except OSError as problem:
        raise ConfigError(f"PORTAL_INSTANCE: cannot use {file}: {problem.strerror}") from problem


@dataclass(frozen=True)
class PhoneHours:
    """When customer service answers, Europe/Helsinki."""

    weekdays: tuple[int, ...]
    opens: time
    closes: time


@dataclass(frozen=True)
class Organisation:
    """Facts of portal/organisation.toml (D19)."""

    register_company: str
    handler_company: str
    group: str
    street: str
    postal_code: str
    city: str
    phone: str
    email_customer_service: str
    email_register: str
    business_id: str
    website: str
    phone_hours: PhoneHours

    @property
    def postal_address(self) -> str:
        return f"{self.street}, {self.postal_code} {self.city}"


def read_organisation(file: Path) -> Organisation:
    """The facts of that file; raises ConfigError with one line that names what is wrong."""
    facts = _declarations(file)
    _check_names(file.name, facts, Organisation)
    hours = facts.pop("phone_hours")
    if empty := [name for name, fact in facts.items() if not isinstance(fact, str) or not fact.strip()]:
        raise ConfigError(f"{file.name}: {empty[0]} must be a text in quotation marks")
    if not re.fullmatch(r"\+[0-9]{6,15}", facts["phone"]):
        raise ConfigError(f"{file.name}: phone must be + and the number with its country code, without spaces")
    try:
        answered = PhoneHours(tuple(hours["weekdays"]), hours["opens"], hours["closes"])
        is_usable = set(answered.weekdays) <= set(range(7)) and answered.opens < answered.closes
    except (KeyError, TypeError):
        is_usable = False
    if not is_usable:
        raise ConfigError(f"{file.name}: phone_hours must have weekdays from 0 to 6, and times opens before closes")
    return Organisation(**facts, phone_hours=answered)


organisation = _of_the_tree(read_organisation, "organisation.toml")
