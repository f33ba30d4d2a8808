"""What `portal doctor` examines, and how each fault is mended."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import redis
from babel.messages import Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from sqlalchemy import func, select

from portal.backups import making
from portal.catalogues.code_lists import WORDS, CodeList
from portal.config import LANGUAGES, ROOT, WRITTEN_IN
from portal.core import checkpoints, crypto, schema
from portal.core.db import db, is_reachable
from portal.core.schema import Age
from portal.core.settings import settings
from portal.messages.transport import SmtpTransport
from portal.notices import versions

OLDEST_BELIEVABLE_YEAR = 2026
MOST_APART = timedelta(seconds=5)  # of two machines' clocks; codes of the second factor last thirty
LEAST_FREE = 200_000_000  # bytes
SCHEMA = {
    Age.SAME: "up to date",
    Age.OLDER: "run `portal db upgrade`",
    Age.NEWER: "this version of the portal is older than the database; "
    "install the one that the database was upgraded with",
}


@dataclass(frozen=True)
class Finding:
    """One thing examined; `told` says what was found, and how to mend it when it is not ok."""

    name: str
    ok: bool
    told: str

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def examine(now: datetime) -> list[Finding]:
    """Every check, in the order in which one would mend what fails."""
    return [*_findings(now)]


def _findings(now: datetime) -> Iterator[Finding]:
    yield Finding("configuration", True, f"mode {settings().mode}, address {settings().base_url}")
    yield _instance_folder()
    yield _keys()
    yield _disk()
    reachable = is_reachable()
    where = urlsplit(settings().database_url).scheme.split("+")[0]
    yield Finding("database", reachable, where if reachable else f"{where} does not answer; check DATABASE_URL")
    yield _clock(now, is_database_asked=reachable)
    if reachable:
        migrations = _migrations()
        yield migrations
        if migrations.ok:
            yield _audit_trail()
            yield _backup(now)
    yield _valkey()
    yield _mail()
    yield _attempted(
        "notice texts", versions.verify, "complete and unchanged", "restore templates/notices from the release"
    )
    yield _languages()
    yield _translations()


def _attempted(name: str, check: Callable[[], object], good: str, mend: str) -> Finding:
    try:
        check()
    except Exception as problem:  # noqa: BLE001 - whatever it is, it is told
        return Finding(name, False, f"{problem}; {mend}")
    return Finding(name, True, good)


def _instance_folder() -> Finding:
    folder = settings().instance
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        return Finding("instance folder", False, f"{problem.strerror}; make PORTAL_INSTANCE writable")
    return Finding("instance folder", True, "writable")


def _keys() -> Finding:
    def round_trip() -> None:
        sealed = crypto.encrypt(b"x", bound_to="doctor")
        if crypto.decrypt(sealed, bound_to="doctor") != b"x":
            raise ValueError("a value does not come back")

    count = len(crypto.keyring().keys)
    return _attempted("keys", round_trip, f"{count} in the keyring", "restore the key file named by PORTAL_KEYRING")


def _migrations() -> Finding:
    age = schema.age_of(schema.current())
    return Finding("migrations", age is Age.SAME, SCHEMA[age])


def _audit_trail() -> Finding:
    verdict = checkpoints.verify()
    if verdict.ok:
        return Finding("audit trail", True, f"{verdict.events} events, {verdict.checkpoints} checkpoints")
    if not verdict.is_certain:
        return Finding("audit trail", False, f"{verdict.reason}; start the worker, or restore the file or the key")
    where = f"event {verdict.first_bad}: " if verdict.first_bad else ""
    return Finding("audit trail", False, f"{where}{verdict.reason}; keep the database as it is and investigate")


def _valkey() -> Finding:
    url = settings().redis_url
    if not url:
        return Finding("valkey", True, "not configured; one machine needs none")
    client = redis.Redis.from_url(url, socket_timeout=3)
    return _attempted("valkey", client.ping, "answers", "check VALKEY_URL")


def _mail() -> Finding:
    url = settings().mail_url
    if not url:
        return Finding("mail", True, "kept as files in the outbox folder; set PORTAL_MAIL_URL to send")
    host = urlsplit(url).hostname
    return _attempted("mail", SmtpTransport(url).greet, f"{host} answers", "check PORTAL_MAIL_URL")


def _disk() -> Finding:
    free = shutil.disk_usage(settings().instance).free
    told = f"{free // 1_000_000} MB free beside the instance folder"
    return Finding("disk", free >= LEAST_FREE, told if free >= LEAST_FREE else f"{told}; make room")


def _clock(now: datetime, *, is_database_asked: bool) -> Finding:
    told = f"{now:%Y-%m-%d %H:%M} UTC"
    if now.year < OLDEST_BELIEVABLE_YEAR:
        return Finding("clock", False, f"{told}; set the machine's clock")
    if not is_database_asked or db.engine.dialect.name != "postgresql":
        return Finding("clock", True, told)
    with db.engine.connect() as connection:
        apart = abs(connection.execute(select(func.clock_timestamp())).scalar_one() - now)
    if apart > MOST_APART:
        return Finding("clock", False, f"{told}, {apart.total_seconds():.0f} s from the database's; set both by NTP")
    return Finding("clock", True, f"{told}, the database's agrees")


def _backup(now: datetime) -> Finding:
    """Told and not judged: some back up by other means."""
    last = making.last_made()
    if last is None:
        return Finding("backup", True, "none was made by `portal backup` yet")
    return Finding("backup", True, f"the last one was made on {last:%Y-%m-%d}, {(now - last).days} days ago")


def _languages() -> Finding:
    """What each language of `languages.toml` needs (docs/adding-a-language.md)."""
    letters = ROOT / "templates" / "letters"
    first = LANGUAGES[0]
    needed = [ROOT / "translations" / code / "LC_MESSAGES" / "messages.mo" for code in LANGUAGES if code != WRITTEN_IN]
    for code in LANGUAGES:
        needed.append(letters / "decision" / f"{code}.typ")
        mails = letters.glob(f"mail/*.{first}.txt")
        needed += [mail.with_name(mail.name.replace(f".{first}.", f".{code}.")) for mail in mails]
    missing = [str(file.relative_to(ROOT)) for file in sorted(needed) if not file.is_file()]
    missing += [f"the newest privacy notice in {code}" for code in versions.unspoken()]
    missing += [f"the name of {code} in code_lists.py" for code in LANGUAGES if code not in WORDS[CodeList.LANGUAGE]]
    return Finding("languages", not missing, f"missing: {', '.join(missing)}" if missing else ", ".join(LANGUAGES))


def _singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _translations() -> Finding:
    """Every sentence of the English catalogue has one in each other language."""
    missing = []
    for language in LANGUAGES:
        if language == WRITTEN_IN:
            continue
        file = ROOT / "translations" / language / "LC_MESSAGES" / "messages.mo"
        if not file.is_file():
            return Finding("translations", False, f"{language} is not compiled; run `make translations`")
        with file.open("rb") as compiled:
            known = {_singular(message) for message in read_mo(compiled) if message.string}
        with (ROOT / "translations" / "messages.pot").open("rb") as wanted:
            missing += [word for message in read_po(wanted) if (word := _singular(message)) and word not in known]
    if missing:
        return Finding("translations", False, f"{len(missing)} sentences lack a translation; run `make translations`")
    return Finding("translations", True, "complete")
