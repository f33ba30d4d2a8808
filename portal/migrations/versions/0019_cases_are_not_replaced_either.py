"""cases are not replaced either, by any unique column"""

from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

# What is unique in a row: SQLite replaces the row that has the same, and fires no delete trigger unless recursive
# triggers are on. The other tables of a case have nothing unique but the id, or are never edited.
UNIQUE = {
    'subject_request': ('id = NEW.id', 'public_id = NEW.public_id', 'once_key = NEW.once_key'),
    'request_item': ('id = NEW.id', 'request_id = NEW.request_id AND position = NEW.position'),
    'recipient_task': ('id = NEW.id', 'request_id = NEW.request_id AND recipient = NEW.recipient'),
    'letter': ('id = NEW.id', 'request_id = NEW.request_id'),
    'case_reminder': ('id = NEW.id', 'request_id = NEW.request_id AND kind = NEW.kind AND about_on = NEW.about_on'),
}


def upgrade() -> None:
    if op.get_bind().dialect.name != 'sqlite':
        return
    op.execute('DROP TRIGGER subject_request_no_replace_by_name')
    for table, same in UNIQUE.items():
        op.execute(f'DROP TRIGGER {table}_no_replace')
        taken = ' OR '.join(f'({each})' for each in same)
        _guard(table, 'no_replace', 'INSERT', taken)
        _guard(table, 'no_replace_by_edit', 'UPDATE', f'id <> OLD.id AND ({taken})')


def downgrade() -> None:
    if op.get_bind().dialect.name != 'sqlite':
        return
    for table in UNIQUE:
        op.execute(f'DROP TRIGGER {table}_no_replace_by_edit')
        op.execute(f'DROP TRIGGER {table}_no_replace')
        _guard(table, 'no_replace', 'INSERT', 'id = NEW.id')
    _guard(
        'subject_request', 'no_replace_by_name', 'INSERT', 'public_id = NEW.public_id OR once_key = NEW.once_key'
    )


def _guard(table: str, name: str, verb: str, is_taken: str) -> None:
    op.execute(
        f'CREATE TRIGGER {table}_{name} BEFORE {verb} ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {is_taken}) '
        f"BEGIN SELECT RAISE(ABORT, '{table}: no row is deleted'); END"
    )
