"""The demo's thirteen months of counts."""

from datetime import date
from random import Random

from flask import Flask
from sqlalchemy import delete, func, select

from portal.core.db import db, transaction
from portal.demo.history import load_history
from portal.publishing.models import PublishedCell


def cells() -> list[tuple[object, ...]]:
    columns = (PublishedCell.statistic, PublishedCell.period_start, PublishedCell.dimensions, PublishedCell.count)
    return [tuple(row) for row in db.session.execute(select(*columns).order_by(*columns))]


def test_thirteen_months_are_published_and_none_of_it_is_small(context: Flask) -> None:
    load_history(today=date(2026, 11, 24), random=Random(7))
    first, last, smallest = db.session.execute(
        select(
            func.min(PublishedCell.period_start), func.max(PublishedCell.period_start), func.min(PublishedCell.count)
        )
    ).one()
    assert (first, last) == (date(2025, 10, 24), date(2026, 11, 23))
    assert smallest >= 5
    assert {cell[0] for cell in cells()} == {"consents", "usage", "visits"}


def test_the_same_seed_makes_the_same_history(context: Flask) -> None:
    load_history(today=date(2026, 11, 24), random=Random(7))
    first = cells()
    with transaction() as session:
        session.execute(delete(PublishedCell))
    load_history(today=date(2026, 11, 24), random=Random(7))
    assert cells() == first
