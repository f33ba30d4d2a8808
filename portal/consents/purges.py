"""What leads from a cookie choice to a browser or a person goes in time; the choice stays in the chain (C15)."""

from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, column, select, table

from portal.catalogues.retention import RULES, RetentionRule
from portal.consents.models import ConsentDetail, ConsentRecord
from portal.core.db import table_of
from portal.core.purging import Purge

# by name: accounts stand above the consents
_ACCOUNT = table("account", column("id", BigInteger), column("customer_id", BigInteger))


def _is_over(now: datetime) -> ColumnElement[bool]:
    before = RULES[RetentionRule.COOKIE_CHOICES].due_before(now)
    return ConsentDetail.sequence.in_(select(ConsentRecord.sequence).where(ConsentRecord.expires_at < before))


PURGES = (
    Purge(
        rule=RetentionRule.COOKIE_CHOICES,
        table=table_of(ConsentDetail),
        due=_is_over,
        dated=select(ConsentRecord.expires_at)
        .where(ConsentRecord.sequence == ConsentDetail.sequence)
        .scalar_subquery(),
        customer=select(_ACCOUNT.c.customer_id).where(_ACCOUNT.c.id == ConsentDetail.account_id).scalar_subquery(),
    ),
)
