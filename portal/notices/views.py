"""The privacy notice for everyone: the current one, the change log, each published version."""

from io import BytesIO
from typing import Any

from flask import current_app, render_template, send_file
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal.catalogues import cookies, fields, legal_bases, purposes, recipients, retention, sources
from portal.core import clock
from portal.core.settings import settings
from portal.notices import labels, printing, services, versions
from portal.web.access import public
from portal.web.forms import page
from portal.web.locale import current_language, localized_blueprint
from portal.web.page_cache import same_for_everyone

DRAWN = "portal.notice_texts"

views = localized_blueprint("privacy_notice", __name__)


@views.route("/privacy-notice")
@public
@same_for_everyone
def current() -> ResponseReturnValue:
    return _notice(_valid_now())


@views.route("/privacy-notice.pdf")
@public
@same_for_everyone
def pdf() -> ResponseReturnValue:
    today = clock.local_date(clock.now())
    version = versions.current(today)
    language = version.language_for(current_language())
    document = printing.pdf(version, html=_text(version), language=language, base=settings().base_url, on=today)
    name = f"privacy-notice-{version.number}-{current_language()}.pdf"
    return send_file(BytesIO(document), mimetype="application/pdf", download_name=name, etag=False)


@views.route("/privacy-notice/versions", endpoint="versions")
@public
@same_for_everyone
def change_log() -> ResponseReturnValue:
    return page(
        "privacy_notice/versions.html",
        versions=versions.published(),
        current=_valid_now(),
        categories=cookies.CATEGORY_LABELS,
    )


@views.route("/privacy-notice/versions/<version>")
@public
@same_for_everyone
def version(version: str) -> ResponseReturnValue:
    return _notice(versions.by_number(version))


def _valid_now() -> versions.NoticeVersion:
    return versions.current(clock.local_date(clock.now()))


def _notice(version: versions.NoticeVersion) -> ResponseReturnValue:
    language = version.language_for(current_language())
    text_language = None if language == current_language() else language
    return page(
        "privacy_notice/notice.html",
        version=version,
        current=_valid_now(),
        sections=services.sections_of(version, current_language()),
        text_language=text_language,
        text=_text(version, text_language),
    )


def _text(version: versions.NoticeVersion, text_language: str | None = None) -> Markup:
    """The text with its tables, drawn once: it is the same for everybody as long as the portal runs.

    `text_language` is marked where it is not the page's.
    """
    drawn: dict[tuple[str, str, str | None], Markup] = current_app.extensions.setdefault(DRAWN, {})
    wanted = version.number, current_language(), text_language
    if wanted not in drawn:
        contents = _contents(version) | {"text_language": text_language}
        drawn[wanted] = Markup(render_template("privacy_notice/sections.html", **contents))
    return drawn[wanted]


def _contents(version: versions.NoticeVersion) -> dict[str, Any]:
    """What the text and its tables are made of."""
    return {
        "sections": services.sections_of(version, current_language()),
        "cookies": cookies.catalogue(settings()),
        "cookie_prefix": settings().cookie_prefix,
        "categories": cookies.CATEGORY_LABELS,
        "purposes": purposes.LABELS,
        "legal_bases": legal_bases,
        "rights_of": labels.rights_of,
        "recipients": recipients,
        "sources": sources.LABELS,
        "fields": fields,
        "retention": retention,
    }
