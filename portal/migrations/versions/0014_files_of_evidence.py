"""requests: files of evidence, guarded like everything else that was sent"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
STANDS = ('id', 'request_id', 'account_id', 'at', 'kind', 'size', 'sha256')
IS_OPEN = '(SELECT coalesce(ended_at, answered_at) FROM subject_request WHERE id = NEW.request_id) IS NULL'


def upgrade() -> None:
    op.create_table('case_file',
    sa.Column('id', ROW_ID, autoincrement=False, nullable=False),
    sa.Column('request_id', ROW_ID, nullable=False),
    sa.Column('account_id', ROW_ID, nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('size', ROW_ID, nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('name_encrypted', sa.LargeBinary(), nullable=True),
    sa.Column('document_encrypted', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['request_id'], ['subject_request.id'], name=op.f('fk_case_file_request_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_file'))
    )
    op.create_index(op.f('ix_case_file_request_id'), 'case_file', ['request_id'])
    guard = _guard_sqlite if op.get_bind().dialect.name == 'sqlite' else _guard_postgresql
    guard()


def _guard_sqlite() -> None:
    kept = "SELECT RAISE(ABORT, 'case_file: no row is deleted')"
    op.execute(f'CREATE TRIGGER case_file_no_delete BEFORE DELETE ON case_file BEGIN {kept}; END')
    # INSERT OR REPLACE deletes without firing the delete trigger unless recursive triggers are on
    op.execute(
        'CREATE TRIGGER case_file_no_replace BEFORE INSERT ON case_file '
        f'WHEN EXISTS (SELECT 1 FROM case_file WHERE id = NEW.id) BEGIN {kept}; END'
    )
    moved = ' OR '.join(f'NEW.{column} IS NOT OLD.{column}' for column in STANDS)
    new, old = 'NEW.document_encrypted', 'OLD.document_encrypted'
    op.execute(
        f'CREATE TRIGGER case_file_no_edit BEFORE UPDATE ON case_file WHEN {moved} OR ('
        f'{new} IS NOT {old} AND ({old} IS NULL '
        # another key means that keys rotate; the same key means that somebody edits
        f"OR substr({new}, 1, instr({new}, X'7C')) = substr({old}, 1, instr({old}, X'7C')) "
        f'OR ({new} IS NULL AND {IS_OPEN}))) '
        "BEGIN SELECT RAISE(ABORT, 'case_file: what was sent is not edited'); END"
    )


def _guard_postgresql() -> None:
    op.execute(
        'CREATE TRIGGER case_file_no_delete BEFORE DELETE ON case_file '
        'FOR EACH ROW EXECUTE FUNCTION refuse_case_change()'
    )
    op.execute(
        'CREATE TRIGGER case_file_no_truncate BEFORE TRUNCATE ON case_file '
        'FOR EACH STATEMENT EXECUTE FUNCTION refuse_case_change()'
    )
    moved = ' OR '.join(f'NEW.{column} IS DISTINCT FROM OLD.{column}' for column in STANDS)
    new, old = 'NEW.document_encrypted', 'OLD.document_encrypted'
    op.execute(
        'CREATE FUNCTION case_file_stands() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
        f'IF {moved} OR ({new} IS DISTINCT FROM {old} AND ({old} IS NULL '
        # another key means that keys rotate; the same key means that somebody edits
        f"OR substring({new} from 1 for position('\\x7c'::bytea in {new})) "
        f"= substring({old} from 1 for position('\\x7c'::bytea in {old})) "
        f'OR ({new} IS NULL AND {IS_OPEN}))) '
        "THEN RAISE EXCEPTION 'case_file: what was sent is not edited' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        'CREATE TRIGGER case_file_no_edit BEFORE UPDATE ON case_file FOR EACH ROW EXECUTE FUNCTION case_file_stands()'
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP TRIGGER case_file_no_edit ON case_file')
        op.execute('DROP FUNCTION case_file_stands()')
    op.drop_table('case_file')
