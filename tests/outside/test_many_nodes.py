"""Two servers and two workers on two machines, one PostgreSQL and one Valkey: one portal (D2, D20)."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest

from portal import jobs
from portal.core import clock
from portal.core.audit import SYSTEM
from portal.core.db import db, transaction
from portal.core.settings import settings
from portal.messages import services as messages
from tests.conftest import ENGINES
from tests.outside.browser import CONSENT, REMEMBER, at_once
from tests.outside.load import lost, writing
from tests.outside.people import People, Person
from tests.outside.serving import COMMAND_WITHIN, Node, Portal, serving, stop, wait_until

SOME = 30  # choices
LETTERS = 12

pytestmark = pytest.mark.skipif("postgresql" not in ENGINES, reason="SQLite is for one machine")


@pytest.fixture(scope="module")
def there(portal: Portal, node: Node) -> Iterator[Portal]:
    """The installation as the second machine has it."""
    if portal.is_sqlite:
        pytest.skip("SQLite is for one machine")
    return portal.elsewhere()


@pytest.fixture(scope="module")
def other(there: Portal) -> Iterator[Node]:
    with serving(there, there.port) as other:
        yield other


@pytest.fixture(scope="module")
def other_worker(there: Portal) -> "Iterator[subprocess.Popen[bytes]]":
    worker = there.start("worker")
    yield worker
    stop(worker)


def test_a_session_is_known_and_ended_on_every_node(node: Node, other: Node, person: Person) -> None:
    here = person.signed_in()
    there = here.at(other.port)
    assert there.is_signed_in()
    there.get("/fi/my/devices")
    assert there.post("/fi/sign-out").status == 303
    assert not here.is_signed_in()


def test_tries_are_counted_over_all_nodes(node: Node, other: Node, person: Person) -> None:
    wrong = {"username": person.username, "password": "väärä salasana tämäkin"}
    statuses = [(node, other)[number % 2].browser().submit("/en/sign-in", wrong).status for number in range(11)]
    assert statuses == [422] * 10 + [429]


def test_a_remembered_device_is_given_one_next_value_wherever_it_is_used_at_once(
    node: Node, other: Node, person: Person
) -> None:
    browser = person.signed_in(remembered=True)
    held = {CONSENT: browser.cookies[CONSENT], REMEMBER: browser.cookies[REMEMBER]}
    browsers = [at.browser(held) for at in (node, other) * 3]
    answers = at_once([lambda b=browser: b.get("/fi/my/devices") for browser in browsers])
    assert [answer.status for answer in answers] == [200] * 6
    assert sum(REMEMBER in answer.set_cookies for answer in answers) == 1


def test_a_choice_made_on_one_node_is_shown_and_withdrawn_on_the_other(node: Node, other: Node) -> None:
    here = node.browser()
    assert here.post("/en/cookies", {"choice": "accept-all"}).status == 303
    there = here.at(other.port)
    receipt = there.get("/en/cookies/receipt.json").json()
    assert there.post("/en/cookies", {"choice": "necessary-only"}).status == 303
    assert CONSENT in there.cookies
    assert there.get("/en/cookies/receipt.json").json()["record_id"] != receipt["record_id"]


def test_a_case_that_comes_in_on_one_node_is_in_the_queue_of_the_other(
    node: Node, other: Node, person: Person, people: People
) -> None:
    customer = person.signed_in()
    answer = customer.submit("/en/my/requests/new/objection", {"text": "I object to the use of my data."})
    assert answer.status == 303, answer
    case = answer.location.split("?")[0].rsplit("/", 1)[-1]
    clerk = people.browser_of("clerk").at(other.port)
    assert clerk.get(f"/en/desk/requests/{case}").status == 200


def test_views_on_all_nodes_are_counted_together(node: Node, other: Node, portal: Portal) -> None:
    asked = "SELECT coalesce(sum(count), 0) FROM usage_open WHERE value = 'en /accessibility'"
    before = portal.sql(asked)[0][0]
    for at in (node, other, other):
        assert at.browser().get("/en/accessibility").status == 200
    wait_until(lambda: portal.sql(asked)[0][0] >= before + 3, "a view is missing")
    assert portal.sql(asked)[0][0] == before + 3


def test_after_load_on_both_nodes_the_chains_are_whole_as_either_machine_sees_them(
    node: Node, other: Node, portal: Portal, there: Portal, people: People
) -> None:
    before = portal.sql("SELECT count(*) FROM consent_record")[0][0]
    with writing(node, other, people=[people.newcomer(), people.newcomer()]) as clients:
        clients.wait_for(SOME)
    assert lost(other, clients) == []
    assert portal.sql("SELECT count(*) FROM consent_record")[0][0] == before + len(clients.acknowledged)
    running = [
        machine.begin(ledger, "verify", "--json") for machine in (portal, there) for ledger in ("audit", "consents")
    ]
    assert [(process.communicate(timeout=COMMAND_WITHIN), process.returncode)[1] for process in running] == [0] * 4


def test_two_workers_send_every_message_once(
    portal: Portal, there: Portal, people: People, worker: object, other_worker: "subprocess.Popen[bytes]"
) -> None:
    wait_until(lambda: len(portal.sql("SELECT id FROM running_worker")) == 2, "a worker does not tell that it is there")
    with people.app.app_context():
        now = clock.now()
        for _ in range(LETTERS):
            with transaction():
                messages.queue(
                    to="a@example.com",
                    language="en",
                    subject="twice?",
                    body="b",
                    actor=SYSTEM,
                    now=now - timedelta(hours=1),
                )
        db.session.remove()
        db.engine.dispose()
        bell = jobs.Jobs(people.app, settings())
        for _ in range(4):  # so that both come at once
            bell.deliver_soon()
    sent = "SELECT message_id, attempts FROM message WHERE subject = 'twice?' AND status = 'sent'"
    wait_until(lambda: len(portal.sql(sent)) == LETTERS, "not every message has been sent")
    assert {row.attempts for row in portal.sql(sent)} == {1}
    files = [file.stem for at in (portal, there) for file in (at.instance / "outbox").glob("*.eml")]
    wanted = {row.message_id[1:33] for row in portal.sql(sent)}
    assert sorted(name for name in files if name in wanted) == sorted(wanted)
    runs = portal.sql("SELECT name, count(*) FROM job_run GROUP BY name")
    assert {count for _name, count in runs} <= {1}
