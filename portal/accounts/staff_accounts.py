"""The list of staff accounts, and the one customer's account that is asked for by its whole name.

Staff are few (hundreds at most), so the list is filtered and sorted here, by the rules that the pages show.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from portal.accounts import directory, spelling
from portal.accounts.models import Account, LockReason
from portal.accounts.own_security import COMMITMENT_VERSION
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import db, transaction
from portal.core.roles import Role

MOST_FOUND = 50
LONG_AGO = datetime.min.replace(tzinfo=UTC)
LAST_LETTERS = str.maketrans({"å": "{", "ä": "|", "ö": "}"})  # as in Finnish: after z, in this order


class AccountState(StrEnum):
    """The first thing that stands between a member of staff and their pages."""

    UNAPPROVED = "unapproved"
    LOCKED = "locked"
    INVITED = "invited"
    NO_SECOND_FACTOR = "no-second-factor"
    NO_COMMITMENT = "no-commitment"
    ACTIVE = "active"


class Order(StrEnum):
    NAME = "name"
    ROLE = "role"
    LAST_SIGN_IN = "last-sign-in"


@dataclass(frozen=True)
class Found:
    """What a search came up with; `customer` is the account of exactly that name."""

    staff: list[Account]
    customer: Account | None

    def __bool__(self) -> bool:
        return bool(self.staff or self.customer)


def state_of(account: Account) -> AccountState:
    if account.lock_reason is LockReason.UNAPPROVED:
        return AccountState.UNAPPROVED
    if account.is_locked:
        return AccountState.LOCKED
    if account.password_hash is None:
        return AccountState.INVITED
    if account.role.is_staff and not account.has_second_factor:
        return AccountState.NO_SECOND_FACTOR
    if account.role.is_staff and account.commitment_text_version != COMMITMENT_VERSION:
        return AccountState.NO_COMMITMENT
    return AccountState.ACTIVE


def listed(*, role: Role | None = None, state: AccountState | None = None, order: Order = Order.NAME) -> list[Account]:
    """Staff accounts; of equals, by name."""
    fitting = (
        account
        for account in _staff()
        if role in (None, account.role) and (state is None or state is state_of(account))
    )
    return sorted(sorted(fitting, key=_by_name), key=_ORDERS[order])


def search(query: str, *, actor: Actor, now: datetime) -> Found:
    """Staff by a part of user name or name; a customer's account by its whole user name alone, on record."""
    wanted = spelling.username(query)
    staff = [
        account
        for account in sorted(_staff(), key=_by_name)
        if wanted in account.username or wanted in spelling.username(account.display_name)
    ]
    account = directory.by_username(query)
    customer = account if account and not account.role.is_staff else None
    if customer:
        with transaction():
            audit.record(
                AuditAction.CUSTOMER_SEARCHED,
                actor=actor,
                now=now,
                subject=customer.customer_id,
                object=customer.reference,
                purpose="account",
            )
    return Found(staff[:MOST_FOUND], customer)


def masked(username: str) -> str:
    """A customer's user name, which is often an address: enough to see that it is the one that was typed."""
    return f"{username[:1]}•••{username[-1:]}"


def customer_accounts() -> int:
    """How many customers have an account."""
    return db.session.scalar(select(func.count()).where(Account.role == Role.CUSTOMER)) or 0


def able_administrators() -> int:
    """How many administrators can act now: changes of role need two."""
    return sum(account.role is Role.ADMINISTRATOR and state_of(account) is AccountState.ACTIVE for account in _staff())


def _staff() -> list[Account]:
    return list(db.session.scalars(select(Account).where(Account.role != Role.CUSTOMER)))


def _by_name(account: Account) -> str:
    plain = account.display_name.casefold().translate(LAST_LETTERS)
    return "".join(sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))


_ROLES = list(Role)
_ORDERS: dict[Order, Callable[[Account], Any]] = {
    Order.NAME: _by_name,
    Order.ROLE: lambda account: _ROLES.index(account.role),
    Order.LAST_SIGN_IN: lambda account: LONG_AGO - (account.last_sign_in_at or LONG_AGO),  # the latest first
}
