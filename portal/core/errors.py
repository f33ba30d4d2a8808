"""What a service may refuse with; `web/error_pages.py` is the only place that turns these into pages."""

from datetime import timedelta
from enum import StrEnum


class DomainError(Exception):
    """Something the rules do not allow."""


class NotFound(DomainError):
    """There is no such thing, or it is not this person's: the two look the same from outside."""


class Forbidden(DomainError):
    """The person's role may not do this."""


class Stale(DomainError):
    """Somebody else changed the thing meanwhile; nothing was written."""


class Gone(DomainError):
    """A link that has been used or has expired."""


class Throttled(DomainError):
    """Too many tries; `retry_after` tells when the next one is let through."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("too many tries")
        self.retry_after = retry_after


class Busy(Throttled):
    """Not this person's tries are too many: all places are taken for a moment."""


class RuleViolation(DomainError):
    """Input that breaks a rule. `code` is put in words by the form, beside `field` where one is named."""

    def __init__(self, code: StrEnum, *, field: str | None = None, **values: object) -> None:
        super().__init__(code.value)
        self.code = code
        self.field = field
        self.values = values
