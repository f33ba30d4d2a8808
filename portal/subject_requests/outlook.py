"""What would go and what would stay if a customer asked for erasure: told before the request is made (L24).

Taken from the same plan as the erasure itself, so that nothing else is promised than what is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portal.catalogues.fields import Category
from portal.catalogues.retention import RULES, RetentionRule
from portal.subject_requests import erasing, erasing_labels, holds
from portal.subject_requests.erasure_plan import Part, Why


@dataclass(frozen=True)
class Kept:
    """A kind of data that stays; `until` is None while what begins the period has not happened.

    `law` is None for recordings that another request of the customer holds.
    """

    label: str
    law: str | None
    rule: str
    until: date | None


@dataclass(frozen=True)
class Outlook:
    """`going_with_all` goes only if everything that can be deleted is asked for."""

    kept: Sequence[Kept]
    going: Sequence[str]
    going_with_all: Sequence[str]
    request_rule: str
    has_open_requests: bool


def of_erasure(customer_id: int, *, now: datetime) -> Outlook:
    """Only of kinds of which something is held; raises NotFound."""
    parts = erasing.preview(customer_id, now=now).parts
    going = [part for part in parts if part.deleted and not part.kept]
    return Outlook(
        kept=[_kept(part) for part in parts if part.kept and part.why in (Why.LAW, Why.FROZEN)],
        going=[erasing_labels.what(part) for part in going if _is_of_the_register(part)],
        going_with_all=[erasing_labels.what(part) for part in going if not _is_of_the_register(part)],
        request_rule=str(RULES[RetentionRule.REQUESTS].label),
        has_open_requests=bool(holds.open_cases(customer_id)),
    )


def _is_of_the_register(part: Part) -> bool:
    return isinstance(part.kind, Category) and part.kind is not Category.ACCOUNT


def _kept(part: Part) -> Kept:
    rule = RULES[part.rule]
    law = str(rule.law) if part.why is Why.LAW and rule.law else None
    return Kept(erasing_labels.what(part), law, str(rule.label), part.kept_until)
