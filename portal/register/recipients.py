"""Who serves as a recipient on a day: rows with a period, as the decision-maker keeps them (L16)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeAlias

from sqlalchemy import or_, select

from portal.catalogues.recipients import Recipient
from portal.core.db import LARGEST_ID, db
from portal.core.errors import NotFound
from portal.register.models import RecipientHolder

InForce: TypeAlias = Mapping[Recipient, Sequence[RecipientHolder]]


def holder_of(holder_id: int) -> RecipientHolder:
    """Raises NotFound."""
    holder = db.session.get(RecipientHolder, holder_id) if holder_id <= LARGEST_ID else None
    if holder is None:
        raise NotFound
    return holder


def all_holders() -> Sequence[RecipientHolder]:
    """By role and name, the newest period first: what is, what was and what will be."""
    rows = db.session.scalars(
        select(RecipientHolder).order_by(RecipientHolder.name, RecipientHolder.from_on.desc(), RecipientHolder.id)
    )
    order = list(Recipient)
    return sorted(rows, key=lambda holder: order.index(holder.recipient))


def in_force(day: date) -> InForce:
    """Who serves in each role on that day; a role without anybody is not there."""
    found: dict[Recipient, list[RecipientHolder]] = defaultdict(list)
    still = or_(RecipientHolder.until_on.is_(None), RecipientHolder.until_on >= day)
    query = select(RecipientHolder).where(RecipientHolder.from_on <= day, still)
    for holder in db.session.scalars(query.order_by(RecipientHolder.name, RecipientHolder.id)):
        found[holder.recipient].append(holder)
    return dict(found)
