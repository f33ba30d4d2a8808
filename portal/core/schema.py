"""Which schema a database has, and which ones this release knows."""

from enum import StrEnum
from functools import cache

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from portal.config import ROOT
from portal.core.db import db


@cache
def _revisions() -> tuple[str, frozenset[str]]:
    """The newest, and all of them."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "portal" / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    return scripts.get_current_head() or "", frozenset(script.revision for script in scripts.walk_revisions())


class Age(StrEnum):
    """How the schema of a database stands beside this release."""

    SAME = "same"
    OLDER = "older"
    NEWER = "newer"


def newest() -> str:
    newest, _ = _revisions()
    return newest


def is_known(revision: str) -> bool:
    _, known = _revisions()
    return revision in known


def age_of(revision: str) -> Age:
    """What this release does not know is newer; a database without a schema is older."""
    if revision == newest():
        return Age.SAME
    return Age.NEWER if revision and not is_known(revision) else Age.OLDER


def current() -> str:
    """Of the database in use; empty where it has none yet."""
    with db.engine.connect() as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""
