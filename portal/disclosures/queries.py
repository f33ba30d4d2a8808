"""Reading disclosures: a customer's own, by recipient and year."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.catalogues.recipients import Recipient
from portal.core.clock import local_date
from portal.core.db import db
from portal.core.errors import NotFound
from portal.register.models import Disclosure
from portal.register.reading import disclosures_of


@dataclass(frozen=True)
class Filters:
    """None is all."""

    recipient: Recipient | None = None
    year: int | None = None


@dataclass(frozen=True)
class Listed:
    """A customer's disclosures that fit the filters, newest first, and what there is to choose from."""

    rows: Sequence[Disclosure]
    recipients: Sequence[Recipient]
    years: Sequence[int]
    total: int


def listed(customer_id: int, filters: Filters = Filters()) -> Listed:
    """All of a customer's in one query: there are some a year, not thousands."""
    rows = disclosures_of(customer_id)
    roles = {row.recipient for row in rows}
    return Listed(
        rows=[row for row in rows if _fits(row, filters)],
        recipients=[recipient for recipient in Recipient if recipient in roles],
        years=sorted({_year(row) for row in rows}, reverse=True),
        total=len(rows),
    )


def own(disclosure_id: int | None, *, customer_id: int) -> Disclosure:
    """A disclosure of this customer; raises NotFound, for anybody else's too."""
    found = db.session.scalar(
        select(Disclosure).where(Disclosure.id == disclosure_id, Disclosure.customer_id == customer_id)
    )
    if found is None:
        raise NotFound
    return found


def _fits(row: Disclosure, filters: Filters) -> bool:
    return filters.recipient in (None, row.recipient) and filters.year in (None, _year(row))


def _year(row: Disclosure) -> int:
    return local_date(row.disclosed_at).year
