"""The shape of a notice text: its sections, and the places where tables are put in when it is shown."""

import re
from dataclasses import dataclass
from itertools import zip_longest

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
_NOT_PLAIN = re.compile(r"<section|<script|<style|\sstyle=|\son\w+=|javascript:|{{|{%|{#", re.IGNORECASE)


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
    if (mark := _NOT_PLAIN.search(_SECTION.sub(r"\g<heading>\g<body>", text))) is not None:
        raise MalformedNotice(f"{mark[0].strip()!r} does not belong in a notice text")
    sections: list[Section] = []
    position = 0
    while position < len(text):
        found = _SECTION.match(text, position)
        if found is None:
            raise MalformedNotice(f"no section begins at character {position}")
        sections.append(Section(found["id"], Markup(found["heading"]), _parts(found["body"])))
        position = found.end()
    for place, (section, expected) in enumerate(zip_longest(sections, SECTION_IDS), start=1):
        if section is None or section.id != expected:
            there = section.id if section else "missing"
            raise MalformedNotice(f"section {place} is {there}, and should be {expected or 'missing'}")
    return tuple(sections)


def _parts(body: str) -> tuple[Part, ...]:
    parts = []
    position = 0
    for comment in _INSERT.finditer(body):
        if comment["name"] not in INSERTS:
            raise MalformedNotice(f"there is no table {comment['name']!r}")
        parts.append(Part(Markup(body[position : comment.start()]), comment["name"]))
        position = comment.end()
    parts.append(Part(Markup(body[position:]), None))
    return tuple(parts)
