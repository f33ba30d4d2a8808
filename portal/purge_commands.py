"""`portal purge`: the retention rules, applied; and the list of erasures that a restored backup needs."""

import json
from datetime import date, datetime, time
from typing import Any

import click
from flask.cli import with_appcontext
from flask_babel import force_locale
from flask_babel import gettext as _

from portal import purging
from portal.catalogues.retention import ONE_DAY, RULES
from portal.config import LANGUAGES, LOCALES
from portal.core import clock
from portal.core.clock import HELSINKI
from portal.core.command_line import json_option
from portal.purging import Applied
from portal.register import commands as register_commands
from portal.subject_requests import erasures


@click.command()
@click.option("--dry-run", is_flag=True, help="Count what would go; delete nothing.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the table.")
@json_option
@with_appcontext
def purge(dry_run: bool, language: str, as_json: bool) -> None:
    """Delete what has been kept long enough, by rule (docs/retention.md). The worker does it every night.

    What an open request needs is held. Running it again deletes nothing more.
    """
    rows = purging.apply(now=clock.now(), is_dry_run=dry_run)
    if as_json:
        told = {
            "dry_run": dry_run,
            "deleted": sum(row.deleted for row in rows),
            "held": sum(row.held for row in rows),
            "rules": [_told(row) for row in rows],
        }
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    with force_locale(LOCALES[language]):
        _print(rows, is_dry_run=dry_run)


def _told(row: Applied) -> dict[str, Any]:
    rule = RULES[row.rule]
    return {
        "rule": row.rule.value,
        "what": _in_every_language(rule.what),
        "period": _in_every_language(rule.label),
        "basis": rule.basis.value,
        "law": _in_every_language(rule.law) if rule.law else None,
        "deleted": row.deleted,
        "held": row.held,
        "oldest": row.oldest.isoformat() if row.oldest else None,
    }


def _in_every_language(words: object) -> dict[str, str]:
    told = {}
    for language, locale in LOCALES.items():
        with force_locale(locale):
            told[language] = str(words)
    return told


def _print(rows: list[Applied], *, is_dry_run: bool) -> None:
    verb = "would go" if is_dry_run else "deleted"
    click.echo(f"{'rule':<22} {verb:>9} {'held':>6}  {'oldest':<10}  what and how long")
    for row in rows:
        rule = RULES[row.rule]
        basis = rule.law or _("our proposal")
        oldest = row.oldest.isoformat() if row.oldest else "-"
        click.echo(f"{row.rule:<22} {row.deleted:>9} {row.held:>6}  {oldest:<10}  {rule.what}: {rule.label} [{basis}]")
    deleted, held = sum(row.deleted for row in rows), sum(row.held for row in rows)
    click.echo(f"{'in all':<22} {deleted:>9} {held:>6}")


@register_commands.register.command("erasures")
@click.option("--since", metavar="YYYY-MM-DD", help="From that day on; by default everything.")
@with_appcontext
def list_erasures(since: str | None) -> None:
    """Erasures and prohibitions, one JSON object a line, without a name: what a restored backup has to be told.

    Keep it apart from the backups, and no shorter than the oldest of them.
    """
    for line in erasures.since(_beginning(since)):
        click.echo(line)


def _beginning(since: str | None) -> datetime:
    try:
        day = date.fromisoformat(since) if since else date.min + ONE_DAY  # a day that every time zone has
    except ValueError:
        raise click.BadParameter(f"{since!r} is not a date like 2026-11-24", param_hint="--since") from None
    return datetime.combine(day, time(), HELSINKI)
