"""The whole list of addresses, and who may open each: written out here, not read from the code."""

import re

from flask import Flask

from portal.core.roles import GRANTS, Permission, Role
from portal.web import page_cache
from portal.web.access import PUBLIC, access_table
from tests.pages import Pages

KEBAB = re.compile(r"^/((<[^>]+>|[a-z0-9.-]+)(/(<[^>]+>(\.[a-z]+)?|[a-z0-9.-]+))*/?)?$")
CUSTOMER, CLERK, DECIDER = Role.CUSTOMER, Role.CLERK, Role.DECISION_MAKER
MARKETING, ADMINISTRATOR = Role.MARKETING, Role.ADMINISTRATOR
EVERYONE = set(Role)
DESK = {CLERK, DECIDER}
FIGURES = {MARKETING, DECIDER}

# beginning of the address after the language -> roles that may open it; the longest beginning that fits counts
MAY_OPEN: dict[str, set[Role]] = {
    "/my/": {CUSTOMER},
    "/my/devices": EVERYONE,
    "/my/security": EVERYONE,
    "/desk/": DESK,
    "/desk/recipients": {DECIDER},
    "/desk/requests/<public_id>/bundle.zip": {DECIDER},
    "/statistics/": FIGURES,
    "/admin/": {ADMINISTRATOR},
    "/sign-in/confirm": EVERYONE,
    "/sign-in/commitment": EVERYONE,
    "/sign-in/second-factor": EVERYONE,
}
PUBLIC_ADDRESSES = {
    "/", "/healthz", "/readyz", "/robots.txt", "/.well-known/security.txt", "/.well-known/gpc.json",
    "/<lang>/", "/<lang>/privacy-notice", "/<lang>/privacy-notice.pdf", "/<lang>/privacy-notice/versions",
    "/<lang>/privacy-notice/versions/<version>", "/<lang>/cookies", "/<lang>/cookies/receipt",
    "/<lang>/cookies/receipt.json", "/<lang>/services", "/<lang>/services/<slug>", "/<lang>/contact",
    "/<lang>/accessibility", "/<lang>/requests/opt-out", "/<lang>/requests/opt-out/done",
    "/<lang>/requests", "/<lang>/requests/access", "/<lang>/requests/correction", "/<lang>/requests/received",
    "/<lang>/requests/<kind>.pdf", "/<lang>/accountability",
    "/<lang>/opt-out/<token>", "/<lang>/opt-out/<token>/done",
    "/<lang>/sign-in", "/<lang>/sign-in/code", "/<lang>/set-password/<token>",
    "/<lang>/email-change/<token>", "/<lang>/email-change/done", "/<lang>/account-closed",
    "/<lang>/forgot-password", "/<lang>/reset-password/<token>", "/<lang>/sign-out",
    "/<lang>/activate", "/<lang>/activate/<token>",
}  # fmt: skip
# of which a node keeps copies for everybody without cookies of ours: none of them may ever show anything of one visitor
KEPT_FOR_EVERYONE = {
    "/<lang>/", "/<lang>/privacy-notice", "/<lang>/privacy-notice.pdf", "/<lang>/privacy-notice/versions",
    "/<lang>/privacy-notice/versions/<version>", "/<lang>/services", "/<lang>/services/<slug>",
    "/<lang>/contact", "/<lang>/accessibility", "/<lang>/requests", "/<lang>/requests/opt-out",
    "/<lang>/requests/<kind>.pdf", "/<lang>/accountability",
}  # fmt: skip


def address(rule: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", rule)


def expected_roles(path: str) -> set[Role] | None:
    fitting = [start for start in MAY_OPEN if path.removeprefix("/<lang>").startswith(start)]
    return MAY_OPEN[max(fitting, key=len)] if fitting else None


def test_every_address_opens_to_exactly_the_roles_written_here(app: Flask) -> None:
    with app.app_context():
        table = access_table()
    wrong, open_to_anyone = [], set()
    for rule in app.url_map.iter_rules():
        path, access = address(rule.rule), table[rule.endpoint]
        if access == PUBLIC:
            open_to_anyone.add(path)
            continue
        assert isinstance(access, Permission), rule.endpoint
        roles = {role for role, held in GRANTS.items() if access in held}
        if roles != expected_roles(path):
            wrong.append(f"{path}: {sorted(roles)}")
    assert wrong == []
    assert open_to_anyone == PUBLIC_ADDRESSES


def test_copies_are_kept_of_exactly_the_pages_written_here(app: Flask) -> None:
    kept: dict[page_cache.Same | None, set[str]] = {same: set() for same in (*page_cache.Same, None)}
    for rule in app.url_map.iter_rules():
        kept[page_cache.sameness(app.view_functions[rule.endpoint])].add(address(rule.rule))
    assert kept[page_cache.Same.FOR_EQUAL_CHOICES] == KEPT_FOR_EVERYONE
    assert kept[page_cache.Same.BEFORE_A_CHOICE] == {"/<lang>/cookies"}


def test_addresses_are_kebab_case(app: Flask) -> None:
    assert [r.rule for r in app.url_map.iter_rules() if not KEBAB.match(address(r.rule))] == []


def test_a_protected_page_sends_strangers_to_sign_in_and_back(client: Pages, app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        path = address(rule.rule)
        if expected_roles(path) is None or rule.arguments - {"lang"} or "GET" not in (rule.methods or ()):
            continue
        found = path.replace("<lang>", "fi")
        page = client.get(found)
        assert page.status == 302, found
        assert page.location == f"/fi/sign-in?next={found}"
