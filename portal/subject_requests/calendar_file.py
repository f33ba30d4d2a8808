"""A date as a calendar file (RFC 5545) that phones and mail programs add to their calendar."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

LONGEST_LINE = 75  # bytes, the line end not counted (RFC 5545, 3.1)
PRODUCT = "-//KSS Verkko Oy//Privacy portal//EN"


@dataclass(frozen=True, kw_only=True)
class Day:
    """An event that lasts a whole day. `uid` stays the same when the date moves, and `sequence` grows."""

    uid: str
    sequence: int
    on: date
    title: str
    text: str
    url: str
    language: str


def calendar(day: Day, *, made_at: datetime) -> bytes:
    """`made_at` is in UTC."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{day.uid}",
        f"SEQUENCE:{day.sequence}",
        f"DTSTAMP:{made_at:%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{day.on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day.on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY;LANGUAGE={day.language}:{_escaped(day.title)}",
        f"DESCRIPTION;LANGUAGE={day.language}:{_escaped(day.text)}",
        f"URL:{day.url}",
        "CLASS:PRIVATE",
        "TRANSP:TRANSPARENT",  # the day is not reserved
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _escaped(text: str) -> str:
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return text


def _folded(line: str) -> str:
    """No part longer than 75 bytes, and no letter cut in two."""
    parts, part, room = [], "", LONGEST_LINE
    for sign in line:
        size = len(sign.encode())
        if size > room:
            parts.append(part)
            part, room = "", LONGEST_LINE - 1  # the space that a continued line begins with
        part += sign
        room -= size
    return "\r\n ".join([*parts, part])
