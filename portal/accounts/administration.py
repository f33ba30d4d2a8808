"""Accounts as an administrator sees and makes them."""

from datetime import datetime

from sqlalchemy import func, select

from portal.accounts import passwords
from portal.accounts.directory import by_username
from portal.accounts.models import Account
from portal.accounts.own_security import COMMITMENT_VERSION
from portal.accounts.problems import SignInProblem
from portal.accounts.usernames import normalised
from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.db import db, random_id, serialise, transaction
from portal.core.errors import RuleViolation
from portal.core.roles import Role


def create_account(
    *,
    username: str,
    role: Role,
    language: str,
    display_name: str,
    actor: Actor,
    now: datetime,
    password: str | None = None,
    email: str | None = None,
    customer_id: int | None = None,
    totp_secret: str | None = None,
    has_accepted_commitment: bool = False,
    purpose: str | None = None,
) -> Account:
    """Raises RuleViolation when the name is taken or the password too weak. Without a password nobody gets in."""
    name = normalised(username)
    if (role is Role.CUSTOMER) != (customer_id is not None):
        raise ValueError("a customer's account points to its customer, a staff account to none")
    if password is not None:
        passwords.check_policy(
            password, username=name, role=role, has_second_factor=totp_secret is not None, field="password"
        )
    password_hash = passwords.hashed(password) if password is not None else None
    with transaction() as session:
        serialise("account")
        if by_username(name):
            raise RuleViolation(SignInProblem.USERNAME_TAKEN, field="username")
        account = Account(
            id=random_id(),
            username=name,
            email=email,
            password_hash=password_hash,
            has_short_password=password is not None and passwords.is_short(password),
            role=role,
            language=language,
            customer_id=customer_id,
            display_name=display_name,
            epoch=1,
            is_locked=False,
            created_at=now,
            commitment_accepted_at=now if has_accepted_commitment else None,
            commitment_text_version=COMMITMENT_VERSION if has_accepted_commitment else None,
        )
        account.totp_secret = totp_secret
        session.add(account)
        session.flush()
        audit.record(
            AuditAction.ACCOUNT_CREATED,
            actor=actor,
            now=now,
            subject=customer_id,
            object=account.reference,
            purpose=purpose,
        )
    return account


def accounts(*, limit: int, offset: int) -> list[Account]:
    """Staff first, then customers, by user name."""
    is_customer = Account.role == Role.CUSTOMER
    query = select(Account).order_by(is_customer, Account.role, Account.username).limit(limit).offset(offset)
    return list(db.session.scalars(query))


def account_count() -> int:
    return db.session.scalar(select(func.count()).select_from(Account)) or 0
