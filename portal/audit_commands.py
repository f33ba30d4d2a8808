"""`portal audit`: the check of the trail against its checkpoints, and its events."""

import json
import sys
from typing import Any

import click
from flask.cli import with_appcontext

from portal.core import audit as trail
from portal.core import checkpoints
from portal.core.clock import utc_text
from portal.core.command_line import COULD_NOT, FOUND_SOMETHING, json_option
from portal.register import commands as register_commands


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command("verify")
@json_option
@with_appcontext
def verify(as_json: bool) -> None:
    """Recompute the chain and hold it against the signed checkpoints; exit 1 when something was changed.

    Exit 2 when it cannot be told: the checkpoints, or the key that signed them, are not there.
    """
    verdict = checkpoints.verify()
    if as_json:
        told = {
            "ok": verdict.ok,
            "events": verdict.events,
            "checkpoints": verdict.checkpoints,
            "first_bad": verdict.first_bad,
            "reason": verdict.reason,
        }
        click.echo(json.dumps(told))
    elif verdict.ok:
        click.echo(f"{verdict.events} events, the chain is whole; {verdict.checkpoints} checkpoints hold")
    elif not verdict.is_certain:
        click.echo(f"cannot tell: {verdict.reason}")
    else:
        click.echo(f"event {verdict.first_bad}: {verdict.reason}" if verdict.first_bad else verdict.reason)
    if not verdict.ok:
        sys.exit(FOUND_SOMETHING if verdict.is_certain else COULD_NOT)


@audit.command("list")
@click.option("--subject", help="Customer number.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
@with_appcontext
def listing(subject: str | None, limit: int, as_json: bool) -> None:
    """Events, newest first."""
    subject_id = register_commands.customer_id(subject) if subject else None
    for row in (rows := [_told(entry) for entry in trail.latest(subject=subject_id, limit=limit)]):
        if not as_json:
            click.echo("  ".join(str(value) for value in row.values() if value is not None))
    if as_json:
        click.echo(json.dumps(rows))


def _told(entry: trail.Entry) -> dict[str, Any]:
    event, detail = entry.event, entry.detail
    return {
        "seq": event.seq,
        "at": utc_text(event.at),
        "actor": detail.actor if detail else None,
        "role": detail.role.value if detail and detail.role else None,
        "unit": detail.unit if detail else None,
        "action": event.action.value,
        "subject": register_commands.customer_number(detail.subject) if detail and detail.subject else None,
        "case": detail.case if detail else None,
        "object": detail.object if detail else None,
        "purpose": detail.purpose if detail else None,
        "outcome": event.outcome,
        "request_id": detail.request_id if detail else None,
    }
