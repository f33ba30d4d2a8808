"""The notice on paper: a tagged PDF (PDF/UA-1) of the same text and tables as the page."""

import json
from datetime import date
from functools import lru_cache

from flask_babel import gettext as _

from portal.config import organisation
from portal.core import typesetting
from portal.notices.outline import outline
from portal.notices.versions import NoticeVersion
from portal.web import formatting

KEPT = 8  # documents in memory: the languages of a version, and those of the day before


def pdf(version: NoticeVersion, *, html: str, language: str, base: str, on: date) -> bytes:
    """`html` is the text with its tables in that language; made once a day while nothing in it changes."""
    data = {
        "language": language,
        "title": _("Privacy notice"),
        "lead": _("What we hold about you, why, who gets it, and what you can decide yourself."),
        "company": organisation.register_company,
        "version": version.number,
        "valid-from": formatting.written_date(version.valid_from),
        "law-checked-on": formatting.written_date(version.law_checked_on),
        "printed-on": formatting.written_date(on),
        "words": {
            "version": _("Version"),
            "valid-from": _("Valid from"),
            "law-checked-on": _("Law checked on"),
            "printed-on": _("Tables as of"),
            "contents": _("Contents"),
            "page": _("Page"),
        },
        "blocks": [block.as_json() for block in outline(html, base)],
    }
    return _typeset(json.dumps(data, ensure_ascii=False))


@lru_cache(maxsize=KEPT)
def _typeset(data: str) -> bytes:
    return typesetting.pdf("notice", json.loads(data))
