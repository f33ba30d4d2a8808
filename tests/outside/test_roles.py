"""Who may open what, over the whole list of addresses: written out from the contract, not read from the code."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import chain

import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound

from tests.outside.browser import Answer, Browser, at_once
from tests.outside.people import People
from tests.outside.serving import Node, Portal

VISITOR = "visitor"
CUSTOMER, CLERK, DECIDER = "customer", "clerk", "decision-maker"
MARKETING, ADMINISTRATOR = "marketing", "administrator"
ROLES = {CUSTOMER, CLERK, DECIDER, MARKETING, ADMINISTRATOR}
EVERYONE = ROLES | {VISITOR}

# beginning of the address after the language -> who may open it; the longest beginning that fits counts
MAY_OPEN = {
    "": EVERYONE,
    "/my/": {CUSTOMER},
    "/my/devices": ROLES,
    "/my/security": ROLES,
    "/desk/": {CLERK, DECIDER},
    "/desk/recipients": {DECIDER},
    "/statistics/": {MARKETING, DECIDER},
    "/admin/": {ADMINISTRATOR},
    "/sign-in/confirm": ROLES,
    "/sign-in/second-factor": ROLES,
    "/sign-in/commitment": ROLES - {CUSTOMER},
}
# 200 for those who may, and all that there is in the contract without an argument
PAGES = [
    "/", "/privacy-notice", "/privacy-notice.pdf", "/privacy-notice/versions", "/cookies", "/cookies/receipt",
    "/services", "/contact", "/accessibility", "/requests/opt-out", "/requests/access", "/requests/correction",
    "/sign-in", "/forgot-password", "/activate", "/accountability",
    "/sign-in/confirm",
    "/my/data", "/my/data/export.json", "/my/data/export.zip", "/my/data/copy.pdf", "/my/permissions", "/my/consents",
    "/my/requests", "/my/viewings", "/my/disclosures", "/my/devices", "/my/security",
    *[f"/my/requests/new/{kind}" for kind in (
        "access", "correction", "opt-out", "erasure", "restriction", "portability", "objection", "consent-withdrawal"
    )],
    "/desk/requests", "/desk/requests/new", "/desk/customers", "/desk/recipients",
    *[f"/statistics/{name}{end}" for name in ("cookies", "permissions", "usage") for end in ("", ".csv")],
    "/admin/users", "/admin/audit", "/admin/system",
]  # fmt: skip
# forms that set no cookie: protected by where they come from alone
WITHOUT_TOKEN = re.compile(
    r"/(cookies|cookies/receipt|forgot-password|activate(/[^/]+)?|email-change/[^/]+|requests/[a-z-]+|opt-out/[^/]+)"
)
# what an address with an argument may answer those who may open it
OPENED = {200, 302, 303, 404, 405, 410}


def may_open(path: str) -> set[str]:
    """Who may, by the address without its language."""
    return MAY_OPEN[max((start for start in MAY_OPEN if path.startswith(start)), key=len)]


@pytest.fixture(scope="module")
def browsers(people: People, node: Node) -> dict[str, Browser]:
    """One of each role, signed in a moment ago, and somebody who is not."""
    return {role: people.browser_of(role) for role in sorted(ROLES)} | {VISITOR: node.browser()}


def _filled(rule: str) -> str:
    numbered = re.sub(r"<int:\w+>", "1", rule.replace("<lang:lang>", "fi"))
    return re.sub(r"<(\w+:)?\w+>", "none", numbered)


@pytest.fixture(scope="module")
def addresses(people: People) -> list[tuple[str, set[str]]]:
    """Every address there is, with its methods, arguments filled in with what nobody has."""
    return [(_filled(rule.rule), set(rule.methods or ())) for rule in people.app.url_map.iter_rules()]


def is_there(people: People, path: str) -> bool:
    try:
        people.app.url_map.bind("localhost").match(path, "GET")
    except NotFound:
        return False
    except MethodNotAllowed:
        return True
    return True


def fault(role: str, path: str, answer: Answer, *, exactly: bool) -> Iterator[str]:
    """What is wrong with an answer to this role."""
    openers = may_open(path.removeprefix("/fi"))
    if role in openers:
        is_right = answer.status == 200 if exactly else answer.status in OPENED
    elif role == VISITOR:
        is_right = answer.status == 302 and answer.location.startswith("/fi/sign-in?next=/fi/")
    else:
        is_right = answer.status == 403
    if not is_right:
        yield f"{role}: {path} gave {answer.status} {answer.location}"


def test_every_page_of_the_contract_opens_to_its_roles_and_to_nobody_else(
    browsers: dict[str, Browser], people: People
) -> None:
    assert [path for path in PAGES if not is_there(people, f"/fi{path}")] == []

    def walk(role: str) -> list[str]:
        return [
            found
            for path in PAGES
            for found in fault(role, f"/fi{path}", browsers[role].get(f"/fi{path}"), exactly=True)
        ]

    assert [*chain(*at_once([partial(walk, role) for role in browsers]))] == []


def test_every_address_that_there_is_opens_to_nobody_else_either(
    browsers: dict[str, Browser], addresses: list[tuple[str, set[str]]]
) -> None:
    listed = {f"/fi{path}" for path in PAGES}

    def walk(role: str) -> list[str]:
        return [
            found
            for path, methods in addresses
            if "GET" in methods and path not in listed and path.startswith("/fi")
            for found in fault(role, path, browsers[role].get(path), exactly=False)
        ]

    assert [*chain(*at_once([partial(walk, role) for role in browsers]))] == []


@pytest.mark.parametrize(
    "origin",
    [
        {"Sec_Fetch_Site": "", "Origin": ""},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
        {"Sec_Fetch_Site": "", "Origin": "https://evil.example"},
        {"Sec_Fetch_Site": "", "Origin": "null"},
        {"Sec_Fetch_Site": "", "Origin": "http://localhost"},
    ],
    ids=lambda origin: " ".join(origin.values()).strip() or "from nowhere",
)
def test_a_form_from_elsewhere_is_refused_everywhere(
    origin: dict[str, str], browsers: dict[str, Browser], addresses: list[tuple[str, set[str]]]
) -> None:
    def walk(role: str) -> list[str]:
        return [
            f"{role}: {path} gave {answer.status}"
            for path, methods in addresses
            if "POST" in methods and (role == CUSTOMER or role in may_open(path.removeprefix("/fi")))
            if (answer := browsers[role].post(path, **origin)).status != 403
        ]

    roles = [CUSTOMER, CLERK, ADMINISTRATOR, VISITOR]
    assert [*chain(*at_once([partial(walk, role) for role in roles]))] == []


def test_a_form_without_its_token_or_with_somebody_elses_is_refused_and_does_nothing(
    browsers: dict[str, Browser], addresses: list[tuple[str, set[str]]], people: People
) -> None:
    somebody = people.newcomer().signed_in()
    foreign = somebody.get("/fi/my/security").token
    assert foreign

    def walk(role: str, token: str) -> list[str]:
        return [
            f"{role}: {path} gave {answer.status}"
            for path, methods in addresses
            if "POST" in methods and not WITHOUT_TOKEN.fullmatch(path.removeprefix("/fi"))
            if (answer := browsers[role].post(path, {"csrf_token": token})).status != 400
        ]

    acts = [partial(walk, role, token) for role in sorted(ROLES) for token in ("", foreign, "x.y.z")]
    assert [*chain(*at_once(acts))] == []
    assert all(browser.is_signed_in() for role, browser in browsers.items() if role != VISITOR)


def test_a_form_of_another_role_is_refused(browsers: dict[str, Browser], addresses: list[tuple[str, set[str]]]) -> None:
    for role in sorted(EVERYONE):
        page = browsers[role].get("/fi/my/security" if role != VISITOR else "/fi/sign-in")
        for path, methods in addresses:
            if "POST" in methods and role not in may_open(path.removeprefix("/fi")):
                answer = browsers[role].post(path, {"csrf_token": page.token})
                if role == VISITOR:
                    assert answer.status == 302, (role, path)
                    # what cannot be fetched is nothing to come back to
                    assert answer.location.startswith("/fi/sign-in" + "?next=" * ("GET" in methods)), (role, path)
                else:
                    assert answer.status == 403, (role, path)


@pytest.mark.parametrize(
    "path",
    [
        "/fi/my/data/", "/fi//my/data", "//fi/my/data", "/FI/my/data", "/fi/my/%64ata", "/fi/./my/data",
        "/fi/my/data;a=1", "/fi/contact/../my/data", "/fi/my/data%2f", "/fi/my%2fdata", "/fi/my/data%20",
        "/fi/my/data/export.json/",
        "/fi/my/data?next=/fi/", "/sv/my/data", "/fi/my/data%00",
    ],
)  # fmt: skip
def test_no_spelling_of_an_address_opens_it_to_a_visitor(path: str, browser: Browser) -> None:
    for method in ("GET", "HEAD"):
        answer = browser.request(method, path)
        assert answer.status in (302, 308, 400, 404)
        assert answer.status != 302 or answer.location.startswith("/fi/sign-in?next=/fi/my/data")


# Other people's things


def same(answer: Answer, *ids: str) -> tuple[int, str]:
    """An answer without the ids that were asked for, tokens and the id of the request."""
    body = answer.text.replace(answer.headers["X-Request-Id"], "REQUEST")
    for name in ids:
        body = body.replace(name, "ID")
    return answer.status, re.sub(r'(name="csrf_token"[^>]*value=")[^"]*', r"\1TOKEN", body)


@pytest.fixture(scope="module")
def two(people: People) -> tuple[Browser, str]:
    """A customer, and the number of a request that another one has made."""
    other, prying = people.newcomer().signed_in(), people.newcomer().signed_in()
    made = other.submit("/fi/my/requests/new/access", {"text": "Mitä minusta on tallessa?"})
    assert made.status == 303
    prying.get("/fi/my/data")
    return prying, made.location.rpartition("/")[2]


@pytest.mark.parametrize("end", ["", "/letter.pdf"])
def test_somebody_elses_request_is_the_same_404_as_none(end: str, two: tuple[Browser, str]) -> None:
    browser, theirs = two
    asked = [browser.get(f"/fi/my/requests/{name}{end}") for name in (theirs, "K7F3-9QTD")]
    assert asked[0].status == 404
    assert same(asked[0], theirs) == same(asked[1], "K7F3-9QTD")
    assert sorted(asked[0].headers.keys()) == sorted(asked[1].headers.keys())


@pytest.mark.parametrize("form", [{"text": "Hei"}, {"step": "withdraw"}, {"step": "take"}])
def test_nobody_writes_to_somebody_elses_request(
    form: dict[str, str], two: tuple[Browser, str], portal: Portal
) -> None:
    browser, theirs = two
    token = browser.get("/fi/my/security").token
    before = portal.sql("SELECT count(*) AS n FROM case_message"), portal.sql("SELECT count(*) AS n FROM case_event")
    posted = [browser.post(f"/fi/my/requests/{name}", {"csrf_token": token, **form}) for name in (theirs, "K7F3-9QTD")]
    assert posted[0].status == 404
    assert same(posted[0], theirs) == same(posted[1], "K7F3-9QTD")
    after = portal.sql("SELECT count(*) AS n FROM case_message"), portal.sql("SELECT count(*) AS n FROM case_event")
    assert after == before


def test_nobody_ends_somebody_elses_session(people: People, portal: Portal) -> None:
    victim, prying = people.newcomer(), people.newcomer()
    there = victim.signed_in(remembered=True)
    browser = prying.signed_in()
    ids = [
        row.id
        for table in ("user_session", "remembered_device")
        for row in portal.sql(
            f"SELECT {table}.id FROM {table} JOIN account ON account.id = account_id WHERE username = :name",
            name=victim.username,
        )
    ]
    answers = [browser.submit("/fi/my/devices", {"revoke": str(name)}) for name in (*ids, 12345, 2**63, -1)]
    assert {answer.status for answer in answers} == {404}
    assert len({same(answer) for answer in answers}) == 1
    assert there.is_signed_in()


def test_nobody_corrects_somebody_elses_record(people: People, portal: Portal) -> None:
    prying = people.newcomer()
    browser = prying.signed_in()
    (site,) = portal.sql(
        "SELECT metering_site.id FROM metering_site JOIN customer ON customer.id = customer_id"
        " WHERE customer.number <> :number LIMIT 1",
        number=prying.customer_number,
    )
    asked = [browser.get(f"/fi/my/requests/new/correction?field=housing:{name}") for name in (site.id, 12345)]
    assert same(asked[0], str(site.id)) == same(asked[1], "12345")
    page = browser.get("/fi/my/requests/new/correction")
    sent = []
    for name in (str(site.id), "12345"):
        item = {"items-0-field": f"housing:{name}", "items-0-current": "", "items-0-proposed": "Huijaus"}
        sent.append(same(browser.post("/fi/my/requests/new/correction", {**page.fields(), **item}), name))
    assert sent[0][0] in (404, 422)
    assert sent[0] == sent[1]
