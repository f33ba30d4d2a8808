"""From values by catalogue key to the columns of tables, with what the database needs where a line is silent."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from portal.catalogues.fields import BY_KEY, CATEGORIES, Category
from portal.catalogues.retention import RULES
from portal.config import LANGUAGES
from portal.core import crypto
from portal.core.clock import local_date
from portal.core.crypto import EncryptedText
from portal.core.db import table_of
from portal.register.importing.shapes import Shape
from portal.register.models import Sourced, folded
from portal.register.values import Value

# What a new record gets where its line is silent; other fields that are not optional must be told.
DEFAULTS: Mapping[str, Value] = {"preferred_language": LANGUAGES[0], "agent_reference": ""}
FILLED = frozenset({"id", "customer_id", *Sourced.__annotations__})


@cache
def attribute(key: str) -> str:
    """The model's name of a catalogue key."""
    spec = BY_KEY.get(key)
    return spec.attribute if spec else key


@cache
def secret(shape: Shape, key: str) -> EncryptedText | None:
    """How the field is encrypted, where it is."""
    found = vars(shape.model).get(attribute(key))
    return found if isinstance(found, EncryptedText) else None


def may_be_empty(key: str) -> bool:
    spec = BY_KEY.get(key)
    return spec is not None and spec.is_optional


@cache
def needed(shape: Shape) -> tuple[str, ...]:
    """The fields that a record cannot be without."""
    defaults = blank(shape)
    filled_later = {"call_delete_on"}
    return tuple(
        spec.key
        for spec in shape.specs
        if not (spec.is_optional or spec.key in filled_later) and defaults.get(spec.attribute) is None
    )


@cache
def blank(shape: Shape) -> Mapping[str, Any]:
    """Every column of a new record but those that each record gets, as it is when nothing is told."""
    return {
        column.name: DEFAULTS.get(column.name, getattr(column.default, "arg", None))
        for column in table_of(shape.model).c
        if column.name not in FILLED
    }


def columns(shape: Shape, row_id: int, key: str, value: Value, *, sites: Mapping[str, int]) -> dict[str, Any]:
    """The columns that hold a value; `sites` are row ids by metering point."""
    if key == "consumption_site":
        return {"site_id": sites[str(value)]}
    if key == "name":
        return {"name": value, "name_folded": folded(str(value))}
    encrypted = secret(shape, key)
    if encrypted is None:
        return {attribute(key): value}
    table = shape.model.__tablename__
    place = encrypted.bytes.place(table, row_id)
    sealed = None if value is None else crypto.encrypt(str(value).encode(), bound_to=place)
    stored: dict[str, Any] = {encrypted.bytes.column: sealed}
    if encrypted.index:
        stored[encrypted.index] = None if value is None else encrypted.index_of(table, str(value))
    return stored


def delete_on(started_at: datetime) -> date:
    """Until when a recorded call is kept where the line does not tell."""
    day = RULES[CATEGORIES[Category.CALLS].retention].kept_until(local_date(started_at))
    assert day is not None  # recordings have a period
    return day
