"""`portal keys`: a new key for the encrypted fields."""

import json
import sys

import click
from flask.cli import with_appcontext

from portal.core import clock, key_rotation
from portal.core.command_line import FOUND_SOMETHING, json_option


@click.group()
def keys() -> None:
    """The keys of the encrypted fields."""


@keys.command("rotate")
@json_option
@with_appcontext
def rotate(as_json: bool) -> None:
    """Make a new current key and encrypt every field with it, while the portal is in use.

    A rotation that was interrupted goes on with its key. Exit 1 when a field could not be opened.
    """
    try:
        rotation = key_rotation.rotate(now=clock.now())
    except key_rotation.AlreadyRunning:
        raise click.ClickException("another rotation is running") from None
    if as_json:
        told = {"key": rotation.key, "reencrypted": rotation.reencrypted, "remaining": rotation.remaining}
        click.echo(json.dumps(told))
    else:
        click.echo(f"key {rotation.key}: {rotation.reencrypted} fields encrypted, {rotation.remaining} remaining")
    if rotation.remaining:
        sys.exit(FOUND_SOMETHING)
