"""erasures, and no potential customer without a permission"""

import sqlalchemy as sa
from alembic import op

from portal.core.append_only import guard_ddl

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
OF_CUSTOMERS = ('permission_event', 'current_permission')
NO_PERMISSION = (
    "NEW.status = 'potential' AND NOT EXISTS (SELECT 1 FROM current_permission AS held "
    "WHERE held.customer_id = NEW.id AND held.state = 'permission')"
)
MESSAGE = 'a potential customer holds a permission (R60)'
# each name, when it fires, and on which rows: who withdraws the last permission is hidden until purged, and may change
TRIGGERS = (
    ('customer_potential_insert', 'BEFORE INSERT', NO_PERMISSION),
    ('customer_potential_update', 'BEFORE UPDATE OF status', f"OLD.status <> 'potential' AND {NO_PERMISSION}"),
)


def upgrade() -> None:
    op.create_table('erasure',
    sa.Column('id', ROW_ID, autoincrement=False, nullable=False),
    sa.Column('number_hash', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('is_entire', sa.Boolean(), nullable=False),
    sa.Column('case_id', sa.String(length=20), nullable=True),
    sa.Column('parts', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasure'))
    )
    for column in ('number_hash', 'at', 'case_id'):
        op.create_index(op.f(f'ix_erasure_{column}'), 'erasure', [column])
    dialect = op.get_bind().dialect.name
    for statement in guard_ddl('erasure', ('id', 'rowid'), dialect):
        op.execute(statement)
    _set_foreign_keys(deferrable=True, initially='DEFERRED')
    for name, when, condition in TRIGGERS:
        _create_trigger(dialect, name, when, condition)


def _set_foreign_keys(**options: object) -> None:
    for table in OF_CUSTOMERS:
        name = op.f(f'fk_{table}_customer_id')
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(name, type_='foreignkey')
            batch_op.create_foreign_key(name, 'customer', ['customer_id'], ['id'], ondelete='CASCADE', **options)


def _create_trigger(dialect: str, name: str, when: str, condition: str) -> None:
    if dialect == 'sqlite':
        op.execute(
            f"CREATE TRIGGER {name} {when} ON customer WHEN {condition} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(f'CREATE TRIGGER {name} {when} ON customer FOR EACH ROW EXECUTE FUNCTION {name}()')


def downgrade() -> None:
    for name, _when, _condition in TRIGGERS:
        if op.get_bind().dialect.name == 'postgresql':
            op.execute(f'DROP TRIGGER {name} ON customer')
            op.execute(f'DROP FUNCTION {name}()')
        else:
            op.execute(f'DROP TRIGGER {name}')
    _set_foreign_keys()
    op.drop_table('erasure')
