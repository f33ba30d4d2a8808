"""How many requests and messages one account may send in a day: so many that only a machine sends more.

A right does not run out (GDPR, Article 12(2)): the form says when the next one is taken, and what was typed stays. What
is in force at once is never slowed down, and staff record whatever arrives.
"""

from datetime import datetime, timedelta

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import serialise
from portal.core.errors import Throttled
from portal.core.roles import Role
from portal.subject_requests.workflow import StepName

MOST, WITHIN = 100, timedelta(days=1)


def check(actor: Actor, now: datetime) -> None:
    """Raise Throttled when the customer's account has sent its most; inside transaction()."""
    if actor.role is Role.CUSTOMER:
        serialise("audit")  # no request comes in between counting and recording
        audit.check_pace(AuditAction.REQUEST_RECEIVED, account_id=actor.account_id, most=MOST, within=WITHIN, now=now)


def check_message(actor: Actor, now: datetime) -> None:
    """The same for messages about requests, of all requests together."""
    if actor.role is Role.CUSTOMER:
        serialise("audit")
        audit.check_pace(
            AuditAction.REQUEST_STEP,
            account_id=actor.account_id,
            most=MOST,
            within=WITHIN,
            now=now,
            purposes=[StepName.MESSAGE],
        )


def is_exceeded(actor: Actor, now: datetime) -> bool:
    try:
        check(actor, now)
    except Throttled:
        return True
    return False
