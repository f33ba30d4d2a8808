"""`portal backup` and `portal restore`."""

import json
import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from portal.backups import making, restoring
from portal.core import clock
from portal.core.command_line import FOUND_SOMETHING, json_option

A_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=A_FILE)
@json_option
@with_appcontext
def backup(file: Path, as_json: bool) -> None:
    """Write the whole database to FILE, encrypted with the keyring, while the portal is in use.

    The keyring is not in it: keep that apart. FILE must not exist yet. It restores into SQLite and PostgreSQL alike.
    """
    made = making.make(file, now=clock.now())
    if as_json:
        click.echo(json.dumps(made.as_json()))
    else:
        click.echo(
            f"{made.rows} rows of {len(made.tables)} tables and {made.checkpoints} checkpoints, "
            f"{made.bytes} bytes under key {made.key}, in {made.seconds} seconds"
        )


@click.command()
@click.argument("file", type=A_FILE)
@click.option(
    "--erasures",
    "lists",
    type=A_FILE,
    multiple=True,
    help="What was erased and forbidden since: erasures.jsonl. May be given for each machine.",
)
@json_option
@with_appcontext
def restore(file: Path, lists: tuple[Path, ...], as_json: bool) -> None:
    """Put a backup into an empty place: a database without rows, and an instance folder without checkpoints.

    Stop web and worker first. Sessions end and mails that waited are held. Exit 1 when something does not fit.
    """
    restored = restoring.restore(file, lists=lists, now=clock.now())
    if as_json:
        click.echo(json.dumps(restored.as_json()))
    else:
        _tell(restored)
    if not lists:
        click.echo("no list of erasures was given: whoever was erased or forbade marketing since is back", err=True)
    if not restored.ok:
        sys.exit(FOUND_SOMETHING)


def _tell(restored: restoring.Restored) -> None:
    click.echo(
        f"{restored.rows} rows of {len(restored.tables)} tables and {restored.checkpoints} checkpoints "
        f"of {restored.made_at}, in {restored.seconds} seconds"
    )
    click.echo(
        f"{restored.sessions_ended} sessions and {restored.links_ended} links ended, {restored.mails_held} mails held"
    )
    if restored.erasures_given:
        click.echo(f"{restored.erased} customers erased again, {restored.refusals} refusals written again")
    if not restored.refusals_hold:
        click.echo("not everything that was refused holds")
    click.echo("audit trail: " + ("whole" if restored.audit_ok else str(restored.audit_reason)))
    click.echo("cookie choices: " + ("whole" if restored.consents_ok else "do not fit their chain"))
