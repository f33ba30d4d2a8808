"""Walks through a tree that speaks one more language: `python -m tests.project.third_language CODE`, in that tree.

Prints what is wrong, a line each; nothing when all is well.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade

from portal import doctor
from portal.app import create_app
from portal.config import LANGUAGES
from portal.core import clock
from portal.core.roles import Role
from portal.demo import accounts, loading
from portal.subject_requests import letters
from portal.subject_requests.kinds import Kind, Outcome
from tests.conftest import START, settings_for
from tests.factories import Person, signed_in
from tests.pages import Page, Pages
from tests.project.test_pseudo_locale import OF_ROLE, PUBLIC
from tests.subject_requests import test_letters


def main(language: str) -> None:
    clock.now = lambda: START
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings_for(Path(folder)))
        app.config.update(TESTING=True, ANALYTICS_THREAD=False)
        with app.app_context():
            upgrade()
            loading.load(customers=20, now=clock.now())
            known = {Role(s["role"]): s for s in reversed(accounts.sign_ins())}
            unwritten = list(_letters(language))
            told = {finding.name: finding for finding in doctor.examine(clock.now())}["languages"]
        for fault in [*([] if told.ok else [told.told]), *unwritten, *_walk(app, known, language)]:
            print(fault)  # noqa: T201 - a script of its own


def _walk(app: Flask, known: dict[Role, dict[str, Any]], language: str) -> Iterator[str]:
    visitor = Pages(app)
    first = visitor.browser.get("/", headers={"Accept-Language": language})
    if first.headers["Location"] != f"/{language}/":
        yield f"/ leads to {first.headers['Location']}"
    walks = [(visitor, [*PUBLIC, "privacy-notice", "privacy-notice/versions/1.0"])]
    for role, paths in OF_ROLE.items():
        person = Person(0, None, known[role]["username"], known[role]["password"], role, known[role]["totp_secret"])
        walks.append((signed_in(Pages(app), person=person), paths))
        if role is Role.MARKETING:
            figures = walks[-1][0].get(f"/{language}/statistics/permissions.csv")
            if figures.status != 200 or b";" not in figures.body.splitlines()[0]:
                yield f"permissions.csv: {figures.status} {figures.body[:60]!r}"
    for pages, paths in walks:
        for path in paths:
            yield from (f"{path}: {fault}" for fault in _faults(pages.get(f"/{language}/{path}"), language))


def _faults(page: Page, language: str) -> Iterator[str]:
    if page.status not in (200, 404, 410):
        yield f"status {page.status}"
        return
    others = [code for code in LANGUAGES if code != language]
    if page.root.get("lang") != language:
        yield f"lang is {page.root.get('lang')}"
    if [link.get("hreflang") for link in page.all("link", rel="alternate")] != others:
        yield "the head does not link the other languages"
    if [link.get("hreflang") for link in page.all("a") if link.get("hreflang")][: len(others)] != others:
        yield "no switch to each of the other languages"


def _letters(language: str) -> Iterator[str]:
    if "K7F3-9QTD" not in test_letters.read(test_letters.letter(Kind.ACCESS, Outcome.GRANT, language)):
        yield "no letter"
    subject, _body = letters.mail("message", language, reference="K7F3-9QTD", link="https://portal.example")
    if "K7F3-9QTD" not in subject:
        yield "no mail"


if __name__ == "__main__":
    main(sys.argv[1])
