"""Tables that the database itself refuses to change: update, delete, replace and truncate all fail (S18)."""

from sqlalchemy import text
from sqlalchemy.engine import Connection

GUARDED_TABLES = {"audit_event": "seq", "consent_record": "sequence", "consent_text": "sha256"}


def guard_ddl(table: str, key: str, dialect: str) -> list[str]:
    """Statements that guard `table`, whose primary key is `key`."""
    if dialect == "postgresql":
        refuse = f"{table}_is_append_only"
        return [
            f"CREATE OR REPLACE FUNCTION {refuse}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {refuse}()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {refuse}()",
        ]
    message = f"SELECT RAISE(ABORT, '{table} is append-only')"
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN {message}; END",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN {message}; END",
        # INSERT OR REPLACE deletes without firing the delete trigger unless recursive triggers are on
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) BEGIN {message}; END",
    ]


def guard_tables(connection: Connection) -> None:
    """Put the guards on every table of GUARDED_TABLES."""
    for table, key in GUARDED_TABLES.items():
        for statement in guard_ddl(table, key, connection.dialect.name):
            connection.execute(text(statement))
