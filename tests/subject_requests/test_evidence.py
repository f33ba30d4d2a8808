"""Files of evidence: what is taken in, what of them is kept, and who gets them back (S17)."""

import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Literal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import IntegrityError

from portal.core import clock
from portal.core.db import db
from portal.core.errors import Throttled
from portal.subject_requests import evidence, services
from portal.subject_requests.evidence import SentFile
from portal.subject_requests.evidence_files import FileKind, UnfitFile, cleaned
from portal.subject_requests.kinds import Kind
from portal.subject_requests.models import CaseFile, CaseMessage, SubjectRequest
from tests.conftest import START, FrozenClock
from tests.factories import make_customer
from tests.pages import BROWSER, FROM_OURSELVES, Page, Pages
from tests.subject_requests.people import customer_actor

SignIn = Callable[..., Pages]
CORRECTION = "/en/my/requests/new/correction?field=billing_city"


def part(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2) + body


HEAD = part(b"IHDR", (1).to_bytes(4) + (1).to_bytes(4) + bytes((8, 0, 0, 0, 0)))
DOT = part(b"IDAT", zlib.compress(b"\0\0"))
END = part(b"IEND", b"")
SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG = SIGNATURE + HEAD + DOT + END

FRAME = segment(0xC0, bytes((8, 0, 1, 0, 1, 1, 1, 0x11, 0)))
SCAN = segment(0xDA, bytes((1, 1, 0, 0, 63, 0))) + b"\x12\xff\x00\x34\xff\xd0\x56"
JPEG = b"\xff\xd8" + segment(0xDB, bytes(65)) + FRAME + SCAN + b"\xff\xd9"

PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer << >>\n%%EOF\n"


def test_a_picture_keeps_what_draws_it_and_nothing_else() -> None:
    place = part(b"eXIf", b"60.87 N 26.70 E") + part(b"tEXt", b"Author\0Aino") + part(b"prVt", b"x")
    assert cleaned(SIGNATURE + HEAD + place + DOT + END + b"<script>") == (FileKind.PNG, PNG)
    told = segment(0xE1, b"Exif\0\0 60.87 N 26.70 E") + segment(0xFE, b"a comment") + segment(0xED, b"Photoshop")
    jpeg = b"\xff\xd8" + told + segment(0xDB, bytes(65)) + b"\xff\xff" + FRAME[1:] + SCAN + b"\xff\xd9PK\x03\x04"
    assert cleaned(jpeg) == (FileKind.JPEG, JPEG)


@pytest.mark.parametrize("order", ["II", "MM"])
def test_a_photo_stays_the_right_way_up(order: Literal["II", "MM"]) -> None:
    def number(value: int, size: int) -> bytes:
        return value.to_bytes(size, "little" if order == "II" else "big")

    place = number(0x8825, 2) + number(4, 2) + number(1, 4) + number(99, 4)
    turned = number(0x0112, 2) + number(3, 2) + number(1, 4) + number(6, 2) + bytes(2)
    tiff = order.encode() + number(42, 2) + number(8, 4) + number(2, 2) + place + turned + bytes(4) + b"60.87 N"
    kept = cleaned(b"\xff\xd8" + segment(0xE1, b"Exif\0\0" + tiff) + JPEG[2:])[1]
    alone = bytes.fromhex("4d4d002a 00000008 0001 0112 0003 00000001 0006 0000 00000000")
    assert kept == b"\xff\xd8" + segment(0xE1, b"Exif\0\0" + alone) + JPEG[2:]
    assert cleaned(kept)[1] == kept


def test_a_photo_keeps_no_smaller_picture_of_itself() -> None:
    jfif, adobe = b"JFIF\0\x01\x02\x01\0\x48\0\x48", b"Adobe\0\x64\0\0\0\0\x01"
    told = segment(0xE0, jfif + b"\x02\x02" + bytes(12)) + segment(0xE0, b"JFXX\0\x10" + JPEG) + segment(0xEE, adobe)
    kept = cleaned(b"\xff\xd8" + told + segment(0xEE, b"60.87 N 26.70 E") + JPEG[2:])[1]
    assert kept == b"\xff\xd8" + segment(0xE0, jfif + b"\0\0") + segment(0xEE, adobe) + JPEG[2:]
    assert cleaned(kept)[1] == kept


def test_what_has_been_cleaned_is_clean() -> None:
    for content in (PNG, JPEG, PDF):
        assert cleaned(content)[1] == content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a",
        PNG[:-1],
        PNG.replace(HEAD, b""),
        SIGNATURE + DOT + END,
        PNG[:-1] + bytes((PNG[-1] ^ 1,)),
        SIGNATURE + part(b"IHDR", (90_000).to_bytes(4) * 2 + bytes((8, 0, 0, 0, 0))) + DOT + END,
        JPEG[:-2],
        b"\xff\xd8\xff\xd9",
        JPEG.replace(FRAME, b""),
        b"\xff\xd8" + segment(0xC0, bytes((8, 0xFF, 0xFF, 0xFF, 0xFF, 1, 1, 0x11, 0))) + SCAN + b"\xff\xd9",
        PDF.replace(b"%%EOF", b""),
        PDF.replace(b"/Type", b"/OpenAction << /S /JavaScript >> /Type"),
        PDF.replace(b"/Type", b"/OpenAction << /S /J#61vaScript >> /Type"),
        PDF.replace(b"/Type", b"/OpenAction << /S /#4A#53 >> /Type"),
        PDF.replace(b"/Type", b"/#4c#61unch 2 0 R /Type"),
        PDF.replace(b"/Type", b"/EmbeddedFiles 2 0 R /Type"),
        PDF.replace(b"/Type", b"/Encrypt 2 0 R /Type"),
    ],
)
def test_what_is_no_such_file_or_broken_or_acts_is_refused(content: bytes) -> None:
    with pytest.raises(UnfitFile):
        cleaned(content)


def packed(objects: bytes, name: bytes = b"/ObjStm") -> bytes:
    head = b"9 0 obj << /Type " + name + b" /N 1 /First 4 /Filter /FlateDecode >> stream\r\n"
    return PDF.replace(b"trailer", head + zlib.compress(objects) + b"\nendstream endobj\ntrailer")


def test_a_pdf_that_hides_what_acts_in_compressed_objects_is_refused() -> None:
    harmless = packed(b"1 0 << /Type /Page >>")
    assert cleaned(harmless) == (FileKind.PDF, harmless)
    acting = b"1 0 << /OpenAction << /S /JavaScript /JS (x) >> >>"
    bomb = bytes(60_000_000)
    for content in (packed(acting), packed(acting, b"/Obj#53tm"), packed(bomb), harmless.replace(b"endstream", b"")):
        with pytest.raises(UnfitFile):
            cleaned(content)


def test_a_name_that_only_begins_like_one_that_acts_is_none() -> None:
    content = PDF.replace(b"/Type", b"/JS#20 1 /AAB 2 /Launcher 3 /Type")
    assert cleaned(content) == (FileKind.PDF, content)


def test_a_photo_of_many_small_parts_that_promise_much_takes_no_time() -> None:
    promising = segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff")  # 65,535 entries, of which none is there
    began = perf_counter()
    assert cleaned(b"\xff\xd8" + promising * 2000 + JPEG[2:]) == (FileKind.JPEG, JPEG)
    assert perf_counter() - began < 5  # each part took 15 ms


@given(st.sampled_from([PNG, JPEG, PDF]), st.binary(max_size=60), st.integers(0, 200), st.integers(0, 200))
def test_damaged_bytes_are_cleaned_or_refused_and_never_break_anything(
    content: bytes, junk: bytes, at: int, skip: int
) -> None:
    damaged = content[:at] + junk + content[at + skip :]
    try:
        kind, kept = cleaned(damaged)
    except UnfitFile:
        return
    assert cleaned(kept) == (kind, kept)


def with_file(pages: Pages, content: bytes, name: str = "contract.png", **data: object) -> Page:
    sent = pages.get(CORRECTION).form_values("/en/my/requests/new/correction")
    typed = {"items-0-proposed": "Kotka", "grounds": "See the file.", "evidence": (io.BytesIO(content), name)}
    return pages.post("/en/my/requests/new/correction", {**sent, **typed, **data})


@dataclass(frozen=True)
class Kept:
    id: int
    kind: FileKind
    size: int
    sha256: str
    name: str | None
    document: bytes | None


def files(app: Flask) -> list[Kept]:
    with app.app_context():
        rows = db.session.scalars(select(CaseFile).order_by(CaseFile.kind))
        return [Kept(row.id, row.kind, row.size, row.sha256, row.name, row.document) for row in rows]


def test_a_page_that_lists_files_reads_none_of_them(app: Flask, sign_in: SignIn) -> None:
    """Ten files of ten megabytes would be read, and held, with every view of the request."""
    with_file(sign_in("customer"), PNG)
    with app.app_context():
        (listed,) = evidence.files_of(db.session.scalars(select(SubjectRequest)).one())
        assert "document_encrypted" in inspect(listed).unloaded
        assert listed.document == PNG


def status_of_large(pages: Pages, path: str, content: bytes) -> int:
    """Sent as bytes: the test client would leave the temporary file of its own open."""
    edge = "an-edge"
    page = pages.get(path)
    values = {**page.form_values(path), "text": "Here.", "csrf_token": page.csrf_token or ""}
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in values.items()
    ]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="evidence"; filename="a.png"\r\n\r\n'
    body = "".join([*parts, head]).encode() + content + f"\r\n--{edge}--\r\n".encode()
    kind = f"multipart/form-data; boundary={edge}"
    response = pages.browser.post(path, data=body, content_type=kind, headers=BROWSER | FROM_OURSELVES)
    response.close()
    return response.status_code


def test_evidence_goes_with_a_correction_and_comes_back_to_its_owner_and_the_desk_alone(
    app: Flask, sign_in: SignIn
) -> None:
    pages = sign_in("customer")
    path = with_file(pages, PNG + b"hidden", name="Läänin <sopimus>.png").location
    (file,) = files(app)
    assert (file.kind, file.size, file.document, file.name) == (FileKind.PNG, len(PNG), PNG, "Läänin <sopimus>.png")
    with app.app_context():
        stored = db.session.execute(text("SELECT name_encrypted, document_encrypted FROM case_file")).one()
        assert b"sopimus" not in bytes(stored[0]) and b"PNG" not in bytes(stored[1])
    assert "Läänin <sopimus>.png" in pages.get(path).text
    got = pages.get(f"{path}/files/{file.id}")
    assert (got.status, got.body, got.response.mimetype) == (200, PNG, "application/octet-stream")
    public_id = path.rsplit("/", 1)[1]
    assert got.headers["Content-Disposition"] == f'attachment; filename="{public_id}-{file.sha256[:8]}.png"'
    assert (got.headers["X-Content-Type-Options"], got.headers["Cache-Control"]) == ("nosniff", "no-store")
    clerk = sign_in("clerk")
    assert f"/en/desk/requests/{public_id}/files/{file.id}" in clerk.get(f"/en/desk/requests/{public_id}").links()
    assert clerk.get(f"/en/desk/requests/{public_id}/files/{file.id}").body == PNG
    assert sign_in("customer").get(f"{path}/files/{file.id}").status == 404
    assert sign_in("marketing").get(f"/en/desk/requests/{public_id}/files/{file.id}").status == 403
    assert pages.get(f"{path}/files/{file.id + 1}").status == 404
    assert pages.get(f"{path}/files/nonsense").status == 404


def test_a_file_that_does_not_fit_stops_the_request_and_keeps_the_text(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    page = with_file(pages, b"MZ not a picture", name="contract.png")
    assert page.status == 422
    assert page.all("a", href="#evidence")
    assert page.form_values("/en/my/requests/new/correction")["grounds"] == "See the file."
    assert "Choose the files again" in page.text
    with app.app_context():
        assert db.session.scalars(select(SubjectRequest)).all() == []
    page = with_file(pages, PNG, add="yes", field="name")
    assert (page.status, files(app)) == (200, [])
    assert "Choose the files again" in page.text


def test_a_message_may_bring_a_file_and_the_same_one_is_kept_once(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    path = pages.submit("/en/my/requests/new/access", {}).location
    for content in (PDF, PDF, PNG):
        pages.get(path)
        sent = {"text": "Here it is.", "evidence": (io.BytesIO(content), "a.pdf")}
        assert pages.post(path, sent).status == 303
    assert [file.kind for file in files(app)] == [FileKind.PDF, FileKind.PNG]
    pages.get(path)
    page = pages.post(path, {"text": "Kept?", "evidence": (io.BytesIO(b"GIF89a"), "a.gif")})
    assert (page.status, "Kept?" in page.html) == (422, True)
    assert pages.get(path).text.count("Here it is.") == 3
    assert "Kept?" not in pages.get(path).text


def picture_of(size: int) -> bytes:
    return SIGNATURE + HEAD + part(b"IDAT", bytes(size - len(SIGNATURE + HEAD + END) - 12)) + END


def test_only_forms_with_a_file_take_a_large_body(app: Flask, sign_in: SignIn) -> None:
    pages = sign_in("customer")
    path = pages.submit("/en/my/requests/new/access", {}).location
    assert status_of_large(pages, path, picture_of(10_000_000)) == 303
    assert status_of_large(pages, path, picture_of(10_000_001)) == 422
    assert status_of_large(pages, path, picture_of(10_600_000)) == 413
    assert status_of_large(pages, "/en/my/contact", picture_of(1_100_000)) == 413
    assert [file.size for file in files(app)] == [10_000_000]


def test_the_database_keeps_what_was_sent(app: Flask, sign_in: SignIn) -> None:
    with_file(sign_in("customer"), PNG)
    with app.app_context():
        for change in (
            "DELETE FROM case_file",
            "UPDATE case_file SET sha256 = ''",
            "UPDATE case_file SET document_encrypted = NULL",
        ):
            with pytest.raises(IntegrityError):
                db.session.execute(text(change))
            db.session.rollback()
        stored = db.session.execute(text("SELECT document_encrypted FROM case_file")).scalar_one()
        with pytest.raises(IntegrityError):
            db.session.execute(text("UPDATE case_file SET document_encrypted = :new"), {"new": bytes(stored) + b"x"})
        db.session.rollback()
        db.session.execute(text("UPDATE case_file SET document_encrypted = :new"), {"new": b"another|" + bytes(stored)})
        db.session.rollback()


def test_thirty_files_a_day_are_enough_for_anybody(context: Flask, frozen_clock: FrozenClock) -> None:
    aino = customer_actor(make_customer().id)

    def made() -> SubjectRequest:
        return services.submit(Kind.ACCESS, customer_id=aino.customer_id, text="Everything.", actor=aino, now=START)

    def write(case: SubjectRequest, number: int | None) -> None:
        sent = None if number is None else SentFile("a.pdf", PDF.replace(b"1 0 obj", b"%d 0 obj" % number))
        evidence.write(public_id=case.public_id, text="Here it is.", sent=sent, actor=aino, now=clock.now())

    for case in (made(), made(), made()):
        for number in range(1, 11):
            write(case, number)
    case = made()
    with pytest.raises(Throttled) as caught:
        write(case, 1)
    assert caught.value.retry_after == timedelta(days=1)
    said = select(func.count()).select_from(CaseMessage).where(CaseMessage.request_id == case.id)
    assert db.session.scalar(said) == 0, "the message with its file, or neither"
    write(case, None)
    frozen_clock.advance(timedelta(days=1))
    write(case, 1)
    assert (db.session.scalar(said), len(evidence.files_of(case))) == (2, 1)
