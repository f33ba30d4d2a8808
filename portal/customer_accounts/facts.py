"""The second fact: something that stands on the bill and is neither identity code nor name (L13)."""

from dataclasses import dataclass
from enum import StrEnum

from portal.core.errors import RuleViolation
from portal.core.identity_codes import holds_identity_code
from portal.register import validators


class FactProblem(StrEnum):
    FORM = "form"
    IDENTITY_CODE = "identity-code"


@dataclass(frozen=True)
class Fact:
    """One of the two numbers, in its normal form."""

    customer_number: str | None = None
    gsrn: str | None = None


def read(typed: str, *, field: str) -> Fact:
    """What was typed; raises RuleViolation where it cannot be either number, an identity code above all."""
    if validators.is_valid(validators.customer_number, typed):
        return Fact(customer_number=validators.customer_number(typed))
    if validators.is_valid(validators.gsrn, typed):
        return Fact(gsrn=validators.gsrn(typed))
    problem = FactProblem.IDENTITY_CODE if holds_identity_code(typed) else FactProblem.FORM
    raise RuleViolation(problem, field=field)
