"""One line of an import, checked by the field catalogue: what it tells of a customer, or everything wrong with it.

Pure functions: what can only be known from the register (whose a metering point is) is found in `planning.py`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import String

from portal.catalogues.code_lists import WORDS
from portal.catalogues.fields import BY_CATEGORY, CATEGORIES, CURRENCY, Category, Check, Display, FieldSpec
from portal.catalogues.sources import Source
from portal.core.db import table_of
from portal.core.errors import RuleViolation
from portal.permissions.imported import Told
from portal.permissions.models import Channel, MarketingType, State
from portal.register import validators
from portal.register.importing.faults import Fault, ImportProblem
from portal.register.models import Customer, CustomerKind, CustomerStatus, folded
from portal.register.reading import NOT_OF_KIND, TABLES
from portal.register.validators import ValueProblem
from portal.register.values import Value

# What only this portal can say, another system cannot.
SOURCES = frozenset(Source) - {Source.OWN_CHANGE, Source.CORRECTION}
LONGEST_TEXT = 4_000
LARGEST_NUMBER = 10**12
# White space is left out: it is folded, or meant where a text has several lines.
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
SHOWABLE_KEY = re.compile(r"[a-z][a-z_-]{0,39}")
SCORES = range(1, 6)

Reader: TypeAlias = Callable[[Any], Value]


@dataclass(frozen=True)
class Shape:
    """A kind of record: under which key a line lists it, and the fields that tell a customer's records apart."""

    name: str
    category: Category
    keys: tuple[str, ...] = ()

    @property
    def model(self) -> type[Any]:
        return Customer if self.category is Category.CUSTOMER else TABLES[self.category][0]

    @property
    def is_single(self) -> bool:
        return CATEGORIES[self.category].is_single

    @property
    def specs(self) -> tuple[FieldSpec, ...]:
        return BY_CATEGORY[self.category]


CUSTOMER = Shape("", Category.CUSTOMER, ("customer_number",))
# In the order of their foreign keys.
SHAPES = (
    Shape("sites", Category.SITE, ("gsrn",)),
    Shape("billing", Category.BILLING),
    Shape("consumption", Category.CONSUMPTION, ("consumption_site", "consumption_month", "consumption_kind")),
    Shape("invoices", Category.PAYMENTS, ("invoice_number",)),
    Shape("feedback", Category.FEEDBACK, ("feedback_received_on", "feedback_channel", "feedback_text")),
    Shape("calls", Category.CALLS, ("call_started_at", "call_direction")),
    Shape("satisfaction", Category.SATISFACTION, ("survey", "satisfaction_answered_on")),
    Shape("service_events", Category.SERVICE_USE, ("service_event", "service_event_at")),
    Shape("purchases", Category.PURCHASES, ("product", "ordered_on")),
    Shape("other", Category.OTHER, ("other_subject", "consent_reference")),
)
ALWAYS_NEEDED = ("customer_number", "kind", "status")
OF_RECORD = ("source", "source_on")
PERMISSION_KEYS = ("type", "channel", "state", "given_on", "source")
# Staff are no field of the customer's: the catalogue does not know the member of staff who took a call.
EXTRA_KEYS: Mapping[str, str] = {"calls": "agent_reference"}


@dataclass(frozen=True)
class RecordDraft:
    """What a line tells of one record: the values given, by catalogue key (and extra keys), None where emptied."""

    shape: Shape
    place: str
    values: Mapping[str, Value]
    source: Source
    source_on: date

    def key(self) -> tuple[Value, ...]:
        return tuple(self.values[name] for name in self.shape.keys)

    def at(self, key: str) -> str:
        """How a fault names the field: `name`, `sites[0].street`."""
        return f"{self.place}.{key}" if self.place else key


@dataclass(frozen=True)
class Draft:
    """A line without a fault of its own."""

    line: int
    number: str
    kind: CustomerKind
    status: CustomerStatus
    customer: RecordDraft
    records: tuple[RecordDraft, ...]
    permissions: tuple[Told, ...]


class Faulty(Exception):
    """A line with its faults."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(len(faults))
        self.faults = faults


def check(values: Mapping[str, Any], *, line: int, today: date, artificial: bool) -> Draft:
    """What the line tells; raises Faulty with everything that is wrong with it."""
    return _LineCheck(values, today=today, artificial=artificial).draft(line)


@dataclass
class _LineCheck:
    values: Mapping[str, Any]
    today: date
    artificial: bool
    faults: list[Fault] = field(default_factory=list)

    def draft(self, line: int) -> Draft:
        told = self._known(self.values, "", {*_readers(CUSTOMER.category), *OF_RECORD, "permissions", *_SHAPE_NAMES})
        given = list(self._permissions(told))
        source, source_on = self._origin(told, "", _default_source(told, given), self.today)
        permissions = tuple(Told(**{**values, "source": values["source"] or source}) for values in given)
        customer = RecordDraft(CUSTOMER, "", self._read(CUSTOMER, told, ""), source, source_on)
        for key in ALWAYS_NEEDED:
            self._need(customer, key)
        records = tuple(record for shape in SHAPES for record in self._records(shape, told, customer))
        self._same_kind(customer)
        if self.faults:
            raise Faulty(self.faults)
        values = customer.values
        kind, status = CustomerKind(str(values["kind"])), CustomerStatus(str(values["status"]))
        return Draft(line, str(values["customer_number"]), kind, status, customer, records, permissions)

    def _fault(self, code: StrEnum, place: str, **values: object) -> None:
        self.faults.append(Fault(code, place, values))

    def _known(self, values: Mapping[str, Any], place: str, keys: set[str]) -> Mapping[str, Any]:
        """The values under keys that are known; a key may itself be a slip of the hand and tell of a person."""
        for key in values:
            if key not in keys:
                self._fault(ImportProblem.UNKNOWN_KEY, _joined(place, key if SHOWABLE_KEY.fullmatch(key) else ""))
        return {key: value for key, value in values.items() if key in keys}

    def _read(self, shape: Shape, told: Mapping[str, Any], place: str) -> dict[str, Value]:
        readers = _readers(shape.category, self.artificial)
        values: dict[str, Value] = {}
        for key, reader in readers.items():
            if key not in told:
                continue
            try:
                values[key] = None if _is_empty(told[key]) else _fitting(shape, key, reader(told[key]))
            except RuleViolation as refusal:
                self.faults.append(Fault.of(refusal, _joined(place, key)))
        return values

    def _records(self, shape: Shape, told: Mapping[str, Any], customer: RecordDraft) -> Iterator[RecordDraft]:
        given = told.get(shape.name)
        if given is None:
            return
        if shape.is_single:
            given = [given]
        elif not isinstance(given, list):
            return self._fault(ImportProblem.TYPE, shape.name)
        seen: set[tuple[Value, ...]] = set()
        for position, values in enumerate(given):
            place = shape.name if shape.is_single else f"{shape.name}[{position}]"
            if not isinstance(values, dict):
                self._fault(ImportProblem.TYPE, place)
                continue
            record = self._record(shape, values, place, customer)
            if record is None:
                continue
            if (key := record.key()) in seen:
                self._fault(ImportProblem.DUPLICATE, record.at(shape.keys[0]))
            seen.add(key)
            yield record

    def _record(self, shape: Shape, values: Mapping[str, Any], place: str, customer: RecordDraft) -> RecordDraft | None:
        before = len(self.faults)
        told = self._known(values, place, {*_readers(shape.category), *OF_RECORD})
        usual = CATEGORIES[shape.category].sources
        source = customer.source if customer.source in usual else usual[0]
        source, source_on = self._origin(told, place, source, customer.source_on)
        record = RecordDraft(shape, place, self._read(shape, told, place), source, source_on)
        if len(self.faults) == before:
            for key in shape.keys:
                self._need(record, key)
        return record if len(self.faults) == before else None

    def _need(self, record: RecordDraft, key: str) -> None:
        place = record.at(key)
        if record.values.get(key) is None and all(fault.field != place for fault in self.faults):
            self._fault(ImportProblem.MISSING, place)

    def _origin(self, told: Mapping[str, Any], place: str, source: Source, day: date) -> tuple[Source, date]:
        try:
            source = source if _is_empty(told.get("source")) else _source(told["source"])
        except RuleViolation as refusal:
            self.faults.append(Fault.of(refusal, _joined(place, "source")))
        if not _is_empty(told.get("source_on")):
            day = self._past_day(told["source_on"], _joined(place, "source_on")) or day
        return source, day

    def _past_day(self, value: Any, place: str) -> date | None:
        try:
            day = validators.day(_text(value))
        except RuleViolation as refusal:
            self.faults.append(Fault.of(refusal, place))
            return None
        if day > self.today:
            self._fault(ImportProblem.FUTURE, place)
        return day

    def _same_kind(self, customer: RecordDraft) -> None:
        kind = customer.values.get("kind")
        if isinstance(kind, str) and customer.values.get(wrong := NOT_OF_KIND[CustomerKind(kind)]) is not None:
            self._fault(ValueProblem.OTHER_KIND, wrong)

    def _permissions(self, told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        given = told.get("permissions")
        if given is None:
            return
        if not isinstance(given, list):
            return self._fault(ImportProblem.TYPE, "permissions")
        seen: set[tuple[MarketingType, Channel]] = set()
        for position, values in enumerate(given):
            place = f"permissions[{position}]"
            if not isinstance(values, dict):
                self._fault(ImportProblem.TYPE, place)
                continue
            permission = self._permission(values, place)
            if permission is None:
                continue
            if (line := (permission["type"], permission["channel"])) in seen:
                self._fault(ImportProblem.DUPLICATE, _joined(place, "type"))
            seen.add(line)
            yield permission

    def _permission(self, values: Mapping[str, Any], place: str) -> dict[str, Any] | None:
        before = len(self.faults)
        told = self._known(values, place, set(PERMISSION_KEYS))
        read: dict[str, Any] = {"source": None}
        for key, codes in PERMISSION_CODES.items():
            if _is_empty(told.get(key)):
                self._fault(ImportProblem.MISSING, _joined(place, key))
                continue
            try:
                read[key] = codes[_code(frozenset(codes), told[key])]
            except RuleViolation as refusal:
                self.faults.append(Fault.of(refusal, _joined(place, key)))
        if _is_empty(told.get("given_on")):
            self._fault(ImportProblem.MISSING, _joined(place, "given_on"))
        else:
            read["given_on"] = self._past_day(told["given_on"], _joined(place, "given_on"))
        if not _is_empty(told.get("source")):
            try:
                read["source"] = _source(told["source"])
            except RuleViolation as refusal:
                self.faults.append(Fault.of(refusal, _joined(place, "source")))
        return read if len(self.faults) == before else None


_SHAPE_NAMES = frozenset(shape.name for shape in SHAPES)
PERMISSION_CODES: Mapping[str, Mapping[str, StrEnum]] = {
    "type": {code.value: code for code in MarketingType},
    "channel": {code.value: code for code in Channel},
    "state": {code.value: code for code in (State.PERMISSION, State.PROHIBITION)},
}


def _joined(place: str, key: str) -> str:
    return f"{place}.{key}" if place and key else place or key


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _default_source(told: Mapping[str, Any], permissions: Sequence[Mapping[str, Any]]) -> Source:
    """A customer's data comes from the contract; a potential customer's from where the first permission did (R60)."""
    if told.get("status") == CustomerStatus.POTENTIAL:
        return next((given["source"] for given in permissions if given["source"]), Source.CUSTOMER_CONTACT)
    return Source.CONTRACT


# --- Values: JSON's kinds in, the register's values out


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise RuleViolation(ImportProblem.TYPE)
    if CONTROL.search(value):
        raise RuleViolation(ImportProblem.CHARACTER)
    return value


def _line(value: Any) -> str:
    if not validators.SPACES.sub(" ", _text(value)).isprintable():
        raise RuleViolation(ImportProblem.CHARACTER)
    return validators.text(value)


def _long_text(value: Any) -> str:
    text = _text(value).strip()
    if len(text) > LONGEST_TEXT:
        raise RuleViolation(ValueProblem.TOO_LONG, longest=LONGEST_TEXT)
    return text


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
        day = date.fromisoformat(f"{value}-01" if re.fullmatch(r"\d{4}-\d\d", _text(value), re.ASCII) else value)
    except ValueError:
        raise RuleViolation(ImportProblem.MONTH) from None
    if day.day != 1 or day.year not in validators.YEARS:
        raise RuleViolation(ImportProblem.MONTH)
    return day


def _moment(value: Any) -> datetime:
    """A moment with its zone, to the second."""
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        raise RuleViolation(ImportProblem.MOMENT) from None
    if moment.tzinfo is None or moment.year not in validators.YEARS:
        raise RuleViolation(ImportProblem.MOMENT)
    return moment.astimezone(UTC).replace(microsecond=0)


def _source(value: Any) -> Source:
    return Source(_code(SOURCES, value))


def _code(codes: frozenset[str], value: Any) -> str:
    if _text(value) not in codes:
        raise RuleViolation(ValueProblem.CODE)
    return str(value)


def _of_text(read: Callable[[str], Value]) -> Reader:
    return lambda value: read(_text(value))


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
def _readers(category: Category, artificial: bool = True) -> Mapping[str, Reader]:
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
        return lambda value: validators.identity_code(_text(value), artificial=artificial)
    if spec.display is Display.CODE and spec.code_list:
        codes = frozenset(WORDS[spec.code_list])
        return lambda value: _code(codes, value)
    if spec.display in _BY_DISPLAY and spec.check in (None, Check.TEXT):
        return _BY_DISPLAY[spec.display]
    if spec.check is None:
        raise LookupError(f"the import does not know how to read {spec.key}")
    return _BY_CHECK[spec.check]


def _fitting(shape: Shape, key: str, value: Value) -> Value:
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
