"""Taking in a file of the customer information system, a batch of lines at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.exc import DBAPIError, OperationalError

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.clock import local_date
from portal.core.db import db, random_id, serialise, transaction
from portal.core.settings import settings
from portal.register.importing import checking
from portal.register.importing.checking import Draft, Faulty
from portal.register.importing.faults import Fault, ImportProblem, LineFault
from portal.register.importing.lines import FileFormat, Line, format_of, read
from portal.register.importing.planning import Claims, Outcome, Plan, plan
from portal.register.importing.writing import write

# Lines written in one transaction: others who write wait for no longer than that takes.
BATCH = 250
CUSTOMER_NUMBERS = 10**7  # the eighth digit is a check digit


@dataclass
class Counts:
    """Every line read is in exactly one of created, updated, unchanged, rejected and dropped.

    `conflicts` are values that a customer has corrected and that wait for a clerk, `permissions_kept` what the
    person's own word about marketing kept out, `kept_out` records that were erased here, or kept
    long enough, and do not come back.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    dropped_without_permission: int = 0
    conflicts: int = 0
    permissions_kept: int = 0
    kept_out: int = 0

    def __iadd__(self, other: "Counts") -> "Counts":
        for counted in fields(self):
            setattr(self, counted.name, getattr(self, counted.name) + getattr(other, counted.name))
        return self


@dataclass(frozen=True)
class Import:
    """How a file is taken in: by whom, for good or not, and where its faults and its progress (in bytes) are told.

    `warn` is told what somebody should look at in lines that were taken.
    """

    actor: Actor
    clock: Callable[[], datetime]
    report: Callable[[LineFault], None]
    progress: Callable[[int], None] = lambda _position: None
    warn: Callable[[LineFault], None] = lambda _warning: None
    is_dry_run: bool = False


def import_file(path: Path, how: Import, *, format: FileFormat | None = None) -> Counts:
    """Take in every good line and report every bad one; repeating it changes nothing.

    Each batch is a transaction of its own: what was written before an interruption stays, and the next run goes on
    from there. Raises ImportRefused or OSError for a file that cannot be read as a whole.
    """
    with path.open("rb") as file:
        run = _Run(how)
        try:
            return run.take(file, read(file, format or format_of(path, file)))
        finally:
            run.close()


class _Run:
    def __init__(self, how: Import) -> None:
        self.how = how
        self.id = random_id()
        self.counts = Counts()
        self.seen = bytearray(CUSTOMER_NUMBERS // 8)
        self.claims = Claims() if how.is_dry_run else None

    def close(self) -> None:
        if self.claims is not None:
            self.claims.close()

    def take(self, file: BinaryIO, lines: Iterator[Line]) -> Counts:
        while batch := list(islice(lines, BATCH)):
            self._take_batch(batch)
            self.how.progress(file.tell())
        self._tell_of_the_whole()
        return self.counts

    def _take_batch(self, lines: Sequence[Line]) -> None:
        faults: dict[int, Sequence[Fault]] = {}
        drafts: list[Draft] = []
        for line in lines:
            try:
                drafts.append(self._draft(line))
            except Faulty as faulty:
                faults[line.number] = faulty.faults
        if drafts:
            faults |= self._settle(drafts)
        self.counts += Counts(read=len(lines), rejected=len(faults))
        for number in sorted(faults):
            for fault in faults[number]:
                self.how.report(LineFault(number, fault))

    def _draft(self, line: Line) -> Draft:
        """Raises Faulty."""
        if line.values is None:
            raise Faulty([line.fault] if line.fault else [])
        today = local_date(self.how.clock())
        draft = checking.check(line.values, line=line.number, today=today, artificial=settings().is_demo)
        if self._has_seen(draft.number):
            raise Faulty([Fault(ImportProblem.DUPLICATE, "customer_number")])
        return draft

    def _has_seen(self, number: str) -> bool:
        """Whether an earlier good line is about this customer; one bit for each number that there can be."""
        place, bit = divmod(int(number[:-1]), 8)
        seen = bool(self.seen[place] >> bit & 1)
        self.seen[place] |= 1 << bit
        return seen

    def _settle(self, drafts: Sequence[Draft]) -> dict[int, Sequence[Fault]]:
        """Write a batch, or line by line where the database refuses the batch; returns the faults by line."""
        try:
            plans, faults = self._planned(drafts) if self.how.is_dry_run else self._written(drafts)
        except DBAPIError as refusal:
            if refusal.connection_invalidated or (len(drafts) == 1 and isinstance(refusal, OperationalError)):
                raise
            if len(drafts) == 1:
                return {drafts[0].line: [Fault(ImportProblem.REFUSED)]}
            return {line: found for draft in drafts for line, found in self._settle([draft]).items()}
        for made in plans:
            self.counts += _counts_of(made)
            for warning in made.warnings if made.outcome is not Outcome.DROPPED else ():
                self.how.warn(LineFault(made.draft.line, warning))
        return faults

    def _planned(self, drafts: Sequence[Draft]) -> tuple[list[Plan], dict[int, Sequence[Fault]]]:
        plans, faults = plan(drafts, claims=self.claims, now=self.how.clock())
        db.session.rollback()
        if self.claims is not None:
            self.claims.add(made for made in plans if made.outcome is not Outcome.DROPPED)
        return plans, faults

    def _written(self, drafts: Sequence[Draft]) -> tuple[list[Plan], dict[int, Sequence[Fault]]]:
        now = self.how.clock()
        with transaction():
            serialise("audit")  # before any row, as decisions do: two orders of locks would meet
            plans, faults = plan(drafts, claims=None, now=now)
            write(plans, import_id=self.id, actor=self.how.actor, now=now)
        return plans, faults

    def _tell_of_the_whole(self) -> None:
        if self.how.is_dry_run:
            return
        counts = self.counts
        with transaction():
            audit.record(
                AuditAction.REGISTER_IMPORTED,
                actor=self.how.actor,
                now=self.how.clock(),
                object=f"import:{self.id}",
                purpose=f"read:{counts.read} rejected:{counts.rejected} dropped:{counts.dropped_without_permission}",
            )


def _counts_of(made: Plan) -> Counts:
    outcome = made.outcome
    if outcome is Outcome.DROPPED:
        return Counts(dropped_without_permission=1)
    assert made.decision is not None
    return Counts(
        created=int(outcome is Outcome.CREATED),
        updated=int(outcome is Outcome.UPDATED),
        unchanged=int(outcome is Outcome.UNCHANGED),
        conflicts=made.conflicts,
        permissions_kept=made.decision.kept,
        kept_out=made.kept_out,
    )
