"""time of arrival and mandate of a request"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # without making the table anew on SQLite, which would lose its triggers
    op.add_column('subject_request', sa.Column('received_time', sa.Time(), nullable=True))
    op.add_column(
        'subject_request',
        sa.Column('mandate_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    )


def downgrade() -> None:
    op.execute('ALTER TABLE subject_request DROP COLUMN mandate_id')
    op.execute('ALTER TABLE subject_request DROP COLUMN received_time')
