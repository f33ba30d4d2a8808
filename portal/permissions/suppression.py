"""Suppression marks: hashed contact points that stay forbidden whatever happens to the customer's rows (L36).

Hashes keep the key they were made with (after erasure nothing can be hashed again): look-ups try every key. Whoever
writes marks holds the lock of the audit trail (`serialise("audit")`), so that no two writers meet in one mark.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from portal.core.crypto import blind_index, blind_indexes
from portal.core.db import db
from portal.permissions.holders import Holder
from portal.permissions.models import NOBODY, Channel, MarketingType, Suppression

COLUMN = "suppression.contact"
HOLDER_COLUMN = "suppression.holder"


def normal_contact(contact: str) -> str:
    """The same contact point written in two ways gives the same mark."""
    return " ".join(contact.split()).casefold()


def contact_hash(contact: str) -> str:
    """How a contact point is known in the marks: by the current key."""
    return blind_index(COLUMN, normal_contact(contact))


def holder_hash(customer_id: int) -> str:
    """How the giver of a word is known in the marks."""
    return blind_index(HOLDER_COLUMN, str(customer_id))


def suppress(
    contact: str,
    *,
    types: Iterable[MarketingType],
    channel: Channel,
    now: datetime,
    customer_id: int | None = None,
) -> None:
    """Mark a contact point on somebody's word, on nobody's when no customer is named; inside transaction()."""
    _suppress(contact_hash(contact), _hashes(contact), types=types, channel=channel, now=now, customer_id=customer_id)


def suppress_hash(
    known: str, *, types: Iterable[MarketingType], channel: Channel, now: datetime, customer_id: int | None
) -> None:
    """Mark a contact point of which only the hash is left."""
    _suppress(known, [known], types=types, channel=channel, now=now, customer_id=customer_id)


def _suppress(
    new_hash: str,
    hashes: list[str],
    *,
    types: Iterable[MarketingType],
    channel: Channel,
    now: datetime,
    customer_id: int | None,
) -> None:
    rows = db.session.scalars(
        select(Suppression).where(
            Suppression.contact_hash.in_(hashes),
            Suppression.holder_hash.in_(_holder_hashes(customer_id)),
            Suppression.channel == channel,
        )
    )
    marks = {mark.type: mark for mark in rows}
    for type in types:
        mark = marks.get(type)
        if mark is None:
            owner = NOBODY if customer_id is None else holder_hash(customer_id)
            db.session.add(Suppression(contact_hash=new_hash, holder_hash=owner, type=type, channel=channel, since=now))
        elif mark.since < now:  # said again: a word in between does not outweigh it
            mark.since = now
    db.session.flush()


def lift(customer_id: int, *, type: MarketingType, channel: Channel) -> None:
    """Take back the marks that this customer's own word made; those of others stay. Inside transaction()."""
    db.session.execute(
        delete(Suppression).where(_is_of(customer_id), Suppression.type == type, Suppression.channel == channel)
    )


def leave_to(customer_id: int | None, *, marks_of: int) -> None:
    """Give one customer's marks to another (a merge), or to nobody (an erasure); inside transaction()."""
    columns = (Suppression.contact_hash, Suppression.type, Suppression.channel, Suppression.since)
    marks = db.session.execute(select(*columns).where(_is_of(marks_of))).all()
    db.session.execute(delete(Suppression).where(_is_of(marks_of)))
    for known, type, channel, since in marks:
        suppress_hash(known, types=[type], channel=channel, now=since, customer_id=customer_id)


def is_suppressed(contact: str, *, type: MarketingType, channel: Channel) -> bool:
    """Whether anybody has forbidden this use of the contact point."""
    return suppressed_at([contact], marks_of(type=type, channel=channel)) is not None


Marks = Mapping[str, datetime]


def marks_of(*, type: MarketingType, channel: Channel) -> Marks:
    """Every marked contact point of one type and channel, with when it was last forbidden: for a whole list."""
    return _newest(
        db.session.execute(
            select(Suppression.contact_hash, Suppression.since).where(
                Suppression.type == type, Suppression.channel == channel
            )
        )
    )


def marks_on(whose: Holder) -> Mapping[tuple[MarketingType, Channel], Marks]:
    """The marks on one holder's contact points, by type and channel."""
    contacts = {contact for channel in Channel for contact in whose.spellings(channel)}
    hashes = {known for contact in contacts for known in _hashes(contact)}
    found: dict[tuple[MarketingType, Channel], list[tuple[str, datetime]]] = {}
    for mark in db.session.scalars(select(Suppression).where(Suppression.contact_hash.in_(hashes))):
        found.setdefault((mark.type, mark.channel), []).append((mark.contact_hash, mark.since))
    return {line: _newest(marks) for line, marks in found.items()}


def _newest(marks: Iterable[Any]) -> Marks:
    newest: dict[str, datetime] = {}
    for known, since in marks:
        newest[known] = max(since, newest.get(known, since))
    return newest


def suppressed_at(spellings: Iterable[str], marks: Marks) -> datetime | None:
    """When the contact point was last forbidden; None when it is not among the marks."""
    if not marks:
        return None
    moments = [marks[known] for contact in spellings for known in _hashes(contact) if known in marks]
    return max(moments, default=None)


def _is_of(customer_id: int) -> ColumnElement[bool]:
    return Suppression.holder_hash.in_(_holder_hashes(customer_id))


def _holder_hashes(customer_id: int | None) -> list[str]:
    return [NOBODY] if customer_id is None else blind_indexes(HOLDER_COLUMN, str(customer_id))


def _hashes(contact: str) -> list[str]:
    return blind_indexes(COLUMN, normal_contact(contact))
