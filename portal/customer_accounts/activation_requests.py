"""Asking for a link that activates an account: what was typed is noted, whose contact it is the worker looks up."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from portal.accounts import sessions, spelling, throttling
from portal.core import audit
from portal.core.audit import SYSTEM, AuditAction
from portal.core.crypto import blind_index, readable
from portal.core.db import db, random_id, serialise
from portal.customer_accounts import activation_mails, activations
from portal.customer_accounts.activation_mails import Mailbox
from portal.customer_accounts.models import Activation, ActivationMail, ActivationRequest
from portal.messages import errands
from portal.register import validators
from portal.register.models import Customer

VALID_FOR = timedelta(hours=24)
MOST_MAILS = 5  # that one mailbox is sent within VALID_FOR


def ask(*, username: str, contact: str, language: str, address: str, now: datetime) -> None:
    """Note that somebody wants an account; raises Throttled. Says nothing about whether the customer exists."""
    throttling.count_form(address=address, now=now)
    request = ActivationRequest(id=random_id(), language=language, asked_at=now)
    request.username, request.contact = username, contact
    errands.note(request)


def answer_requests(now: datetime) -> int:
    """Write to those whose contact on file it is; returns how many requests were dealt with."""
    return errands.deal(ActivationRequest, _answer, lasts=VALID_FOR, now=now)


def _answer(request: ActivationRequest, now: datetime) -> None:
    customers = _customers_at(readable(request, "contact"))
    if customers:
        _write_to(customers, username=readable(request, "username"), language=request.language, now=now)


def _customers_at(contact: str) -> Sequence[Customer]:
    """The customers with this e-mail address on file: people of one household may share it."""
    if "@" not in contact or "\x00" in contact:  # PostgreSQL has no such text
        return []
    is_theirs = func.lower(Customer.email) == spelling.mailbox(contact)
    query = select(Customer).where(is_theirs, activations.may_have_account())
    return db.session.scalars(query.order_by(Customer.id)).all()


def _write_to(customers: Sequence[Customer], *, username: str, language: str, now: datetime) -> None:
    """A link, or a word to those who have their accounts; nothing when the mailbox has been written to enough."""
    preferred = {customer.letter_language for customer in customers}
    mailbox = Mailbox(
        address=customers[0].email or "",
        # of several people the one who asked is likeliest to read it
        language=language if len(preferred) > 1 else preferred.pop(),
        customer_id=customers[0].id if len(customers) == 1 else None,
    )
    serialise("activation")
    if _is_flooded(mailbox, now):
        return
    index = blind_index(activations.CONTACT, spelling.mailbox(mailbox.address))
    db.session.add(ActivationMail(id=random_id(), contact_index=index, sent_at=now))
    accounts = activations.accounts_of(customers)
    if len({account.customer_id for account in accounts}) < len(customers):
        _send_link(mailbox, username=_suggestion(username, mailbox.address), now=now)
    else:
        known = [account.username for account in accounts if activations.is_contact_of(account.email, index)]
        activation_mails.has_account(mailbox, usernames=known, now=now)


def _send_link(mailbox: Mailbox, *, username: str, now: datetime) -> None:
    activations.end(Activation.contact_index.in_(activations.contact_indexes(mailbox.address)), now=now)
    token = secrets.token_urlsafe(32)
    activation = Activation(
        id=random_id(),
        token_digest=sessions.digest(token),
        contact_index=blind_index(activations.CONTACT, spelling.mailbox(mailbox.address)),
        customer_id=None,
        tries=0,
        created_at=now,
        expires_at=now + VALID_FOR,
        ended_at=None,
    )
    activation.username = username
    db.session.add(activation)
    audit.record(
        AuditAction.ACTIVATION_LINK_SENT,
        actor=SYSTEM,
        now=now,
        subject=mailbox.customer_id,
        object=activation.reference,
    )
    activation_mails.link(mailbox, token=token, now=now)


def _is_flooded(mailbox: Mailbox, now: datetime) -> bool:
    is_there = ActivationMail.contact_index.in_(activations.contact_indexes(mailbox.address))
    sent = select(func.count()).where(is_there, ActivationMail.sent_at > now - VALID_FOR)
    return (db.session.scalar(sent) or 0) >= MOST_MAILS


def _suggestion(username: str, address: str) -> str:
    """The user name that was asked for; the address where that is a number by which the company knows the customer."""
    typed = username.strip()
    is_number = any(validators.is_valid(form, typed) for form in (validators.customer_number, validators.gsrn))
    return typed if activations.is_username(typed) and not is_number else address
