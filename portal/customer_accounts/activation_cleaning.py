"""Taking away what activating leaves behind, once nothing can be opened with it any more."""

from datetime import datetime

from sqlalchemy import delete

from portal.core.db import transaction
from portal.customer_accounts.activation_requests import VALID_FOR
from portal.customer_accounts.models import Activation, ActivationMail


def clean_up(now: datetime) -> int:
    """Delete links and codes that are over, and what counted mails; returns how many rows went."""
    gone = (
        delete(Activation).where(Activation.expires_at < now),
        delete(ActivationMail).where(ActivationMail.sent_at <= now - VALID_FOR),
    )
    with transaction() as session:
        return sum(
            session.execute(which, execution_options={"synchronize_session": False}).rowcount  # type: ignore[attr-defined]  # a CursorResult
            for which in gone
        )
