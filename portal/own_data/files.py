"""The copy as files: a CSV per category, one per metering point, everything else, JSON and PDF, in one ZIP stream."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from flask_babel import gettext as _

from portal.catalogues import code_lists
from portal.catalogues.fields import BY_CATEGORY, CURRENCY, Display, FieldSpec
from portal.catalogues.recipients import Recipient
from portal.core.clock import HELSINKI
from portal.core.crypto import DAMAGED
from portal.own_data import labels, tables
from portal.own_data.consumption import MeteringPoint, metering_points
from portal.own_data.exporting import document
from portal.own_data.holdings import Holdings
from portal.register.labels import field_display, recipients_named
from portal.register.reading import CategoryRecords, FieldValue
from portal.register.values import Value, as_text
from portal.web.csv_files import Cell, csv_lines

ZipTime: TypeAlias = tuple[int, int, int, int, int, int]

UNITS = {Display.MONEY: CURRENCY, Display.KWH: "kWh", Display.SECONDS: "s"}


@dataclass(frozen=True)
class Member:
    """A file of the archive, written piece by piece."""

    name: str
    title: str
    pieces: Iterable[bytes]


def json_pieces(held: Holdings) -> Iterator[bytes]:
    """The JSON document in pieces, so that no second copy of it is held whole."""
    for piece in json.JSONEncoder(ensure_ascii=False, indent=1).iterencode(document(held)):
        yield piece.encode()


def archive(held: Holdings, *, pdf: bytes) -> Iterator[bytes]:
    """The whole copy as a ZIP stream."""
    members = [*_tables(held), Member("export.json", _("Everything, for programs"), json_pieces(held))]
    members.append(Member("copy.pdf", _("Everything, for reading and printing"), [pdf]))
    return written([_contents(members), *members], at=_zip_time(held.made_at))


def written(members: Iterable[Member], *, at: ZipTime) -> Iterator[bytes]:
    """The archive as it grows: nothing is kept on disk, and in memory only the piece that is being written."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as package:
        for member in members:
            info = zipfile.ZipInfo(member.name, at)
            info.compress_type = zipfile.ZIP_DEFLATED
            with package.open(info, "w") as entry:
                for piece in member.pieces:
                    entry.write(piece)
                    if ready := outlet.taken():
                        yield ready
            yield outlet.taken()
    yield outlet.taken()


def consumption_rows(point: MeteringPoint) -> Iterator[Sequence[Cell]]:
    """Consumption at one metering point, ready for a spreadsheet (Electricity Market Act, section 75 e)."""
    specs = [field.spec for field in point.records[0].fields] if point.records else []
    yield [*(_heading(spec) for spec in specs), _("Source"), _("Source date"), _("Updated"), _("Kept until")]
    for record in point.records:
        origin = record.fields[-1]
        values = [_cell(field.spec, field.value) for field in record.fields]
        yield [*values, str(labels.SOURCES[origin.source]), origin.source_on, origin.updated_at, origin.kept_until]


def _tables(held: Holdings) -> Iterator[Member]:
    for group in held.categories:
        yield Member(f"{group.spec.category.value}.csv", str(group.spec.label), csv_lines(_category_rows(group)))
    for point in metering_points(held.categories):
        title = _("Consumption at metering point %(gsrn)s", gsrn=point.gsrn)
        yield Member(f"consumption/{point.gsrn}.csv", title, csv_lines(consumption_rows(point)))
    yield Member("all-fields.csv", _("Every detail with its source and purpose"), csv_lines(_field_rows(held)))
    for table in tables.everything_else(held, tables.FILE):
        yield Member(f"{table.key}.csv", table.title, csv_lines([table.columns, *table.rows]))


def _category_rows(group: CategoryRecords) -> Iterator[Sequence[Cell]]:
    """A record a row. Where each detail comes from is told in the file of all fields."""
    fields = group.records[0].fields if group.records else ()
    specs = [field.spec for field in fields] or list(BY_CATEGORY[group.spec.category])
    yield [_("Record"), *(_heading(spec) for spec in specs), _("Kept until")]
    for record in group.records:
        number = None if record.record_id is None else str(record.record_id)
        yield [number, *(_cell(f.spec, f.value) for f in record.fields), record.fields[0].kept_until]


def _field_rows(held: Holdings) -> Iterator[Sequence[Cell]]:
    yield [
        _("Category of data"),
        _("Record"),
        _("Key in the JSON file"),
        _("Field"),
        _("Value"),
        _("Source"),
        _("Source date"),
        _("Updated"),
        _("Used for"),
        _("Legal basis"),
        _("May be given to"),
        _("Kept until"),
        _("Rule of keeping"),
    ]
    named = recipients_named(held.recipients)
    for group in held.categories:
        for record in group.records:
            number = None if record.record_id is None else str(record.record_id)
            for field in record.fields:
                yield [str(group.spec.label), number, *_told(group, field, named)]


def _told(group: CategoryRecords, field: FieldValue, named: Mapping[Recipient, str]) -> list[Cell]:
    return [
        field.key,
        str(field.spec.label),
        _cell(field.spec, field.value),
        str(labels.SOURCES[field.source]),
        field.source_on,
        field.updated_at,
        "; ".join(labels.purposes_of(field.spec.purposes)),
        "; ".join(labels.legal_bases_of(field.spec.legal_basis)),
        "; ".join(labels.recipients_of(field.spec.recipients, named)),
        field.kept_until,
        labels.retention_of(group.spec),
    ]


def _heading(spec: FieldSpec) -> str:
    unit = UNITS.get(spec.display)
    return _("%(field)s (%(unit)s)", field=spec.label, unit=unit) if unit else str(spec.label)


def _cell(spec: FieldSpec, value: Value) -> Cell:
    """A value for a spreadsheet, in full: codes in words, money in whole units."""
    if value == DAMAGED:
        return field_display(spec, value)
    match value:
        case None:
            return None
        case _ if spec.code_list is not None:
            return str(code_lists.label(spec.code_list, as_text(value)))
        case int() if spec.display is Display.MONEY:
            return Decimal(value).scaleb(-2)
        case _:
            return value


def _contents(members: Iterable[Member]) -> Member:
    lines = [_("What is in this package"), "", *(f"{member.name}: {member.title}" for member in members)]
    return Member("readme.txt", lines[0], ["\r\n".join([*lines, ""]).encode("utf-8-sig")])


def _zip_time(at: datetime) -> ZipTime:
    local = at.astimezone(HELSINKI)
    return (local.year, local.month, local.day, local.hour, local.minute, local.second)


class _Outlet(io.RawIOBase):
    """What the archive is written to: it cannot be sought, so the archive is written straight ahead."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # the archive writes bytes
        self._waiting += data
        return len(data)

    def taken(self) -> bytes:
        """What has been written since the last time."""
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken
