"""`portal notices`: the published versions, the check of their texts, and the publishing of a new one."""

import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from portal.catalogues.cookies import OPTIONAL, Category
from portal.config import LANGUAGES, SPOKEN
from portal.core import clock
from portal.core.command_line import COULD_NOT, FOUND_SOMETHING, json_option
from portal.notices import drafts, versions
from portal.notices.drafts import Draft, UnfitDraft
from portal.notices.versions import AlteredNotice, NoticeVersion

folder_option = click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=versions.FOLDER,
    help="Where the texts and their declarations are; the ones of this release if not given.",
)
Command = Callable[..., None]
DAY = click.DateTime(["%Y-%m-%d"])


def in_every_language(name: str, help: str) -> Callable[[Command], Command]:
    """An option for each language: `--change-fi`, `--change-en`."""

    def with_options(command: Command) -> Command:
        for language in reversed(LANGUAGES):
            command = click.option(f"{name}-{language}", required=True, help=f"{SPOKEN[language].name}. {help}")(
                command
            )
        return command

    return with_options


class Refusal(click.ClickException):
    """Said in one line on standard error."""

    exit_code = COULD_NOT


@click.group()
def notices() -> None:
    """The privacy notice."""


@notices.command("list")
@folder_option
@json_option
def show_all(folder: Path, as_json: bool) -> None:
    """Every published version, newest first."""
    declared = versions.declared(folder)
    in_force = versions.current(_today(), declared)
    rows = [_told(version) | {"in_force": version == in_force} for version in reversed(declared)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        kind = ", ".join(row["material_for"]) or "editorial"
        click.echo(f"{row['number']}  from {row['valid_from']}  {kind}{'  in force' if row['in_force'] else ''}")


@notices.command("verify")
@folder_option
@json_option
def verify(folder: Path, as_json: bool) -> None:
    """Compare every published text with its hash and take it apart; exit 1 when one was changed."""
    reason = None
    try:
        versions.verify(folder)
    except AlteredNotice as problem:
        reason = str(problem)
    if as_json:
        click.echo(json.dumps({"ok": reason is None, "reason": reason}, ensure_ascii=False))
    else:
        click.echo(reason or f"{len(versions.declared(folder))} versions, every text as it was published")
    if reason is not None:
        sys.exit(FOUND_SOMETHING)


@notices.command("publish")
@click.argument("number", metavar="VERSION")
@click.option("--valid-from", type=DAY, help="Its first day in Finland; today if not given.")
@click.option("--law-checked-on", type=DAY, help="When the law was last checked; if not given, as before.")
@click.option(
    "--material-for",
    type=click.Choice([str(category) for category in OPTIONAL]),
    multiple=True,
    help="A cookie category changed in substance: its consent is asked again. Once for each; none is editorial.",
)
@in_every_language("--change", "What changed, for the change log.")
@click.option("--dry-run", is_flag=True, help="Only check, and print what would be declared.")
@folder_option
@json_option
def publish(
    number: str,
    valid_from: datetime | None,
    law_checked_on: datetime | None,
    material_for: tuple[str, ...],
    dry_run: bool,
    folder: Path,
    as_json: bool,
    **changes: str,
) -> None:
    """Check the texts drafted in the folder VERSION, one for each language (fi.html), and declare them published.

    Refuses when a language is missing, when the sections are not the agreed ones in their order or not built alike in
    every language, when a text has anything but plain elements, and when a text published earlier is not as it was.
    A running portal shows the new version when it is started again.
    """
    draft = Draft(
        number=number,
        valid_from=valid_from.date() if valid_from else _today(),
        law_checked_on=law_checked_on.date() if law_checked_on else versions.declared(folder)[-1].law_checked_on,
        material_for=frozenset(Category(category) for category in material_for),
        changes={language: changes[f"change_{language}"] for language in LANGUAGES},
    )
    act = drafts.checked if dry_run else drafts.publish
    try:
        version = act(draft, folder=folder, today=_today())
    except (UnfitDraft, AlteredNotice) as problem:
        raise Refusal(str(problem)) from problem
    if as_json:
        click.echo(json.dumps(_told(version), ensure_ascii=False))
    else:
        click.echo(drafts.declaration(version), nl=False)


def _told(version: NoticeVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "valid_from": version.valid_from.isoformat(),
        "law_checked_on": version.law_checked_on.isoformat(),
        "material_for": [category for category in OPTIONAL if category in version.material_for],
        "changes": dict(version.changes),
        "sha256": dict(version.hashes),
    }


def _today() -> date:
    return clock.local_date(clock.now())
