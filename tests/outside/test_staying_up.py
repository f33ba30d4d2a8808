"""What was acknowledged survives the death of processes, and a stop is quick and complete (S23)."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path
from threading import Event

import pytest

from tests.outside.browser import CONSENT
from tests.outside.serving import COMMAND_WITHIN, WORKERS, Node, Portal, children, serving
from tests.ports import free_port

WRITERS = 6
SOME = 30  # choices
PATIENCE = 30  # seconds
STOPPED_WITHIN = 5.0
HUNG_UP_WITHIN = 15.0


@pytest.fixture
def second(portal: Portal, node: Node) -> Iterator[Node]:
    """Another server of the same installation, as on a second machine; it may come to harm."""
    port = free_port()
    elsewhere = replace(portal, environment=portal.environment | {"PORTAL_BASE_URL": f"https://localhost:{port}"})
    with serving(elsewhere, port) as second:
        yield second


class Writing:
    """Several clients who choose cookies again and again, and what was acknowledged to them."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.ended = Event()
        self.acknowledged: list[str] = []

    def go_on(self) -> None:
        while not self.ended.is_set():
            browser = self.node.browser()
            with suppress(OSError, HTTPException):  # not acknowledged
                answer = browser.post("/fi/cookies", {"choice": "accept-all"})
                assert answer.status in (303, 503), answer
                if answer.status == 303:
                    self.acknowledged.append(browser.cookies[CONSENT])

    def wait_for(self, more: int) -> None:
        """Until so many more have been acknowledged."""
        wanted, deadline = len(self.acknowledged) + more, time.monotonic() + PATIENCE
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < deadline, "nobody is answered any more"
            time.sleep(0.01)


@contextmanager
def writing(node: Node) -> Iterator[Writing]:
    clients = Writing(node)
    with ThreadPoolExecutor(WRITERS) as pool:
        running = [pool.submit(clients.go_on) for _ in range(WRITERS)]
        try:
            yield clients
        finally:
            clients.ended.set()
        for client in running:
            client.result()


def lost(node: Node, acknowledged: list[str]) -> list[str]:
    """Choices that this server does not know."""
    browsers = [node.browser({CONSENT: cookie}) for cookie in acknowledged]
    return [browser.address for browser in browsers if browser.get("/fi/cookies/receipt.json").status != 200]


def test_a_worker_that_is_killed_takes_nothing_along_and_the_other_goes_on(second: Node, node: Node) -> None:
    victim = min(second.workers())
    with writing(second) as clients:
        clients.wait_for(SOME)
        os.kill(victim, signal.SIGKILL)
        clients.wait_for(SOME)
    assert lost(node, clients.acknowledged) == []
    deadline = time.monotonic() + PATIENCE
    while len(second.workers() - {victim}) < WORKERS:
        assert time.monotonic() < deadline, "no new worker came"
        time.sleep(0.05)


def test_when_every_process_is_killed_nothing_acknowledged_is_lost(second: Node, node: Node, portal: Portal) -> None:
    """The chains are whole too, as another machine sees at once."""
    with writing(second) as clients:
        clients.wait_for(SOME)
        os.killpg(second.process.pid, signal.SIGKILL)
    assert lost(node, clients.acknowledged) == []
    running = [portal.begin(ledger, "verify", "--json") for ledger in ("audit", "consents")]
    assert [(process.communicate(timeout=COMMAND_WITHIN), process.returncode)[1] for process in running] == [0, 0]


def test_a_stop_is_quick_and_leaves_no_process(second: Node) -> None:
    """With connections that are kept open, and requests that never end."""
    with ExitStack() as open_connections:
        for number in range(6):
            connection = open_connections.enter_context(second.connection())
            if number % 2:
                connection.sendall(f"GET /healthz HTTP/1.1\r\nHost: localhost:{second.port}\r\n\r\n".encode())
                assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
            else:
                connection.sendall(b"GET /fi/ HTTP/1.1\r\nHost: loc")
        processes = {second.process.pid, *children(second.process.pid)}
        begun = time.monotonic()
        second.process.send_signal(signal.SIGTERM)
        assert second.process.wait(30) == 0
        assert time.monotonic() - begun < STOPPED_WITHIN
        assert [pid for pid in processes if Path(f"/proc/{pid}").exists()] == []


def test_whoever_stops_in_the_middle_of_a_request_is_hung_up_on(stalled: list[tuple[float, socket.socket]]) -> None:
    for begun, connection in stalled:
        connection.settimeout(max(0.1, begun + HUNG_UP_WITHIN - time.monotonic()))
        try:
            received = connection.recv(65_536)
        except ConnectionError:
            received = b""
        assert not received or received.startswith(b"HTTP/1.1 4")
