"""Addresses without a language: the way in, and what robots and browsers look for."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from portal.config import LANGUAGES, organisation
from portal.core.settings import settings
from portal.web import locale
from portal.web.access import public

views = Blueprint("site", __name__)

PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


@views.route("/")
@public
def root() -> ResponseReturnValue:
    response = redirect(url_for("public_pages.front", lang=locale.preferred_language()))
    response.vary.add("Accept-Language")
    return response


@views.route("/robots.txt")
@public
def robots() -> ResponseReturnValue:
    # a demo must not turn up in searches for the real company
    rule = "Disallow: /" if settings().is_demo else "\n".join(f"Disallow: /{code}/my/" for code in LANGUAGES)
    return f"User-agent: *\n{rule}\n", PLAIN


@views.route("/.well-known/security.txt")
@public
def security_contact() -> ResponseReturnValue:
    lines = [
        f"Contact: mailto:{organisation.email_register}",
        "Expires: 2027-12-31T00:00:00Z",
        "Preferred-Languages: fi, en",
        f"Canonical: {settings().base_url}/.well-known/security.txt",
    ]
    return "\n".join(lines) + "\n", PLAIN


@views.route("/.well-known/gpc.json")
@public
def global_privacy_control() -> ResponseReturnValue:
    return {"gpc": True, "lastUpdate": "2026-11-01"}
