"""One row of what the desk has written down about one customer."""

from typing import TypeVar

from portal.core.db import LARGEST_ID, db
from portal.core.errors import NotFound
from portal.register.care.models import ContactEntry, Mandate, ManualMaterial

T = TypeVar("T", Mandate, ContactEntry, ManualMaterial)


def own_row(model: type[T], row: int, *, customer_id: int) -> T:
    """A row about this customer by its id; raises NotFound for anybody else's."""
    found = db.session.get(model, row) if row <= LARGEST_ID else None
    if found is None or found.customer_id != customer_id:
        raise NotFound
    return found
