"""recovery codes and password resets"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('recovery_code',
    sa.Column('id', ROW_ID, autoincrement=False, nullable=False),
    sa.Column('account_id', ROW_ID, nullable=False),
    sa.Column('code_index', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_recovery_code_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_code'))
    )
    op.create_index(op.f('ix_recovery_code_account_id'), 'recovery_code', ['account_id'])
    op.create_table('password_reset_request',
    sa.Column('id', ROW_ID, autoincrement=False, nullable=False),
    sa.Column('username_encrypted', sa.LargeBinary(), nullable=False),
    sa.Column('contact_encrypted', sa.LargeBinary(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_password_reset_request'))
    )
    op.create_index(op.f('ix_password_reset_request_asked_at'), 'password_reset_request', ['asked_at'])
    op.create_table('password_reset',
    sa.Column('id', ROW_ID, autoincrement=False, nullable=False),
    sa.Column('account_id', ROW_ID, nullable=False),
    sa.Column('token_digest', sa.String(length=64), nullable=False),
    sa.Column('epoch', ROW_ID, nullable=False),
    sa.Column('email_index', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_password_reset_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_password_reset')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_password_reset_token_digest'))
    )
    op.create_index(op.f('ix_password_reset_account_id'), 'password_reset', ['account_id'])
    op.add_column('account', sa.Column('has_short_password', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('account', sa.Column('tries_told_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('account', 'has_short_password')
    op.drop_column('account', 'tries_told_at')
    op.drop_table('password_reset')
    op.drop_table('password_reset_request')
    op.drop_table('recovery_code')
