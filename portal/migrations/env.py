"""Runs migrations on the application's database, one node at a time."""

from alembic import context
from flask import current_app
from sqlalchemy import text

from portal.core.db import Model, db

LOCK = 7_210_001  # any number that nothing else on the database locks with


def run() -> None:
    with db.engine.connect() as connection:
        is_postgresql = connection.dialect.name == "postgresql"
        if is_postgresql:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            connection.commit()
        else:
            connection = connection.execution_options(portal_writing=True)
        try:
            context.configure(
                connection=connection,
                target_metadata=Model.metadata,
                render_as_batch=not is_postgresql,
                compare_type=False,
                user_module_prefix="portal.core.db.",
            )
            with context.begin_transaction():
                context.run_migrations()
            connection.commit()
        finally:
            if is_postgresql:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
                connection.commit()


assert current_app, "migrations run through `portal db upgrade`"
run()
