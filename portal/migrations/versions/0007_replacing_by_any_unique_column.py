"""append-only tables refuse to be replaced by any unique column"""

from alembic import op

from portal.core.append_only import guard_ddl

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

KEYS = {
    'audit_event': ('seq', 'hash'),
    'consent_record': ('sequence', 'hash'),
    'consent_text': ('sha256', 'rowid'),
}


def upgrade() -> None:
    if op.get_bind().dialect.name != 'sqlite':
        return
    for table, keys in KEYS.items():
        for statement in guard_ddl(table, keys, 'sqlite'):
            name = statement.split()[2]
            op.execute(f'DROP TRIGGER IF EXISTS {name}')
            op.execute(statement)


def downgrade() -> None:
    pass
