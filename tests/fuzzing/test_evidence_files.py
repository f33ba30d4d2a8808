"""Files of evidence: whatever the bytes, they are refused, or kept without what hangs on a picture."""

from hypothesis import given
from hypothesis import strategies as st

from portal.subject_requests.evidence_files import FileKind, UnfitFile, cleaned
from tests.subject_requests.test_evidence import FRAME, JPEG, PDF, PNG, SCAN, SIGNATURE, part, segment

SECRET = b"60.8679N 26.7042E"
names = st.sampled_from([b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tEXt", b"eXIf", b"acTL", b"tRNS", b"zzzz", b"IdAT"])
bodies = st.binary(max_size=14) | st.just(SECRET) | st.just((1).to_bytes(4) * 2 + bytes((8, 0, 0, 0, 0)))
chunks = st.tuples(names, bodies).map(lambda pair: part(*pair))
pngs = st.lists(chunks, max_size=6).map(lambda parts: SIGNATURE + PNG[8:33] + b"".join(parts) + PNG[-12:])
markers = st.integers(0xC0, 0xFE)
segments = st.tuples(markers, st.binary(max_size=14) | st.just(SECRET)).map(lambda pair: segment(*pair))
jpegs = st.lists(segments | st.sampled_from([FRAME, SCAN, b"\xff\xd9", b"\xff", SECRET]), max_size=6).map(
    lambda parts: b"\xff\xd8" + b"".join(parts) + FRAME + SCAN + b"\xff\xd9"
)
damage = st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=4)), max_size=4)


def kept(content: bytes) -> tuple[FileKind, bytes] | None:
    try:
        return cleaned(content)
    except UnfitFile:
        return None


@given(pngs | jpegs, damage)
def test_what_is_kept_is_no_longer_has_no_secret_and_is_clean(content: bytes, changes: list[tuple[int, bytes]]) -> None:
    for at, put in changes:
        content = content[:at] + put + content[at + len(put) :]
    found = kept(content)
    if found is None:
        return
    kind, clean = found
    assert len(clean) <= len(content)
    assert cleaned(clean) == (kind, clean)


@given(st.lists(st.tuples(st.sampled_from([b"tEXt", b"eXIf", b"iTXt", b"zTXt", b"tIME"]), st.just(SECRET)), max_size=4))
def test_no_words_beside_a_picture_are_kept(parts: list[tuple[bytes, bytes]]) -> None:
    content = PNG[:33] + b"".join(part(*one) for one in parts) + PNG[33:] + SECRET
    assert cleaned(content) == (FileKind.PNG, PNG)


@given(st.lists(st.integers(0xE0, 0xEF) | st.just(0xFE), max_size=4))
def test_no_words_beside_a_photo_are_kept(told: list[int]) -> None:
    content = JPEG[:2] + b"".join(segment(marker, SECRET) for marker in told) + JPEG[2:] + SECRET
    found = kept(content)
    assert found is not None and SECRET not in found[1]


@given(
    st.lists(
        st.binary(max_size=12) | st.sampled_from([b"stream\n", b"endstream", b"endobj", b"/ObjStm", b"/J#53"]),
        max_size=9,
    )
)
def test_any_document_is_kept_as_it_is_or_refused(inside: list[bytes]) -> None:
    found = kept(PDF.replace(b"%%EOF", b"".join(inside) + b"\n%%EOF"))
    assert found is None or found[1].startswith(b"%PDF-")
