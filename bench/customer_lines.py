"""Invented customers as lines of an import: what a customer information system sends of each."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from portal.catalogues.fields import BY_CATEGORY, Category
from portal.core.clock import local_date
from portal.demo.customers import Drawing, draw
from portal.permissions.models import CurrentPermission, State
from portal.register.models import MeteringSite
from portal.register.reading import NOT_OF_KIND
from portal.register.values import as_text


def write_lines(path: Path, count: int, *, today: date) -> None:
    """A file of `count` customers with metering points, billing and permissions; the same count gives the same file."""
    with path.open("w", encoding="utf-8") as file:
        for line in _lines(count, today=today):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _lines(count: int, *, today: date) -> Iterator[dict[str, Any]]:
    taken: set[str] = set()
    for index in range(count):
        drawing = draw(index, random_seed=1, today=today, taken=taken)
        taken.add(drawing.customer.identity_code or "")
        yield _line(drawing)


def _line(drawing: Drawing) -> dict[str, Any]:
    customer, billing = drawing.customer, drawing.billing
    attributes = [spec.attribute for spec in BY_CATEGORY[Category.CUSTOMER]]
    line = _values(Category.CUSTOMER, {name: getattr(customer, name) for name in attributes})
    del line[NOT_OF_KIND[customer.kind]]
    line |= {"source": customer.source.value, "source_on": customer.source_on.isoformat()}
    line["sites"] = [_values(Category.SITE, row) for row in drawing.rows[MeteringSite]]
    if billing is not None:
        attributes = [spec.attribute for spec in BY_CATEGORY[Category.BILLING]]
        line["billing"] = _values(Category.BILLING, {name: getattr(billing, name) for name in attributes})
    line["permissions"] = [
        {
            "type": row["type"],
            "channel": row["channel"],
            "state": row["state"],
            "given_on": local_date(row["source_on"]).isoformat(),
            "source": customer.source.value,
        }
        for row in drawing.rows[CurrentPermission]
        if row["state"] is not State.NONE
    ]
    return line


def _values(category: Category, row: dict[str, Any]) -> dict[str, Any]:
    values = {spec.key: row[spec.attribute] for spec in BY_CATEGORY[category]}
    return {key: as_text(value) if isinstance(value, date) else value for key, value in values.items()}
