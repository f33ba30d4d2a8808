"""The choice a browser holds: reading and writing the signed cookie, and what is still to be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from portal.catalogues.cookies import OPTIONAL, Category
from portal.consents.models import Answer
from portal.core import crypto
from portal.core.clock import local_date
from portal.core.errors import NotFound
from portal.notices import versions

LARGEST = 4096
_PURPOSE = "consent"
_LETTERS = {Category.FUNCTIONAL: "f", Category.ANALYTICS: "a", Category.MARKETING: "m"}


@dataclass(frozen=True)
class Given:
    """The answer about one category. Each has its own time: a later tick or a partial question renews only its own."""

    answer: Answer
    given_at: datetime
    expires_at: datetime
    version: str


@dataclass(frozen=True)
class Choice:
    """What one browser has answered and is still valid; nothing at all is a choice too, the empty one."""

    record_id: str | None = None
    given: Mapping[Category, Given] = field(default_factory=dict)
    asked_again: frozenset[Category] = frozenset()  # agreed to, but changed materially since (C16)

    @property
    def is_made(self) -> bool:
        return bool(self.given)

    @property
    def given_at(self) -> datetime | None:
        return max((given.given_at for given in self.given.values()), default=None)

    @property
    def expires_at(self) -> datetime | None:
        return max((given.expires_at for given in self.given.values()), default=None)

    def answer(self, category: Category) -> Answer:
        if category is Category.NECESSARY:
            return Answer.YES
        return self.given[category].answer if category in self.given else Answer.UNASKED

    @property
    def answers(self) -> dict[Category, Answer]:
        return {category: self.answer(category) for category in OPTIONAL}

    @property
    def allowed(self) -> frozenset[Category]:
        """Every category whose cookies may be set and read."""
        return frozenset(
            category
            for category in Category
            if self.answer(category) is Answer.YES and category not in self.asked_again
        )


NO_CHOICE = Choice()


def categories_to_ask(choice: Choice) -> tuple[Category, ...]:
    return tuple(c for c in OPTIONAL if choice.answer(c) is Answer.UNASKED or c in choice.asked_again)


def asks(choice: Choice, *, gpc: bool) -> bool:
    """Whether the banner shows. Global Privacy Control answers for whoever has not (C23)."""
    return not gpc and bool(categories_to_ask(choice))


def read_choice(cookie_value: str | None, now: datetime) -> Choice:
    """The choice in a `consent` cookie. Garbled, forged, oversized or expired is no choice, never an error."""
    if not cookie_value or len(cookie_value) > LARGEST:
        return NO_CHOICE
    payload = crypto.unsign(_PURPOSE, cookie_value)
    if payload is None:
        return NO_CHOICE
    try:
        record_id = payload["id"]
        given = {c: _read_given(payload[letter]) for c, letter in _LETTERS.items() if letter in payload}
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return NO_CHOICE
    valid = {category: answer for category, answer in given.items() if answer.given_at <= now < answer.expires_at}
    if not isinstance(record_id, str) or not valid:
        return NO_CHOICE
    # a refusal stands until it ends: nothing rests on it that could have changed, and asking anew would nag (C18)
    agreed = {category: answer for category, answer in valid.items() if answer.answer is Answer.YES}
    changed = {c for c, answer in agreed.items() if c in _changed_since(answer.version, now)}
    return Choice(record_id, valid, frozenset(changed))


def _changed_since(notice_version: str, now: datetime) -> frozenset[Category]:
    """Categories about which the notice of today says something materially new."""
    try:
        answered_under = versions.by_number(notice_version)
    except NotFound:  # not a version of ours (any more): what was agreed to is unknown
        return frozenset(OPTIONAL)
    return versions.materially_changed(answered_under, versions.current(local_date(now)))


def _read_given(stored: Any) -> Given:
    answer, given_at, expires_at, version = stored
    return Given(
        answer=Answer(answer),
        given_at=datetime.fromtimestamp(given_at, UTC),
        expires_at=datetime.fromtimestamp(expires_at, UTC),
        version=str(version),
    )


def write_choice(choice: Choice) -> str:
    """The signed cookie value."""
    payload: dict[str, Any] = {"id": choice.record_id}
    for category, given in choice.given.items():
        payload[_LETTERS[category]] = [
            given.answer.value,
            int(given.given_at.timestamp()),
            int(given.expires_at.timestamp()),
            given.version,
        ]
    return crypto.sign(_PURPOSE, payload)
