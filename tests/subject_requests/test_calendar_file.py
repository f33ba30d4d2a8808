"""The calendar file by the rules of RFC 5545."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from portal.subject_requests.calendar_file import Day, calendar

MADE_AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def file_of(text: str) -> bytes:
    day = Day(
        uid="K7F3-9QTD@example.com",
        sequence=2,
        on=date(2026, 12, 31),
        title="Vastaus",
        text=text,
        url="https://example.com/fi/my/requests/K7F3-9QTD",
        language="fi",
    )
    return calendar(day, made_at=MADE_AT)


def test_a_day_is_written_as_one_whole_day_event() -> None:
    assert file_of("Viimeistään tänään; ehkä ennen, siis.").decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//KSS Verkko Oy//Privacy portal//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        "UID:K7F3-9QTD@example.com",
        "SEQUENCE:2",
        "DTSTAMP:20261124T080000Z",
        "DTSTART;VALUE=DATE:20261231",
        "DTEND;VALUE=DATE:20270101",
        "SUMMARY;LANGUAGE=fi:Vastaus",
        "DESCRIPTION;LANGUAGE=fi:Viimeistään tänään\\; ehkä ennen\\, siis.",
        "URL:https://example.com/fi/my/requests/K7F3-9QTD",
        "CLASS:PRIVATE",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n"), max_size=300))
def test_no_line_is_too_long_and_no_letter_is_cut(text: str) -> None:
    written = file_of(text)
    lines = written.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    for line in lines:
        line.decode()  # a letter cut in two would not be UTF-8
    whole = written.decode().replace("\r\n ", "")
    told = next(line for line in whole.split("\r\n") if line.startswith("DESCRIPTION"))
    unescaped = told.removeprefix("DESCRIPTION;LANGUAGE=fi:").replace("\\\\", "\0")
    for plain, escaped in ((";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        unescaped = unescaped.replace(escaped, plain)
    assert unescaped.replace("\0", "\\") == text
