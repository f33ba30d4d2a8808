"""What is sent twice is written once: a form pressed again, a job run again (S24)."""

import hashlib
from typing import TypeVar

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import db


class WrittenOnce:
    """A table whose rows know the sending that made them."""

    once_key: Mapped[str | None] = mapped_column(String(64), unique=True)


T = TypeVar("T", bound=WrittenOnce)


def once_key(once: str | None, customer_id: int | None) -> str | None:
    """What is stored of the key that was sent: it counts for this customer alone."""
    return hashlib.sha256(f"{customer_id}|{once}".encode()).hexdigest() if once else None


def made_before(model: type[T], once: str | None, customer_id: int | None) -> T | None:
    """The row that the first sending made."""
    key = once_key(once, customer_id)
    return db.session.scalar(select(model).where(model.once_key == key)) if key else None
