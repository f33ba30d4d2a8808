"""One line of an import, checked by the field catalogue: what it tells of a customer, or everything wrong with it.

Pure functions: what can only be known from the register (whose a metering point is) is found in `planning.py`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from portal.catalogues.fields import CATEGORIES
from portal.catalogues.sources import Source
from portal.core.errors import RuleViolation
from portal.permissions.imported import Told
from portal.permissions.models import Channel, MarketingType, State
from portal.register import validators
from portal.register.importing import readers
from portal.register.importing.faults import Fault, ImportProblem
from portal.register.importing.shapes import CUSTOMER, SHAPES, Shape
from portal.register.models import CustomerKind, CustomerStatus
from portal.register.reading import NOT_OF_KIND
from portal.register.validators import ValueProblem
from portal.register.values import Value

SHOWABLE_KEY = re.compile(r"[a-z][a-z_-]{0,39}")
ALWAYS_NEEDED = ("customer_number", "kind", "status")
OF_RECORD = ("source", "source_on")
PERMISSION_KEYS = ("type", "channel", "state", "given_on", "source")


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
        told = self._known(
            self.values, "", {*readers.of_category(CUSTOMER.category), *OF_RECORD, "permissions", *_SHAPE_NAMES}
        )
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
        values: dict[str, Value] = {}
        for key, reader in readers.of_category(shape.category, self.artificial).items():
            if key not in told:
                continue
            try:
                values[key] = None if _is_empty(told[key]) else readers.fitting(shape, key, reader(told[key]))
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
        told = self._known(values, place, {*readers.of_category(shape.category), *OF_RECORD})
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
            source = source if _is_empty(told.get("source")) else readers.source(told["source"])
        except RuleViolation as refusal:
            self.faults.append(Fault.of(refusal, _joined(place, "source")))
        if not _is_empty(told.get("source_on")):
            day = self._past_day(told["source_on"], _joined(place, "source_on")) or day
        return source, day

    def _past_day(self, value: Any, place: str) -> date | None:
        try:
            day = validators.day(readers.text(value))
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
                read[key] = codes[readers.code(frozenset(codes), told[key])]
            except RuleViolation as refusal:
                self.faults.append(Fault.of(refusal, _joined(place, key)))
        if _is_empty(told.get("given_on")):
            self._fault(ImportProblem.MISSING, _joined(place, "given_on"))
        else:
            read["given_on"] = self._past_day(told["given_on"], _joined(place, "given_on"))
        if not _is_empty(told.get("source")):
            try:
                read["source"] = readers.source(told["source"])
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
