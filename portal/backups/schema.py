"""Which schema a database has, and which ones this portal knows."""

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from portal.config import ROOT
from portal.core.db import db


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "portal" / "migrations"))
    return ScriptDirectory.from_config(config)


def newest() -> str:
    return _scripts().get_current_head() or ""


def is_known(revision: str) -> bool:
    return revision in {script.revision for script in _scripts().walk_revisions()}


def current() -> str:
    """Of the database in use; empty where it has none yet."""
    with db.engine.connect() as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""
