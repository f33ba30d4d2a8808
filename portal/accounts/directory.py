"""Who has an account: look-ups that change nothing."""

from dataclasses import dataclass

from sqlalchemy import column, select, table

from portal.accounts import spelling
from portal.accounts.models import Account
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.roles import Role


@dataclass(frozen=True)
class StaffMember:
    account_id: int
    display_name: str
    role: Role
    own_customer_id: int | None = None  # where they are customers themselves


def account_of(account_id: int) -> Account:
    """Raises NotFound."""
    account = db.session.get(Account, account_id)
    if account is None:
        raise NotFound
    return account


def by_username(username: str) -> Account | None:
    if "\x00" in username:  # PostgreSQL has no such text
        return None
    return db.session.scalar(select(Account).where(Account.username == spelling.username(username)))


def customer_id_of(number: str) -> int | None:
    """The customer with this number; None when there is none."""
    # by table name: accounts stand below the register and need only know that the row is there
    customers = table("customer", column("id"), column("number"))
    wanted = "".join(number.split())
    return db.session.scalar(select(customers.c.id).where(customers.c.number == wanted))


def of_customer(customer_id: int) -> list[Account]:
    """The customer's accounts; as a rule one or none."""
    return list(db.session.scalars(select(Account).where(Account.customer_id == customer_id).order_by(Account.id)))


def staff(*roles: Role) -> list[StaffMember]:
    """Who works in these roles and may sign in, by name."""
    query = select(Account).where(Account.role.in_(roles), Account.is_locked.is_(False)).order_by(Account.display_name)
    return [
        StaffMember(account.id, account.display_name, account.role, account.own_customer_id)
        for account in db.session.scalars(query)
    ]


def display_names(account_ids: set[int]) -> dict[int, str]:
    """Names to show to staff, by account."""
    query = select(Account.id, Account.display_name).where(Account.id.in_(account_ids))
    return {row.id: row.display_name for row in db.session.execute(query)}


def staff_names() -> list[tuple[int, str]]:
    """Everybody of staff, also those who are locked: account and name, by name."""
    query = select(Account.id, Account.display_name).where(Account.role != Role.CUSTOMER)
    return [(row.id, row.display_name) for row in db.session.execute(query.order_by(Account.display_name))]
