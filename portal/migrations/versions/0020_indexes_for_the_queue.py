"""indexes for the queue"""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

UNANSWERED = 'answered_at IS NULL AND ended_at IS NULL'
PROPOSED = 'proposed_by_account_id IS NOT NULL AND decided_at IS NULL'


def upgrade() -> None:
    # without making the table anew on SQLite, which would lose its triggers
    op.drop_index('ix_subject_request_status_work_by_id', table_name='subject_request')
    op.create_index(
        'ix_subject_request_status_work_by_recorded_at_id', 'subject_request', ['status', 'work_by', 'recorded_at', 'id']
    )
    for name, columns, condition in (
        (
            'ix_subject_request_unanswered',
            ['work_by', 'recorded_at', 'id', 'paused_from', 'statutory_on', 'extended_on', 'kind', 'channel',
             'answered_at', 'ended_at'],  # always empty here: so that the index alone answers
            UNANSWERED,
        ),
        ('ix_subject_request_unanswered_assignee', ['assignee_account_id'], UNANSWERED),
        ('ix_subject_request_proposed', ['work_by', 'id'], PROPOSED),
    ):
        where = sa.text(condition)
        op.create_index(name, 'subject_request', columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in ('proposed', 'unanswered_assignee', 'unanswered', 'status_work_by_recorded_at_id'):
        op.drop_index(f'ix_subject_request_{name}', table_name='subject_request')
    op.create_index('ix_subject_request_status_work_by_id', 'subject_request', ['status', 'work_by', 'id'])
