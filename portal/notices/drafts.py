"""A drafted version is checked and declared: from then on its texts never change."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path

from portal.catalogues.cookies import OPTIONAL, Category
from portal.config import LANGUAGES
from portal.notices.outline import outline
from portal.notices.sections import MalformedNotice, Section, sections_in
from portal.notices.versions import DECLARATIONS, NoticeVersion, declared, verify

NUMBER = re.compile(r"[1-9][0-9]{0,3}\.(0|[1-9][0-9]{0,3})")


class UnfitDraft(Exception):
    """A draft cannot be published; the message is one line that says why."""


@dataclass(frozen=True)
class Draft:
    """What is told of a new version; its texts are the files of its folder, one for each language."""

    number: str
    valid_from: date
    law_checked_on: date
    material_for: frozenset[Category]
    changes: Mapping[str, str]


def checked(draft: Draft, *, folder: Path, today: date) -> NoticeVersion:
    """The version as it would be declared; raises UnfitDraft, or AlteredNotice for one published earlier."""
    verify(folder)
    _check_place(draft, declared(folder), today)
    texts = {language: _text(folder / draft.number, language) for language in LANGUAGES}
    sections = {language: _sections(f"{draft.number}/{language}.html", text) for language, text in texts.items()}
    _check_alike(draft.number, sections)
    hashes = {language: sha256(text).hexdigest() for language, text in texts.items()}
    return NoticeVersion(
        draft.number, draft.valid_from, draft.law_checked_on, draft.material_for, draft.changes, hashes
    )


def publish(draft: Draft, *, folder: Path, today: date) -> NoticeVersion:
    """Check the draft and add it to the declarations of its folder."""
    version = checked(draft, folder=folder, today=today)
    file = folder / DECLARATIONS
    new = file.with_suffix(".new")
    new.write_text(f"{file.read_text(encoding='utf-8').rstrip()}\n\n{declaration(version)}", encoding="utf-8")
    new.replace(file)
    return version


def declaration(version: NoticeVersion) -> str:
    """The entry of `versions.toml`."""
    categories = ", ".join(_quoted(category) for category in OPTIONAL if category in version.material_for)
    lines = [
        "[[version]]",
        f"number = {_quoted(version.number)}",
        f"valid_from = {version.valid_from.isoformat()}",
        f"law_checked_on = {version.law_checked_on.isoformat()}",
        f"material_for = [{categories}]",
        *(f"changes.{language} = {_quoted(version.changes[language])}" for language in LANGUAGES),
        *(f"sha256.{language} = {_quoted(version.hashes[language])}" for language in LANGUAGES),
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # what JSON escapes, TOML reads alike


def _check_place(draft: Draft, earlier: tuple[NoticeVersion, ...], today: date) -> None:
    newest = earlier[-1]
    if NUMBER.fullmatch(draft.number) is None:
        raise UnfitDraft(f"{draft.number!r} is no version number; write it like 1.2")
    if draft.number in (version.number for version in earlier):
        raise UnfitDraft(f"{draft.number} is published already; a correction is a new version")
    if _order(draft.number) < _order(newest.number):
        raise UnfitDraft(f"{draft.number} comes before {newest.number}, which is published already")
    if draft.valid_from < max(today, newest.valid_from):
        raise UnfitDraft(f"{draft.number} cannot be valid from {draft.valid_from}, before today or {newest.number}")
    if not newest.law_checked_on <= draft.law_checked_on <= today:
        raise UnfitDraft(f"the law cannot have been checked on {draft.law_checked_on}: after today or before last time")
    for language in LANGUAGES:
        if not draft.changes.get(language, "").strip():
            raise UnfitDraft(f"{draft.number} does not say in {language} what it changes")


def _order(number: str) -> list[int]:
    return [int(part) for part in number.split(".")]


def _text(folder: Path, language: str) -> bytes:
    try:
        return (folder / f"{language}.html").read_bytes()
    except OSError as problem:
        raise UnfitDraft(f"{folder.name}/{language}.html: {problem.strerror}") from problem


def _sections(name: str, text: bytes) -> tuple[Section, ...]:
    try:
        if b"\r" in text:
            raise MalformedNotice("lines end as on Windows; end them with a line feed alone")
        sections = sections_in(text.decode("utf-8"))
        for section in sections:
            if not section.parts[0].html.strip().startswith('<p class="in-short">'):
                raise MalformedNotice(f'section {section.id} does not begin with its summary, <p class="in-short">')
            _blocks(section)
    except UnicodeDecodeError as problem:
        raise UnfitDraft(f"{name}: it is not UTF-8 at byte {problem.start}") from problem
    except MalformedNotice as problem:
        raise UnfitDraft(f"{name}: {problem}") from problem
    return sections


def _check_alike(number: str, sections: Mapping[str, tuple[Section, ...]]) -> None:
    first, *others = LANGUAGES
    for other in others:
        for one, two in zip(sections[first], sections[other], strict=True):
            for left, right in zip_longest(_blocks(one), _blocks(two)):
                if left != right:
                    raise UnfitDraft(
                        f"{number}: section {one.id} is not built alike: "
                        f"{left or 'nothing'} in {first}, {right or 'nothing'} in {other}"
                    )


def _blocks(section: Section) -> list[str]:
    """What the section is built of, words aside."""
    built = []
    for part in section.parts:
        built += [
            " ".join([block.kind, block.style, *(["of", str(block.size)] if block.size else [])])
            for block in outline(part.html)
        ]
        built += [f"table {part.insert}"] if part.insert else []
    return built
