"""Values of an import: from what JSON holds to what the register holds, or what is wrong with them."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import String

from portal.catalogues.code_lists import WORDS
from portal.catalogues.fields import BY_CATEGORY, CURRENCY, Category, Check, Display, FieldSpec
from portal.catalogues.sources import Source
from portal.core.db import table_of
from portal.core.errors import RuleViolation
from portal.register import validators
from portal.register.importing.faults import ImportProblem
from portal.register.importing.shapes import CUSTOMER, EXTRA_KEYS, SHAPES, Shape
from portal.register.models import folded
from portal.register.validators import ValueProblem
from portal.register.values import Value

# What only this portal can say, another system cannot.
SOURCES = frozenset(Source) - {Source.OWN_CHANGE, Source.CORRECTION}
LONGEST_TEXT = 4_000
LARGEST_NUMBER = 10**12
# White space is left out: it is folded, or meant where a text has several lines.
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
SCORES = range(1, 6)

Reader: TypeAlias = Callable[[Any], Value]


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise RuleViolation(ImportProblem.TYPE)
    if CONTROL.search(value):
        raise RuleViolation(ImportProblem.CHARACTER)
    return value


def _line(value: Any) -> str:
    if not validators.SPACES.sub(" ", text(value)).isprintable():
        raise RuleViolation(ImportProblem.CHARACTER)
    return validators.text(value)


def _long_text(value: Any) -> str:
    told = text(value).strip()
    if len(told) > LONGEST_TEXT:
        raise RuleViolation(ValueProblem.TOO_LONG, longest=LONGEST_TEXT)
    return told


def _yes_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise RuleViolation(ImportProblem.YES_NO)
    return value


def _whole_number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < LARGEST_NUMBER:
        raise RuleViolation(ValueProblem.WHOLE_NUMBER)
    return value


def _score(value: Any) -> int:
    if _whole_number(value) not in SCORES:
        raise RuleViolation(ImportProblem.SCORE)
    return int(value)


def _money(value: Any) -> int:
    """Cents, alone or with their currency as exports write them."""
    if isinstance(value, dict) and set(value) == {"cents", "currency"} and value["currency"] == CURRENCY:
        value = value["cents"]
    if type(value) is not int or abs(value) >= LARGEST_NUMBER:
        raise RuleViolation(ImportProblem.MONEY)
    return value


def _month(value: Any) -> date:
    """`2026-10`, or the first day of the month."""
    try:
        day = date.fromisoformat(f"{value}-01" if re.fullmatch(r"\d{4}-\d\d", text(value), re.ASCII) else value)
    except ValueError:
        raise RuleViolation(ImportProblem.MONTH) from None
    if day.day != 1 or day.year not in validators.YEARS:
        raise RuleViolation(ImportProblem.MONTH)
    return day


def _moment(value: Any) -> datetime:
    """A moment with its zone, to the second."""
    try:
        moment = datetime.fromisoformat(text(value))
    except ValueError:
        raise RuleViolation(ImportProblem.MOMENT) from None
    if moment.tzinfo is None or moment.year not in validators.YEARS:
        raise RuleViolation(ImportProblem.MOMENT)
    return moment.astimezone(UTC).replace(microsecond=0)


def source(value: Any) -> Source:
    return Source(code(SOURCES, value))


def code(codes: frozenset[str], value: Any) -> str:
    if text(value) not in codes:
        raise RuleViolation(ValueProblem.CODE)
    return str(value)


def _of_text(read: Callable[[str], Value]) -> Reader:
    return lambda value: read(text(value))


_BY_CHECK: Mapping[Check, Reader] = {
    Check.TEXT: _line,
    Check.BUSINESS_ID: _of_text(validators.business_id),
    Check.PHONE: _of_text(validators.phone),
    Check.EMAIL: _of_text(validators.email),
    Check.POSTAL_CODE: _of_text(validators.postal_code),
    Check.MAIN_FUSE: _of_text(validators.main_fuse),
    Check.IBAN: _of_text(validators.iban),
    Check.WHOLE_NUMBER: _whole_number,
    Check.DATE: _of_text(validators.day),
    Check.YES_NO: _yes_no,
}
_BY_DISPLAY: Mapping[Display, Reader] = {
    Display.PLAIN: _line,
    Display.LONG_TEXT: _long_text,
    Display.DATE: _of_text(validators.day),
    Display.MONTH: _month,
    Display.MOMENT: _moment,
    Display.MONEY: _money,
    Display.SECONDS: _whole_number,
}
_BY_KEY: Mapping[str, Reader] = {
    "customer_number": _of_text(validators.customer_number),
    "gsrn": _of_text(validators.gsrn),
    "consumption_site": _of_text(validators.gsrn),
    "invoice_reference": _of_text(validators.reference),
    "satisfaction_score": _score,
    "agent_reference": _line,
}


@cache
def of_category(category: Category, artificial: bool = True) -> Mapping[str, Reader]:
    """How each key of a category is read."""
    readers = {spec.key: reader_of(spec, artificial=artificial) for spec in BY_CATEGORY[category]}
    for shape in SHAPES:
        if shape.category is category and (extra := EXTRA_KEYS.get(shape.name)):
            readers[extra] = _BY_KEY[extra]
    return readers


def reader_of(spec: FieldSpec, *, artificial: bool) -> Reader:
    """From what JSON holds to what the register holds; the reader raises RuleViolation."""
    if own := _BY_KEY.get(spec.key):
        return own
    if spec.check is Check.IDENTITY_CODE:
        return lambda value: validators.identity_code(text(value), artificial=artificial)
    if spec.display is Display.CODE and spec.code_list:
        codes = frozenset(WORDS[spec.code_list])
        return lambda value: code(codes, value)
    if spec.display in _BY_DISPLAY and spec.check in (None, Check.TEXT):
        return _BY_DISPLAY[spec.display]
    if spec.check is None:
        raise LookupError(f"the import does not know how to read {spec.key}")
    return _BY_CHECK[spec.check]


def fitting(shape: Shape, key: str, value: Value) -> Value:
    """The value, if its column can hold it; raises RuleViolation."""
    longest = _column_lengths(shape.category).get(key)
    if longest is not None and isinstance(value, str) and len(value) > longest:
        raise RuleViolation(ValueProblem.TOO_LONG, longest=longest)
    if key == "name" and len(folded(str(value))) > 2 * validators.NAME_LENGTH:  # what its column holds
        raise RuleViolation(ValueProblem.TOO_LONG, longest=validators.NAME_LENGTH)
    return value


@cache
def _column_lengths(category: Category) -> Mapping[str, int]:
    shape = next(shape for shape in (CUSTOMER, *SHAPES) if shape.category is category)
    types = {column.name: column.type for column in table_of(shape.model).c}
    pairs = [(spec.key, spec.attribute) for spec in shape.specs] + [(key, key) for key in EXTRA_KEYS.values()]
    return {
        key: length
        for key, name in pairs
        if isinstance(kept := types.get(name), String) and (length := kept.length) is not None
    }
