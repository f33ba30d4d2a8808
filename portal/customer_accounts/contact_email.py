"""A change of e-mail address: asked for with a fresh entry, confirmed from the new and the old address (S4, S5, S10).

The register changes when both current links have been used, in any order; without an old address the new one alone
decides. A link dies when it is used, after a day, by a newer one, and when the account's epoch or the address in the
register has become another since.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, or_, select, update

from portal.accounts import directory, own_security, sessions, spelling
from portal.accounts.models import Account
from portal.catalogues.sources import Source
from portal.core import audit
from portal.core.audit import AuditAction
from portal.core.crypto import blind_index, blind_indexes
from portal.core.db import db, random_id, transaction
from portal.core.errors import Forbidden, Gone, RuleViolation, Stale
from portal.customer_accounts import contact, contact_letters
from portal.customer_accounts.contact import EMAIL, ContactProblem
from portal.customer_accounts.contact_letters import Reader
from portal.customer_accounts.models import EmailChange, EndOfChange
from portal.register import services as register
from portal.register.models import Customer
from portal.register.validators import ValueProblem

VALID_FOR = timedelta(hours=24)
MOST_SENDINGS = 5  # for one account within VALID_FOR: the new address may be a stranger's
BASE_COLUMN = "email_change.base"


class Side(StrEnum):
    """From which address a link is answered."""

    NEW = "new"
    OLD = "old"


@dataclass(frozen=True)
class Waiting:
    """A change that has been asked for; `old_email` is None where there is no old address to ask."""

    change: EmailChange
    old_email: str | None
    is_new_confirmed: bool
    is_old_confirmed: bool
    ends_at: datetime

    @property
    def new_email(self) -> str:
        """Raises DamagedCiphertext, which a page shows in words."""
        return self.change.new_email or ""


@dataclass(frozen=True)
class Link:
    """What an open link is about. The new address is masked: an old mailbox may have another reader by now."""

    side: Side
    new_email: str
    needs_other: bool


@dataclass(frozen=True)
class _Held:
    """An account with its customer, both locked."""

    account: Account
    customer: Customer

    @property
    def old_email(self) -> str | None:
        """The address that has a say: the register's, else that of the account."""
        return next(iter(contact.addresses_of(self.customer, [self.account])), None)

    def reader(self, address: str) -> Reader:
        return Reader(address, self.account.language, self.customer.id)


def ask(*, account_id: int, session_id: int, email: str, now: datetime) -> None:
    """Send a link to both addresses; ends a change asked for before. Raises RuleViolation beside the field.

    Whether others have the address is neither asked nor told: households share one.
    """
    with transaction():
        held = _hold(account_id)
        new = _checked(held.customer.id, email)
        _count_sending(account_id, now)
        _end_open(account_id, EndOfChange.REPLACED, now)
        change = EmailChange(
            id=random_id(),
            account_id=account_id,
            epoch=held.account.epoch,
            base_index=blind_index(BASE_COLUMN, held.customer.email or ""),
            session_id=session_id,
            sendings=1,
        )
        change.new_email = new
        _send(change, held, now)
        db.session.add(change)
        _record(held.account, "asked", now)


def resend(*, account_id: int, session_id: int, now: datetime) -> None:
    """New links to the addresses that have not confirmed; the earlier ones are dead. Raises Stale, RuleViolation."""
    with transaction():
        held = _hold(account_id)
        change = _open_change(held, now)
        if change is None:
            raise Stale("no change of e-mail address is waiting")
        _count_sending(account_id, now)
        change.sendings += 1
        change.session_id = session_id
        _send(change, held, now)
        _record(held.account, "sent-again", now)


def cancel(*, account_id: int, now: datetime) -> None:
    """Raises Stale when nothing is waiting any more."""
    with transaction():
        held = _hold(account_id)
        if _open_change(held, now) is None:
            raise Stale("no change of e-mail address is waiting")
        _end_open(account_id, EndOfChange.CANCELLED, now)
        _record(held.account, EndOfChange.CANCELLED, now)


def waiting(account_id: int, now: datetime) -> Waiting | None:
    """What the person has asked for and is not yet in force."""
    account = directory.account_of(account_id)
    held = _Held(account, register.customer_of(account.customer_id or 0))
    change = _open_change(held, now)
    if change is None:
        return None
    return Waiting(
        change=change,
        old_email=held.old_email if change.old_digest else None,
        is_new_confirmed=change.new_confirmed_at is not None,
        is_old_confirmed=change.old_confirmed_at is not None,
        ends_at=change.sent_at + VALID_FOR,
    )


def old_email_of(account_id: int) -> str | None:
    """The address that must confirm a change besides the new one; None where none is known."""
    account = directory.account_of(account_id)
    return _Held(account, register.customer_of(account.customer_id or 0)).old_email


def stopped_at(account_id: int) -> datetime | None:
    """When the last change that was asked for was stopped from the old address; None when it was not."""
    last = db.session.scalar(
        select(EmailChange).where(EmailChange.account_id == account_id).order_by(EmailChange.sent_at.desc()).limit(1)
    )
    return last.ended_at if last is not None and last.ended_as is EndOfChange.STOPPED else None


def link_of(token: str, now: datetime) -> Link | None:
    """What a link asks; None when it is unknown, used, expired or overtaken."""
    found = _found(token, now)
    if found is None:
        return None
    change, side, _held_now = found
    other = change.old_confirmed_at if side is Side.NEW else change.new_confirmed_at
    return Link(
        side=side,
        new_email=contact_letters.masked(change.new_email or ""),
        needs_other=change.old_digest is not None and other is None,
    )


def confirm(token: str, *, now: datetime) -> bool:
    """Use a link; True when the change is in force now, False when the other address is still to confirm.

    Raises Gone. Nobody is signed in by it. All that the account had open ends, but the session that asked.
    """
    with transaction():
        change, side, held = _locked(token, now)
        if side is Side.NEW:
            change.new_confirmed_at = now
        else:
            change.old_confirmed_at = now
        is_whole = change.new_confirmed_at is not None and (
            change.old_digest is None or change.old_confirmed_at is not None
        )
        if is_whole:
            change.ended_at, change.ended_as = now, EndOfChange.DONE
            contact.correct(
                customer_id=held.customer.id,
                field_key=EMAIL,
                base_value=held.customer.email or "",
                new_value=change.new_email or "",
                source=Source.OWN_CHANGE,
                kept_session_id=change.session_id,
                actor=held.account.actor,
                now=now,
            )
        _record(held.account, f"confirmed-{side}", now)
        return is_whole


def stop(token: str, *, now: datetime) -> None:
    """From the old address: it was not me. Whoever asked was signed in, so all that is signed in ends; raises Gone."""
    with transaction():
        change, side, held = _locked(token, now)
        if side is not Side.OLD:
            raise Gone
        change.ended_at, change.ended_as = now, EndOfChange.STOPPED
        own_security.raise_epoch(held.account, kept_session_id=None, now=now)
        _record(held.account, EndOfChange.STOPPED, now)
        if held.old_email:
            contact_letters.email_change_stopped(held.reader(held.old_email), now=now)


def _hold(account_id: int) -> _Held:
    account = directory.account_of(account_id)
    if account.customer_id is None:
        raise Forbidden("staff have no customer whose address it would be")
    held = contact.hold(account.customer_id)
    return _Held(held.account(account_id), held.customer)


def _checked(customer_id: int, email: str) -> str:
    try:
        new = register.checked_value(customer_id, EMAIL, email)
    except RuleViolation as refusal:
        raise RuleViolation(refusal.code, field="email", **refusal.values) from None
    if not new:
        raise RuleViolation(ValueProblem.EMPTY, field="email")
    if spelling.mailbox(new) == spelling.mailbox(register.current_value(customer_id, EMAIL)):
        raise RuleViolation(ContactProblem.SAME_EMAIL, field="email")
    return new


def _count_sending(account_id: int, now: datetime) -> None:
    lately = select(func.sum(EmailChange.sendings)).where(
        EmailChange.account_id == account_id, EmailChange.sent_at > now - VALID_FOR
    )
    if (db.session.scalar(lately) or 0) >= MOST_SENDINGS:
        raise RuleViolation(ContactProblem.TOO_MANY_MAILS, most=MOST_SENDINGS)


def _end_open(account_id: int, end: EndOfChange, now: datetime) -> None:
    db.session.execute(
        update(EmailChange)
        .where(EmailChange.account_id == account_id, EmailChange.ended_at.is_(None))
        .values(ended_at=now, ended_as=end)
    )


def _send(change: EmailChange, held: _Held, now: datetime) -> None:
    """A new link to each address that has not confirmed."""
    change.sent_at = now
    old_email = held.old_email
    if change.new_confirmed_at is None:
        token = secrets.token_urlsafe(32)
        change.new_digest = sessions.digest(token)
        new_email = change.new_email or ""
        contact_letters.confirm_new_email(
            held.reader(new_email), token=token, is_old_asked_too=old_email is not None, now=now
        )
    if old_email is not None and change.old_confirmed_at is None:
        token = secrets.token_urlsafe(32)
        change.old_digest = sessions.digest(token)
        contact_letters.confirm_old_email(held.reader(old_email), token=token, new=change.new_email or "", now=now)


def _found(token: str, now: datetime) -> tuple[EmailChange, Side, _Held] | None:
    digest = sessions.digest(token)
    row = db.session.execute(
        select(EmailChange, Account, Customer)
        .join(Account, Account.id == EmailChange.account_id)
        .join(Customer, Customer.id == Account.customer_id)
        .where(or_(EmailChange.new_digest == digest, EmailChange.old_digest == digest))
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        return None
    change, account, customer = row
    side = Side.NEW if change.new_digest == digest else Side.OLD
    used_at = change.new_confirmed_at if side is Side.NEW else change.old_confirmed_at
    held = _Held(account, customer)
    return (change, side, held) if used_at is None and _is_open(change, held, now) else None


def _locked(token: str, now: datetime) -> tuple[EmailChange, Side, _Held]:
    """The link again once nobody else can use it, or the other one, at this moment; raises Gone."""
    found = _found(token, now)
    if found is not None:
        contact.hold(found[2].customer.id)
        found = _found(token, now)
    if found is None:
        raise Gone
    return found


def _open_change(held: _Held, now: datetime) -> EmailChange | None:
    change = db.session.scalar(
        select(EmailChange).where(EmailChange.account_id == held.account.id, EmailChange.ended_at.is_(None))
    )
    return change if change is not None and _is_open(change, held, now) else None


def _is_open(change: EmailChange, held: _Held, now: datetime) -> bool:
    return (
        change.ended_at is None
        and abs(now - change.sent_at) < VALID_FOR
        and change.epoch == held.account.epoch
        and not held.account.is_locked
        and change.base_index in blind_indexes(BASE_COLUMN, held.customer.email or "")
    )


def _record(account: Account, step: str, now: datetime) -> None:
    audit.record(
        AuditAction.EMAIL_CHANGE_STEP,
        actor=account.actor,
        now=now,
        subject=account.customer_id,
        object=account.reference,
        purpose=step,
    )
