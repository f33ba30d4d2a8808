"""What would go and what would stay if a customer asked for erasure: told before the request is made (L24)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.catalogues.fields import Category
from portal.catalogues.retention import RULES
from portal.register import reading
from portal.register.reading import CategoryRecords

# Not data that an erasure of customer data would remove: the account is closed on its own page, and a prohibition
# stays in force for the person's own good (L36).
BESIDE = frozenset({Category.ACCOUNT, Category.PERMISSIONS})


@dataclass(frozen=True)
class Kept:
    """A category that a law has us keep; `until` is None while what begins the period has not happened."""

    label: str
    law: str
    rule: str
    until: date | None


@dataclass(frozen=True)
class Outlook:
    kept: Sequence[Kept]
    going: Sequence[str]


def of_erasure(customer_id: int, *, today: date) -> Outlook:
    """Only of categories in which something is held."""
    kept, going = [], []
    for group in reading.records_of(customer_id):
        if not group.records or group.spec.category in BESIDE:
            continue
        rule = RULES[group.spec.retention]
        until = _until(group)
        if rule.law is None or (until is not None and until < today):
            going.append(str(group.spec.label))
        else:
            kept.append(Kept(str(group.spec.label), str(rule.law), str(rule.label), until))
    return Outlook(kept, going)


def _until(group: CategoryRecords) -> date | None:
    """The day when the last of the records may go; None where one of them has no day yet."""
    days = [record.fields[0].kept_until for record in group.records]
    return None if None in days else max(day for day in days if day is not None)
