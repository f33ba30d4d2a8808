"""A file from another system may hold anything: each line becomes values or a fault, and what is kept can be stored."""

import json
from io import BytesIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from portal.catalogues.fields import BY_KEY
from portal.register.importing.checking import Draft, Faulty, check
from portal.register.importing.faults import ImportRefused
from portal.register.importing.lines import COLUMNS, FileFormat, Line, read
from tests.conftest import START
from tests.register.importing.files import billing, customer, site

WHOLE = customer(0, phone="+358440001234", email="a@example.com", sites=[site()], billing=billing())
odd = st.sampled_from(
    ["", " ", "\0", "\ud800", "\u2028", "\u202e", "=1+1", "٣", "9" * 5000, "\r\n", '"', ";", "é\u0301"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | odd,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*BY_KEY]) | odd, inner, max_size=3),
    max_leaves=8,
)
pieces = st.sampled_from(
    [b"{", b"}", b"[", b"]", b'"', b":", b",", b";", b"\n", b"\r", b"\r\n", b"\0", b"\xef\xbb\xbf", b"\xff",
     b"\\u", b"1e999",
     b"NaN", b"null", b"customer_number", b"name", b"gsrn", b"=cmd", b"\xc3\xa4", b"\xc3", b" ", b"\t"]
)  # fmt: skip
files = st.lists(pieces | st.binary(max_size=6), max_size=30).map(b"".join)


def lines_of(content: bytes, format: FileFormat) -> list[Line]:
    try:
        return list(read(BytesIO(content), format))
    except ImportRefused:
        return []


def drafted(told: dict[str, Any]) -> Draft | None:
    try:
        return check(told, line=1, today=START.date(), artificial=True)
    except Faulty as faulty:
        assert faulty.faults
        return None


def storable(draft: Draft | None) -> None:
    for record in (draft.customer, *draft.records) if draft else ():
        for value in record.values.values():
            if isinstance(value, str):
                assert "\0" not in value
                value.encode("utf-8")
            if isinstance(value, int):
                assert abs(value) < 2**63


@given(files, st.sampled_from(FileFormat))
def test_any_bytes_are_lines_or_faults_in_their_order(content: bytes, format: FileFormat) -> None:
    lines = lines_of(content, format)
    assert all((line.values is None) is not (line.fault is None) for line in lines)
    assert [line.number for line in lines] == sorted({line.number for line in lines})
    for line in lines:
        if line.values is not None:
            storable(drafted(dict(line.values)))


@given(
    st.lists(st.sampled_from(COLUMNS), unique=True, max_size=6),
    st.lists(st.lists(st.text(max_size=8) | odd, max_size=8)),
)
def test_any_cells_are_lines_or_faults(columns: list[str], rows: list[list[str]]) -> None:
    text = "\n".join(";".join(row) for row in (["customer_number", *columns], *rows))
    for line in lines_of(text.encode("utf-8", "surrogatepass"), FileFormat.CSV):
        if line.values is not None:
            storable(drafted(dict(line.values)))


def places(told: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


PLACES = places(WHOLE)[1:]


@given(st.sampled_from(PLACES), values)
def test_a_good_line_with_one_odd_value_is_a_draft_that_can_be_stored_or_is_faulty(
    place: tuple[Any, ...], value: Any
) -> None:
    told = json.loads(json.dumps(WHOLE))
    holder = told
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    storable(drafted(told))


def test_the_good_line_is_good() -> None:
    assert drafted(WHOLE) is not None
