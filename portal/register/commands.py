"""`portal register`: what is held, who may be contacted, what was corrected."""

import csv
import io
import json
from dataclasses import asdict, astuple, fields
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from portal.core import audit, clock
from portal.core.audit import SYSTEM, AuditAction
from portal.core.clock import utc_text
from portal.core.command_line import json_option
from portal.core.db import db, transaction
from portal.core.errors import NotFound
from portal.permissions.models import Channel, MarketingType
from portal.register import services
from portal.register.marketing_list import Contact, marketing_list
from portal.register.models import Customer
from portal.register.reading import CategoryRecords, records_of
from portal.register.values import as_json, masked_text


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


@register.command("show")
@click.argument("number", metavar="CUSTOMER_NUMBER")
@json_option
@with_appcontext
def show(number: str, as_json: bool) -> None:
    """Everything held about one customer, identity code masked."""
    subject = customer_id(number)
    with transaction():
        audit.record(
            AuditAction.CUSTOMER_VIEWED,
            actor=SYSTEM,
            now=clock.now(),
            subject=subject,
            object=f"customer:{subject}",
            purpose="other",
        )
    groups = records_of(subject)
    if as_json:
        categories = {group.spec.category.value: _records(group) for group in groups}
        click.echo(json.dumps({"customer_number": number, "categories": categories}, ensure_ascii=False))
        return
    for group in groups:
        for record in group.records:
            click.echo(f"\n{group.spec.category.value} {record.record_id or ''}".rstrip())
            for field in record.fields:
                click.echo(f"  {field.key}: {masked_text(field.spec, field.value)}  ({field.source.value})")


def _records(group: CategoryRecords) -> list[dict[str, Any]]:
    return [
        {
            "record": None if record.record_id is None else str(record.record_id),
            "fields": {
                field.key: {
                    "value": (
                        masked_text(field.spec, field.value)
                        if field.spec.is_masked and field.value
                        else as_json(field.spec, field.value)
                    ),
                    "source": field.source.value,
                    "source_on": field.source_on.isoformat(),
                    "updated_at": utc_text(field.updated_at),
                    "kept_until": field.kept_until.isoformat() if field.kept_until else None,
                }
                for field in record.fields
            },
        }
        for record in group.records
    ]


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
    """A cell that no spreadsheet takes for a formula; phone numbers stay (contract section 5)."""
    is_number = text[1:].isdigit()
    return f"'{text}" if text[:1] in tuple("=+-@\t") and not is_number else text


@register.command("changes")
@click.option("--since", type=click.IntRange(0), default=0, metavar="CURSOR", help="Only what came after it.")
@json_option
@with_appcontext
def list_changes(since: int, as_json: bool) -> None:
    """Applied corrections, in order, for the customer information system."""
    rows = services.changes(since=since)
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
