"""whose word a permission is"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    with op.batch_alter_table('current_permission') as batch_op:
        batch_op.add_column(sa.Column('is_own_word', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE current_permission SET is_own_word = (state = 'permission' AND source = 'own-change')")

    with op.batch_alter_table('permission_event') as batch_op:
        batch_op.add_column(sa.Column('act_id', ROW_ID, nullable=True))
        batch_op.add_column(sa.Column('given_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('wording_sha256', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('wording_language', sa.String(length=2), nullable=True))
        batch_op.create_foreign_key(op.f('fk_permission_event_wording_sha256'), 'consent_text', ['wording_sha256'], ['sha256'])
    # what a customer changed at one moment was one act
    op.execute(
        'UPDATE permission_event SET act_id = (SELECT min(other.id) FROM permission_event AS other '
        'WHERE other.customer_id = permission_event.customer_id AND other.at = permission_event.at)'
    )
    with op.batch_alter_table('permission_event') as batch_op:
        batch_op.alter_column('act_id', existing_type=ROW_ID, nullable=False)

    # the marks made before are nobody's: everybody may open them for themself alone
    with op.batch_alter_table('suppression') as batch_op:
        batch_op.add_column(sa.Column('holder_hash', sa.String(length=64), server_default='', nullable=False))
        batch_op.drop_constraint(op.f('uq_suppression_contact_hash_channel_type'), type_='unique')
        batch_op.create_unique_constraint(op.f('uq_suppression_contact_hash_channel_type_holder_hash'), ['contact_hash', 'channel', 'type', 'holder_hash'])
        batch_op.create_index(op.f('ix_suppression_holder_hash'), ['holder_hash'])
    with op.batch_alter_table('suppression') as batch_op:
        batch_op.alter_column('holder_hash', existing_type=sa.String(length=64), server_default=None)


def downgrade() -> None:
    op.execute('DELETE FROM suppression WHERE id NOT IN (SELECT min(id) FROM suppression GROUP BY contact_hash, channel, type)')
    with op.batch_alter_table('suppression') as batch_op:
        batch_op.drop_index(op.f('ix_suppression_holder_hash'))
        batch_op.drop_constraint(op.f('uq_suppression_contact_hash_channel_type_holder_hash'), type_='unique')
        batch_op.create_unique_constraint(op.f('uq_suppression_contact_hash_channel_type'), ['contact_hash', 'channel', 'type'])
        batch_op.drop_column('holder_hash')
    with op.batch_alter_table('permission_event') as batch_op:
        batch_op.drop_constraint(op.f('fk_permission_event_wording_sha256'), type_='foreignkey')
        for column in ('wording_language', 'wording_sha256', 'given_on', 'act_id'):
            batch_op.drop_column(column)
    with op.batch_alter_table('current_permission') as batch_op:
        batch_op.drop_column('is_own_word')
