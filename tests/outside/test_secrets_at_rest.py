"""After a long walk that uses them all, no secret stands readable: files, tables, queues, mails, logs (S15, S16)."""

import base64
import hashlib
import html
import json
import re
import zlib
from dataclasses import dataclass, field
from datetime import date
from random import Random
from urllib.parse import quote

import pytest

from portal.demo import identifiers
from tests.outside.browser import REMEMBER, SESSION, Browser
from tests.outside.outbox import link_in, mail_about
from tests.outside.people import PASSWORD, People
from tests.outside.serving import Node, Portal
from tests.outside.test_headers import raw
from tests.outside.traces import forms_of, left_behind

CODE_IN_THE_WRONG_PLACE = identifiers.identity_code(Random("typed in the wrong place"), date(2026, 1, 1))
IBAN_IN_THE_WRONG_PLACE = identifiers.iban(Random("typed in the wrong place"))
NEW_IBAN = identifiers.iban(Random("proposed"))
WRONG_PASSWORD = "tulppaani kivi lautta 77"
NEW_PASSWORD = "kolmetoista hiljaista majakkaa"
LAST_PASSWORD = "yhdeksän punaista polkupyörää"
VISITOR = re.compile(rb"\b127\.6[4-9]\.\d{1,3}\.\d{1,3}\b")  # what every client of these tests comes from


@dataclass(repr=False)
class Walk:
    """What the walk met that must not stay: what a person could guess, and what only chance could."""

    guessable: set[str] = field(default_factory=set)
    random: set[str] = field(default_factory=set)
    mailed: set[str] = field(default_factory=set)


def session_id(browser: Browser) -> str:
    """What the signed session cookie carries."""
    payload = browser.cookies[SESSION].lstrip(".").partition(".")[0]
    told = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    if browser.cookies[SESSION].startswith("."):
        told = zlib.decompress(told)
    found = re.search(rb'"_user_id":"([^"]+)"', told)
    assert found
    return found[1].decode()


def held(browser: Browser) -> set[str]:
    """The secrets of a signed-in browser: the id of its session, and that of its device."""
    secrets = {session_id(browser)}
    if REMEMBER in browser.cookies:
        secrets.add(browser.cookies[REMEMBER].partition(".")[2])
    return secrets


def step(browser: Browser, case: str, name: str, **fields: str) -> None:
    page = browser.get(case)
    answer = browser.post(case, {**page.fields(), "step": name, **fields})
    assert answer.status == 303, (name, re.findall(r"<li>(.*?)</li>", answer.text)[:3])


@pytest.fixture(scope="module")
def walk(people: People, node: Node, portal: Portal) -> Walk:
    walk = Walk({CODE_IN_THE_WRONG_PLACE, IBAN_IN_THE_WRONG_PLACE, NEW_IBAN, PASSWORD, WRONG_PASSWORD}, set(), set())
    walk.guessable |= {NEW_PASSWORD, LAST_PASSWORD} | {account["password"] for account in people.demo}
    walk.random |= {account["totp_secret"] for account in people.demo if account["totp_secret"]}
    customer = a_customers_life(walk, people, portal)
    at_the_desk(walk, people, customer)
    in_the_wrong_place(node.browser())
    a_mistake_of_ours(people, portal)
    raw(node, f"{CODE_IN_THE_WRONG_PLACE} /fi/?q={IBAN_IN_THE_WRONG_PLACE}\r\n\r\n".encode())
    raw(node, f"GET /fi/ HTTP/1.1\r\nHost: localhost\r\n{CODE_IN_THE_WRONG_PLACE}\r\n\r\n".encode())
    return walk


def a_customers_life(walk: Walk, people: People, portal: Portal) -> str:
    """Signing in and out in every way, everything of one's own data, a correction; the address of its case."""
    person = people.newcomer()
    for wrong in (WRONG_PASSWORD, CODE_IN_THE_WRONG_PLACE):
        node = person.node.browser()
        assert node.submit("/fi/sign-in", {"username": person.username, "password": wrong}).status == 422
    browser = person.signed_in(remembered=True)
    walk.random |= held(browser)
    back = browser.copy(REMEMBER, "__Host-consent")
    assert back.is_signed_in()
    walk.random |= held(back)
    assert back.submit("/fi/sign-in/confirm", {"password": PASSWORD}).status == 303
    walk.random |= held(back)

    copy = back.get("/fi/my/data/export.json")
    categories = copy.json()["categories"]
    walk.guessable.add(categories["customer"][0]["fields"]["identity_code"]["value"])
    walk.guessable |= {record["fields"]["iban"]["value"] for record in categories["billing"]} - {None}
    for path in ("/fi/my/data", "/fi/my/permissions", "/fi/my/consents", "/fi/my/viewings", "/fi/my/devices"):
        assert back.get(path).status == 200
    page = back.get("/fi/my/requests/new/correction?field=iban")
    answer = back.post("/fi/my/requests/new/correction", {**page.fields(), "items-0-proposed": NEW_IBAN})
    assert answer.status == 303, answer
    case = answer.location.replace("/my/", "/desk/")
    text = f"Tunnukseni on {CODE_IN_THE_WRONG_PLACE}, tilini {IBAN_IN_THE_WRONG_PLACE}"
    assert back.submit(answer.location, {"text": text}).status == 303
    assert back.submit("/fi/my/requests/new/access", {"text": text}).status == 303

    typed = {"current_password": PASSWORD, "new_password": NEW_PASSWORD, "repeat_password": NEW_PASSWORD}
    assert back.submit("/fi/my/security", typed).status == 303
    page = back.get("/fi/my/security?enable=1")
    seed = re.search(r"\b[A-Z2-7]{4}(?: ?[A-Z2-7]{4}){7}\b", html.unescape(page.text))
    assert seed
    walk.random.add(seed[0].replace(" ", ""))
    code = people.codes.next(seed[0].replace(" ", ""))
    assert back.post("/fi/my/security", {**page.fields(), "code": code}).status == 303
    recovery = re.findall(r"\b\d{4} \d{4} \d{4} \d{4}\b", back.get("/fi/my/security").text)
    assert len(recovery) == 10
    walk.guessable |= {code.replace(" ", "") for code in recovery}
    walk.random |= held(back)
    assert back.post("/fi/sign-out").status == 303

    forgetful = person.node.browser()
    asked = forgetful.submit("/fi/forgot-password", {"username": person.username, "contact": person.email})
    assert asked.status == 303
    link = link_in(portal, mail_about(portal, person.email, "Set a new password"))
    walk.mailed.add(link.rpartition("/")[2])
    new = {"new_password": LAST_PASSWORD, "repeat_password": LAST_PASSWORD}
    assert forgetful.submit(link, new).status == 303
    assert forgetful.submit("/fi/sign-in", {"username": person.username, "password": LAST_PASSWORD}).status == 303
    assert forgetful.submit("/fi/sign-in/code", {"code": recovery[0]}).status == 303
    walk.random |= held(forgetful)
    return case


def at_the_desk(walk: Walk, people: People, case: str) -> None:
    """The correction is decided and answered; customers are looked up by what must not stay."""
    decider = people.browser_of("decision-maker")
    walk.random |= held(decider)
    for wanted in (*sorted(walk.guessable), "10001235"):
        found = decider.submit("/fi/desk/customers", {"q": wanted, "purpose": "contact"})
        assert found.status in (200, 422)
    noted = f"Soitti. Tunnus {CODE_IN_THE_WRONG_PLACE}, tili {IBAN_IN_THE_WRONG_PLACE}"
    step(decider, case, "take")
    step(decider, case, "note", text=noted)
    step(decider, case, "message", text=noted)
    step(decider, case, "decide", **{"items-0-outcome": "grant", "items-0-reasons": noted})
    step(decider, case, "answer")
    assert decider.get(f"{case}/letter.pdf").status == 200


def in_the_wrong_place(browser: Browser) -> None:
    """An identity code and an account number wherever a visitor can put them."""
    for secret in (CODE_IN_THE_WRONG_PLACE, IBAN_IN_THE_WRONG_PLACE):
        headers = {"User_Agent": secret, "Referer": f"https://localhost/{secret}", "X_Request_Id": secret}
        for path in (f"/fi/{secret}", f"/{secret}", f"/fi/contact?q={secret}", f"/fi/reset-password/{secret}"):
            browser.get(path, **headers, Accept_Language=secret)
        browser.get(f"/fi/my/requests/{secret}?next={secret}")
        browser.submit("/fi/sign-in", {"username": secret, "password": secret, "remember": secret})
        browser.submit("/fi/forgot-password", {"username": secret, "contact": secret})
        browser.submit("/fi/requests/opt-out", {"contact": secret, "channel": "all"})
        browser.submit("/fi/cookies/receipt", {"record": secret, "code": secret})
        browser.post("/fi/cookies", {"choice": secret, "next": f"/fi/?a={secret}"})
        browser.post("/fi/cookies", {"choice": "accept-all", "next": f"/fi/services?a={secret}"}, User_Agent=secret)
        browser.get("/fi/services", Cookie=f"__Host-interests={secret}; __Host-visit={secret}; {secret}={secret}")
        browser.get("/fi/contact", Host=f"{quote(secret)}.example.org")


def a_mistake_of_ours(people: People, portal: Portal) -> None:
    """An error page, and what the log tells of it, while secrets are on their way."""
    person = people.newcomer()
    browser = person.signed_in()
    browser.get("/fi/my/security")
    change = "UPDATE account SET language = :language, role = :role WHERE username = :name"
    portal.sql(change, language="xx", role="nonsense", name=person.username)
    typed = {"current_password": PASSWORD, "text": CODE_IN_THE_WRONG_PLACE, "contact": IBAN_IN_THE_WRONG_PLACE}
    assert browser.post(f"/fi/my/security?q={CODE_IN_THE_WRONG_PLACE}", typed).status == 500
    portal.sql(change, language="fi", role="customer", name=person.username)


def test_no_secret_stands_readable_in_what_is_left_behind(walk: Walk, portal: Portal) -> None:
    assert len(walk.guessable) > 25
    assert len(walk.random) > 12
    forms = {form: secret for secret in walk.guessable for form in forms_of(secret, is_guessable=True)}
    forms |= {form: secret for secret in walk.random | walk.mailed for form in forms_of(secret, is_guessable=False)}
    found = set()
    looked_at = 0
    for name, content in left_behind(portal):
        looked_at += len(content)
        found |= {
            f"{name}: {secret[:2]}…"
            for form, secret in forms.items()
            if form in content and not ("outbox" in name and secret in walk.mailed)
        }
    assert looked_at > 1_000_000
    assert found == set()


def test_nothing_names_a_visitors_address_and_logs_name_nobody(walk: Walk, portal: Portal) -> None:
    assert [name for name, content in left_behind(portal) if VISITOR.search(content)] == []
    logs = list(portal.folder.glob("*.log"))
    assert logs
    for log in logs:
        written = log.read_bytes()
        assert b"newcomer-" not in written
        assert b"example.com" not in written


SECRET = "131052-308T ja ääkkönen"
WRITINGS = {
    "plainly": SECRET.encode(),
    "backwards": SECRET[::-1].encode(),
    "in hex": SECRET.encode().hex().encode(),
    "percent-encoded": quote(SECRET).encode(),
    "in every sign percent-encoded": "".join(f"%{byte:02X}" for byte in SECRET.encode()).encode(),
    "as UTF-16": SECRET.encode("utf-16-le"),
    "in JSON": json.dumps(SECRET).encode(),
    "as a digest": hashlib.sha256(SECRET.encode()).hexdigest().encode(),
    **{f"in base64 after {n} signs": base64.b64encode(b"x" * n + SECRET.encode() + b"yy") for n in range(4)},
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_the_search_knows_a_secret_that_is_written(writing: str) -> None:
    assert any(form in b"before" + WRITINGS[writing] + b"after" for form in forms_of(SECRET, is_guessable=True))


def test_the_search_sees_what_is_there(people: People, portal: Portal) -> None:
    """An address stands readable in the database, and in mails; a name in what is compressed is seen too."""
    person = people.newcomer()
    (portal.folder / "compressed.log").write_bytes(b"before" + zlib.compress(person.email.encode()) + b"after")
    places = {name for name, content in left_behind(portal) if person.email.encode() in content}
    assert "compressed.log, decompressed" in places
    assert any("portal.sqlite" in place or place == "account" for place in places)
