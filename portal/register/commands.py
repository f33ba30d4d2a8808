"""`portal register`: into the register and out of it, for the customer information system and for scripts."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple, fields
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TextIO

import click
from flask.cli import with_appcontext
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from portal.config import LANGUAGES, LOCALES
from portal.core import clock
from portal.core.audit import SYSTEM
from portal.core.clock import utc_text
from portal.core.command_line import FOUND_SOMETHING, json_option
from portal.core.db import db
from portal.core.errors import NotFound
from portal.permissions.models import Channel, MarketingType
from portal.register import services
from portal.register.importing.faults import LineFault
from portal.register.importing.lines import FileFormat
from portal.register.importing.services import Counts, Import, import_file
from portal.register.labels import import_problem
from portal.register.marketing_list import Contact, marketing_list
from portal.register.models import Customer
from portal.register.showing import document_of


def customer_id(number: str) -> int:
    """The row id of a customer number, hidden customers included; raises NotFound."""
    found = db.session.scalar(select(Customer.id).where(Customer.number == number))
    if found is None:
        raise NotFound(f"no customer {number}")
    return found


def customer_number(row_id: int) -> str | None:
    """The customer number of a row id; None when the customer is erased."""
    return db.session.scalar(select(Customer.number).where(Customer.id == row_id))


@click.group()
def register() -> None:
    """The customer register."""


@register.command("import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Find out what would happen; write nothing.")
@click.option("--format", "file_format", type=click.Choice([str(f) for f in FileFormat]), help="Else told by the name.")
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True, help="Of messages.")
@json_option
@with_appcontext
def import_customers(file: Path, dry_run: bool, file_format: str | None, language: str, as_json: bool) -> None:
    """Take in customers from JSON Lines or CSV (docs/integration.md); exit 1 when lines were rejected.

    Bad lines are reported and skipped. Running it again changes nothing.
    """
    with (
        TemporaryFile("w+", encoding="utf-8") as faults,
        TemporaryFile("w+", encoding="utf-8") as warnings,
        force_locale(LOCALES[language]),
        _progress(file) as bar,
    ):
        how = Import(
            actor=SYSTEM,
            clock=clock.now,
            report=lambda fault: print(json.dumps(_told_fault(fault), ensure_ascii=False), file=faults),
            warn=lambda warning: print(json.dumps(_told_fault(warning), ensure_ascii=False), file=warnings),
            progress=lambda position: bar.update(position - bar.pos) if bar else None,
            is_dry_run=dry_run,
        )
        counts = import_file(file, how, format=FileFormat(file_format) if file_format else None)
        if bar:
            bar.render_finish()
        faults.seek(0)
        warnings.seek(0)
        (_say_as_json if as_json else _say)(counts, faults, warnings, is_dry_run=dry_run)
    if counts.rejected:
        sys.exit(FOUND_SOMETHING)


def _told_fault(told: LineFault) -> dict[str, Any]:
    fault = told.fault
    return {"line": told.line, "field": fault.field, "code": fault.code.value, "message": import_problem(fault)}


@contextmanager
def _progress(file: Path) -> Iterator[Any]:
    """A bar on standard error, where somebody is looking; else None."""
    size = file.stat().st_size
    if not (size and sys.stderr.isatty()):
        yield None
        return
    with click.progressbar(length=size, file=sys.stderr, show_eta=True) as bar:
        yield bar


def _say_as_json(counts: Counts, faults: TextIO, warnings: TextIO, *, is_dry_run: bool) -> None:
    """One document, written piece by piece: there may be as many faults as lines."""
    head = json.dumps({**asdict(counts), "dry_run": is_dry_run})
    click.echo(head.removesuffix("}"), nl=False)
    for name, lines in (("errors", faults), ("warnings", warnings)):
        click.echo(f', "{name}": [', nl=False)
        for number, line in enumerate(lines):
            click.echo((", " if number else "") + line.rstrip("\n"), nl=False)
        click.echo("]", nl=False)
    click.echo("}")


def _say(counts: Counts, faults: TextIO, warnings: TextIO, *, is_dry_run: bool) -> None:
    for line in chain(faults, warnings):
        fault = json.loads(line)
        place = f"  {fault['field']}" if fault["field"] else ""
        click.echo(f"{fault['line']}{place}  {fault['code']}  {fault['message']}")
    for name, count in asdict(counts).items():
        click.echo(f"{name}: {count}")
    if is_dry_run:
        click.echo(_("Nothing was written."))


@register.command("show")
@click.argument("number", metavar="CUSTOMER_NUMBER")
@json_option
@with_appcontext
def show(number: str, as_json: bool) -> None:
    """Everything held about one customer, identity code and account number masked; audited."""
    told = document_of(customer_id(number), actor=SYSTEM, now=clock.now())
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for category, records in told.pop("categories").items():
        for record in records:
            click.echo(f"\n{category} {record['record'] or ''}".rstrip())
            for key, field in record["fields"].items():
                click.echo(f"  {key}: {_plain(field['value'])}  ({field['source']} {field['source_on']})")
    for name, rows in told.items():
        if isinstance(rows, list) and rows:
            click.echo(f"\n{name}")
            for row in rows:
                click.echo("  " + "  ".join(_plain(value) for value in row.values() if value not in (None, [])))


def _plain(value: Any) -> str:
    match value:
        case {"cents": cents, "currency": currency}:
            return f"{cents / 100:.2f} {currency}"
        case list():
            return ",".join(str(one) for one in value)
        case bool():
            return "yes" if value else "no"
        case None:
            return ""
        case _:
            return str(value)


@register.command("marketing-list")
@click.option("--type", "marketing_type", type=click.Choice([str(t) for t in MarketingType]), required=True)
@click.option("--channel", type=click.Choice([str(c) for c in Channel]), required=True)
@json_option
@with_appcontext
def list_for_marketing(marketing_type: str, channel: str, as_json: bool) -> None:
    """Customers who may be contacted so, with name and that one contact point, as CSV or JSON; audited.

    Each comes with the opt-out link that belongs into their message.
    """
    contacts = marketing_list(
        type=MarketingType(marketing_type), channel=Channel(channel), actor=SYSTEM, now=clock.now()
    )
    if as_json:
        click.echo(json.dumps([asdict(contact) for contact in contacts], ensure_ascii=False))
        return
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(field.name for field in fields(Contact))
    lines.writerows([_harmless(value) for value in astuple(contact)] for contact in contacts)
    click.echo(file.getvalue(), nl=False)


def _harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; phone numbers stay."""
    is_number = text[1:].isdigit()
    return f"'{text}" if text[:1] in tuple("=+-@\t") and not is_number else text


@register.command("changes")
@click.option("--since", type=click.IntRange(0), default=0, metavar="CURSOR", help="Only what came after it.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@json_option
@with_appcontext
def list_changes(since: int, limit: int | None, as_json: bool) -> None:
    """Applied corrections, in order, for the customer information system."""
    rows = services.changes(since=since, limit=limit)
    told = {
        "cursor": rows[-1].cursor if rows else since,
        "changes": [
            {
                "at": utc_text(row.at),
                "customer_number": row.customer_number,
                "record": None if row.record_id is None else str(row.record_id),
                "field": row.field_key,
                "old": row.old,
                "new": row.new,
                "request_id": row.request_id,
            }
            for row in rows
        ],
    }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for change in told["changes"]:  # type: ignore[attr-defined]  # the list above
        click.echo("  ".join(str(value) for value in change.values() if value is not None))
