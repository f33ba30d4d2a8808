"""Activating: a customer of the register makes an account with a link or code and a second fact (L13).

The link went to the contact on file (`activation_requests`), the code stands in a letter (`activation_letters`). Either
works once (S10) and opens the same page, which asks for a number from the bill.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, or_, select, update

from portal.accounts import administration, passwords, sessions, spelling, throttling
from portal.accounts import letters as account_letters
from portal.accounts.models import Account
from portal.core import audit
from portal.core.audit import VISITOR, Actor, AuditAction
from portal.core.crypto import DamagedCiphertext, blind_indexes
from portal.core.db import db, serialise, transaction
from portal.core.errors import RuleViolation
from portal.core.identity_codes import holds_identity_code
from portal.core.roles import Role
from portal.customer_accounts import codes, contact, facts
from portal.customer_accounts.facts import Fact
from portal.customer_accounts.models import Activation
from portal.register.models import Customer, CustomerStatus, MeteringSite
from portal.register.services import is_visible

MOST_FACTS = 5  # that may be wrong before a link or code ends
SHORTEST_USERNAME, LONGEST_USERNAME = 3, 120
CONTACT = "activation.contact"  # what the keyed hash is of


class ActivationProblem(StrEnum):
    WRONG_FACT = "wrong-fact"
    HAS_ACCOUNT = "has-account"
    USERNAME_LENGTH = "username-length"
    USERNAME_UNFIT = "username-unfit"
    USERNAME_IDENTITY_CODE = "username-identity-code"


@dataclass(frozen=True)
class OpenActivation:
    """A link or code that still works. `suggested_username` is empty for a letter."""

    suggested_username: str
    expires_at: datetime


def found(token: str, now: datetime) -> OpenActivation | None:
    """What a link or code opens; None when it is unknown, used, expired, or wrong facts have ended it."""
    activation = db.session.scalar(_of(token))
    if activation is None or not activation.is_open(now) or activation.tries >= MOST_FACTS:
        return None
    try:
        suggested = activation.username or ""
    except DamagedCiphertext:  # not worth failing for
        suggested = ""
    return OpenActivation(suggested, activation.expires_at)


def activate(
    token: str, *, username: str, fact: str, password: str, language: str, address: str, now: datetime
) -> bool:
    """Make the customer's account. Nobody is signed in by it.

    Raises Throttled, or RuleViolation: for a fact that does not fit, an account that is there already, a user name
    that is taken or unfit, a weak password. False when the link or code has ended meanwhile.
    """
    name = _checked_username(username)
    passwords.check_policy(password, username=name, role=Role.CUSTOMER, has_second_factor=False, field="new_password")
    customer_id = _customer_proven(token, facts.read(fact, field="fact"), address=address, now=now)
    if customer_id is None:
        return False
    password_hash = passwords.hashed(password)
    with transaction() as session:
        activation = session.scalar(_of(token).with_for_update().execution_options(populate_existing=True))
        if activation is None or not activation.is_open(now):
            return False  # of parallel uses one gets further
        customer = contact.hold(customer_id).customer
        if not _is_for(activation, customer):  # the contact on file was changed this very moment
            end(Activation.id == activation.id, now=now)
            return False
        serialise("account")
        if accounts_of([customer]):
            raise RuleViolation(ActivationProblem.HAS_ACCOUNT, field="fact")
        end(or_(Activation.id == activation.id, Activation.customer_id == customer_id), now=now)
        account = administration.create_account(
            username=name,
            role=Role.CUSTOMER,
            language=language,
            display_name=customer.name,
            email=customer.email,
            customer_id=customer_id,
            actor=Actor(account_id=None, role=Role.CUSTOMER, unit="customer", customer_id=customer_id),
            purpose="activation",
            now=now,
        )
        account.password_hash = password_hash
        account_letters.account_activated(account, now)
    return True


def _customer_proven(token: str, fact: Fact, *, address: str, now: datetime) -> int | None:
    """Whose fact it is, of those that the link or code is for; None when that has ended.

    Raises Throttled, or RuleViolation when it does not fit. Counted before it is looked at, as every check (S9),
    and not taken back: what follows tells whether a user name is taken.
    """
    activation_id = db.session.scalar(_of(token).with_only_columns(Activation.id))
    if activation_id is None:
        return None
    throttling.count_attempt(username=f"activation:{activation_id}", address=address, now=now)
    tries = _count_try(activation_id, now)
    if tries is None:
        return None
    activation = db.session.get_one(Activation, activation_id)
    customer = _customer_with(fact)
    if customer is not None and _is_for(activation, customer):
        return customer.id
    with transaction():
        audit.record(
            AuditAction.ACTIVATION_REFUSED,
            actor=VISITOR,
            now=now,
            subject=activation.customer_id,
            object=activation.reference,
            outcome="refused",
        )
    raise RuleViolation(ActivationProblem.WRONG_FACT, field="fact", left=MOST_FACTS - tries)


def _count_try(activation_id: int, now: datetime) -> int | None:
    """How many facts have been tried with this one; None when no more may be."""
    with transaction() as session:
        activation = session.get(Activation, activation_id, with_for_update=True, populate_existing=True)
        if activation is None or not activation.is_open(now) or activation.tries >= MOST_FACTS:
            return None
        activation.tries += 1
        return activation.tries


def _customer_with(fact: Fact) -> Customer | None:
    of_site = select(MeteringSite.customer_id).where(MeteringSite.gsrn == fact.gsrn)
    is_theirs = or_(Customer.number == fact.customer_number, Customer.id.in_(of_site))
    return db.session.scalar(select(Customer).where(is_theirs, may_have_account()))


def _is_for(activation: Activation, customer: Customer) -> bool:
    """A letter is for one customer; a mail for those whose contact on file is still where it was sent."""
    if activation.contact_index is None:
        return activation.customer_id == customer.id
    return is_contact_of(customer.email, activation.contact_index)


# User names


def is_username(typed: str) -> bool:
    """Whether it may be a user name."""
    return _username_problem(typed) is None


def _checked_username(typed: str) -> str:
    problem = _username_problem(typed)
    if problem is not None:
        raise RuleViolation(problem, field="username", shortest=SHORTEST_USERNAME, longest=LONGEST_USERNAME)
    return spelling.username(typed)


def _username_problem(typed: str) -> ActivationProblem | None:
    name = spelling.username(typed)
    if not SHORTEST_USERNAME <= len(name) <= LONGEST_USERNAME:
        return ActivationProblem.USERNAME_LENGTH
    if holds_identity_code(name):  # never a name to sign in with (R23)
        return ActivationProblem.USERNAME_IDENTITY_CODE
    return None if name.isprintable() else ActivationProblem.USERNAME_UNFIT


# What asking, letters and using share


def may_have_account() -> ColumnElement[bool]:
    """Customers, natural and legal; a potential customer has no bill to show a fact of."""
    return and_(Customer.status == CustomerStatus.CUSTOMER, is_visible())


def accounts_of(customers: Sequence[Customer]) -> Sequence[Account]:
    ids = [customer.id for customer in customers]
    return db.session.scalars(select(Account).where(Account.customer_id.in_(ids)).order_by(Account.username)).all()


def end(which: ColumnElement[bool], *, now: datetime) -> None:
    """End what is open of these, in the running transaction.

    Before anything is audited there: rows are locked before the audit chain, as everywhere.
    """
    db.session.execute(
        update(Activation)
        .where(which, Activation.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )


def contact_indexes(address: str) -> list[str]:
    """The keyed hash of a contact under every key."""
    return blind_indexes(CONTACT, spelling.mailbox(address))


def is_contact_of(address: str | None, index: str) -> bool:
    return address is not None and index in contact_indexes(address)


def _of(token: str) -> Select[Activation]:
    """By the secret of a mail, or by a code however it is typed."""
    return select(Activation).where(Activation.token_digest == sessions.digest(codes.read(token) or token))
