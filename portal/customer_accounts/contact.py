"""A customer's contact details: written into the register, with everything that follows from the change.

The customer's own changes and corrections granted on the desk go the same way, so that the account, the marks of
prohibitions and the person who is told never depend on who made the change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import Select, select

from portal.accounts import own_security, spelling
from portal.accounts.models import Account
from portal.catalogues.sources import Source
from portal.config import LANGUAGES
from portal.core.audit import Actor
from portal.core.db import db, serialise, transaction
from portal.core.errors import NotFound, RuleViolation
from portal.customer_accounts import contact_letters
from portal.customer_accounts.contact_letters import Reader
from portal.register import services as register
from portal.register.models import Customer

PHONE, EMAIL, LANGUAGE = "phone", "email", "preferred_language"
FOLLOWED = frozenset({PHONE, EMAIL, LANGUAGE})

M = TypeVar("M", Account, Customer)


class ContactProblem(StrEnum):
    """Why a contact detail was not changed."""

    CHANGED_MEANWHILE = "changed-meanwhile"
    SAME_EMAIL = "same-email"
    TOO_MANY_MAILS = "too-many-mails"


@dataclass(frozen=True)
class Details:
    """What the register holds now, as text; empty where it holds nothing."""

    phone: str
    email: str
    language: str


def details_of(customer_id: int) -> Details:
    """Raises NotFound."""
    customer = register.customer_of(customer_id)
    return Details(customer.phone or "", customer.email or "", customer.preferred_language)


def change(*, customer_id: int, field_key: str, seen: str, new_value: str, actor: Actor, now: datetime) -> bool:
    """The customer's own change of phone or language, in force at once; False when there was nothing to change.

    `seen` is the value that the form was opened with. Raises RuleViolation when the register holds another one now.
    """
    if field_key not in (PHONE, LANGUAGE):
        raise NotFound
    with transaction():
        hold(customer_id)
        current = register.current_value(customer_id, field_key)
        new = _checked(customer_id, field_key, new_value, is_seen=seen == current)
        if new == current:
            return False  # also a form that was sent twice
        if seen != current:
            raise RuleViolation(ContactProblem.CHANGED_MEANWHILE, field=field_key)
        correct(
            customer_id=customer_id,
            field_key=field_key,
            base_value=current,
            new_value=new,
            source=Source.OWN_CHANGE,
            actor=actor,
            now=now,
        )
        return True


def _checked(customer_id: int, field_key: str, new_value: str, *, is_seen: bool) -> str:
    try:
        return register.checked_value(customer_id, field_key, new_value)
    except RuleViolation as refusal:
        code = refusal.code if is_seen else ContactProblem.CHANGED_MEANWHILE
        raise RuleViolation(code, field=field_key, **refusal.values) from None


def correct(
    *,
    customer_id: int,
    field_key: str,
    base_value: str,
    new_value: str,
    actor: Actor,
    now: datetime,
    record_id: int | None = None,
    request_id: str | None = None,
    source: Source = Source.CORRECTION,
    kept_session_id: int | None = None,
) -> None:
    """Write a value into the register; where it is a contact detail, with what follows from it.

    Raises what `register.apply_correction` raises. `kept_session_id` is the session that a change of e-mail leaves.
    """
    with transaction():
        written = _held(customer_id, field_key, new_value, request_id, now) if field_key in FOLLOWED else None
        if written is not None:
            _accounts_follow(field_key, written, kept_session_id)
        register.apply_correction(
            customer_id=customer_id,
            field_key=field_key,
            record_id=record_id,
            base_value=base_value,
            new_value=new_value,
            request_id=request_id,
            source=source,
            actor=actor,
            now=now,
        )
        if written is not None:
            _tell(field_key, written)


@dataclass(frozen=True)
class Written:
    """A contact detail that is being written: whose it is, where they are told of it, and the new value."""

    customer_id: int
    accounts: Sequence[Account]
    addresses: Sequence[str]
    language: str
    new: str
    case: str | None
    now: datetime


def _held(customer_id: int, field_key: str, new_value: str, case: str | None, now: datetime) -> Written:
    held = hold(customer_id)
    return Written(
        customer_id=customer_id,
        accounts=held.accounts,
        addresses=addresses_of(held.customer, held.accounts),
        language=language_of(held.customer, held.accounts),
        new=register.checked_value(customer_id, field_key, new_value),
        case=case,
        now=now,
    )


def _accounts_follow(field_key: str, written: Written, kept_session_id: int | None) -> None:
    """Mail about the account goes where the register says, and nothing stays open that the old address opened (S5)."""
    for account in written.accounts:
        if field_key == LANGUAGE:
            account.language = written.new if written.new in LANGUAGES else LANGUAGES[0]
        elif field_key == EMAIL:
            account.email = written.new or None
            own_security.raise_epoch(account, kept_session_id=kept_session_id, now=written.now)


def _tell(field_key: str, written: Written) -> None:
    """At the old address, so that the person learns of it whoever made the change; at the new one too."""
    if field_key == PHONE:
        for address in written.addresses[:1]:
            contact_letters.phone_changed(_reader(written, address), case=written.case, now=written.now)
    if field_key == EMAIL:
        for address in written.addresses:
            if spelling.mailbox(address) != spelling.mailbox(written.new):
                reader = _reader(written, address)
                contact_letters.email_changed(reader, new=written.new, case=written.case, now=written.now)
        if written.new:
            # not after a decision on the desk: nobody has answered from that address yet
            usernames = [account.username for account in written.accounts if written.case is None]
            contact_letters.email_is_yours(
                _reader(written, written.new), username=", ".join(usernames), case=written.case, now=written.now
            )


def _reader(written: Written, address: str) -> Reader:
    return Reader(address, written.language, written.customer_id, has_account=bool(written.accounts))


@dataclass(frozen=True)
class Held:
    """A customer with their accounts as they are now, locked until the transaction ends."""

    customer: Customer
    accounts: Sequence[Account]

    def account(self, account_id: int) -> Account:
        """Raises NotFound: it may have been closed a moment ago."""
        for account in self.accounts:
            if account.id == account_id:
                return account
        raise NotFound


def hold(customer_id: int) -> Held:
    """Lock what a change of contact details writes, in the order in which everybody takes it; inside transaction().

    Rows of accounts, then the audit trail, then rows of the register: imports hold the trail while they write.
    Raises NotFound for a customer who is gone.
    """
    accounts = _locked(select(Account).where(Account.customer_id == customer_id).order_by(Account.id))
    serialise("audit")
    for customer in _locked(select(Customer).where(Customer.id == customer_id)):
        return Held(customer, accounts)
    raise NotFound


def _locked(rows: Select[M]) -> Sequence[M]:
    return db.session.scalars(rows.with_for_update(key_share=True).execution_options(populate_existing=True)).all()


def addresses_of(customer: Customer, accounts: Sequence[Account]) -> list[str]:
    """Where the person can be written to: the register's address first, then another one of the account."""
    found: dict[str, str] = {}
    for address in (customer.email, *(account.email for account in accounts)):
        if address:
            found.setdefault(spelling.mailbox(address), address)
    return list(found.values())


def language_of(customer: Customer, accounts: Sequence[Account]) -> str:
    return accounts[0].language if accounts else customer.letter_language
