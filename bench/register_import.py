"""Importing customers into an empty register, and again with nothing new, against a bare insert of the same rows.

2,000 of them, in seconds; `BENCH_CUSTOMERS=100000 python -m bench register_import` takes a quarter of an hour.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from sqlalchemy import insert, select

from bench.customer_lines import write_lines
from bench.installation import Installation, installation, register_size
from bench.measuring import Figure, Measure, compare
from portal.core import clock
from portal.core.audit import SYSTEM
from portal.core.db import Model, db, transaction
from portal.register.importing.services import BATCH, Counts, Import, import_file

CUSTOMERS = register_size(2_000)
ROUNDS = 3 if CUSTOMERS <= 10_000 else 1
# what an import writes, in the order of the foreign keys; the database takes no potential customer without a permission
TABLES = (
    "permission_event",
    "current_permission",
    "customer",
    "metering_site",
    "billing",
    "suppression",
    "permission_count",
    "audit_event",
    "audit_detail",
)


def _imported(made: Installation, file: Path) -> Counts:
    with made.app.app_context():
        counts = import_file(file, Import(actor=SYSTEM, clock=clock.now, report=print))
        db.session.remove()
    if counts.read != CUSTOMERS or counts.rejected:
        raise RuntimeError(f"the import is not what it should be: {counts}")
    return counts


def _rows(made: Installation) -> dict[str, list[dict[str, Any]]]:
    with made.app.app_context():
        tables = Model.metadata.tables
        return {name: [dict(row) for row in db.session.execute(select(tables[name])).mappings()] for name in TABLES}


def _insert(made: Installation, rows: dict[str, list[dict[str, Any]]]) -> None:
    """The same rows in as many transactions, by the database layer alone."""
    transactions = -(-CUSTOMERS // BATCH)
    with made.app.app_context():
        for number in range(transactions):
            with transaction() as session:
                for name, all_rows in rows.items():
                    if share := _share(name, all_rows, number, transactions):
                        session.execute(insert(Model.metadata.tables[name]), share)
        db.session.remove()


def _share(name: str, rows: list[dict[str, Any]], number: int, transactions: int) -> list[dict[str, Any]]:
    """The rows of one transaction; customers come first of all, as others point to them, and permissions with them."""
    if name in ("customer", "permission_event", "current_permission"):
        return rows if number == 0 else []
    size = -(-len(rows) // transactions)
    return rows[number * size : (number + 1) * size]


def _rate(act: Callable[[Installation], object]) -> Measure:
    """A measure: customers a second into a register of its own."""

    def measure() -> float:
        with installation() as made:
            begun = perf_counter()
            act(made)
            return CUSTOMERS / (perf_counter() - begun)

    return measure


def figures() -> Iterator[Figure]:
    with TemporaryDirectory(prefix="portal-bench-") as folder, installation() as full:
        file = Path(folder) / "customers.jsonl"
        with full.app.app_context():
            write_lines(file, CUSTOMERS, today=clock.local_date(clock.now()))
        _imported(full, file)
        rows = _rows(full)
        bare = _rate(lambda made: _insert(made, rows))
        yield compare(
            "register_import.new",
            "customers/s",
            subject=_rate(lambda made: _imported(made, file)),
            baseline=bare,
            rounds=ROUNDS,
        )

        def again() -> float:
            begun = perf_counter()
            _imported(full, file)
            return CUSTOMERS / (perf_counter() - begun)

        yield compare("register_import.unchanged", "customers/s", subject=again, baseline=bare, rounds=ROUNDS)
