"""What can be wrong with a line of an import, as codes; the words are in `register/labels.py`."""

import dataclasses
from collections.abc import Mapping
from enum import StrEnum

from portal.core.errors import DomainError, RuleViolation


class ImportRefused(DomainError):
    """The file as a whole cannot be imported: nothing was read into the register."""


class ImportProblem(StrEnum):
    """Faults of lines; those of single values are of ValueProblem."""

    ENCODING = "encoding"
    LINE_TOO_LONG = "line-too-long"
    CHARACTER = "character"
    JSON = "json"
    CSV = "csv"
    COLUMNS = "columns"
    UNKNOWN_KEY = "unknown-key"
    REPEATED_KEY = "repeated-key"
    MISSING = "missing"
    TYPE = "type"
    YES_NO = "yes-no"
    MONTH = "month"
    MOMENT = "moment"
    MONEY = "money"
    SCORE = "score"
    FUTURE = "future"
    DUPLICATE = "duplicate"
    ERASED = "erased"
    KIND_CHANGED = "kind-changed"
    UNKNOWN_SITE = "unknown-site"
    REFUSED = "refused"


class ImportWarning(StrEnum):
    """What somebody should look at, although the line is taken."""

    POST_OFFICE = "post-office-mismatch"


@dataclasses.dataclass(frozen=True)
class Fault:
    """One thing wrong with a line. `field` is the key, with its place in the line; empty where no field is to blame."""

    code: StrEnum
    field: str = ""
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, refusal: RuleViolation, field: str) -> "Fault":
        return cls(refusal.code, field, refusal.values)


@dataclasses.dataclass(frozen=True)
class LineFault:
    """A fault with the number of its line, counted from 1 in the file as it is."""

    line: int
    fault: Fault
