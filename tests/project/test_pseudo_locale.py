"""A walk through every page in a made-up language: what stays English was never marked for translation."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask

from portal.core import clock
from portal.core.roles import Role
from portal.demo import accounts, loading
from portal.demo.accounts import SIGN_INS
from tests.conftest import EmptyDatabase
from tests.factories import Person, signed_in
from tests.pages import Page, Pages

ROOT = Path(__file__).resolve().parents[2]
OPEN, CLOSE = "⟦", "⟧"
MARKED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
WORD = re.compile(r"[A-Za-z]{3,}")
IDENTIFIER = re.compile(r"[\w./:@<>-]*[./:@_\d][\w./:@<>-]*")  # an address, a code, an action: not a word
ATTRIBUTES = ("alt", "title", "aria-label", "placeholder")

PUBLIC = ["", "cookies", "cookies/receipt", "services", "services/heat-pump", "contact", "accessibility",
          "requests", "requests/opt-out", "requests/access", "requests/correction", "accountability",
          "sign-in", "activate", "activate/x", "privacy-notice/versions",
          "email-change/done?was=changed",
          "email-change/done?was=waiting", "email-change/done?was=stopped", "email-change/x",
          "account-closed", "nowhere"]  # fmt: skip
OF_ROLE = {
    Role.CUSTOMER: ["my/data", "my/permissions", "my/requests", "my/requests/new/correction",
                    "my/requests/new", "my/requests/new/correction?field=phone", "my/requests/new/access",
                    "my/requests/new/erasure", "my/requests/new/restriction", "my/requests/new/portability",
                    "my/requests/new/objection", "my/requests/new/consent-withdrawal", "my/requests/new/opt-out",
                    "my/consents", "my/viewings", "my/disclosures", "my/devices", "my/security", "sign-in/confirm",
                    "my/contact", "my/contact/email", "my/account/close"],
    Role.CLERK: ["desk/requests", "desk/requests/new", "desk/customers", "desk/conflicts", "desk/manual-material"],
    Role.DECISION_MAKER: ["desk/recipients", "desk/recipients/1", "desk/recipients/new/authority"],
    Role.MARKETING: ["statistics/cookies", "statistics/permissions", "statistics/usage"],
    Role.ADMINISTRATOR: ["admin/users", "admin/users/new", "admin/audit", "admin/system"],
}  # fmt: skip


# what stands on pages as it is: names of cookies, passwords of the demo
DATA = {"session", "consent", "remember", "visit", "interests", *(account.password for account in SIGN_INS)}


def pseudo(text: str) -> str:
    return f"{OPEN}{text}{CLOSE}"


@pytest.fixture(scope="module")
def english_words() -> set[str]:
    """Every word of every sentence of ours that is a plain English word, not a name."""
    with (ROOT / "translations" / "messages.pot").open("rb") as file:
        sentences = [m.id if isinstance(m.id, str) else m.id[0] for m in read_po(file) if m.id]
    return {word for text in sentences for word in WORD.findall(re.sub(r"%\(\w+\)[sd]", " ", text)) if word.islower()}


@pytest.fixture
def made_up_language(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """The application with a Finnish catalogue in which every sentence carries a mark."""
    with (ROOT / "translations" / "messages.pot").open("rb") as file:
        template = read_po(file)
    catalog = Catalog(locale="fi")
    for message in template:
        if message.id:
            ids = message.id
            catalog.add(ids, pseudo(ids) if isinstance(ids, str) else tuple(pseudo(part) for part in ids))
    folder = tmp_path / "fi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalog)
    babel = app.extensions["babel"]
    with app.app_context():
        read_before = babel.instance.domain_instance.cache
    kept, babel.translation_directories = babel.translation_directories, [str(tmp_path)]
    read_before.clear()
    yield app
    babel.translation_directories = kept
    read_before.clear()


def texts(root: Element) -> Iterator[str]:
    """What a person reads or hears, piece by piece; passages of another language and of data left out."""
    stack = [root]
    while stack:
        element = stack.pop()
        if element.tail:
            yield element.tail
        is_of_another_language = element.get("lang") and element is not root and element.tag != "html"
        if element.tag in ("script", "style") or is_of_another_language:
            continue
        if element.text:
            yield element.text
        yield from (element.get(name, "") for name in ATTRIBUTES)
        stack.extend(element)


def untranslated(page: Page, english_words: set[str]) -> set[str]:
    assert page.root is not None
    found = set()
    for text in texts(page.root):
        unmarked, found_marks = text, 1
        while found_marks:  # a sentence may hold other sentences
            unmarked, found_marks = MARKED.subn(" ", unmarked)
        unmarked = IDENTIFIER.sub(" ", unmarked)
        if unmarked.strip() in DATA:
            continue
        if {word for word in WORD.findall(unmarked) if word in english_words}:
            found.add(unmarked.strip()[:120])
    return found


def test_no_page_holds_a_sentence_outside_the_catalogue(
    installation: EmptyDatabase, made_up_language: Flask, english_words: set[str], frozen_clock: Callable[[], None]
) -> None:
    if not installation.is_sqlite:
        pytest.skip("pages do not depend on the engine")
    with made_up_language.app_context():
        loading.load(customers=30, now=clock.now())
        sign_ins = {Role(s["role"]): s for s in reversed(accounts.sign_ins())}
    walks = [(Pages(made_up_language), PUBLIC)]
    for role, paths in OF_ROLE.items():
        known = sign_ins[role]
        person = Person(0, None, known["username"], known["password"], role, known["totp_secret"])
        walks.append((signed_in(Pages(made_up_language), person=person), paths))
    faults: list[str] = []
    for pages, paths in walks:
        for path in paths:
            page = pages.get(f"/fi/{path}")
            assert page.status in (200, 404, 410), f"{path}: {page.status}"
            faults += [f"{path}: {text}" for text in sorted(untranslated(page, english_words))]
    assert not faults, "\n".join(faults)
