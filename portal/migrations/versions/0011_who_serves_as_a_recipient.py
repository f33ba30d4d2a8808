"""who serves as a recipient"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('recipient_holder',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('recipient', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('other_names', sa.JSON(), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('transfer_ground', sa.String(length=40), nullable=True),
    sa.Column('safeguards', sa.String(length=500), nullable=True),
    sa.Column('legal_basis', sa.String(length=40), nullable=False),
    sa.Column('category_keys', sa.String(length=200), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('until_on IS NULL OR until_on >= from_on', name=op.f('ck_recipient_holder_period')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recipient_holder'))
    )
    with op.batch_alter_table('recipient_holder', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recipient_holder_from_on'), ['from_on'], unique=False)

    with op.batch_alter_table('disclosure', schema=None) as batch_op:
        batch_op.add_column(sa.Column('holder_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('once_key', sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f('ix_disclosure_holder_id'), ['holder_id'], unique=False)
        batch_op.create_unique_constraint(batch_op.f('uq_disclosure_once_key'), ['once_key'])
        batch_op.create_foreign_key(batch_op.f('fk_disclosure_holder_id'), 'recipient_holder', ['holder_id'], ['id'])



def downgrade() -> None:
    with op.batch_alter_table('disclosure', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_disclosure_holder_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_disclosure_once_key'), type_='unique')
        batch_op.drop_index(batch_op.f('ix_disclosure_holder_id'))
        batch_op.drop_column('once_key')
        batch_op.drop_column('holder_id')

    with op.batch_alter_table('recipient_holder', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recipient_holder_from_on'))

    op.drop_table('recipient_holder')
