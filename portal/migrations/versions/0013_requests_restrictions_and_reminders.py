"""requests: restrictions, reminders, second person; and guards of what must not be deleted or edited"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('processing_restriction',
    sa.Column('id', ROW_ID, autoincrement=False, nullable=False),
    sa.Column('customer_id', ROW_ID, nullable=False),
    sa.Column('case_id', sa.String(length=20), nullable=False),
    sa.Column('ground', sa.String(length=40), nullable=False),
    sa.Column('field_key', sa.String(length=60), nullable=True),
    sa.Column('record_id', ROW_ID, nullable=True),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_processing_restriction_customer_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_processing_restriction'))
    )
    op.create_index(op.f('ix_processing_restriction_case_id'), 'processing_restriction', ['case_id'])
    op.create_index(op.f('ix_processing_restriction_customer_id'), 'processing_restriction', ['customer_id'])
    op.create_table('case_reminder',
    sa.Column('id', ROW_ID, autoincrement=False, nullable=False),
    sa.Column('request_id', ROW_ID, nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('about_on', sa.Date(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['request_id'], ['subject_request.id'], name=op.f('fk_case_reminder_request_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_reminder')),
    sa.UniqueConstraint('request_id', 'kind', 'about_on', name=op.f('uq_case_reminder_request_id_kind_about_on'))
    )
    # nothing points to these three, so SQLite may make them anew
    for table, column in (('case_message', 'text_encrypted'), ('case_note', 'text_encrypted'), ('letter', 'document_encrypted')):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(column, existing_type=sa.LargeBinary(), nullable=True)
    op.add_column('recipient_task', sa.Column('kind', sa.String(length=40), nullable=False, server_default='recipient'))
    op.execute("UPDATE recipient_task SET kind = 'by-hand' WHERE recipient IS NULL")
    op.execute("UPDATE recipient_task SET kind = 'datahub' WHERE recipient = 'datahub'")
    is_open = sa.text('closed_at IS NULL')
    op.create_index('ix_recipient_task_open', 'recipient_task', ['request_id'], sqlite_where=is_open, postgresql_where=is_open)
    op.add_column('request_item', sa.Column('category', sa.String(length=40), nullable=True))
    op.add_column('request_item', sa.Column('keeps_reasons_back', sa.Boolean(), server_default=sa.false(), nullable=False))
    # written out: SQLite adds a column that points somewhere only so, and must not make anew a table others point to
    kind = 'INTEGER' if op.get_bind().dialect.name == 'sqlite' else 'BIGINT'
    for column in ('linked_to_id', 'merged_into_id'):
        op.execute(
            f'ALTER TABLE subject_request ADD COLUMN {column} {kind} '
            f'CONSTRAINT fk_subject_request_{column} REFERENCES subject_request (id)'
        )
        op.create_index(op.f(f'ix_subject_request_{column}'), 'subject_request', [column])
    op.add_column('subject_request', sa.Column('identity_facts', sa.String(length=200), nullable=True))
    op.add_column('subject_request', sa.Column('identity_reminded_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('subject_request', sa.Column('assessment_encrypted', sa.LargeBinary(), nullable=True))
    op.add_column('subject_request', sa.Column('proposed_by_account_id', ROW_ID, nullable=True))
    op.add_column('subject_request', sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=True))
    guard = _guard_sqlite if op.get_bind().dialect.name == 'sqlite' else _guard_postgresql
    guard()


# No row of these is ever deleted; retention takes the words out of answered cases and leaves the rows.
KEPT = ('subject_request', 'request_item', 'case_message', 'case_note', 'case_event', 'letter', 'recipient_task', 'case_reminder')
# What was sent or written stands: table, its ciphertext, and the rest of its columns.
SENT = (
    ('case_message', 'text_encrypted', ('id', 'request_id', 'sender', 'account_id', 'at')),
    ('case_note', 'text_encrypted', ('id', 'request_id', 'account_id', 'at')),
    ('letter', 'document_encrypted', ('id', 'request_id', 'language', 'made_at', 'sha256')),
)
DECIDED = "('decided', 'answered', 'closed')"


def _guard_sqlite() -> None:
    for table in KEPT:
        refuse = f"SELECT RAISE(ABORT, '{table}: no row is deleted')"
        op.execute(f'CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN {refuse}; END')
        # INSERT OR REPLACE deletes without firing the delete trigger unless recursive triggers are on
        op.execute(
            f'CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} '
            f'WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) BEGIN {refuse}; END'
        )
    op.execute(
        'CREATE TRIGGER subject_request_no_replace_by_name BEFORE INSERT ON subject_request '
        'WHEN EXISTS (SELECT 1 FROM subject_request WHERE public_id = NEW.public_id OR once_key = NEW.once_key) '
        "BEGIN SELECT RAISE(ABORT, 'subject_request: no row is deleted'); END"
    )
    for table, secret, columns in SENT:
        moved = ' OR '.join(f'NEW.{column} IS NOT OLD.{column}' for column in columns)
        op.execute(
            f'CREATE TRIGGER {table}_no_edit BEFORE UPDATE ON {table} WHEN {moved} OR ('
            f'NEW.{secret} IS NOT OLD.{secret} AND ('
            f'OLD.{secret} IS NULL '
            # another key means that keys rotate; the same key means that somebody edits
            f"OR substr(NEW.{secret}, 1, instr(NEW.{secret}, X'7C')) = substr(OLD.{secret}, 1, instr(OLD.{secret}, X'7C')) "
            f'OR (NEW.{secret} IS NULL AND (SELECT coalesce(ended_at, answered_at) FROM subject_request WHERE id = NEW.request_id) IS NULL))) '
            f"BEGIN SELECT RAISE(ABORT, '{table}: what was sent is not edited'); END"
        )
    op.execute(
        "CREATE TRIGGER case_event_no_edit BEFORE UPDATE ON case_event "
        "BEGIN SELECT RAISE(ABORT, 'case_event: history is not edited'); END"
    )
    op.execute(
        'CREATE TRIGGER subject_request_one_step BEFORE UPDATE ON subject_request '
        'WHEN NEW.status IS NOT OLD.status AND NEW.previous_status IS NOT OLD.status '
        "BEGIN SELECT RAISE(ABORT, 'subject_request: a status follows from the one before it'); END"
    )
    op.execute(
        'CREATE TRIGGER subject_request_arrival_stands BEFORE UPDATE ON subject_request '
        f'WHEN NEW.received_on IS NOT OLD.received_on AND OLD.status IN {DECIDED} '
        "BEGIN SELECT RAISE(ABORT, 'subject_request: the day of arrival of a decided case stands'); END"
    )


def _guard_postgresql() -> None:
    op.execute(
        'CREATE FUNCTION refuse_case_change() RETURNS trigger LANGUAGE plpgsql AS '
        "$$ BEGIN RAISE EXCEPTION '%: no row is deleted, nothing sent is edited', TG_TABLE_NAME "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in KEPT:
        op.execute(
            f'CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_case_change()'
        )
        op.execute(
            f'CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} '
            'FOR EACH STATEMENT EXECUTE FUNCTION refuse_case_change()'
        )
    for table, secret, columns in SENT:
        moved = ' OR '.join(f'NEW.{column} IS DISTINCT FROM OLD.{column}' for column in columns)
        op.execute(
            f'CREATE FUNCTION {table}_stands() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
            f'IF {moved} OR (NEW.{secret} IS DISTINCT FROM OLD.{secret} AND (OLD.{secret} IS NULL '
            # another key means that keys rotate; the same key means that somebody edits
            f"OR substring(NEW.{secret} from 1 for position('\\x7c'::bytea in NEW.{secret})) "
            f"= substring(OLD.{secret} from 1 for position('\\x7c'::bytea in OLD.{secret})) "
            f'OR (NEW.{secret} IS NULL AND (SELECT coalesce(ended_at, answered_at) FROM subject_request WHERE id = NEW.request_id) IS NULL))) '
            f"THEN RAISE EXCEPTION '{table}: what was sent is not edited' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            f'CREATE TRIGGER {table}_no_edit BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_stands()'
        )
    op.execute(
        'CREATE TRIGGER case_event_no_edit BEFORE UPDATE ON case_event '
        'FOR EACH ROW EXECUTE FUNCTION refuse_case_change()'
    )
    op.execute(
        'CREATE TRIGGER subject_request_one_step BEFORE UPDATE ON subject_request FOR EACH ROW '
        'WHEN (NEW.status IS DISTINCT FROM OLD.status AND NEW.previous_status IS DISTINCT FROM OLD.status) '
        'EXECUTE FUNCTION refuse_case_change()'
    )
    op.execute(
        'CREATE TRIGGER subject_request_arrival_stands BEFORE UPDATE ON subject_request FOR EACH ROW '
        f'WHEN (NEW.received_on IS DISTINCT FROM OLD.received_on AND OLD.status IN {DECIDED}) '
        'EXECUTE FUNCTION refuse_case_change()'
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for table in KEPT:
            op.execute(f'DROP TRIGGER {table}_no_delete')
            op.execute(f'DROP TRIGGER {table}_no_replace')
        for name in (
            'subject_request_no_replace_by_name',
            *(f'{table}_no_edit' for table, _, _ in SENT),
            'case_event_no_edit',
            'subject_request_one_step',
            'subject_request_arrival_stands',
        ):
            op.execute(f'DROP TRIGGER {name}')
    else:
        op.execute('DROP FUNCTION refuse_case_change CASCADE')
        for table, _, _ in SENT:
            op.execute(f'DROP FUNCTION {table}_stands CASCADE')
    for column in ('proposed_at', 'proposed_by_account_id', 'assessment_encrypted', 'identity_reminded_at', 'identity_facts'):
        op.drop_column('subject_request', column)
    # the two that point to other cases stay: SQLite cannot drop them without making the table anew
    op.drop_column('request_item', 'keeps_reasons_back')
    op.drop_column('request_item', 'category')
    op.drop_index('ix_recipient_task_open', 'recipient_task')
    op.drop_column('recipient_task', 'kind')
    op.drop_table('case_reminder')
    op.drop_table('processing_restriction')
