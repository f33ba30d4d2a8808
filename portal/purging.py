"""Applying the retention rules of every feature: what is due goes, what a request still needs is held (R132).

Nothing is deleted by anything else but this and an erasure that was asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, select

from portal.accounts import purges as of_accounts
from portal.catalogues.retention import RULES, RetentionRule
from portal.consents import purges as of_consents
from portal.core import audit, purging
from portal.core.audit import Actor, AuditAction, AuditDetail, AuditEvent
from portal.core.clock import local_date
from portal.core.db import db, table_of, wipe_journal
from portal.core.purging import Purge, Tally
from portal.customer_accounts import purges as of_customer_accounts
from portal.messages import purges as of_messages
from portal.register import purges as of_register
from portal.register.care import purges as of_care
from portal.register.models import ErasureReason
from portal.subject_requests import erasing, holds
from portal.subject_requests import purges as of_requests

# Rules without a period, or whose rows go with something else: nothing deletes by them
WITHOUT_PURGE = frozenset(
    {
        RetentionRule.PERMISSION,  # with the customer, but for the marks of prohibitions
        RetentionRule.ACCOUNT,  # when it is closed, or with the customer
        RetentionRule.STAFF_ACCOUNTS,
        RetentionRule.SUPPRESSION,
        RetentionRule.ERASURES,
        RetentionRule.CHAINS,
        RetentionRule.FIGURES,
    }
)


def _events_before(now: datetime) -> ColumnElement[bool]:
    before = RULES[RetentionRule.AUDIT].due_before(now)
    return AuditDetail.seq.in_(select(AuditEvent.seq).where(AuditEvent.at < before))


OF_THE_TRAIL = Purge(
    rule=RetentionRule.AUDIT,
    table=table_of(AuditDetail),
    due=_events_before,
    dated=select(AuditEvent.at).where(AuditEvent.seq == AuditDetail.seq).scalar_subquery(),
    customer=table_of(AuditDetail).c.subject,
)


# What opens nothing any more goes within the half hour, without an audit event
SHORT_LIVED: tuple[Purge, ...] = (
    *of_accounts.SHORT_LIVED,
    *of_customer_accounts.SHORT_LIVED,
    *of_register.SHORT_LIVED,
)
# In the order in which it goes: children before what they belong to
LASTING: tuple[Purge, ...] = (
    *of_accounts.LASTING,
    *of_consents.PURGES,
    *of_messages.PURGES,
    *of_requests.PURGES,
    OF_THE_TRAIL,
    *of_register.OTHERS,
    *of_register.RECORDS,
    *of_care.PURGES,
    *of_register.customers(
        over=partial(erasing.erase_due, reason=ErasureReason.PERIOD_OVER),
        without_permission=partial(erasing.erase_due, reason=ErasureReason.NO_PERMISSION),
    ),
)


@dataclass(frozen=True)
class Applied:
    """What a rule has deleted or would delete, what it would but for an open request, and the oldest day of both."""

    rule: RetentionRule
    deleted: int
    held: int
    oldest: date | None


def apply(*, now: datetime, actor: Actor = audit.SYSTEM, is_dry_run: bool = False) -> list[Applied]:
    """Apply every rule that has a period, in the order of the catalogue. A dry run writes nothing and counts the same.

    Rows go in batches of their own transactions, each with an audit event: what an interruption leaves, the next run
    takes. Running it again finds nothing.
    """
    purges = (*SHORT_LIVED, *LASTING)
    found: dict[RetentionRule, list[Tally]] = {}
    for purge in purges:
        counted = purging.tally(purge, hold=holds.of, now=now)
        if not is_dry_run and counted.free:
            gone = purging.apply(purge, hold=holds.of, now=now, told=partial(_tell, purge, actor=actor, now=now))
            counted = Tally(gone, counted.held, counted.oldest)
        db.session.rollback()
        found.setdefault(RetentionRule(purge.rule), []).append(counted)
    if not is_dry_run:
        wipe_journal()
    return [_applied(rule, found[rule]) for rule in RULES if rule in found]


def _tell(purge: Purge, count: int, *, actor: Actor, now: datetime) -> None:
    if purge in SHORT_LIVED:
        return
    audit.record(
        AuditAction.RETENTION_APPLIED, actor=actor, now=now, object=f"rule:{purge.rule}", purpose=f"deleted:{count}"
    )


def _applied(rule: RetentionRule, tallies: Sequence[Tally]) -> Applied:
    days = [_day(counted.oldest) for counted in tallies if counted.oldest is not None]
    return Applied(
        rule,
        deleted=sum(counted.free for counted in tallies),
        held=sum(counted.held for counted in tallies),
        oldest=min(days, default=None),
    )


def _day(stored: Any) -> date:
    return local_date(stored) if isinstance(stored, datetime) else stored


def nightly(now: datetime) -> None:
    """What the worker does at night."""
    apply(now=now)


def tidy_up(now: datetime) -> None:
    """What the worker does every half hour."""
    purging.tidy(SHORT_LIVED, now=now)
