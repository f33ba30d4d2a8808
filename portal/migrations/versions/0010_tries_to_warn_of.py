"""tries to warn of"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('try_warning',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('username_encrypted', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_try_warning'))
    )
    with op.batch_alter_table('try_warning', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_try_warning_at'), ['at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('try_warning', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_try_warning_at'))

    op.drop_table('try_warning')
