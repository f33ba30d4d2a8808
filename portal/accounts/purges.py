"""What signing in leaves behind goes once nothing can be opened or explained with it any more.

What is deleted is over whatever the clock says later: its row is gone, and so opens nothing (S25).
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from portal.accounts import throttling
from portal.accounts.models import (
    PasswordReset,
    Proposal,
    ProposalState,
    RememberedDevice,
    SignInAttempt,
    TypedForm,
    UserSession,
)
from portal.accounts.password_resets import VALID_FOR
from portal.catalogues.retention import RULES, RetentionRule
from portal.core.db import table_of
from portal.core.purging import Purge, no_child
from portal.core.settings import settings


def _session_is_over(now: datetime) -> ColumnElement[bool]:
    ended_before = RULES[RetentionRule.SESSIONS].due_before(now)
    return or_(
        UserSession.revoked_at < ended_before,
        UserSession.idle_expires_at < ended_before,
        UserSession.absolute_expires_at < ended_before,
    )


def _device_is_over(now: datetime) -> ColumnElement[bool]:
    """The sessions that it opened go before it."""
    ended_before = RULES[RetentionRule.SESSIONS].due_before(now)
    return and_(
        or_(
            RememberedDevice.revoked_at < ended_before,
            RememberedDevice.expires_at < ended_before,
            RememberedDevice.last_used_at < ended_before - settings().remember_idle,
        ),
        no_child(table_of(UserSession), UserSession.device_id, RememberedDevice.id, _session_is_over(now)),
    )


def _proposal_is_over(now: datetime) -> ColumnElement[bool]:
    before = RULES[RetentionRule.STAFF_CHANGES].due_before(now)
    return or_(Proposal.decided_at < before, and_(Proposal.state == ProposalState.OPEN, Proposal.expires_at < before))


# In the order in which they go. What opens nothing goes within the half hour and is not worth an audit event.
SHORT_LIVED = (
    Purge(
        rule=RetentionRule.WAITING,
        table=table_of(TypedForm),
        due=lambda now: TypedForm.expires_at <= now,
        dated=TypedForm.expires_at,
        is_of_accounts=True,
    ),
    Purge(
        rule=RetentionRule.LINKS,
        table=table_of(PasswordReset),
        due=lambda now: PasswordReset.expires_at < now - VALID_FOR,
        dated=PasswordReset.expires_at,
        is_of_accounts=True,
    ),
    Purge(
        rule=RetentionRule.TRIES,
        table=table_of(SignInAttempt),
        due=lambda now: SignInAttempt.at <= now - throttling.WINDOW,
        dated=SignInAttempt.at,
        is_of_accounts=True,
    ),
    Purge(
        rule=RetentionRule.SESSIONS,
        table=table_of(UserSession),
        due=_session_is_over,
        dated=UserSession.last_seen_at,
        is_of_accounts=True,
    ),
    Purge(
        rule=RetentionRule.SESSIONS,
        table=table_of(RememberedDevice),
        due=_device_is_over,
        dated=RememberedDevice.last_used_at,
        is_of_accounts=True,
    ),
)
LASTING = (
    Purge(
        rule=RetentionRule.STAFF_CHANGES,
        table=table_of(Proposal),
        due=_proposal_is_over,
        dated=Proposal.proposed_at,
        is_of_accounts=True,
    ),
)
