"""`portal consents`: a record with the exact texts shown, and the check of the whole ledger."""

import json
import sys

import click
from flask.cli import with_appcontext

from portal.consents import services
from portal.core.clock import utc_text
from portal.core.command_line import FOUND_SOMETHING, json_option


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
