"""`portal statistics`: the figures of the pages, and publishing. Knows the statistics by what they registered."""

import json
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

import click
from flask.cli import with_appcontext

from portal.core import clock
from portal.core.clock import local_date
from portal.core.command_line import json_option
from portal.core.errors import RuleViolation
from portal.core.settings import settings
from portal.publishing import services
from portal.publishing.reports import DEFAULT_DAYS, REPORTS, Filters

_day = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def statistics() -> None:
    """Published figures; small counts are hidden in all of them."""


def _prints(name: str, help: str) -> None:
    @statistics.command(name, help=help)
    @click.option("--from", "first", type=_day, help="First day; by default 30 days are shown.")
    @click.option("--to", "last", type=_day, help="Last day; by default today.")
    @json_option
    @with_appcontext
    def print_report(first: datetime | None, last: datetime | None, as_json: bool) -> None:
        until = last.date() if last else local_date(clock.now())
        since = first.date() if first else until - timedelta(days=DEFAULT_DAYS - 1)
        if since > until:
            raise click.ClickException("the period ends before it begins")
        told = REPORTS[name](Filters(since, until)).as_json(small_cell=settings().small_cell)
        click.echo(json.dumps(told) if as_json else _in_lines(told))


_prints("consents", "How cookie choices went.")
_prints("permissions", "How many permit and forbid each kind of marketing.")
_prints("usage", "Which pages were read, and visits of those who allowed analytics.")


@statistics.command("publish")
@click.option("--through", type=_day, help="Last day to publish; by default yesterday, in demo mode at most today.")
@json_option
@with_appcontext
def publish(through: datetime | None, as_json: bool) -> None:
    """Publish the days that have ended. Repeating it changes nothing."""
    day: date | None = through.date() if through else None
    try:
        outcome = services.publish_all(through=day, now=clock.now())
    except RuleViolation as problem:
        raise click.ClickException(f"{day} has not ended yet") from problem
    told = asdict(outcome)
    click.echo(json.dumps(told) if as_json else ", ".join(f"{key.replace('_', ' ')} {n}" for key, n in told.items()))


@statistics.command("rebuild")
@json_option
@with_appcontext
def rebuild(as_json: bool) -> None:
    """Count the ledgers anew. What has been published stays."""
    for again in services.REBUILDS:
        again()
    click.echo(json.dumps({"rebuilt": len(services.REBUILDS)}) if as_json else f"{len(services.REBUILDS)} rebuilt")


def _in_lines(told: dict[str, Any]) -> str:
    lines = [f"{told['statistic']} {told['from']} to {told['to']}"]
    lines += [f"  {figure['key']:<40} {_shown(figure['count'])}" for figure in told["figures"]]
    if told["so_far"]:
        lines.append(f"  {'so far, about':<40} {_shown(told['so_far'])}")
    for name, rows in told["tables"].items():
        lines.append(f"{name}:")
        for row in rows:
            key, *counts = row.values()
            lines.append(f"  {key:<40} " + " ".join(_shown(count) for count in counts))
    return "\n".join(lines)


def _shown(count: int | None) -> str:
    return f"{'-' if count is None else count:>10}"
