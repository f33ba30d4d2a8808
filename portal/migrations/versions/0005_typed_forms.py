"""typed forms"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('typed_form',
    sa.Column('id', ROW_ID, autoincrement=False, nullable=False),
    sa.Column('session_id', ROW_ID, nullable=False),
    sa.Column('account_id', ROW_ID, nullable=False),
    sa.Column('page', sa.String(length=2100), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('content_encrypted', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_typed_form_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['session_id'], ['user_session.id'], name=op.f('fk_typed_form_session_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_typed_form')),
    sa.UniqueConstraint('session_id', name=op.f('uq_typed_form_session_id'))
    )
    op.create_index(op.f('ix_typed_form_account_id'), 'typed_form', ['account_id'])
    op.create_index(op.f('ix_typed_form_expires_at'), 'typed_form', ['expires_at'])


def downgrade() -> None:
    op.drop_table('typed_form')
