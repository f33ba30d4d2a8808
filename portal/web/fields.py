"""Kinds of fields that forms of several features use."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, SelectChoice, TimeField
from wtforms.validators import Length

from portal.web.page_cache import for_this_visitor_alone

NO_DATE = _l("Write a date, like 24.11.2026.")
NO_TIME = _l("Write a time, like 10:16.")


def choices(words: Mapping[Any, Any], empty: Any = None) -> list[SelectChoice]:
    """The codes with their words, below `empty` where nothing may be chosen."""
    first = [] if empty is None else [SelectChoice("", empty)]
    return [*first, *(SelectChoice(str(code), label) for code, label in words.items())]


def _new_key() -> str:
    for_this_visitor_alone()  # two who shared it would be taken for one who sent twice
    return secrets.token_hex(16)


def once_field() -> HiddenField:
    """A key of the drawn form: the service takes it as `once`, so that a form sent twice writes one row (S24)."""
    return HiddenField(default=_new_key, validators=[Length(max=64)])


class DayField(DateField):
    """A day as browsers send it, or as people write it where the browser has no calendar."""

    def __init__(self, label: object, validators: Sequence[object], **bound: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%d", "%d.%m.%Y"], **bound)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(NO_DATE) from None


class ClockField(TimeField):
    """The same for a time of day."""

    def __init__(self, label: object, validators: Sequence[object], **bound: Any) -> None:
        super().__init__(label, validators, format=["%H:%M", "%H.%M", "%H:%M:%S"], **bound)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(NO_TIME) from None
