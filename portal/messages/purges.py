"""To whom a mail went is not kept for ever; what it said is dropped when it leaves."""

from sqlalchemy import and_, func

from portal.catalogues.retention import RULES, RetentionRule
from portal.core.db import table_of
from portal.core.purging import Purge
from portal.messages.models import Message, MessageStatus

_ENDED_AT = func.coalesce(Message.sent_at, Message.queued_at)

PURGES = (
    Purge(
        rule=RetentionRule.MESSAGES,
        table=table_of(Message),
        due=lambda now: and_(
            Message.status != MessageStatus.QUEUED, RULES[RetentionRule.MESSAGES].due_before(now) > _ENDED_AT
        ),
        dated=_ENDED_AT,
        customer=Message.__table__.c.customer_id,
    ),
)
