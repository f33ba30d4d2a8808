"""What the desk has written down about serving a customer, once it has been kept long enough (R132)."""

from sqlalchemy import Date, func

from portal.catalogues.retention import RULES, RetentionRule
from portal.core.clock import local_date
from portal.core.db import table_of
from portal.core.purging import Purge
from portal.register.care.models import ContactEntry, Mandate, ManualMaterial

# whichever comes first; ending early leaves the last day as it was
_ENDED = func.coalesce(Mandate.ended_on, Mandate.valid_until, type_=Date())

PURGES = (
    Purge(
        rule=RetentionRule.CONTACTS,
        table=table_of(ContactEntry),
        due=lambda now: ContactEntry.happened_at < RULES[RetentionRule.CONTACTS].due_before(now),
        dated=ContactEntry.happened_at,
        customer=table_of(ContactEntry).c.customer_id,
    ),
    Purge(
        rule=RetentionRule.MANDATES,
        table=table_of(Mandate),
        due=lambda now: func.coalesce(RULES[RetentionRule.MANDATES].last_due(local_date(now)) >= _ENDED, False),
        dated=_ENDED,
        customer=table_of(Mandate).c.customer_id,
    ),
    Purge(
        rule=RetentionRule.PAPER,
        table=table_of(ManualMaterial),
        due=lambda now: func.coalesce(
            ManualMaterial.destroyed_on <= RULES[RetentionRule.PAPER].last_due(local_date(now)), False
        ),
        dated=ManualMaterial.destroyed_on,
        customer=table_of(ManualMaterial).c.customer_id,
    ),
)
