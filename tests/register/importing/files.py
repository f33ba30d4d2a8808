"""Files of a customer information system, made by hand."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.core import clock
from portal.core.audit import SYSTEM
from portal.demo import identifiers
from portal.register.importing.faults import LineFault
from portal.register.importing.lines import FileFormat
from portal.register.importing.services import Counts, Import, import_file

NUMBERS = [identifiers.customer_number(index) for index in range(20)]
CODES = ["280285-901N", "150678-9443", "241201A933H", "091160-977N", "010594Y9032"]
GSRN = [identifiers.gsrn(serial) for serial in range(20)]


def customer(place: int = 0, **values: Any) -> dict[str, Any]:
    """A line of the least that there must be, with the values given."""
    least = {"customer_number": NUMBERS[place], "kind": "natural", "status": "customer", "name": f"Testi {place}"}
    return {**least, **values}


def site(place: int = 0, **values: Any) -> dict[str, Any]:
    return {
        "gsrn": GSRN[place],
        "street": "Esimerkkikatu 3 A 4",
        "postal_code": "45100",
        "city": "Kouvola",
        "housing": "detached-house",
        "tenure": "owner",
        "timing": "year-round",
        "heating": "ground-source",
        "main_fuse": "3x25 A",
        "connection_number": f"L{place:07d}",
        "connection_voltage": "low",
        "connection_phases": "3",
        "connection_status": "connected",
        "contract": "network",
        "contract_duration": "open-ended",
        "contract_from": "2020-05-01",
        "tariff": "general",
        **values,
    }


def billing(**values: Any) -> dict[str, Any]:
    return {
        "billing_street": "Esimerkkikatu 3 A 4",
        "billing_postal_code": "45100",
        "billing_city": "Kouvola",
        "billing_cycle": "monthly",
        "billing_method": "e-invoice",
        **values,
    }


def permission(
    type: str = "direct-advertising",
    channel: str = "email",
    state: str = "permission",
    given_on: str = "2026-01-15",
    **values: Any,
) -> dict[str, Any]:
    return {"type": type, "channel": channel, "state": state, "given_on": given_on, **values}


@dataclass(frozen=True)
class Imported:
    counts: Counts
    faults: list[LineFault]
    warnings: list[LineFault]

    def told(self) -> list[tuple[int, str, str]]:
        """Line, field and code of each fault."""
        return [(fault.line, fault.fault.field, fault.fault.code.value) for fault in self.faults]

    def __getattr__(self, name: str) -> int:
        return int(getattr(self.counts, name))


def import_lines(folder: Path, lines: Iterable[Any], *, is_dry_run: bool = False) -> Imported:
    """Import lines of JSON: mappings, or text and bytes as they are."""
    file = folder / "customers.jsonl"
    file.write_bytes(b"".join(_raw(line) + b"\n" for line in lines))
    return import_path(file, is_dry_run=is_dry_run)


def _raw(line: Any) -> bytes:
    if isinstance(line, bytes):
        return line
    return (line if isinstance(line, str) else json.dumps(line)).encode()


def import_path(file: Path, *, is_dry_run: bool = False, format: FileFormat | None = None) -> Imported:
    faults: list[LineFault] = []
    warnings: list[LineFault] = []
    how = Import(actor=SYSTEM, clock=clock.now, report=faults.append, warn=warnings.append, is_dry_run=is_dry_run)
    return Imported(import_file(file, how, format=format), faults, warnings)
