"""since when a customer's message waits to be answered or marked as read"""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

# Of the cases there are already: the first of the customer's words after which nobody on staff has written or answered.
# Words that have been deleted, their time being over, wait for nobody.
WAITING = """
UPDATE subject_request SET unread_since = (
    SELECT min(said.at) FROM case_message AS said
    WHERE said.request_id = subject_request.id AND said.sender = 'customer'
    AND said.text_encrypted IS NOT NULL
    AND (subject_request.answered_at IS NULL OR said.at > subject_request.answered_at)
    AND NOT EXISTS (
        SELECT 1 FROM case_message AS told
        WHERE told.request_id = said.request_id AND told.sender = 'staff'
        AND told.account_id IS NOT NULL AND told.at >= said.at
    )
)
WHERE id IN (SELECT request_id FROM case_message WHERE sender = 'customer')
"""


def upgrade() -> None:
    op.add_column('subject_request', sa.Column('unread_since', sa.DateTime(timezone=True), nullable=True))
    op.execute(WAITING)
    where = sa.text('unread_since IS NOT NULL')
    op.create_index(
        'ix_subject_request_unread', 'subject_request', ['work_by', 'recorded_at', 'id'],
        sqlite_where=where, postgresql_where=where,
    )


def downgrade() -> None:
    op.drop_index('ix_subject_request_unread', table_name='subject_request')
    op.drop_column('subject_request', 'unread_since')
