"""Runs migrations on the application's database, one node at a time."""

from importlib import import_module
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import text

from portal.config import ROOT
from portal.core.db import BUSY_TIMEOUT_MS, Model, StoredEnum, UtcDateTime, db

LIMITS = ("statement_timeout", "lock_timeout")  # of PostgreSQL, as the application sets them
LONGEST_WAIT_MS = 3_600_000  # of SQLite
LOCK = 7_210_001  # any number that nothing else on the database locks with


def _import_all_models() -> None:
    """Every feature's tables, also of features that no page of the application imports."""
    for package in (ROOT / "portal").glob("*/models.py"):
        import_module(f"portal.{package.parent.name}.models")


def _plain_type(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Migrations name the database's own types, so that they stay true when our classes change."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, StoredEnum):
        return f"sa.String(length={item.impl.length})"
    return False


def run() -> None:
    is_postgresql = db.engine.dialect.name == "postgresql"
    engine = db.engine if is_postgresql else db.engine.execution_options(portal_writing=True)
    with engine.connect() as connection:
        # who comes second waits until the first is ready, and a large table takes its time
        if is_postgresql:
            for limit in LIMITS:
                connection.execute(text(f"SET {limit} = 0"))
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            connection.commit()
        else:
            connection.connection.execute(f"PRAGMA busy_timeout={LONGEST_WAIT_MS}")
        try:
            # Our own transaction around everything: Alembic's would end on SQLite after each migration, and the node
            # that waits could come in between with the migrations it had meant to run itself.
            with connection.begin():
                context.configure(
                    connection=connection,
                    target_metadata=Model.metadata,
                    render_as_batch=not is_postgresql,
                    compare_type=False,
                    render_item=_plain_type,
                )
                context.run_migrations()
        finally:
            if is_postgresql:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
                for limit in LIMITS:
                    connection.execute(text(f"RESET {limit}"))
                connection.commit()
            else:
                connection.connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


assert current_app, "migrations run through `portal db upgrade`"
_import_all_models()
run()
