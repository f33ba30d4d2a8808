"""Growth: taking customers into a register that holds many, against one that holds none."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.customer_lines import write_lines
from bench.installation import Installation, installation
from bench.measuring import Figure, compare
from portal.core import clock
from portal.core.audit import SYSTEM
from portal.core.db import db
from portal.register.importing.services import Import, import_file

HELD, SLICE, ROUNDS = 10_000, 1_000, 3


def _imported(made: Installation, file: Path, count: int) -> float:
    """Customers a second."""
    with made.app.app_context():
        begun = perf_counter()
        counts = import_file(file, Import(actor=SYSTEM, clock=clock.now, report=print))
        taken = perf_counter() - begun
        db.session.remove()
    if counts.read != count or counts.rejected:
        raise RuntimeError(f"the import is not what it should be: {counts}")
    return count / taken


def _sliced(file: Path, folder: Path) -> list[Path]:
    """What the large register holds from the first, and a slice more for each round."""
    paths = []
    with file.open(encoding="utf-8") as lines:
        for number, size in enumerate((HELD, *[SLICE] * ROUNDS)):
            paths.append(folder / f"{number}.jsonl")
            paths[-1].write_text("".join(islice(lines, size)), encoding="utf-8")
    return paths


def figures() -> Iterator[Figure]:
    with TemporaryDirectory(prefix="portal-bench-") as name, installation() as large:
        folder = Path(name)
        with large.app.app_context():
            write_lines(folder / "all.jsonl", HELD + ROUNDS * SLICE, today=clock.local_date(clock.now()))
        held, *slices = _sliced(folder / "all.jsonl", folder)
        _imported(large, held, HELD)
        waiting = iter(slices)

        def into_many() -> float:
            return _imported(large, next(waiting), SLICE)

        def into_none() -> float:
            with installation() as empty:
                return _imported(empty, slices[0], SLICE)

        yield compare(
            f"register_import.growth_0_to_{HELD}", "customers/s", subject=into_many, baseline=into_none, rounds=ROUNDS
        )
