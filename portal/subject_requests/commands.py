"""`portal requests`: cases and their dates for scripts."""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from portal.accounts import directory
from portal.config import LANGUAGES
from portal.core import clock
from portal.core.audit import SYSTEM
from portal.core.clock import local_date
from portal.core.command_line import json_option
from portal.core.errors import NotFound
from portal.subject_requests import bundles, cases, counting_labels, deadlines, desk_queue, reminding
from portal.subject_requests.models import SubjectRequest

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)


@click.group("requests")
def requests() -> None:
    """Requests of data subjects."""


@requests.command("list")
@click.option("--all", "with_ended", is_flag=True, help="Add the cases that have ended.")
@json_option
@with_appcontext
def list_requests(with_ended: bool, as_json: bool) -> None:
    """Cases by the day staff must have answered."""
    found = desk_queue.all_cases(with_ended=with_ended)
    names = directory.display_names({case.assignee_account_id for case in found if case.assignee_account_id})
    today = local_date(clock.now())
    lines = [_told(case, names, today) for case in found]
    if as_json:
        click.echo(json.dumps(lines))
        return
    for line in lines:
        click.echo(
            f"{line['id']}  {line['work_by']}  {line['kind']:<18} {line['status']:<16} {line['channel']:<7}"
            f"{' OVERDUE' if line['overdue'] else ''}"
        )


def _told(case: SubjectRequest, names: dict[int, str], today: date) -> dict[str, Any]:
    return {
        "id": case.public_id,
        "kind": case.kind.value,
        "status": case.status.value,
        "channel": case.channel.value,
        "received_on": case.received_on.isoformat(),
        "work_by": case.work_by.isoformat(),
        "promise": case.promise_on.isoformat(),
        "statutory": case.statutory_on.isoformat(),
        "extended": case.extended_on.isoformat() if case.extended_on else None,
        "overdue": cases.is_overdue(case, today),
        "assignee": names.get(case.assignee_account_id or 0),
    }


@requests.command("deadlines")
@click.argument("received_on")
@click.option("--paused", type=click.IntRange(0, 3650), default=0, help="Days the clock stood still.")
@json_option
@with_appcontext
def show_deadlines(received_on: str, paused: int, as_json: bool) -> None:
    """When a request that arrived on RECEIVED_ON (YYYY-MM-DD) must be answered, and how that was counted."""
    dates = deadlines.count(_day(received_on), paused_days=paused)
    steps = deadlines.counting(dates)
    told = {
        "received_on": dates.received_on.isoformat(),
        "promise": dates.promise.isoformat(),
        "month_end": dates.month_end.isoformat(),
        "statutory": dates.statutory.isoformat(),
        "extended": dates.extended.isoformat(),
        "work_by": dates.work_by.isoformat(),
        "explanation": {language: counting_labels.explanation(steps, language) for language in LANGUAGES},
    }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for name, value in told.items():
        if name != "explanation":
            click.echo(f"{name:<12} {value}")
    for sentence in counting_labels.sentences(steps, "en"):
        click.echo(f"  {sentence}")


@requests.command("recount")
@json_option
@with_appcontext
def recount(as_json: bool) -> None:
    """Count the dates of open cases again where the table of holidays has changed; the worker does it by itself."""
    moved = reminding.recount(clock.now())
    click.echo(json.dumps({"moved": moved}) if as_json else f"{moved} cases have other dates now")


@requests.command("bundle")
@click.argument("public_id")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@with_appcontext
def bundle(public_id: str, file: Path) -> None:
    """Write everything about the case PUBLIC_ID, with proof, to FILE (docs/case-bundle.md)."""
    try:
        made = bundles.make(public_id=public_id.strip().upper(), actor=SYSTEM, now=clock.now())
    except NotFound:
        raise click.ClickException(f"there is no request {public_id}") from None
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(made)
    except FileExistsError:
        raise click.ClickException(f"{file} is there already") from None
    except OSError as problem:
        raise click.ClickException(f"{file} cannot be written: {problem.strerror}") from None


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date like 2026-11-24", param_hint="RECEIVED_ON") from None
    if not EARLIEST <= day <= LATEST:
        raise click.BadParameter(f"give a date from {EARLIEST} to {LATEST}", param_hint="RECEIVED_ON")
    return day
