"""The list that brings a restored backup up to date: erasures and refusals since, without a name (S19).

One JSON object a line. `since` writes it, `replay` carries it out on the restored database, which needs the keys that
the list was made with. Repeating it changes nothing.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.core import audit
from portal.core.audit import Actor, AuditAction
from portal.core.crypto import blind_indexes
from portal.core.db import db, transaction
from portal.core.errors import DomainError
from portal.permissions import lasting
from portal.permissions.lasting import Refusal
from portal.register import erased
from portal.register.models import Customer, Erasure, ErasureReason
from portal.subject_requests import erasing
from portal.subject_requests.erasure_plan import Part

FORMAT = "portal-erasures/1"
ERASURE, REFUSAL = "erasure", "refusal"


class UnreadableList(DomainError):
    """The file is no list of erasures; nothing was done."""


@dataclass(frozen=True)
class Replayed:
    """How many customers were erased again, and how many refusals were written again."""

    erased: int
    refusals: int


@dataclass(frozen=True)
class _Entry:
    id: int
    at: datetime
    number: str
    reason: ErasureReason
    is_entire: bool
    case: str | None
    parts: list[dict[str, Any]]

    @classmethod
    def of_json(cls, told: dict[str, Any]) -> "_Entry":
        return cls(
            id=int(told["id"]),
            at=datetime.fromisoformat(told["at"]),
            number=str(told["number"]),
            reason=ErasureReason(told["reason"]),
            is_entire=bool(told["is_entire"]),
            case=told["case"],
            parts=[Part.of_json(part).as_json() for part in told["parts"]],
        )


def since(at: datetime) -> Iterator[str]:
    """The lines of the list: what has happened from that moment on."""
    yield json.dumps({"format": FORMAT, "since": at.isoformat()})
    for refusal in lasting.refusals(at):
        yield json.dumps({"kind": REFUSAL, **refusal.as_json()})
    for row in db.session.scalars(select(Erasure).where(Erasure.at >= at).order_by(Erasure.at, Erasure.id)):
        told = {
            "id": row.id,
            "at": row.at.isoformat(),
            "number": row.number_hash,
            "reason": row.reason.value,
            "is_entire": row.is_entire,
            "case": row.case,
            "parts": row.parts,
        }
        yield json.dumps({"kind": ERASURE, **told})


def replay(lines: Iterable[str], *, actor: Actor, now: datetime) -> Replayed:
    """Forbid and erase again what the restored database has forgotten; raises UnreadableList before doing anything.

    An erasure that the database still knows is not repeated: who has come back since stays.
    """
    refusals, entries = read(lines)
    repeated = lasting.repeat(refusals, actor=actor, now=now)
    known = set(db.session.scalars(select(Erasure.id)))
    wanted = list({entry.id: entry for entry in entries if entry.id not in known}.values())
    count = 0
    owners = _owners() if wanted else {}
    for entry in sorted(wanted, key=lambda entry: entry.at):
        count += _erase(entry, owners.get(entry.number), actor=actor, now=now)
    with transaction():
        audit.record(AuditAction.ERASURES_REPLAYED, actor=actor, now=now, purpose=f"erased:{count} refusals:{repeated}")
    return Replayed(count, repeated)


def read(lines: Iterable[str]) -> tuple[list[Refusal], list[_Entry]]:
    """Several lists one after the other are one; raises UnreadableList."""
    refusals: list[Refusal] = []
    entries: list[_Entry] = []
    is_headed = False
    for number, line in enumerate(lines, start=1):
        try:
            told = json.loads(line)
            if not is_headed:
                is_headed = told["format"] == FORMAT
                if not is_headed:
                    raise ValueError(told["format"])
            elif told.get("format") == FORMAT:
                continue
            elif told["kind"] == REFUSAL:
                refusals.append(Refusal.of_json(told))
            elif told["kind"] == ERASURE:
                entries.append(_Entry.of_json(told))
            else:
                raise ValueError(told["kind"])
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            raise UnreadableList(f"line {number} is not of a list of erasures") from None
    if not is_headed:
        raise UnreadableList("the list of erasures is empty")
    return refusals, entries


def _owners() -> dict[str, int]:
    """Row ids by the hashes that a list may know a customer number by."""
    rows = db.session.execute(select(Customer.number, Customer.id).execution_options(yield_per=1000))
    return {known: row_id for number, row_id in rows for known in blind_indexes(erased.COLUMN, number)}


def _erase(entry: _Entry, customer_id: int | None, *, actor: Actor, now: datetime) -> bool:
    """Erase as it was decided then, and put the erasure on record as it was."""
    with transaction():
        is_there = customer_id is not None and db.session.get(Customer, customer_id) is not None
        if is_there and customer_id is not None:
            erasing.repeat(
                customer_id=customer_id, reason=entry.reason, parts=entry.parts, case=entry.case, actor=actor, now=now
            )
        db.session.add(
            Erasure(
                id=entry.id,
                number_hash=entry.number,
                at=entry.at,
                reason=entry.reason,
                is_entire=entry.is_entire,
                case=entry.case,
                parts=entry.parts,
            )
        )
        return is_there
