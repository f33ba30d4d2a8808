"""Every address of every role, asked for as no page of ours would: refused or answered, never an error of ours."""

import json
import re
import time
from collections.abc import Iterator
from functools import partial
from itertools import chain
from random import Random
from urllib.parse import quote, urlencode

from tests.outside.browser import Browser, at_once
from tests.outside.people import People
from tests.outside.serving import Node, Portal

SEED = "hostile 2026"
ENOUGH = 8.0  # seconds, however many have been asked by then
ROUNDS = 6  # over every address, if there is time
AT_LEAST = 200
STAFF = {"clerk": 1, "decision-maker": 1, "marketing": 1, "administrator": 1}
ENDS_THE_SESSION = re.compile(r"/fi/sign-out|/fi/sign-in")  # and takes the time of a password check

NAMES = [
    "choice",
    "functional",
    "analytics",
    "marketing",
    "next",
    "username",
    "password",
    "remember",
    "code",
    "contact",
    "channel",
    "text",
    "customer_number",
    "name",
    "field",
    "record",
    "type",
    "revoke",
    "current_password",
    "new_password",
    "repeat_password",
    "enable",
    "disable",
    "new_codes",
    "setup",
    "grounds",
    "items-0-field",
    "items-0-current",
    "items-0-proposed",
    "items-0-outcome",
    "items-0-ground",
    "items-0-reasons",
    "items-0-replace",
    "items-1-field",
    "items-999999999999-field",
    "items--1-field",
    "items-x-field",
    "tasks-0-outcome",
    "tasks-0-note",
    "evidence",
    "status",
    "kind",
    "assignee",
    "due",
    "q",
    "page",
    "received_on",
    "received_at_place",
    "late_reason",
    "identity_method",
    "document_type",
    "checked_by",
    "signed",
    "step",
    "version",
    "reason",
    "question",
    "note",
    "explanation",
    "target",
    "purpose",
    "case",
    "from",
    "to",
    "lang",
    "language",
    "checked",
    "done",
    "receipt",
    "token",
    "surface",
    "csrf_token",
    "once",
    "_method",
    "__proto__",
    "self",
    "endpoint",
    "values",
    "_external",
    "_anchor",
    "a[]",
    "a[b]",
    "%00",
    "\u202e",
]
VALUES = [
    "",
    " ",
    "0",
    "-1",
    "1",
    "on",
    "y",
    "all",
    "others",
    "me",
    "none",
    "9" * 30,
    str(2**63),
    str(-(2**63) - 1),
    "1e309",
    "NaN",
    "0x10",
    "\u0661\u0662",
    "2026-02-30",
    "0000-00-00",
    "9999-12-31",
    "10000-01-01",
    "1.1.2026",
    "24.11.2026",
    "2026-11-24",
    "../../../../etc/passwd",
    "..\\..\\windows",
    "/fi/my/data",
    "//evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "' OR '1'='1",
    '"; DROP TABLE account; --',
    "%' ESCAPE '",
    "{{ 7 * 7 }}",
    "${7*7}",
    "{% raw %}",
    "<script>alert(1)</script>",
    "\r\nSet-Cookie: a=b",
    "\u202etxt.exe",
    "e\u0301" * 50,
    "\ufdfd" * 30,
    "\U0001f9ff",
    "\u2028",
    "\ufeff",
    "\x7f",
    "\x85",
    "a" * 5_000,
    "[]",
    "{}",
    '{"a": [1]}',
    "null",
    "true",
    "%s%s%n",
    "%",
    "_",
    "\\",
    "K7F3-9QTD",
    "k7f3-9qtd",
    "10001235",
    "iban",
    "phone",
    "housing:1",
    "iban:1",
    "identity_code",
    ":",
    "::",
    "take",
    "assign",
    "ask-identity",
    "identity-answered",
    "extend",
    "decide",
    "approve",
    "answer",
    "close",
    "withdraw",
    "merge",
    "message",
    "note",
    "grant",
    "partly",
    "refuse",
    "letter",
    "visit",
    "email",
    "phone",
    "access",
    "correction",
    "erasure",
    "case",
    "contact",
    "necessary-only",
    "accept-all",
    "save",
    "allow",
    "forbid",
    "forbid-all",
    "direct-advertising",
    "complexity",
    "number",
    "id-document",
    "passport",
    "yes",
    "no",
]
TYPES = ["application/x-www-form-urlencoded"] * 6 + [
    "application/json",
    "text/plain",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "x/y",
    "\u00e4",
]
HEADERS = {
    "Accept-Language": ["fi", "en", "sv", "*", ";;q=", "x" * 300, "fi;q=nan"],
    "Range": ["bytes=0-", "bytes=-1", "bytes=9-1", "items=1"],
    "If-Modified-Since": ["never", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Jan 99999 00:00:00 GMT"],
    "If-None-Match": ["*", '"x"', "W/"],
    "Accept-Encoding": ["br", "gzip;q=0", "x", "*;q=nan"],
    "Sec-GPC": ["1", "0", "yes"],
    "Content-Length": [],
    "User-Agent": ["", "Googlebot", "\u00e4"],
}


def addresses(people: People, portal: Portal) -> list[tuple[str, list[str]]]:
    """Every address with what its arguments may be: things that are there, and nonsense."""
    cases = [row.public_id for row in portal.sql("SELECT public_id FROM subject_request ORDER BY public_id LIMIT 8")]
    numbers = [row.number for row in portal.sql("SELECT number FROM customer ORDER BY number LIMIT 4")]
    sensible = {
        "public_id": cases,
        "number": numbers,
        "kind": ["access", "correction", "objection"],
        "version": ["1.0"],
    }
    rules = sorted(people.app.url_map.iter_rules(), key=lambda rule: rule.rule)
    return [(rule.rule, list(chain(*(sensible.get(name, []) for name in sorted(rule.arguments))))) for rule in rules]


def nasty(random: Random) -> str:
    return random.choice(VALUES) if random.random() < 0.9 else "".join(random.choices(VALUES, k=2))


def asked(
    random: Random, rule: str, sensible: list[str], token: str
) -> Iterator[tuple[str, str, bytes | None, dict[str, str]]]:
    """A GET and a POST to an address."""
    for method in ("GET", "POST"):

        def argument(_found: re.Match[str]) -> str:
            return quote(
                random.choice(sensible) if sensible and random.random() < 0.7 else nasty(random)[:200], safe=""
            )

        path = re.sub(r"<(?:\w+:)?\w+>", argument, rule.replace("<lang:lang>", random.choice(["fi", "en"])))
        query = urlencode([(random.choice(NAMES), nasty(random)[:300]) for _ in range(random.randrange(4))])
        headers = {
            name: random.choice(values).encode().decode("latin1")
            for name, values in HEADERS.items()
            if values and random.random() < 0.1
        }
        target = f"{path}?{query}" if query else path
        if method == "GET":
            yield method, target, None, headers
            continue
        form = [(random.choice(NAMES), nasty(random)) for _ in range(random.randrange(1, 9))]
        form += [("csrf_token", token)] * (random.random() < 0.9)
        kind = random.choice(TYPES)
        body = json.dumps(dict(form)) if "json" in kind else multipart(form) if "multipart" in kind else urlencode(form)
        yield method, target, body.encode(), headers | {"Content-Type": kind, "Sec-Fetch-Site": "same-origin"}


def multipart(form: list[tuple[str, str]]) -> str:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n{v}\r\n' for name, v in form
    ]
    return "".join(parts) + "--x--\r\n"


def attacked(role: str, browser: Browser, rules: list[tuple[str, list[str]]], until: float) -> tuple[int, list[str]]:
    """How many requests were made in this role, and which were errors of ours."""
    random = Random(f"{SEED} {role}")
    home = "/fi/sign-in" if role == "visitor" else "/fi/my/security"
    made, errors = 0, []
    for _ in range(ROUNDS):
        token = browser.get(home).token
        for rule, sensible in random.sample(rules, len(rules)):
            for method, target, body, headers in asked(random, rule, sensible, token):
                if method == "POST" and ENDS_THE_SESSION.match(target):
                    continue
                if time.monotonic() > until:
                    return made, errors
                answer = browser.request(method, target, body, headers, forgets=True)
                made += 1
                if answer.status >= 500:
                    errors.append(f"{role}: {method} {target[:300]} {body[:500] if body else b''!r}: {answer.status}")
    return made, errors


def test_no_request_is_an_error_of_ours(people: People, node: Node, portal: Portal) -> None:
    browsers = {role: people.of_demo(role, index).signed_in() for role, index in STAFF.items()}
    browsers |= {"customer": people.newcomer().signed_in(), "visitor": node.browser()}
    rules = addresses(people, portal)
    until = time.monotonic() + ENOUGH
    done = at_once([partial(attacked, role, browser, rules, until) for role, browser in browsers.items()])
    assert [*chain(*(errors for _, errors in done))] == []
    assert sum(made for made, _ in done) > AT_LEAST
