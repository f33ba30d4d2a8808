"""The rule of what may be given to whom (R69-R71, L21); it looks at facts and at nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from portal.catalogues.disclosure_laws import DisclosureLaw, names_a_law
from portal.catalogues.fields import BY_KEY, FIELDS, Category
from portal.catalogues.legal_bases import LegalBasis
from portal.catalogues.recipients import Recipient
from portal.core.clock import local_date
from portal.core.errors import RuleViolation
from portal.register.models import CustomerKind

CREDIT_FIELDS = frozenset({"identity_code", "name"})
# What the law obliges us to tell goes on while the person contests a value or has processing restricted
# (article 18(2)); what we tell for our own ends stops.
STOPS_WHEN_CONTESTED = frozenset(
    {Recipient.CREDIT_INFORMATION, Recipient.INVOICING_AND_COLLECTION, Recipient.AUTHORISED_PARTNER}
)
KNOWS_PROTECTED_ADDRESSES = frozenset({Recipient.AUTHORITY, Recipient.DATAHUB})
ADDRESS = frozenset({"street", "postal_code", "city", "billing_street", "billing_postal_code", "billing_city"})
LONGEST_GROUND = 120


class DisclosureProblem(StrEnum):
    NO_FIELDS = "no-fields"
    UNKNOWN_FIELD = "unknown-field"
    NOT_FOR_RECIPIENT = "not-for-recipient"
    CREDIT_FIELDS_ONLY = "credit-fields-only"
    NATURAL_PERSONS_ONLY = "natural-persons-only"
    NO_OWN_LIABILITIES = "no-own-liabilities"
    LAW_MISSING = "law-missing"
    LAW_NOT_NAMED = "law-not-named"
    GROUND_IS_FIXED = "ground-is-fixed"
    TOO_LONG = "too-long"
    NOT_IN_FORCE = "not-in-force"
    FUTURE = "future"
    CONTESTED = "contested"
    RESTRICTED = "restricted"
    PROTECTED_ADDRESS = "protected-address"
    NOT_HELD = "not-held"
    NAME_NEEDED = "name-needed"


@dataclass(frozen=True)
class FieldNames:
    """Fields in the words of the page's language."""

    keys: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(str(BY_KEY[key].label) if key in BY_KEY else key for key in self.keys)


@dataclass(frozen=True, kw_only=True)
class Receiving:
    """Who receives: the role, what it may receive, and when somebody serves in it."""

    recipient: Recipient
    categories: frozenset[Category]
    legal_basis: LegalBasis
    from_on: date
    until_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Whose:
    """Whose data it is. `held` are the fields that have a value, `contested` those whose correction is undecided."""

    kind: CustomerKind
    has_own_liabilities: bool
    is_protected: bool = False
    is_restricted: bool = False
    held: frozenset[str]
    contested: frozenset[str] = frozenset()


def receivable(recipient: Recipient, categories: Iterable[Category]) -> list[str]:
    """The fields that a recipient of this role may get of these categories, in the order of the catalogue."""
    wanted = frozenset(categories)
    return [spec.key for spec in FIELDS if recipient in spec.recipients and spec.category in wanted]


def ground_of(to: Receiving, told: str | None) -> str:
    """The ground that is put on record: a law for authorities, else the one that the recipient serves on.

    Raises RuleViolation.
    """
    ground = (told or "").strip()
    if to.recipient is not Recipient.AUTHORITY:
        if ground and ground != to.legal_basis:
            raise RuleViolation(DisclosureProblem.GROUND_IS_FIXED, field="law_text")
        return to.legal_basis.value
    if not ground:
        raise RuleViolation(DisclosureProblem.LAW_MISSING, field="law")
    if ground in frozenset(DisclosureLaw):
        return ground
    if len(ground) > LONGEST_GROUND:
        raise RuleViolation(DisclosureProblem.TOO_LONG, field="law_text", longest=LONGEST_GROUND)
    if not names_a_law(ground):
        raise RuleViolation(DisclosureProblem.LAW_NOT_NAMED, field="law_text")
    return ground


def check(fields: Sequence[str], *, to: Receiving, whose: Whose, at: datetime, now: datetime) -> list[str]:
    """The fields in the order of the catalogue, each once; raises RuleViolation for what may not be given."""
    _check_moment(to, at=at, now=now)
    keys = list(dict.fromkeys(fields))
    if not keys:
        raise RuleViolation(DisclosureProblem.NO_FIELDS, field="fields")
    _refuse(DisclosureProblem.UNKNOWN_FIELD, [key for key in keys if key not in BY_KEY])
    if to.recipient is Recipient.CREDIT_INFORMATION:
        _check_credit_information(keys, whose)
    allowed = receivable(to.recipient, to.categories)
    _refuse(DisclosureProblem.NOT_FOR_RECIPIENT, [key for key in keys if key not in allowed])
    _refuse(DisclosureProblem.NOT_HELD, [key for key in keys if key not in whose.held])
    _check_what_stops(keys, to.recipient, whose)
    return [key for key in allowed if key in keys]


def _check_moment(to: Receiving, *, at: datetime, now: datetime) -> None:
    if at > now:
        raise RuleViolation(DisclosureProblem.FUTURE, field="day")
    day = local_date(at)
    if day < to.from_on or (to.until_on is not None and day > to.until_on):
        raise RuleViolation(DisclosureProblem.NOT_IN_FORCE, field="day")


def _check_credit_information(keys: Sequence[str], whose: Whose) -> None:
    """R70: identity code and name, of a natural person with own liabilities."""
    if whose.kind is not CustomerKind.NATURAL:
        raise RuleViolation(DisclosureProblem.NATURAL_PERSONS_ONLY)
    if not whose.has_own_liabilities:
        raise RuleViolation(DisclosureProblem.NO_OWN_LIABILITIES)
    if frozenset(keys) != CREDIT_FIELDS:
        raise RuleViolation(DisclosureProblem.CREDIT_FIELDS_ONLY, field="fields")


def _check_what_stops(keys: Sequence[str], recipient: Recipient, whose: Whose) -> None:
    if recipient in STOPS_WHEN_CONTESTED:
        if whose.is_restricted:
            raise RuleViolation(DisclosureProblem.RESTRICTED)
        _refuse(DisclosureProblem.CONTESTED, [key for key in keys if key in whose.contested])
    if whose.is_protected and recipient not in KNOWS_PROTECTED_ADDRESSES:
        _refuse(DisclosureProblem.PROTECTED_ADDRESS, [key for key in keys if key in ADDRESS])


def _refuse(problem: DisclosureProblem, keys: Sequence[str]) -> None:
    if keys:
        raise RuleViolation(problem, field="fields", fields=FieldNames(tuple(keys)))
