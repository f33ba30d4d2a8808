"""Suppression marks: hashed contact points that stay forbidden whatever happens to the customer's rows (L36)."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from portal.core.crypto import blind_index, blind_indexes
from portal.core.db import db
from portal.permissions.models import Channel, MarketingType, Suppression

COLUMN = "suppression.contact"


def normal_contact(contact: str) -> str:
    """The same contact point written in two ways gives the same mark."""
    return " ".join(contact.split()).casefold()


def suppress(contact: str, *, types: Iterable[MarketingType], channel: Channel, now: datetime) -> None:
    """Mark a contact point; inside transaction()."""
    hashes = _hashes(contact)
    marked = set(
        db.session.scalars(
            select(Suppression.type).where(Suppression.contact_hash.in_(hashes), Suppression.channel == channel)
        )
    )
    new_hash = contact_hash(contact)
    for marketing_type in types:
        if marketing_type not in marked:
            _mark(Suppression(contact_hash=new_hash, type=marketing_type, channel=channel, since=now))


def _mark(mark: Suppression) -> None:
    """Add a mark; somebody else who shares the contact point may be adding it at this moment."""
    try:
        with db.session.begin_nested():
            db.session.add(mark)
    except IntegrityError:
        pass


def lift(contact: str, *, type: MarketingType, channel: Channel) -> None:
    """Only for the person's own word: a new permission or a withdrawn prohibition; inside transaction()."""
    db.session.execute(
        delete(Suppression).where(
            Suppression.contact_hash.in_(_hashes(contact)),
            Suppression.type == type,
            Suppression.channel == channel,
        )
    )


def is_suppressed(contact: str, *, type: MarketingType, channel: Channel) -> bool:
    """Whether anybody has forbidden this use of the contact point."""
    found = db.session.scalar(
        select(Suppression.id)
        .where(
            Suppression.contact_hash.in_(_hashes(contact)),
            Suppression.type == type,
            Suppression.channel == channel,
        )
        .limit(1)
    )
    return found is not None


def suppressed_hashes(*, type: MarketingType, channel: Channel) -> frozenset[str]:
    """Every mark of one type and channel, for checking a whole list."""
    return frozenset(
        db.session.scalars(
            select(Suppression.contact_hash).where(Suppression.type == type, Suppression.channel == channel)
        )
    )


def is_marked(contact: str, marks: frozenset[str]) -> bool:
    """Whether the contact point is among the marks."""
    return bool(marks) and any(known in marks for known in _hashes(contact))


def contact_hash(contact: str) -> str:
    """How a contact point is known in the marks: by the current key."""
    return blind_index(COLUMN, normal_contact(contact))


def _hashes(contact: str) -> list[str]:
    return blind_indexes(COLUMN, normal_contact(contact))
