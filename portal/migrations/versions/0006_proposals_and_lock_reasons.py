"""proposals, lock reasons, indexes of the audit trail"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
OPEN = sa.text("state = 'open'")
REFUSED = sa.text("outcome != 'success'")


def upgrade() -> None:
    op.create_table('account_proposal',
    sa.Column('id', ROW_ID, autoincrement=False, nullable=False),
    sa.Column('account_id', ROW_ID, nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=True),
    sa.Column('old_role', sa.String(length=40), nullable=True),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('proposed_by_id', ROW_ID, nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by_id', ROW_ID, nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(kind = 'second-factor-reset') = (role IS NULL)", name=op.f('ck_account_proposal_role')),
    sa.CheckConstraint("role <> 'customer'", name=op.f('ck_account_proposal_staff_role')),
    sa.CheckConstraint("state <> 'approved' OR (decided_by_id IS NOT NULL AND decided_by_id <> proposed_by_id AND decided_by_id <> account_id)", name=op.f('ck_account_proposal_four_eyes')),
    sa.CheckConstraint('proposed_by_id <> account_id', name=op.f('ck_account_proposal_not_about_oneself')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_account_proposal_account_id')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_account_proposal_decided_by_id')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['account.id'], name=op.f('fk_account_proposal_proposed_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account_proposal'))
    )
    op.create_index(op.f('ix_account_proposal_account_id_proposed_at'), 'account_proposal', ['account_id', 'proposed_at'])
    op.create_index('uq_account_proposal_open', 'account_proposal', ['account_id'], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.add_column('account', sa.Column('lock_reason', sa.String(length=40), nullable=True))
    op.create_index(op.f('ix_audit_detail_actor_seq'), 'audit_detail', ['actor', 'seq'])
    op.create_index(op.f('ix_audit_detail_case_id'), 'audit_detail', ['case_id'])
    op.create_index(op.f('ix_audit_detail_object_ref'), 'audit_detail', ['object_ref'])
    op.create_index(op.f('ix_audit_detail_request_id'), 'audit_detail', ['request_id'])
    op.create_index(op.f('ix_audit_event_action_seq'), 'audit_event', ['action', 'seq'])
    op.create_index(op.f('ix_audit_event_at_seq'), 'audit_event', ['at', 'seq'])
    op.create_index('ix_audit_event_refused', 'audit_event', ['seq'], sqlite_where=REFUSED, postgresql_where=REFUSED)


def downgrade() -> None:
    op.drop_index('ix_audit_event_refused', 'audit_event')
    op.drop_index(op.f('ix_audit_event_at_seq'), 'audit_event')
    op.drop_index(op.f('ix_audit_event_action_seq'), 'audit_event')
    op.drop_index(op.f('ix_audit_detail_request_id'), 'audit_detail')
    op.drop_index(op.f('ix_audit_detail_object_ref'), 'audit_detail')
    op.drop_index(op.f('ix_audit_detail_case_id'), 'audit_detail')
    op.drop_index(op.f('ix_audit_detail_actor_seq'), 'audit_detail')
    op.drop_column('account', 'lock_reason')
    op.drop_table('account_proposal')
