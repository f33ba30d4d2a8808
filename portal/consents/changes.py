"""Why a category is asked again: what has changed since it was agreed to, old wording beside new (C16)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from portal.catalogues.cookies import CATEGORY_LABELS, OPTIONAL, Category
from portal.consents import services, texts
from portal.consents.choice import Choice, Given
from portal.consents.services import Shown
from portal.core.errors import NotFound
from portal.notices import versions
from portal.notices.services import sections_of
from portal.notices.versions import NoticeVersion

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_BLOCK = re.compile(r"<(?P<tag>h3|p|li|dd|td)\b[^>]*>(?P<text>.*?)</(?P=tag)>", re.DOTALL)


@dataclass(frozen=True)
class Wording:
    """A passage as it was agreed to and as it is; empty where it was added or dropped."""

    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """What changed about one category; `language` is that of the wordings, the one in which the person agreed."""

    category: Category
    old_version: str
    new_version: str
    language: str
    wordings: Sequence[Wording]


def reasons(choice: Choice, *, language: str, on: date) -> texts.Changes:
    """The words of the change log for each category that is asked again; needs no database."""
    return {
        category: [
            version.change_in(language)
            for version in _later(choice.given[category], on)
            if category in version.material_for
        ]
        for category in OPTIONAL
        if category in choice.asked_again
    }


def in_short(choice: Choice, *, language: str, on: date) -> texts.Changes:
    """For the banner: the sentences of the notice that changed, old beside new; needs no database either."""
    told = dict(reasons(choice, language=language, on=on))
    for category in told:
        if pairs := _sentences(choice.given[category], category, language, on):
            told[category] = [_("before: “%(old)s” Now: “%(new)s”", old=pair.old, new=pair.new) for pair in pairs]
    return told


def _sentences(given: Given, category: Category, language: str, on: date) -> list[Wording]:
    try:
        old, new = versions.by_number(given.version), versions.current(on)
    except NotFound:
        return []
    return [
        Wording(pair.old or "–", pair.new or "–")
        for passage in _notice_wordings(old, new, category, language)
        for pair in _differing(_SENTENCE_END.split(passage.old), _SENTENCE_END.split(passage.new))
    ]


def compared(choice: Choice, *, language: str, on: date) -> list[Change]:
    """What was agreed to beside what would be agreed to now, for each category that is asked again."""
    record = _record(choice)
    return [_change(c, choice.given[c], record, language, on) for c in OPTIONAL if c in choice.asked_again]


def _record(choice: Choice) -> Shown | None:
    try:
        return services.show(choice.record_id or "")
    except NotFound:  # deleted in time: the published notices still tell what was agreed to
        return None


def _later(given: Given, on: date) -> Sequence[NoticeVersion]:
    numbers = [version.number for version in versions.VERSIONS]
    if given.version not in numbers:
        return ()
    return versions.VERSIONS[numbers.index(given.version) + 1 : numbers.index(versions.current(on).number) + 1]


def _change(category: Category, given: Given, record: Shown | None, language: str, on: date) -> Change:
    today = versions.current(on)
    wordings: list[Wording] = []
    if record is not None and record.notice_version == given.version:
        language = record.language
        kept = {text.kind: text.body for text in record.texts}
        wordings += _list_wordings(kept.get("cookie-list"), category, language)
    try:
        agreed = versions.by_number(given.version)
    except NotFound:
        return Change(category, given.version, today.number, language, wordings)
    wordings += _notice_wordings(agreed, today, category, language)
    return Change(category, given.version, today.number, language, wordings)


def _list_wordings(kept: str | None, category: Category, language: str) -> list[Wording]:
    """Rows of the cookie list that read differently today."""
    if kept is None:
        return []
    with force_locale(language):
        mark = f" | {CATEGORY_LABELS[category]} | "
        now = texts.list_text()
    return _differing(_rows(kept, mark), _rows(now, mark))


def _rows(text: str, mark: str) -> list[str]:
    return [line for line in text.splitlines() if mark in line]


def _notice_wordings(old: NoticeVersion, new: NoticeVersion, category: Category, language: str) -> list[Wording]:
    """Passages about the category in the section on cookies that read differently today."""
    with force_locale(language):
        heading = str(CATEGORY_LABELS[category])
    return _differing(_passages(old, language, heading), _passages(new, language, heading))


def _passages(version: NoticeVersion, language: str, heading: str) -> list[str]:
    (section,) = [section for section in sections_of(version, language) if section.id == "cookies"]
    passages, is_about_it = [], False
    for block in _BLOCK.finditer("".join(part.html for part in section.parts)):
        text = Markup(block["text"]).striptags()
        if block["tag"] == "h3":
            is_about_it = text == heading
        elif is_about_it:
            passages.append(text)
    return passages


def _differing(old: Sequence[str], new: Sequence[str]) -> list[Wording]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [
        Wording("\n".join(old[i:j]), "\n".join(new[k:m]))
        for operation, i, j, k, m in matcher.get_opcodes()
        if operation != "equal"
    ]
