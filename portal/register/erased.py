"""Who has been erased, known by a keyed hash of the customer number alone (S19).

Hashes keep the key they were made with: look-ups try every key, as those of the suppression marks do.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.core.clock import local_date
from portal.core.crypto import blind_index, blind_indexes
from portal.core.db import db, random_id
from portal.register.models import Erasure, ErasureReason

COLUMN = "erasure.number"


def note(
    *,
    number: str,
    reason: ErasureReason,
    is_entire: bool,
    parts: Sequence[Mapping[str, Any]],
    case: str | None,
    at: datetime,
) -> Erasure:
    """Put an erasure on record, in the transaction that carries it out."""
    erasure = Erasure(
        id=random_id(),
        number_hash=blind_index(COLUMN, number),
        at=at,
        reason=reason,
        is_entire=is_entire,
        case=case,
        parts=[dict(part) for part in parts],
    )
    db.session.add(erasure)
    db.session.flush()
    return erasure


def of_case(case: str) -> Erasure | None:
    """The erasure that a request led to."""
    return db.session.scalar(select(Erasure).where(Erasure.case == case).order_by(Erasure.at.desc()).limit(1))


def days(numbers: Iterable[str]) -> Mapping[str, date]:
    """The day of the last erasure of each number that was ever erased (Europe/Helsinki)."""
    if db.session.scalar(select(Erasure.id).limit(1)) is None:
        return {}
    owners = {known: number for number in numbers for known in blind_indexes(COLUMN, number)}
    rows = db.session.execute(
        select(Erasure.number_hash, Erasure.at).where(Erasure.number_hash.in_(owners)).order_by(Erasure.at)
    )
    return {owners[known]: local_date(at) for known, at in rows}
