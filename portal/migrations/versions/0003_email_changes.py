"""email changes; consents outlive accounts"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('email_change',
    sa.Column('id', ROW_ID, autoincrement=False, nullable=False),
    sa.Column('account_id', ROW_ID, nullable=False),
    sa.Column('epoch', ROW_ID, nullable=False),
    sa.Column('base_index', sa.String(length=64), nullable=False),
    sa.Column('session_id', ROW_ID, nullable=False),
    sa.Column('new_email_encrypted', sa.LargeBinary(), nullable=False),
    sa.Column('new_digest', sa.String(length=64), nullable=False),
    sa.Column('old_digest', sa.String(length=64), nullable=True),
    sa.Column('new_confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('old_confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sendings', ROW_ID, nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_as', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_email_change_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_email_change')),
    sa.UniqueConstraint('new_digest', name=op.f('uq_email_change_new_digest')),
    sa.UniqueConstraint('old_digest', name=op.f('uq_email_change_old_digest'))
    )
    op.create_index(op.f('ix_email_change_account_id'), 'email_change', ['account_id'])
    still_open = sa.text('ended_at IS NULL')
    op.create_index(
        'uq_email_change_open', 'email_change', ['account_id'], unique=True,
        sqlite_where=still_open, postgresql_where=still_open,
    )
    with op.batch_alter_table('consent_detail') as batch_op:
        batch_op.drop_constraint(op.f('fk_consent_detail_account_id'), type_='foreignkey')


def downgrade() -> None:
    # what the earlier rule would have taken away with the account
    op.execute('DELETE FROM consent_detail WHERE account_id IS NOT NULL AND account_id NOT IN (SELECT id FROM account)')
    with op.batch_alter_table('consent_detail') as batch_op:
        batch_op.create_foreign_key(
            op.f('fk_consent_detail_account_id'), 'account', ['account_id'], ['id'], ondelete='CASCADE'
        )
    op.drop_table('email_change')
