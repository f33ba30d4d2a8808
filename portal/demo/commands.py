"""`portal demo`: the invented register and its sign-ins."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import click
from flask.cli import with_appcontext

from portal.core import clock
from portal.core.command_line import json_option
from portal.core.settings import settings
from portal.demo import loading
from portal.demo.accounts import sign_ins
from portal.demo.loading import DemoRefused

__all__ = ["demo", "sign_ins"]

SHOWN = ("username", "password", "role", "language", "totp_secret", "customer_number")


@click.group()
def demo() -> None:
    """The invented register."""


@demo.command("load")
@click.option(
    "--customers",
    type=click.IntRange(loading.FEWEST_CUSTOMERS, 1_000_000),
    default=loading.DEFAULT_CUSTOMERS,
    show_default=True,
)
@click.option("--random-seed", type=int, default=loading.DEFAULT_SEED, show_default=True)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day the register believes it is.")
@json_option
@with_appcontext
def load(customers: int, random_seed: int, today: datetime | None, as_json: bool) -> None:
    """Load it into an empty database; the same arguments give the same register."""
    with _progress(customers) as tell:
        loaded = loading.load(
            now=clock.now(),
            customers=customers,
            random_seed=random_seed,
            today=today.date() if today else None,
            progress=tell,
        )
    told = {
        "customers": loaded.customers,
        "random_seed": loaded.random_seed,
        "today": loaded.today.isoformat(),
        "accounts": loaded.accounts,
        "loaded": loaded.is_new,
    }
    if as_json:
        click.echo(json.dumps(told))
    elif loaded.is_new:
        click.echo(f"{loaded.customers} invented customers and {loaded.accounts} sign-ins (portal demo accounts)")
    else:
        click.echo("this demo register is loaded already")


@contextmanager
def _progress(customers: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where somebody is looking."""
    with click.progressbar(length=customers, file=sys.stderr, show_eta=True, hidden=not sys.stderr.isatty()) as bar:
        yield bar.update


@demo.command("accounts")
@json_option
@with_appcontext
def list_accounts(as_json: bool) -> None:
    """The demo sign-ins."""
    if not settings().is_demo:
        raise DemoRefused("there are demo sign-ins in demo mode only")
    rows = [{key: row[key] for key in SHOWN} for row in sign_ins()]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo("  ".join(f"{row[key] or '-'}" for key in SHOWN))
