"""activation of accounts"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('activation_request',
    sa.Column('id', ROW_ID, autoincrement=False, nullable=False),
    sa.Column('username_encrypted', sa.LargeBinary(), nullable=False),
    sa.Column('contact_encrypted', sa.LargeBinary(), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_activation_request'))
    )
    op.create_index(op.f('ix_activation_request_asked_at'), 'activation_request', ['asked_at'])
    op.create_table('activation_mail',
    sa.Column('id', ROW_ID, autoincrement=False, nullable=False),
    sa.Column('contact_index', sa.String(length=64), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_activation_mail'))
    )
    op.create_index(op.f('ix_activation_mail_contact_index'), 'activation_mail', ['contact_index'])
    op.create_table('activation',
    sa.Column('id', ROW_ID, autoincrement=False, nullable=False),
    sa.Column('token_digest', sa.String(length=64), nullable=False),
    sa.Column('contact_index', sa.String(length=64), nullable=True),
    sa.Column('customer_id', ROW_ID, nullable=True),
    sa.Column('username_encrypted', sa.LargeBinary(), nullable=True),
    sa.Column('tries', ROW_ID, nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(contact_index IS NULL) <> (customer_id IS NULL)', name=op.f('ck_activation_way')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_activation_customer_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_activation')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_activation_token_digest'))
    )
    op.create_index(op.f('ix_activation_contact_index'), 'activation', ['contact_index'])
    op.create_index(op.f('ix_activation_customer_id'), 'activation', ['customer_id'])


def downgrade() -> None:
    op.drop_table('activation')
    op.drop_table('activation_mail')
    op.drop_table('activation_request')
