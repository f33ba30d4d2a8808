"""`portal register disclose` and `recipients`: for the batch jobs that send data out."""

import json
from datetime import datetime

import click
from flask.cli import with_appcontext
from flask_babel import force_locale

from portal.catalogues.recipients import Recipient
from portal.config import LANGUAGES, LOCALES
from portal.core import clock
from portal.core.audit import SYSTEM
from portal.core.clock import local_date, utc_text
from portal.core.command_line import json_option
from portal.core.errors import RuleViolation
from portal.disclosures import services
from portal.disclosures.labels import DISCLOSURE_PROBLEMS
from portal.disclosures.services import Wanted
from portal.register import documents, recipients
from portal.register.commands import customer_id
from portal.register.models import Disclosure


@click.command("disclose")
@click.argument("number", metavar="CUSTOMER_NUMBER")
@click.option("--recipient", type=click.Choice([str(r) for r in Recipient]), required=True, help="In which role.")
@click.option("--name", help="Which one, where several serve in the role.")
@click.option("--field", "fields", multiple=True, required=True, metavar="KEY", help="Once for each field given.")
@click.option("--ground", help="The law, for an authority; for others it is on the list of recipients.")
@click.option("--at", metavar="MOMENT", help="When it was given, with time zone; now unless told.")
@click.option("--once", metavar="KEY", help="The same key again for the same customer records nothing more.")
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True, help="Of messages.")
@json_option
@with_appcontext
def disclose(
    number: str,
    recipient: str,
    name: str | None,
    fields: tuple[str, ...],
    ground: str | None,
    at: str | None,
    once: str | None,
    language: str,
    as_json: bool,
) -> None:
    """Put on record that data of a customer was given to somebody; refused when it may not be.

    The customer sees it under "to whom my data was given".
    """
    now = clock.now()
    moment = _moment(at) if at else now
    with force_locale(LOCALES[language]):
        try:
            holder = services.serving(Recipient(recipient), at=moment, name=name)
            wanted = Wanted(holder_id=holder.id, fields=fields, ground=ground, at=moment, once=once)
            made = services.disclose(wanted, customer_id=customer_id(number), actor=SYSTEM, now=now)
        except RuleViolation as refusal:
            raise click.ClickException(str(DISCLOSURE_PROBLEMS[refusal.code]) % refusal.values) from None
    _say(made, number, as_json=as_json)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.ClickException("--at: give a moment with its time zone, like 2026-11-24T08:00:00Z")
    return moment


def _say(made: Disclosure, number: str, *, as_json: bool) -> None:
    if as_json:
        told = {"id": str(made.id), "customer_number": number, **documents.disclosure(made)}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo(f"{utc_text(made.disclosed_at)}  {made.recipient_name}  {' '.join(made.fields)}")


@click.command("recipients")
@json_option
@with_appcontext
def list_recipients(as_json: bool) -> None:
    """Who may receive data, in which role, from when until when."""
    today = local_date(clock.now())
    rows = [
        {
            "recipient": holder.recipient.value,
            "name": holder.name,
            "other_names": holder.other_names,
            "country": holder.country,
            "legal_basis": holder.legal_basis.value,
            "categories": holder.category_keys.split(),
            "from_on": holder.from_on.isoformat(),
            "until_on": holder.until_on.isoformat() if holder.until_on else None,
            "in_force": holder.is_in_force(today),
        }
        for holder in recipients.all_holders()
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['from_on']}–{row['until_on'] or ''}  {row['recipient']}  {row['name']}")
