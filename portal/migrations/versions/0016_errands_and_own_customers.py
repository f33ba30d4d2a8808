"""warnings of tries are errands of the worker; staff who are customers themselves"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rename('at', 'asked_at')
    kind = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.add_column('account', sa.Column('own_customer_id', kind, nullable=True))


def downgrade() -> None:
    op.drop_column('account', 'own_customer_id')
    _rename('asked_at', 'at')


def _rename(old: str, new: str) -> None:
    op.drop_index(op.f(f'ix_try_warning_{old}'), table_name='try_warning')
    op.alter_column('try_warning', old, new_column_name=new)
    op.create_index(op.f(f'ix_try_warning_{new}'), 'try_warning', [new])
