"""A client that inspects every page it fetches and fails on the mechanical faults a person would meet."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from html5lib.constants import E as PARSER_MESSAGES
from sqlalchemy import event
from werkzeug.test import Client, TestResponse

from portal.config import LANGUAGES
from portal.core.db import db

LABELLED = {"input", "select", "textarea"}
UNLABELLED_TYPES = {"hidden", "submit", "button"}
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
FROM_OURSELVES = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}


class Page:
    """A response, parsed, with what tests ask of it."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.headers = response.headers
        self.location = response.headers.get("Location", "")
        self.is_html = response.mimetype == "text/html"
        self.body = response.get_data()
        self.root: Element | None = None
        if self.is_html:
            parser = html5lib.HTMLParser(namespaceHTMLElements=False)
            self.root = parser.parse(response.get_data(as_text=True))
            self.parse_errors = [PARSER_MESSAGES[code] % values for _, code, values in parser.errors]

    @property
    def text(self) -> str:
        """The words a person reads, with white space folded."""
        if self.root is None:
            return self.response.get_data(as_text=True)
        body = self.root.find("body")
        assert body is not None
        skipped = {id(e) for tag in ("script", "style", "template") for e in body.iter(tag)}
        words = "".join(t for e in body.iter() if id(e) not in skipped for t in (e.text or "", e.tail or ""))
        words = "".join(body.itertext()) if not skipped else words
        return re.sub(r"\s+", " ", words).strip()

    @property
    def html(self) -> str:
        return self.response.get_data(as_text=True)

    @property
    def heading(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.all("h1")[0].itertext())).strip()

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements with a tag and attributes (`class_` matches one class; `_` stands for `-`)."""
        assert self.root is not None, f"not a page: {self.status} {self.response.mimetype}"
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [e for e in self.root.iter(tag) if all(_has(e, n, v) for n, v in wanted.items())]

    def links(self) -> list[str]:
        return [e.get("href", "") for e in self.all("a")]

    def form_values(self, action: str | None = None) -> dict[str, str]:
        """What a browser would send of the form (the one with `action`, else the main one) before typing."""
        values: dict[str, str] = {}
        here = self.response.request.path  # where a form without an address is sent
        forms = [
            f for f in self.all("form") if action is None or (urlsplit(f.get("action", "")).path or here) == action
        ]
        main = [f for f in forms if action or f.get("method") == "post"]
        for form in main:
            for e in form.iter():
                name = e.get("name")
                if not name or e.get("type") in ("submit", "file") or e.tag == "button":
                    continue
                if e.tag == "select":
                    chosen = [o for o in e.iter("option") if o.get("selected") is not None] or list(e.iter("option"))[
                        :1
                    ]
                    values[name] = chosen[0].get("value", "") if chosen else ""
                elif e.tag == "textarea":
                    values[name] = (e.text or "").removeprefix("\n")
                elif e.tag == "input" and (e.get("type") not in ("checkbox", "radio") or e.get("checked") is not None):
                    values[name] = e.get("value", "on" if e.get("type") == "checkbox" else "")
        return values

    @property
    def csrf_token(self) -> str | None:
        tokens = [e.get("value") for e in self.all("input", name="csrf_token")] if self.root is not None else []
        return tokens[0] if tokens else None


def _has(element: Element, name: str, value: str) -> bool:
    found = element.get(name)
    if name == "class":
        return found is not None and value in found.split()
    return found == value


# What a GET may write (S12): last seen, anonymous counters, audit events of viewing and downloading, rotation of a
# remember token, and the page views that a purpose allowed
GET_MAY_WRITE = {
    "user_session",
    "usage_open",
    "consent_count",
    "audit_event",
    "audit_detail",
    "remembered_device",
}
WRITTEN = re.compile(r"^\s*(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|UPDATE|DELETE\s+FROM)\s+\"?(\w+)", re.IGNORECASE)


@contextmanager
def watched_queries(app: Flask) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def watched_writes(app: Flask) -> Iterator[set[str]]:
    """The tables written meanwhile."""
    tables: set[str] = set()
    with watched_queries(app) as asked:
        yield tables
    tables |= {found[1] for statement in asked if (found := WRITTEN.match(statement))}


class Pages:
    """One browser: its own cookies, and an inspection of everything it gets."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.browser = Client(app, TestResponse)
        self.last: Page | None = None

    def get(self, path: str, **headers: str) -> Page:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        with watched_writes(self.app) as tables:
            response = self.browser.get(path, headers=BROWSER | sent)
        assert tables <= GET_MAY_WRITE, f"GET {path} wrote to {sorted(tables - GET_MAY_WRITE)}"
        return self._inspected(response, "GET")

    def post(self, path: str, data: dict[str, object] | None = None, **headers: str) -> Page:
        """Send a form as a page of ours would: same origin, with the token of the last page."""
        data = dict(data or {})
        token = self.last.csrf_token if self.last else None
        if token and "csrf_token" not in data:
            data["csrf_token"] = token
        sent = FROM_OURSELVES | {name.replace("_", "-"): value for name, value in headers.items()}
        return self._inspected(self.browser.post(path, data=data, headers=BROWSER | sent), "POST")

    def submit(self, path: str, data: dict[str, object] | None = None) -> Page:
        """Open a page, then send its form with `data` over what is prefilled."""
        page = self.get(path)
        assert page.status == 200, f"{path}: {page.status} {page.location}"
        prefilled = page.form_values(urlsplit(path).path)
        return self.post(path, {**prefilled, **(data or {})})

    def follow(self, page: Page) -> Page:
        """Go where a redirect leads."""
        assert page.status in (302, 303), page.status
        parts = urlsplit(page.location)
        return self.get(parts.path + (f"?{parts.query}" if parts.query else ""))

    def cookie(self, name: str) -> str | None:
        found = self.browser.get_cookie(name)
        return found.value if found else None

    def cookies(self) -> set[str]:
        return {cookie.key for cookie in self.browser._cookies.values()} if self.browser._cookies else set()

    def _inspected(self, response: TestResponse, method: str) -> Page:
        with self.app.app_context():
            assert not (db.session.new or db.session.dirty or db.session.deleted), "a change was left uncommitted"
        page = Page(response)
        response.close()
        if page.is_html and page.status not in (302, 303):
            faults = inspect(page)
            assert not faults, f"{method} {response.request.path}: " + "; ".join(faults)
            self.last = page
        return page


def inspect(page: Page) -> list[str]:
    """The mechanical faults of a page."""
    root = page.root
    assert root is not None
    faults = [f"invalid HTML: {error}" for error in page.parse_errors[:5]]
    language = page.response.request.path.split("/")[1]
    if language in LANGUAGES and root.get("lang") != language:
        faults.append(f"lang is {root.get('lang')}")
    if len(page.all("h1")) != 1:
        faults.append(f"{len(page.all('h1'))} h1 elements")
    ids = Counter(e.get("id") for e in root.iter() if e.get("id"))
    faults += [f"id {name} stands {n} times" for name, n in ids.items() if n > 1]
    labels = {e.get("for") for e in page.all("label")}
    inside = {id(e) for label in page.all("label") for e in label.iter()}
    for e in root.iter():
        if not isinstance(e.tag, str):
            continue
        if e.get("style") is not None or (e.tag == "style"):
            faults.append(f"inline style on {e.tag}")
        if e.tag == "script" and not e.get("src"):
            faults.append("inline script")
        if any(name.startswith("on") for name in e.attrib):
            faults.append(f"inline handler on {e.tag}")
        is_labelled = e.get("id") in labels or id(e) in inside or e.get("aria-label")
        if e.tag in LABELLED and e.get("type") not in UNLABELLED_TYPES and not is_labelled:
            faults.append(f"no label for {e.get('name')}")
        if e.tag == "img" and e.get("alt") is None:
            faults.append("img without alt")
        for name in ("aria-describedby", "aria-labelledby", "aria-controls"):
            faults += [f"{name} names {i}" for i in (e.get(name) or "").split() if i not in ids]
        if e.tag == "table" and e.find("caption") is None:
            faults.append("table without caption")
        if e.tag == "form" and e.get("method") == "post" and not e.get("action"):
            faults.append("a form that is sent to the fragment of the address")
        target = e.get("href", "") if e.tag == "a" else ""
        if target.startswith("#") and target[1:] not in ids:
            faults.append(f"link to missing {target}")
    if not [e for e in page.all("a") if e.get("hreflang")] and page.status < 500:
        faults.append("no link to the other language")
    return faults
