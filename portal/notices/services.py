"""Reading the notice: a version's sections in a language."""

from functools import cache

from portal.notices.sections import Section, sections_in
from portal.notices.versions import NoticeVersion, by_number, text_of


def sections_of(version: NoticeVersion, language: str) -> tuple[Section, ...]:
    """The sections as published, with the places of their tables."""
    return _sections(version.number, language)


@cache
def _sections(number: str, language: str) -> tuple[Section, ...]:
    # published texts never change, so they are taken apart once
    return sections_in(text_of(by_number(number).hash_in(language)).decode("utf-8"))
