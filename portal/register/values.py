"""The values of fields: from text as people write it, and to text that says the same everywhere."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from portal.catalogues import code_lists
from portal.catalogues.code_lists import CodeList
from portal.catalogues.fields import CURRENCY, Check, Display, FieldSpec
from portal.core.clock import utc_text
from portal.core.crypto import DAMAGED
from portal.core.errors import RuleViolation
from portal.register import validators
from portal.register.masking import masked_iban, masked_identity_code
from portal.register.validators import ValueProblem

Value = str | int | bool | date | datetime | None

_PLAIN_CHECKS: Mapping[Check, Callable[[str], Value]] = {
    Check.TEXT: validators.text,
    Check.BUSINESS_ID: validators.business_id,
    Check.PHONE: validators.phone,
    Check.EMAIL: validators.email,
    Check.POSTAL_CODE: validators.postal_code,
    Check.MAIN_FUSE: validators.main_fuse,
    Check.IBAN: validators.iban,
    Check.WHOLE_NUMBER: validators.whole_number,
    Check.DATE: validators.day,
}


def parsed(spec: FieldSpec, text: str, *, artificial: bool) -> Value:
    """The value that a text means for a field; raises RuleViolation. Empty is None where that is allowed."""
    if not text.strip():
        if spec.is_optional:
            return None
        raise RuleViolation(ValueProblem.EMPTY)
    match spec.check:
        case Check.IDENTITY_CODE:
            return validators.identity_code(text, artificial=artificial)
        case Check.CODE:
            return _code(spec.code_list, text)
        case Check.YES_NO:
            return _code(CodeList.YES_NO, text) == "yes"
        case None:
            raise RuleViolation(ValueProblem.UNCHANGED)
        case check:
            return _PLAIN_CHECKS[check](text)


def _code(code_list: CodeList | None, text: str) -> str:
    code = code_lists.code_of(code_list, text) if code_list else None
    if code is None:
        raise RuleViolation(ValueProblem.CODE)
    return code


def as_text(value: Value) -> str:
    """One text per value, the same in every language: what a correction is compared by."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return utc_text(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)


def as_json(spec: FieldSpec, value: Value) -> Any:
    """The value in exports: dates as ISO text, money in cents with its currency."""
    match value:
        case datetime() | date():
            return as_text(value)
        case int() if spec.display is Display.MONEY:
            return {"cents": value, "currency": CURRENCY}
        case _:
            return value


def masked_text(spec: FieldSpec, value: Value) -> str:
    """The same, with identity codes and account numbers masked (L14)."""
    if not isinstance(value, str) or value == DAMAGED:
        return as_text(value)
    match spec.display:
        case Display.IDENTITY_CODE:
            return masked_identity_code(value)
        case Display.IBAN:
            return masked_iban(value)
        case _:
            return value
