"""Taking away what signing in leaves behind, once nothing can be opened or explained with it any more."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from portal.accounts import throttling
from portal.accounts.models import (
    PasswordReset,
    RememberedDevice,
    SignInAttempt,
    TypedForm,
    UserSession,
)
from portal.accounts.password_resets import VALID_FOR
from portal.core.db import transaction
from portal.core.settings import settings

# Our proposal: what happened lately can be looked into when somebody asks
KEPT_AFTER_END = timedelta(days=30)


def clean_up(now: datetime) -> int:
    """Delete ended sessions and devices, used links and old attempts; returns how many rows went.

    What is deleted is over whatever the clock says later: its row is gone, and so opens nothing (S25).
    """
    ended_before = now - KEPT_AFTER_END
    idle_before = ended_before - settings().remember_idle
    with_session = select(UserSession.device_id).where(UserSession.device_id.is_not(None))
    gone = (
        delete(UserSession).where(
            or_(
                UserSession.revoked_at < ended_before,
                UserSession.idle_expires_at < ended_before,
                UserSession.absolute_expires_at < ended_before,
            )
        ),
        delete(RememberedDevice).where(
            or_(
                RememberedDevice.revoked_at < ended_before,
                RememberedDevice.expires_at < ended_before,
                RememberedDevice.last_used_at < idle_before,
            ),
            RememberedDevice.id.not_in(with_session),  # goes the next time, after them
        ),
        delete(PasswordReset).where(PasswordReset.expires_at < now - VALID_FOR),
        delete(TypedForm).where(TypedForm.expires_at <= now),
        delete(SignInAttempt).where(SignInAttempt.at <= now - throttling.WINDOW),
    )
    with transaction() as session:
        return sum(
            session.execute(which, execution_options={"synchronize_session": False}).rowcount  # type: ignore[attr-defined]  # a CursorResult
            for which in gone
        )
