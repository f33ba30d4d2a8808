"""The `portal` command: one group, exit codes 0, 1 (found something wrong) and 2 (could not do it)."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
from flask import Flask
from flask.cli import FlaskGroup, with_appcontext
from flask_migrate import upgrade
from sqlalchemy.exc import DBAPIError

from portal import audit_commands, jobs, key_commands, purge_commands
from portal.accounts import commands as account_commands
from portal.analytics import commands as statistics_commands
from portal.app import create_app
from portal.backups import commands as backup_commands
from portal.config import ROOT, ConfigError, Settings
from portal.consents import commands as consent_commands
from portal.core import audit, checkpoints, clock, schema
from portal.core.command_line import COULD_NOT, FOUND_SOMETHING, json_option
from portal.core.errors import DomainError
from portal.core.settings import settings
from portal.demo import commands as demo_commands
from portal.demo import loading
from portal.disclosures import commands as disclosure_commands
from portal.doctor import examine
from portal.notices import commands as notice_commands
from portal.register import commands as register_commands
from portal.subject_requests import commands as request_commands
from portal.web import logs

STOP_WITHIN = 25  # seconds a child gets to finish what it is doing


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@with_appcontext
def db_upgrade() -> None:
    """Bring the database to the newest schema; several nodes may do it at once."""
    upgrade()


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=lambda: int(os.environ.get("PORT") or 8000))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--cert", type=click.Path(exists=True, dir_okay=False), help="TLS certificate.")
@click.option("--key", type=click.Path(exists=True, dir_okay=False), help="TLS key.")
def serve(port: int, host: str, workers: int, cert: str | None, key: str | None) -> None:
    """Serve the pages with gunicorn until stopped."""
    if bool(cert) != bool(key):
        raise click.UsageError("--cert and --key go together")
    arguments = gunicorn_arguments(host, port, workers)
    if cert and key:
        arguments += ["--certfile", cert, "--keyfile", key]
    os.environ["PORT"] = str(port)  # the address in links follows it
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *arguments])


def gunicorn_arguments(host: str, port: int, workers: int) -> list[str]:
    """Threads because requests wait for the database; keep-alive ends quickly so that a stop does."""
    return [
        "wsgi:app",
        f"--chdir={ROOT}",
        f"--bind={host}:{port}",
        f"--workers={workers}",
        "--worker-class=portal.web.serving.Worker",
        "--threads=8",
        "--timeout=60",
        "--graceful-timeout=20",  # what is being answered is answered: no statement lasts longer than fifteen seconds
        "--keep-alive=5",
        "--limit-request-line=4094",
        "--limit-request-fields=60",
        "--no-control-socket",
        # what a proxy says is PORTAL_TRUSTED_PROXIES' business: by itself gunicorn would believe any neighbour's
        # X-Forwarded-Proto, and a SCRIPT_NAME header that leads our redirects to another host
        "--forwarded-allow-ips=",
        "--forwarder-headers=",
        "--log-level=warning",
    ]


@click.command()
@with_appcontext
def worker() -> None:
    """Deliver messages and do the scheduled work until stopped."""
    logs.configure()
    jobs.run_worker()


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=lambda: int(os.environ.get("PORT") or 8000))
@with_appcontext
def run(port: int) -> None:
    """Migrate, load the demo register into an empty database, and run web and worker until Ctrl-C."""
    upgrade()
    if settings().is_demo and loading.is_empty():
        click.echo("Loading the demo register ...")
        loading.load(now=clock.now())
        checkpoints.write_at_stop(clock.now())  # the worker's first one may be a minute away
    environment = {**os.environ, "PORT": str(port)}
    portal = [sys.executable, "-m", "portal"]
    children = [
        subprocess.Popen([*portal, *command], env=environment, cwd=ROOT, start_new_session=True)
        for command in (["serve", "--port", str(port)], ["worker"])
    ]
    _say_where(port)
    sys.exit(_watch(children))


def _say_where(port: int) -> None:
    click.echo(f"\nThe portal is at http://localhost:{port}  (Ctrl-C stops it)\n")
    if settings().is_demo:
        click.echo("Demo sign-ins, invented persons all (the sign-in page shows the current codes):")
        for account in demo_commands.sign_ins():
            click.echo(f"  {account['role']:<15} {account['username']:<12} {account['password']}")
        click.echo("")


def _watch(children: "list[subprocess.Popen[bytes]]") -> int:
    """Wait for Ctrl-C, or for a child to end, and stop them all."""
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda caught, _frame: stopping.append(caught))
    while not stopping and all(child.poll() is None for child in children):
        time.sleep(0.1)
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            child.kill()
    return 0 if stopping else FOUND_SOMETHING


@click.command()
@json_option
@with_appcontext
def doctor(as_json: bool) -> None:
    """Check configuration, keys, database, migrations, mail and texts, and say how to mend what is wrong."""
    findings = examine(clock.now())
    if as_json:
        click.echo(json.dumps({"ok": all(f.ok for f in findings), "checks": [f.as_json() for f in findings]}))
    else:
        for finding in findings:
            click.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.name}: {finding.told}")
    if not all(finding.ok for finding in findings):
        sys.exit(FOUND_SOMETHING)


register_commands.register.add_command(disclosure_commands.disclose)
register_commands.register.add_command(disclosure_commands.list_recipients)

COMMANDS: tuple[click.Command, ...] = (
    db,
    serve,
    worker,
    run,
    doctor,
    backup_commands.backup,
    backup_commands.restore,
    audit_commands.audit,
    key_commands.keys,
    purge_commands.purge,
    account_commands.users,
    consent_commands.consents,
    demo_commands.demo,
    notice_commands.notices,
    register_commands.register,
    request_commands.requests,
    statistics_commands.statistics,
)


def add_commands(app: Flask) -> None:
    app.cli.commands.clear()  # Flask-Migrate's own `db`; ours is the safe part of it
    for command in COMMANDS:
        app.cli.add_command(command)


def _leave_checkpoint(app: Flask) -> None:
    """What a command put on the audit trail is signed when it ends."""
    if audit.recorded_here.is_set():
        with app.app_context():
            checkpoints.write_at_stop(clock.now())


def _is_schema_behind(app: Flask) -> bool:
    """Whether the database answers and lacks tables; one that does not answer is no matter of the schema."""
    try:
        with app.app_context():
            return schema.age_of(schema.current()) is schema.Age.OLDER
    except DBAPIError:
        return False


def main() -> None:
    """Entry point of `portal`: errors are one line, never a traceback."""
    try:
        app = create_app(Settings.from_environ())
        add_commands(app)
        group = FlaskGroup(create_app=lambda: app, add_default_commands=False, add_version_option=False)
        try:
            code = group.main(prog_name="portal", standalone_mode=False)
        finally:
            _leave_checkpoint(app)
    except click.Abort:
        code = COULD_NOT
    except click.ClickException as problem:
        problem.show()
        code = COULD_NOT
    except (ConfigError, DomainError) as problem:
        click.echo(f"portal: {problem}", err=True)
        code = COULD_NOT
    except DBAPIError as problem:
        reason = str(problem.orig).splitlines()[0]
        remedy = " (run `portal db upgrade`)" if _is_schema_behind(app) else ""
        click.echo(f"portal: the database cannot be used: {reason}{remedy}", err=True)
        code = COULD_NOT
    except OSError as problem:
        click.echo(f"portal: {Path(problem.filename or '').name}: {problem.strerror}", err=True)
        code = COULD_NOT
    sys.exit(code if isinstance(code, int) else 0)
