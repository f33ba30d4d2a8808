"""indexes for large registers"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('billing', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_billing_postal_code'), ['postal_code'], unique=False)

    # SQLite loses an index over an expression when a later migration makes the table anew: create it again there
    op.create_index('ix_customer_email_lower', 'customer', [sa.text('lower(email)')], unique=False)
    with op.batch_alter_table('customer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_customer_email'))


def downgrade() -> None:
    with op.batch_alter_table('customer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_customer_email'), ['email'], unique=False)
    op.drop_index('ix_customer_email_lower', table_name='customer')

    with op.batch_alter_table('billing', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_billing_postal_code'))
