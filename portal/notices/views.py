"""The privacy notice for everyone: the current one, the change log, each published version."""

from io import BytesIO
from typing import Any

from flask import render_template, send_file
from flask.typing import ResponseReturnValue

from portal.catalogues import cookies, fields, legal_bases, purposes, recipients, retention, sources
from portal.core import clock
from portal.core.settings import settings
from portal.notices import labels, printing, services, versions
from portal.web.access import public
from portal.web.forms import page
from portal.web.locale import current_language, localized_blueprint

views = localized_blueprint("privacy_notice", __name__)


@views.route("/privacy-notice")
@public
def current() -> ResponseReturnValue:
    return _notice(_valid_now())


@views.route("/privacy-notice.pdf")
@public
def pdf() -> ResponseReturnValue:
    today = clock.local_date(clock.now())
    version = versions.current(today)
    html = render_template("privacy_notice/sections.html", **_contents(version))
    document = printing.pdf(
        version, html=html, language=version.language_for(current_language()), base=settings().base_url, on=today
    )
    name = f"privacy-notice-{version.number}-{current_language()}.pdf"
    return send_file(BytesIO(document), mimetype="application/pdf", download_name=name, etag=False)


@views.route("/privacy-notice/versions", endpoint="versions")
@public
def change_log() -> ResponseReturnValue:
    return page(
        "privacy_notice/versions.html",
        versions=versions.published(),
        current=_valid_now(),
        categories=cookies.CATEGORY_LABELS,
    )


@views.route("/privacy-notice/versions/<version>")
@public
def version(version: str) -> ResponseReturnValue:
    return _notice(versions.by_number(version))


def _valid_now() -> versions.NoticeVersion:
    return versions.current(clock.local_date(clock.now()))


def _notice(version: versions.NoticeVersion) -> ResponseReturnValue:
    text_language = version.language_for(current_language())
    return page(
        "privacy_notice/notice.html",
        version=version,
        current=_valid_now(),
        **_contents(version) | {"text_language": text_language if text_language != current_language() else None},
    )


def _contents(version: versions.NoticeVersion) -> dict[str, Any]:
    """The text and what its tables are made of."""
    return {
        "text_language": None,
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
