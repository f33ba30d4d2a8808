"""conflicts of imported values"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('register_conflict',
    sa.Column('id', ROW_ID, autoincrement=False, nullable=False),
    sa.Column('customer_id', ROW_ID, nullable=False),
    sa.Column('record_id', ROW_ID, nullable=False),
    sa.Column('field_key', sa.String(length=60), nullable=False),
    sa.Column('theirs_encrypted', sa.LargeBinary(), nullable=False),
    sa.Column('source', sa.String(length=40), nullable=False),
    sa.Column('source_on', sa.Date(), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_register_conflict_customer_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_register_conflict')),
    sa.UniqueConstraint('record_id', 'field_key', name=op.f('uq_register_conflict_record_id_field_key'))
    )
    op.create_index(op.f('ix_register_conflict_customer_id'), 'register_conflict', ['customer_id'])
    op.create_index(op.f('ix_register_conflict_kept_at_found_at'), 'register_conflict', ['kept_at', 'found_at'])


def downgrade() -> None:
    op.drop_table('register_conflict')
