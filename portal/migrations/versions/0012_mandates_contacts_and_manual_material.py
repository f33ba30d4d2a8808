"""mandates contacts and manual material"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

# as the register folds names from now on; written out, since later code may do it otherwise
PLAIN = str.maketrans({"ø": "o", "æ": "ae", "ł": "l", "đ": "d", "-": " ", "‐": " ", "–": " ", "'": "", "’": "", "´": ""})
CUSTOMER = sa.table("customer", sa.column("id"), sa.column("name"), sa.column("name_folded"))
BATCH = 1000


def bare(name: str) -> str:
    signs = "".join(sign for sign in unicodedata.normalize("NFD", name) if not unicodedata.combining(sign))
    return " ".join(signs.casefold().translate(PLAIN).split())


def casefolded(name: str) -> str:
    return " ".join(name.split()).casefold()


def fold_names(fold) -> None:
    """A stretch at a time: the register may hold hundreds of thousands."""
    database, last = op.get_bind(), -1
    found = sa.select(CUSTOMER.c.id, CUSTOMER.c.name).order_by(CUSTOMER.c.id).limit(BATCH)
    write = sa.update(CUSTOMER).where(CUSTOMER.c.id == sa.bindparam("row_id")).values(name_folded=sa.bindparam("folded"))
    while rows := database.execute(found.where(CUSTOMER.c.id > last)).all():
        database.execute(write, [{"row_id": row.id, "folded": fold(row.name)} for row in rows])
        last = rows[-1].id


def upgrade() -> None:
    op.create_table('contact_entry',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('channel', sa.String(length=40), nullable=False),
    sa.Column('direction', sa.String(length=40), nullable=False),
    sa.Column('topic', sa.String(length=40), nullable=False),
    sa.Column('note_encrypted', sa.LargeBinary(), nullable=True),
    sa.Column('case_id', sa.String(length=20), nullable=True),
    sa.Column('is_recorded', sa.Boolean(), nullable=False),
    sa.Column('unit', sa.String(length=40), nullable=False),
    sa.Column('corrects_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('once_key', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['corrects_id'], ['contact_entry.id'], name=op.f('fk_contact_entry_corrects_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_contact_entry_customer_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_entry')),
    sa.UniqueConstraint('corrects_id', name=op.f('uq_contact_entry_corrects_id')),
    sa.UniqueConstraint('once_key', name=op.f('uq_contact_entry_once_key'))
    )
    with op.batch_alter_table('contact_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_entry_customer_id_happened_at'), ['customer_id', 'happened_at'], unique=False)

    op.create_table('mandate',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('scope', sa.String(length=40), nullable=False),
    sa.Column('representative_customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('name_encrypted', sa.LargeBinary(), nullable=False),
    sa.Column('contact_encrypted', sa.LargeBinary(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('evidence', sa.String(length=40), nullable=False),
    sa.Column('evidence_checked_by', sa.String(length=200), nullable=False),
    sa.Column('evidence_checked_on', sa.Date(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('end_reason', sa.String(length=40), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('once_key', sa.String(length=64), nullable=True),
    sa.CheckConstraint('(ended_on IS NULL) = (end_reason IS NULL)', name=op.f('ck_mandate_end')),
    sa.CheckConstraint('representative_customer_id <> customer_id', name=op.f('ck_mandate_somebody_else')),
    sa.CheckConstraint('valid_until IS NULL OR valid_until >= valid_from', name=op.f('ck_mandate_days')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_mandate_customer_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['representative_customer_id'], ['customer.id'], name=op.f('fk_mandate_representative_customer_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mandate')),
    sa.UniqueConstraint('once_key', name=op.f('uq_mandate_once_key'))
    )
    with op.batch_alter_table('mandate', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mandate_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_mandate_representative_customer_id'), ['representative_customer_id'], unique=False)

    op.create_table('manual_material',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('room', sa.String(length=80), nullable=False),
    sa.Column('shelf', sa.String(length=80), nullable=True),
    sa.Column('key_holder', sa.String(length=40), nullable=False),
    sa.Column('kept_since', sa.Date(), nullable=False),
    sa.Column('destroyed_on', sa.Date(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('once_key', sa.String(length=64), nullable=True),
    sa.CheckConstraint('destroyed_on IS NULL OR destroyed_on >= kept_since', name=op.f('ck_manual_material_days')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_manual_material_customer_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_manual_material')),
    sa.UniqueConstraint('once_key', name=op.f('uq_manual_material_once_key'))
    )
    with op.batch_alter_table('manual_material', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_manual_material_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_manual_material_room_kept_since'), ['room', 'kept_since'], unique=False)

    with op.batch_alter_table('customer_opening', schema=None) as batch_op:
        batch_op.add_column(sa.Column('address_purpose', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('address_asked_at', sa.DateTime(timezone=True), nullable=True))

    fold_names(bare)


def downgrade() -> None:
    fold_names(casefolded)
    with op.batch_alter_table('customer_opening', schema=None) as batch_op:
        batch_op.drop_column('address_asked_at')
        batch_op.drop_column('address_purpose')

    with op.batch_alter_table('manual_material', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_manual_material_room_kept_since'))
        batch_op.drop_index(batch_op.f('ix_manual_material_customer_id'))

    op.drop_table('manual_material')
    with op.batch_alter_table('mandate', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_mandate_representative_customer_id'))
        batch_op.drop_index(batch_op.f('ix_mandate_customer_id'))

    op.drop_table('mandate')
    with op.batch_alter_table('contact_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contact_entry_customer_id_happened_at'))

    op.drop_table('contact_entry')
