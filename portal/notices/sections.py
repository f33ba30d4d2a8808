"""The shape of a notice text: its sections, and the places where tables are put in when it is shown."""

import re
from dataclasses import dataclass

from markupsafe import Markup

SECTION_IDS = (
    "controller",
    "contact",
    "register-name",
    "purposes",
    "legal-basis",
    "data-content",
    "sources",
    "disclosures",
    "recipients",
    "cookies",
    "transfers",
    "protection",
    "retention",
    "access",
    "rectification",
    "objection",
    "other-rights",
    "complaint",
    "display",
)
INSERTS = frozenset({"purposes", "data-content", "recipients", "cookies", "retention"})

_SECTION = re.compile(
    r'<section id="(?P<id>[a-z-]+)">\s*<h2>(?P<heading>[^<]+)</h2>(?P<body>.*?)</section>\s*', re.DOTALL
)
_INSERT = re.compile(r"<!-- insert: (?P<name>[a-z-]+) -->")
_NOT_PLAIN = re.compile(r"<section|<script|<style|\sstyle=|{{|{%")


class MalformedNotice(ValueError):
    """A notice text is not a row of sections with the agreed ids."""


@dataclass(frozen=True)
class Part:
    """A stretch of the text, and the table that follows it, if any."""

    html: Markup
    insert: str | None


@dataclass(frozen=True)
class Section:
    id: str
    heading: Markup
    parts: tuple[Part, ...]


def sections_in(text: str) -> tuple[Section, ...]:
    """The sections of a notice text, in the order of SECTION_IDS; raises MalformedNotice."""
    sections = []
    position = 0
    while position < len(text):
        found = _SECTION.match(text, position)
        if found is None:
            raise MalformedNotice(f"no section begins at character {position}")
        sections.append(Section(found["id"], Markup(found["heading"]), _parts(found["body"])))
        position = found.end()
    ids = tuple(section.id for section in sections)
    if ids != SECTION_IDS:
        raise MalformedNotice(f"the sections are {', '.join(ids)}")
    return tuple(sections)


def _parts(body: str) -> tuple[Part, ...]:
    if (found := _NOT_PLAIN.search(body)) is not None:
        raise MalformedNotice(f"{found[0]!r} does not belong in a notice text")
    parts = []
    position = 0
    for comment in _INSERT.finditer(body):
        if comment["name"] not in INSERTS:
            raise MalformedNotice(f"there is no table {comment['name']!r}")
        parts.append(Part(Markup(body[position : comment.start()]), comment["name"]))
        position = comment.end()
    parts.append(Part(Markup(body[position:]), None))
    return tuple(parts)
