"""Tables that the database itself refuses to change: update, delete, replace and truncate all fail (S18)."""

# with everything that is unique in a row: SQLite replaces the row that has the same of any of these
GUARDED_TABLES = {
    "audit_event": ("seq", "hash"),
    "consent_record": ("sequence", "hash"),
    "consent_text": ("sha256", "rowid"),
    "erasure": ("id", "rowid"),
}


def guard_ddl(table: str, keys: tuple[str, ...], dialect: str) -> list[str]:
    """Statements that guard `table`, whose rows are told apart by each of `keys`."""
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
    is_there = " OR ".join(f"{key} = NEW.{key}" for key in keys)
    message = f"SELECT RAISE(ABORT, '{table} is append-only')"
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN {message}; END",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN {message}; END",
        # INSERT OR REPLACE deletes without firing the delete trigger unless recursive triggers are on
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {is_there}) BEGIN {message}; END",
    ]
