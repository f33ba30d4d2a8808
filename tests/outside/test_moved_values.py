"""Ciphertexts that somebody moved between rows: a mark, never another's value, and the rest goes on (S15)."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import inspect, text

from portal.core import crypto
from portal.core.db import db
from tests.outside.browser import Answer, Browser
from tests.outside.people import People
from tests.outside.serving import Portal

SHORTEST = 4  # signs of a value that does not stand in a page by chance
UNREADABLE = "ei voi lukea"
OWN_PAGES = [
    "/fi/my/data", "/fi/my/data/export.json", "/fi/my/requests", "/fi/my/consents", "/fi/my/security",
    "/fi/my/viewings", "/fi/my/requests/new/correction",
]  # fmt: skip
DESK_PAGES = ["/fi/desk/requests", *[f"/fi/desk/requests?status={status}" for status in ("answered", "closed")]]
CASE = re.compile(r'href="(/fi/(?:my|desk)/requests/[A-Z0-9]{4}-[A-Z0-9]{4}(?:/letter\.pdf)?)"')
QUEUES = ("message", "password_reset_request")  # what the worker takes from meanwhile

Column = tuple[str, str]


@dataclass(frozen=True, repr=False)
class Walks:
    """The same pages before and after, and what was encrypted."""

    before: dict[str, Answer]
    after: dict[str, Answer]
    values: set[str]


def encrypted_columns(people: People) -> list[Column]:
    with people.app.app_context():
        tables = inspect(db.engine)
        found = [(table, column["name"]) for table in tables.get_table_names() for column in tables.get_columns(table)]
        db.engine.dispose()
    return [(table, column) for table, column in found if column.endswith("_encrypted") and table not in QUEUES]


def sealed(portal: Portal, column: Column) -> list[tuple[int, bytes]]:
    table, name = column
    rows = portal.sql(f"SELECT id, {name} FROM {table} WHERE {name} IS NOT NULL ORDER BY id")
    return [(row[0], bytes(row[1])) for row in rows]


def put(portal: Portal, column: Column, values: list[tuple[int, bytes]]) -> None:
    table, name = column
    moved = [{"id": row, "value": value} for row, value in values]
    if moved:
        with portal.owned(table) as connection:
            connection.execute(text(f"UPDATE {table} SET {name} = :value WHERE id = :id"), moved)


def opened(people: People, columns: dict[Column, list[tuple[int, bytes]]]) -> set[str]:
    """What is encrypted, and how identity codes and account numbers look where they are masked."""
    with people.app.app_context():
        plain = {
            crypto.decrypt(value, bound_to=f"{table}|{name}|{row}").decode(errors="replace")
            for (table, name), rows in columns.items()
            if name != "document_encrypted"
            for row, value in rows
        }
    masked = {f"{value[:7]}****" for value in plain if re.fullmatch(r"\d{6}\S\d{3}\w", value)}
    return {value for value in plain | masked if len(value) >= SHORTEST}


def walk(browser: Browser, start: list[str]) -> dict[str, Answer]:
    """These pages, and every case that they lead to."""
    found: dict[str, Answer] = {}
    waiting = list(start)
    while waiting:
        path = waiting.pop()
        if path not in found:
            answer = found[path] = browser.get(path)
            if answer.status == 200 and not path.endswith(".pdf"):
                waiting += CASE.findall(answer.text)
    return found


@pytest.fixture(scope="module")
def walks(people: People, portal: Portal) -> Iterator[Walks]:
    """Each row has the ciphertext of the next one of its column, for as long as the tests of this module last."""
    customer, clerk = people.browser_of("customer"), people.browser_of("clerk")
    columns = {column: sealed(portal, column) for column in encrypted_columns(people)}
    before = walk(customer, OWN_PAGES) | walk(clerk, DESK_PAGES)
    values = opened(people, columns)
    for column, rows in columns.items():
        others = [value for _, value in rows[1:] + rows[:1]]
        put(portal, column, [(row, other) for (row, _), other in zip(rows, others, strict=True)])
    try:
        yield Walks(before, walk(customer, OWN_PAGES) | walk(clerk, DESK_PAGES), values)
    finally:
        for column, rows in columns.items():
            put(portal, column, rows)


def test_no_page_is_lost(walks: Walks) -> None:
    assert len(walks.before) > 15
    letters = {path for path in walks.before if path.endswith(".pdf")}
    assert letters
    assert {path: walks.after[path].status for path in walks.after if path not in letters} == dict.fromkeys(
        set(walks.before) - letters, 200
    )
    assert {walks.after[path].status for path in letters} <= {404, 410}


def test_nobody_sees_what_belongs_to_somebody_else(walks: Walks) -> None:
    assert len(walks.values) > 40
    leaks = [
        path
        for path, answer in walks.after.items()
        if not path.endswith(".pdf") and answer.status == 200
        for value in walks.values
        if value in html.unescape(answer.text) and value not in html.unescape(walks.before[path].text)
    ]
    assert leaks == []


def test_a_mark_stands_where_a_value_cannot_be_read(walks: Walks) -> None:
    assert UNREADABLE in walks.after["/fi/my/data"].text
    assert "\N{REPLACEMENT CHARACTER}" in walks.after["/fi/my/data/export.json"].text
    assert UNREADABLE not in walks.before["/fi/my/data"].text


def test_the_code_of_a_moved_secret_opens_nothing(walks: Walks, people: People) -> None:
    person = people.of_demo("customer", 3)
    assert person.totp_secret
    secrets = [account["totp_secret"] for account in people.demo if account["totp_secret"]]
    assert len(secrets) >= 8
    browser = person.node.browser()
    assert browser.submit("/fi/sign-in", {"username": person.username, "password": person.password}).status == 303
    for secret in secrets[:8]:
        answer = browser.submit("/fi/sign-in/code", {"code": people.codes.next(secret)})
        assert answer.status == 422
    assert not browser.is_signed_in()


def test_the_list_of_changes_goes_on(walks: Walks, portal: Portal) -> None:
    done = portal.run("register", "changes", "--json")
    assert done.returncode == 0
    assert [value for value in walks.values if value in done.stdout] == []
