"""`portal users`: accounts made from the command line."""

import json

import click
from flask.cli import with_appcontext

from portal.accounts import administration, directory, invitations
from portal.config import LANGUAGES
from portal.core import clock
from portal.core.audit import SYSTEM
from portal.core.command_line import json_option
from portal.core.db import transaction
from portal.core.errors import NotFound, RuleViolation, Stale
from portal.core.roles import Role


@click.group()
def users() -> None:
    """Accounts of customers and staff."""


@users.command("create")
@click.option("--username", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True)
@click.option("--customer", "customer_number", help="Customer number, for the role customer.")
@click.option("--own-customer", "own_number", help="Customer number of a member of staff who is a customer too.")
@json_option
@with_appcontext
def create(
    username: str, role: str, language: str, customer_number: str | None, own_number: str | None, as_json: bool
) -> None:
    """Create an account and print the link by which the person sets the password, once."""
    if (role == Role.CUSTOMER) != bool(customer_number):
        raise click.UsageError("--customer goes with --role customer, and only with it")
    if role == Role.CUSTOMER and own_number:
        raise click.UsageError("--own-customer is for staff")
    try:
        with transaction():
            account = administration.create_account(
                username=username,
                role=Role(role),
                language=language,
                display_name=username,
                customer_id=_customer_id(customer_number) if customer_number else None,
                own_customer_id=_customer_id(own_number) if own_number else None,
                actor=SYSTEM,
                now=clock.now(),
            )
            link = invitations.link(account)
    except RuleViolation as violation:
        raise click.ClickException(f"the account was not made: {violation.code}") from violation
    if as_json:
        click.echo(json.dumps({"username": account.username, "role": role, "language": language, "link": link}))
    else:
        click.echo(f"Set the password within 72 hours, once, at:\n{link}")


@users.command("invite")
@click.option("--username", required=True)
@json_option
@with_appcontext
def invite(username: str, as_json: bool) -> None:
    """Print a new set-password link for somebody who has no password yet; the earlier link ends."""
    try:
        link = administration.link_on_the_server(username=username, actor=SYSTEM, now=clock.now())
    except (NotFound, Stale) as problem:
        raise click.ClickException("there is no such account without a password") from problem
    if as_json:
        click.echo(json.dumps({"username": username, "link": link}))
    else:
        click.echo(f"Set the password within 72 hours, once, at:\n{link}")


@users.command("own-customer")
@click.option("--username", required=True)
@click.option("--customer", "number", help="Customer number; without it, what is set is taken back.")
@json_option
@with_appcontext
def own_customer(username: str, number: str | None, as_json: bool) -> None:
    """Tell which customer a member of staff is: they handle neither that customer's requests nor that data."""
    try:
        administration.set_own_customer_on_the_server(username=username, number=number, actor=SYSTEM, now=clock.now())
    except NotFound as problem:
        raise click.ClickException("there is no such account of staff, or no such customer") from problem
    if as_json:
        click.echo(json.dumps({"username": username, "is_set": number is not None}))
    else:
        click.echo("The own customer number is set." if number else "The own customer number is taken back.")


def _customer_id(number: str) -> int:
    found = directory.customer_id_of(number)
    if found is None:
        raise click.ClickException(f"there is no customer {number}")
    return found
