"""Loading the invented register: a customer more, against the same rows written by the database layer alone."""

from collections import defaultdict
from collections.abc import Iterator
from time import perf_counter
from typing import Any

from sqlalchemy import insert

from bench.installation import Installation, installation
from bench.measuring import Figure, Measure, compare
from portal.core import clock
from portal.core.db import Model, db, table_of, transaction
from portal.demo.customers import draw
from portal.demo.loading import BATCH, TABLES, rows_of, write, write_recipients

CUSTOMERS = 2_000
ROUNDS = 3


def _drawn_and_written(made: Installation) -> None:
    with made.app.app_context():
        today, taken = clock.local_date(clock.now()), set[str]()
        with transaction():
            write_recipients(today)
            for first in range(0, CUSTOMERS, BATCH):
                indexes = range(first, first + BATCH)
                write([draw(index, random_seed=1, today=today, taken=taken) for index in indexes])
        db.session.remove()


def _rows(made: Installation) -> dict[type[Model], list[dict[str, Any]]]:
    rows: dict[type[Model], list[dict[str, Any]]] = defaultdict(list)
    with made.app.app_context():
        today, taken = clock.local_date(clock.now()), set[str]()
        for index in range(CUSTOMERS):
            for model, drawn in rows_of([draw(index, random_seed=1, today=today, taken=taken)]).items():
                rows[model] += drawn
    return rows


def _inserted(made: Installation, rows: dict[type[Model], list[dict[str, Any]]]) -> None:
    with made.app.app_context():
        with transaction() as session:
            write_recipients(clock.local_date(clock.now()))
            for model in TABLES:
                if rows[model]:
                    session.execute(insert(table_of(model)), rows[model])
        db.session.remove()


def figures() -> Iterator[Figure]:
    with installation() as made:
        rows = _rows(made)
    yield compare(
        "demo_load.new",
        "customers/s",
        subject=_rate(_drawn_and_written),
        baseline=_rate(lambda empty: _inserted(empty, rows)),
        rounds=ROUNDS,
    )


def _rate(act: Any) -> Measure:
    """A measure: customers a second into a register of its own."""

    def measure() -> float:
        with installation() as empty:
            begun = perf_counter()
            act(empty)
            return CUSTOMERS / (perf_counter() - begun)

    return measure
