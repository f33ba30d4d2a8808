"""Forbidding direct marketing at once, from every channel: for a customer, a contact point or a signed link (L27)."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select

from portal.catalogues.sources import Source
from portal.consents.ledger import ShownText
from portal.core.audit import Actor
from portal.core.db import db, transaction
from portal.core.errors import RuleViolation
from portal.core.once import made_before, once_key
from portal.permissions import services as permissions
from portal.permissions.holders import postal_contact
from portal.permissions.models import Channel as ContactChannel
from portal.permissions.models import State
from portal.permissions.opt_out_links import OptOutLink
from portal.register import services as register
from portal.register import validators
from portal.register.models import Billing, Customer, folded
from portal.subject_requests import cases, pace
from portal.subject_requests.arriving import (
    ONE_DAY,
    Arrival,
    grant_at_once,
    latest_receipt,
    new_case,
    receive,
    source_of,
    unidentified,
)
from portal.subject_requests.guards import Problem
from portal.subject_requests.kinds import Channel, IdentityMethod, Kind
from portal.subject_requests.models import RequestItem, SubjectRequest

LONGEST_CONTACT = 400
POSTAL_CODE = re.compile(r"\b[0-9]{5}\b")
# No other letters: "Mallitie 4 45100" is somebody's address, not the number +358 4 45100 of somebody else.
PHONE = re.compile(
    r"(?:(?:tel|phone|puh|puhelin|p|gsm|matkapuhelin)\b[.:]* *)?([+(]*[0-9][0-9 ()./\u2010-\u2015-]*)", re.IGNORECASE
)


def opt_out(
    *,
    customer_id: int,
    actor: Actor,
    now: datetime,
    arrival: Arrival | None = None,
    channels: Iterable[ContactChannel] = tuple(ContactChannel),
    contact: str | None = None,
    text: str = "",
    once: str | None = None,
    shown: ShownText | None = None,
) -> SubjectRequest:
    """Forbid direct marketing and answer, all in this transaction: no review and no reasons (article 21(2)-(3))."""
    cases.check_text(text, field="text", is_needed=False)
    with transaction():
        if first := made_before(SubjectRequest, once, customer_id):
            return first
        if (told := _forbidden_already(customer_id, actor=actor, now=now)) is not None:
            permissions.forbid_all(
                customer_id=customer_id, source=source_of(told), channels=list(channels), actor=actor, now=now
            )
            return told
        case = new_case(Kind.OPT_OUT, customer=register.customer_of(customer_id), actor=actor, now=now, arrival=arrival)
        case.once_key = once_key(once, customer_id)
        case.text = text.strip() or None
        case.contact = contact
        item = RequestItem(request_id=case.id, position=0)
        receive(case, [item], actor=actor, now=now)
        permissions.forbid_all(
            customer_id=customer_id,
            source=source_of(case),
            channels=list(channels),
            actor=actor,
            now=now,
            case=case.public_id,
            shown=shown,
        )
        grant_at_once(case, [item], actor=actor, now=now)
        return case


def _forbidden_already(customer_id: int, *, actor: Actor, now: datetime) -> SubjectRequest | None:
    """The receipt of an opt-out that still holds in every channel, for an account that has sent very many."""
    if not pace.is_exceeded(actor, now) or any(
        line.state is not State.PROHIBITION for line in permissions.state_of(customer_id)
    ):
        return None
    return latest_receipt(Kind.OPT_OUT, customer_id)


def opt_out_by_contact(
    contact: str,
    *,
    channels: Sequence[ContactChannel],
    language: str,
    actor: Actor,
    now: datetime,
    arrival: Arrival | None = None,
    text: str = "",
    once: str | None = None,
    shown: ShownText | None = None,
) -> SubjectRequest | None:
    """Forbid marketing to a contact point, whoever it belongs to; staff get a case that was made.

    The contact point itself is suppressed, so that it stays forbidden if it enters the register later (L36). Without
    an `arrival` somebody did it here without signing in, and must not learn whether the contact is known.
    """
    contact = _readable(contact)
    normal, fitting = normal_contact(contact)
    chosen = [channel for channel in channels if channel in fitting]
    if not chosen:
        raise RuleViolation(Problem.CHANNEL_UNFIT, field="channel")
    with transaction():
        permissions.forbid_contact(normal, channels=chosen, now=now)
        made: list[SubjectRequest | None] = []
        for customer_id in customers_with(contact if ContactChannel.POST in fitting else normal):
            if arrival is None and _was_opted_out_lately(customer_id, now):
                _forbid_again(customer_id, channels=channels, actor=actor, now=now, shown=shown)
                made.append(None)
                continue
            case = opt_out(
                customer_id=customer_id,
                actor=actor,
                now=now,
                arrival=arrival or unidentified(now),
                channels=channels,
                contact=contact,
                text=text,
                once=once,
                shown=shown,
            )
            made.append(case)
        if made:
            return made[0]
        if first := made_before(SubjectRequest, once, None):
            return first
        return _record_unknown_contact(
            contact, language=language, arrival=arrival or unidentified(now), text=text, once=once, actor=actor, now=now
        )


def opt_out_by_link(
    link: OptOutLink,
    *,
    channels: Sequence[ContactChannel],
    actor: Actor,
    now: datetime,
    shown: ShownText | None = None,
) -> None:
    """Forbid what a signed link was sent with: the contact point itself, and the customer while they are there (L34).

    Pressing it again is as good as once.
    """
    with transaction():
        if not permissions.forbid_linked_contact(link, channels=channels, actor=actor, now=now):
            return
        customer_id = link.customer_id
        if _was_opted_out_lately(customer_id, now):
            _forbid_again(customer_id, channels=channels, actor=actor, now=now, shown=shown)
        else:
            opt_out(
                customer_id=customer_id,
                actor=actor,
                now=now,
                arrival=unidentified(now),
                channels=channels,
                shown=shown,
            )


def _forbid_again(
    customer_id: int, *, channels: Sequence[ContactChannel], actor: Actor, now: datetime, shown: ShownText | None
) -> None:
    """In force at once like the first time, but a stranger cannot fill the mailbox."""
    permissions.forbid_all(
        customer_id=customer_id, source=Source.OWN_CHANGE, channels=channels, actor=actor, now=now, shown=shown
    )


def _was_opted_out_lately(customer_id: int, now: datetime) -> bool:
    """Whether somebody unidentified has forbidden marketing to this customer within a day."""
    query = select(SubjectRequest.id).where(
        SubjectRequest.customer_id == customer_id,
        SubjectRequest.kind == Kind.OPT_OUT,
        SubjectRequest.channel == Channel.PORTAL,
        SubjectRequest.identity_method == IdentityMethod.NONE,
        SubjectRequest.recorded_at > now - ONE_DAY,
    )
    return db.session.scalar(query.limit(1)) is not None


def _record_unknown_contact(
    contact: str, *, language: str, arrival: Arrival, text: str, once: str | None, actor: Actor, now: datetime
) -> SubjectRequest:
    case = new_case(Kind.OPT_OUT, customer=None, actor=actor, now=now, arrival=arrival, language=language)
    case.once_key = once_key(once, None)
    case.text = text.strip() or None
    case.contact = contact
    item = RequestItem(request_id=case.id, position=0)
    receive(case, [item], actor=actor, now=now)
    return grant_at_once(case, [item], actor=actor, now=now)


def normal_contact(contact: str) -> tuple[str, frozenset[ContactChannel]]:
    """The contact in the register's form, and the channels it can be reached by."""
    text = _readable(contact)
    if not text:
        raise RuleViolation(Problem.EMPTY, field="contact")
    if len(text) > LONGEST_CONTACT:
        raise RuleViolation(Problem.TOO_LONG, field="contact")
    if "@" in text:
        try:
            return validators.email(text), frozenset({ContactChannel.EMAIL})
        except RuleViolation as refusal:
            raise RuleViolation(refusal.code, field="contact") from None
    if number := _phone_number(postal_contact(text)):
        return number, frozenset({ContactChannel.PHONE, ContactChannel.SMS})
    address = _postal_contact(text)
    # a number with words after it could be read in two ways
    if not any(c.isdigit() for c in text) or not any(c.isalpha() for c in text) or _phone_number(address):
        raise RuleViolation(Problem.INVALID_VALUE, field="contact")
    return address, frozenset({ContactChannel.POST})


def _phone_number(text: str) -> str | None:
    found = PHONE.fullmatch(text)
    return validators.phone(found[1]) if found and validators.is_valid(validators.phone, found[1]) else None


def _readable(contact: str) -> str:
    """The signs that can be seen, in one line and as the register writes them: copied text brings others with it."""
    whole = unicodedata.normalize("NFC", contact)
    return " ".join("".join(sign for sign in whole if sign.isprintable() or sign.isspace()).split())


def _postal_contact(text: str) -> str:
    """The text up to the postal code, in the form that permissions know; with a name or without."""
    code = next(iter([*POSTAL_CODE.finditer(text)][-1:]), None)
    begins_with_street = code and any(sign.isalpha() for sign in text[: code.start()])
    return postal_contact(text[: code.end()] if code and begins_with_street else text)


def customers_with(contact: str) -> list[int]:
    """Everyone whose contact point this is; for an address without a name, everyone billed there."""
    if "@" in contact:
        return list(db.session.scalars(select(Customer.id).where(func.lower(Customer.email) == contact.lower())))
    if contact.startswith("+"):
        return list(db.session.scalars(select(Customer.id).where(Customer.phone == contact)))
    words = folded(contact.replace(",", " "))
    rows = db.session.execute(
        select(Billing.customer_id, Billing.street, Customer.name_folded)
        .join(Customer, Customer.id == Billing.customer_id)
        .where(Billing.postal_code.in_(set(POSTAL_CODE.findall(words))))
    )
    return [customer_id for customer_id, street, name in rows if _is_address(words, street=folded(street), name=name)]


def _is_address(words: str, *, street: str, name: str) -> bool:
    return f" {street} " in f" {words} " and (words.startswith(street) or name in words)
