"""Requests, letters and messages when processes are killed: nothing is lost, nothing is doubled (S23)."""
# ruff: noqa: ARG002 - what a mail server calls has these arguments

import asyncio
import email
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.policy import default
from http.client import HTTPException
from threading import Event

import pytest
from aiosmtpd.controller import Controller

from portal.core.clock import local_date, now
from portal.core.roles import Role
from portal.demo.accounts import SIGN_INS
from tests.outside.browser import Answer, Browser
from tests.outside.people import Codes, Person
from tests.outside.serving import Node, Portal, serving, stop
from tests.ports import free_port

CASES = 2  # for each of two clerks
KILLS = 3  # of web processes
PATIENCE = 60  # seconds
NEW = "/fi/desk/requests/new?channel=visit"


class Inbox:
    """A mail server that can take a mail and never say so: until its client has died."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.is_silent = Event()
        self.has_taken = Event()

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        mail = email.message_from_bytes(envelope.content, policy=default)  # type: ignore[attr-defined]
        self.ids.append(str(mail["Message-ID"]))
        while self.is_silent.is_set():
            self.has_taken.set()
            await asyncio.sleep(0.02)
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    inbox, port = Inbox(), free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield inbox, port
    inbox.is_silent.clear()
    controller.stop()


@pytest.fixture
def apart(unused: Portal, inbox: tuple[Inbox, int]) -> Portal:
    """An installation of its own, which sends its mail to the test's server."""
    environment = {
        "PORTAL_BASE_URL": f"https://localhost:{free_port()}",
        "PORTAL_MAIL_URL": f"smtp://127.0.0.1:{inbox[1]}",
    }
    if "VALKEY_URL" in unused.environment:  # with jobs of its own
        environment["VALKEY_URL"] = unused.environment["VALKEY_URL"].removesuffix("/0") + "/1"
    copy = unused.copied("killed")
    return replace(copy, environment=copy.environment | environment)


def until_answered(browser: Browser, path: str, form: dict[str, str]) -> Answer:
    """Send a form until somebody answers, as a person does whose browser says that the connection broke."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            answer = browser.post(path, form)
            if answer.status != 503:
                return answer
        except (OSError, HTTPException):
            pass
        assert time.monotonic() < deadline, "nobody is answered any more"
        time.sleep(0.05)


def until_opened(browser: Browser, path: str) -> Answer:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            answer = browser.get(path)
            if answer.status == 200:
                return answer
        except (OSError, HTTPException):
            pass
        assert time.monotonic() < deadline, "nobody is answered any more"
        time.sleep(0.05)


class Clerk:
    """Records requests, decides and answers them, one after the other; keeps what was acknowledged."""

    def __init__(self, person: Person, customers: list[str]) -> None:
        self.browser, self.customers = person.signed_in(), customers
        self.acknowledged: list[str] = []
        self.steps = 0

    def work(self) -> None:
        for number in self.customers:
            path = self._recorded(number)
            for step in ("take", "decide", "answer"):
                page = until_opened(self.browser, path)
                form = {"csrf_token": page.token, "step": step, "items-0-outcome": "grant"}
                answer = until_answered(self.browser, path, form)
                # sent again after a broken connection it may have been done: then the state forbids it
                assert answer.status in (303, 422), (step, answer)
                self.steps += 1

    def _recorded(self, number: str) -> str:
        form = until_opened(self.browser, NEW).fields("/fi/desk/requests/new")
        form |= {
            "kind": "access",
            "customer_number": number,
            "text": "Kaikki tiedot.",
            "received_on": local_date(now()).isoformat(),
            "document_type": "passport",
        }
        answer = until_answered(self.browser, NEW, form)
        assert answer.status == 303, answer
        self.acknowledged.append(answer.location.rpartition("/")[2])
        self.steps += 1
        return answer.location.removeprefix(f"https://localhost:{self.browser.port}")


def kill_again_and_again(node: Node, worker: "subprocess.Popen[bytes]", clerks: list[Clerk], inbox: Inbox) -> None:
    """A web process each time some steps have been taken; at last the worker, with a mail that it does not know of."""
    for killed in range(1, KILLS + 1):
        deadline = time.monotonic() + PATIENCE
        while sum(clerk.steps for clerk in clerks) < killed * 4 or not node.workers():
            assert time.monotonic() < deadline, "no step is taken any more"
            time.sleep(0.02)
        os.kill(min(node.workers()), signal.SIGKILL)
    inbox.is_silent.set()
    assert inbox.has_taken.wait(PATIENCE), "no mail came"
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    inbox.is_silent.clear()


def test_whoever_is_killed_no_case_letter_or_message_is_lost_or_doubled(
    apart: Portal, inbox: tuple[Inbox, int]
) -> None:
    mails = inbox[0]
    accounts = [one for one in SIGN_INS if one.role is Role.CLERK][:2]
    with_mail = apart.sql(
        "SELECT number FROM customer WHERE email IS NOT NULL AND status = 'customer' ORDER BY number DESC LIMIT :most",
        most=2 * CASES,
    )
    numbers = [row.number for row in with_mail]
    before = apart.sql("SELECT count(*) AS n FROM subject_request")[0].n
    apart.sql("UPDATE message SET status = 'sent' WHERE status = 'queued'")  # of the demo's past
    old = {row.message_id for row in apart.sql("SELECT message_id FROM message")}
    worker = apart.start("worker")
    try:
        with serving(apart, apart.port) as node, ThreadPoolExecutor(2) as pool:
            codes = Codes()
            clerks = [
                Clerk(Person(one.username, one.password, node, codes, one.totp_secret), numbers[half::2])
                for half, one in enumerate(accounts)
            ]
            working = [pool.submit(clerk.work) for clerk in clerks]
            kill_again_and_again(node, worker, clerks, mails)
            for work in working:
                work.result()
        # the message that nobody has marked as sent is tried again when its time has come
        apart.sql("UPDATE message SET due_at = queued_at WHERE status = 'queued'")
        worker = apart.start("worker")
        deadline = time.monotonic() + PATIENCE
        while apart.sql("SELECT count(*) AS n FROM message WHERE status = 'queued'")[0].n:
            assert time.monotonic() < deadline, "messages stay in the outbox"
            time.sleep(0.05)
    finally:
        stop(worker)

    ids = [public_id for clerk in clerks for public_id in clerk.acknowledged]
    assert len(set(ids)) == 2 * CASES
    assert apart.sql("SELECT count(*) AS n FROM subject_request")[0].n == before + 2 * CASES
    for public_id in ids:
        (case,) = apart.sql("SELECT id, status FROM subject_request WHERE public_id = :id", id=public_id)
        assert case.status == "answered"
        steps = apart.sql("SELECT step FROM case_event WHERE request_id = :id ORDER BY sequence", id=case.id)
        assert [row.step for row in steps] == ["submit", "take", "decide", "answer"]
        assert apart.sql("SELECT count(*) AS n FROM letter WHERE request_id = :id", id=case.id)[0].n == 1
        about = apart.sql("SELECT message_id FROM message WHERE subject LIKE :about", about=f"%{public_id}%")
        assert len(about) == 2, "it was received, and it was answered: each told once"

    queued = {row.message_id for row in apart.sql("SELECT message_id FROM message")} - old
    delivered = Counter(mails.ids)
    assert set(delivered) == queued, "each was delivered, and what came again kept its Message-ID"
    assert max(delivered.values()) > 1, "the one that the killed worker did not know of came twice"
