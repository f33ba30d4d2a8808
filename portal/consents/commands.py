"""`portal consents`: a record with the exact texts shown, the check of the ledger, and the inspection of ourselves."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import click
from flask import current_app, url_for
from flask.cli import with_appcontext

from portal.catalogues.cookies import catalogue
from portal.config import LANGUAGES, ROOT
from portal.consents import browser_walks, services
from portal.consents.inspection import Declared, Evidence
from portal.core import clock
from portal.core.clock import utc_text
from portal.core.command_line import FOUND_SOMETHING, json_option
from portal.core.settings import settings
from portal.notices import versions
from portal.web.access import PUBLIC, access_table

LOOPBACK = ("localhost", "127.0.0.1", "::1")
START_WITHIN = 30.0  # seconds


@click.group()
def consents() -> None:
    """Cookie choices on record."""


@consents.command("show")
@click.argument("record_id")
@json_option
@with_appcontext
def show(record_id: str, as_json: bool) -> None:
    """A record by its code, with the texts byte for byte."""
    shown = services.show(record_id)
    told = {
        "record_id": shown.record_id,
        "given_at": utc_text(shown.given_at),
        "expires_at": utc_text(shown.expires_at),
        "language": shown.language,
        "surface": shown.surface.value,
        "method": shown.method.value,
        "categories": {category.value: answer.value for category, answer in shown.answers.items()},
        "notice_version": shown.notice_version,
        "texts": [
            {"kind": text.kind, "language": text.language, "sha256": text.sha256, "text": text.body}
            for text in shown.texts
        ],
    }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for name, value in told.items():
        if name != "texts":
            click.echo(f"{name}: {value}")
    for text in shown.texts:
        click.echo(f"\n--- {text.kind} ({text.language})\n{text.body}")


@consents.command("verify")
@json_option
@with_appcontext
def verify(as_json: bool) -> None:
    """Recompute the ledger's chain and the hashes of its texts; exit 1 when something was changed."""
    verdict = services.verify()
    if as_json:
        click.echo(json.dumps({"ok": verdict.ok, "records": verdict.records, "first_bad": verdict.first_bad}))
    elif verdict.ok:
        click.echo(f"{verdict.records} records, the chain is whole")
    else:
        click.echo(f"record {verdict.first_bad} does not fit the chain")
    if not verdict.ok:
        sys.exit(FOUND_SOMETHING)


@consents.command("inspect")
@click.option("--address", help="A portal on this computer, instead of the one at PORTAL_BASE_URL.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the evidence here (.json for JSON)."
)
@json_option
@with_appcontext
def inspect(address: str | None, report: Path | None, as_json: bool) -> None:
    """Compare what a real browser stores on all public pages with what is declared; exit 1 on a difference.

    Four fresh profiles: no choice, accept, refuse, accept and withdraw. Their choices are put on record and counted
    like any other; the report names the records.
    """
    address = _checked(address or settings().base_url, is_given=address is not None)
    with _running(address):
        evidence = _inspected(address)
    if report is not None:
        told = json.dumps(evidence.document(), indent=2) + "\n" if report.suffix == ".json" else evidence.text()
        report.write_text(told, encoding="utf-8")
    if as_json:
        click.echo(json.dumps(evidence.document()))
    elif report is None:
        click.echo(evidence.text(), nl=False)
    else:
        click.echo("\n".join(evidence.findings) or "Nothing undeclared was found.")
    if evidence.findings:
        sys.exit(FOUND_SOMETHING)


def _checked(address: str, *, is_given: bool) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.ClickException(f"{address} is not an http address")
    if is_given and parts.hostname not in LOOPBACK:
        raise click.ClickException("--address may only name this computer (localhost)")
    return f"{parts.scheme}://{parts.netloc}"


@contextmanager
def _running(address: str) -> Iterator[None]:
    """The portal at the address; started for the time being when it is to be on this computer and is not running."""
    parts = urlsplit(address)
    if parts.scheme == "https" or parts.hostname not in LOOPBACK or _answers(address):
        yield
        return
    started = subprocess.Popen(
        [sys.executable, "-m", "portal", "serve", "--port", str(parts.port or 80), "--workers", "1"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        give_up = time.monotonic() + START_WITHIN
        while not _answers(address):
            if started.poll() is not None or time.monotonic() > give_up:
                raise click.ClickException(f"no portal answers at {address}, and none could be started there")
            time.sleep(0.2)
        yield
    finally:
        started.terminate()
        started.wait()


def _answers(address: str) -> bool:
    try:
        with urlopen(f"{address}/readyz", timeout=5) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def _inspected(address: str) -> Evidence:
    now = clock.now()
    is_here = urlsplit(address).hostname in LOOPBACK
    try:
        with browser_walks.browser() as launched:
            walks = browser_walks.walk_all(launched, address, _public_pages(), ignores_certificate=is_here)
            name = f"{launched.browser_type.name} {launched.version}"
    except browser_walks.InspectionFailed as problem:
        raise click.ClickException(str(problem)) from None
    return Evidence(
        made_at=now,
        address=address,
        browser=name,
        notice_version=versions.current(clock.local_date(now)).number,
        is_secure=settings().is_secure,
        declared=Declared.of(catalogue(settings()), settings().cookie_prefix),
        walks=walks,
    )


def _public_pages() -> list[str]:
    """Every page that anyone may open and that needs no name of a thing, in both languages; the front pages first."""
    opens = access_table()
    rules = [
        rule
        for rule in current_app.url_map.iter_rules()
        if rule.arguments == {"lang"} and opens[rule.endpoint] == PUBLIC and "GET" in (rule.methods or ())
    ]
    with current_app.test_request_context():
        paths = [url_for(rule.endpoint, lang=language) for rule in rules for language in LANGUAGES]
    return sorted((path for path in dict.fromkeys(paths) if "." not in path), key=lambda path: (len(path) > 4, path))
