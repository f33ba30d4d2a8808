"""What was acknowledged survives the death of processes, and a stop is quick and complete (S23)."""

import os
import re
import signal
import socket
import time
from contextlib import ExitStack
from pathlib import Path

from tests.outside.browser import CONSENT
from tests.outside.load import PATIENCE, lost, writing
from tests.outside.people import People
from tests.outside.serving import COMMAND_WITHIN, THREADS, WORKERS, Node, Portal, children, wait_until

SOME = 30  # choices
STOPPED_WITHIN = 15.0  # less than what a request may take that is being answered
HUNG_UP_WITHIN = 15.0


def test_a_worker_that_is_killed_takes_nothing_along_and_the_other_goes_on(second: Node, node: Node) -> None:
    victim = min(second.workers())
    with writing(second) as clients:
        clients.wait_for(SOME)
        os.kill(victim, signal.SIGKILL)
        clients.wait_for(SOME)
    assert lost(node, clients) == []
    deadline = time.monotonic() + PATIENCE
    while len(second.workers() - {victim}) < WORKERS:
        assert time.monotonic() < deadline, "no new worker came"
        time.sleep(0.05)


def test_when_a_server_and_a_worker_are_killed_nothing_acknowledged_is_lost(
    second: Node, node: Node, portal: Portal, people: People
) -> None:
    """Nothing is half-done either, and the chains are whole, as another machine sees at once."""
    worker = second.portal.start("worker")
    with writing(second, people=[people.newcomer(), people.newcomer()]) as clients:
        clients.wait_for(SOME)
        os.killpg(worker.pid, signal.SIGKILL)
        os.killpg(second.process.pid, signal.SIGKILL)
    worker.wait(PATIENCE)
    assert lost(node, clients) == []
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


def test_a_request_that_is_being_answered_when_the_server_stops_is_answered(second: Node, node: Node) -> None:
    """It waits for the database, which somebody holds; and one client is still sending its form."""
    form = b"choice=accept-all"
    head = (
        f"POST /fi/cookies HTTP/1.1\r\nHost: localhost:{second.port}\r\nSec-Fetch-Site: same-origin\r\n"
        "Connection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    with second.connection() as sending, second.connection() as waiting:
        sending.sendall(head.encode() + form[:5])
        with second.portal.held():
            waiting.sendall(head.encode() + form)
            second.portal.wait_until_somebody_waits()
            second.process.send_signal(signal.SIGTERM)
            wait_until(lambda: not second.answers(), "it goes on taking requests")
            sending.sendall(form[5:])
        answers = [connection.recv(65_536) for connection in (waiting, sending)]
    assert [answer.split(b"\r\n")[0] for answer in answers] == [b"HTTP/1.1 303 SEE OTHER"] * 2
    assert second.process.wait(PATIENCE) == 0
    cookies = [re.search(rb"__Host-consent=([^;]+)", answer) for answer in answers]
    for cookie in cookies:
        assert cookie
        receipt = node.browser({CONSENT: cookie[1].decode()}).get("/fi/cookies/receipt.json")
        assert receipt.status == 200


def test_slow_clients_do_not_keep_others_waiting(second: Node) -> None:
    """More of them than there are threads: some send nothing, some half a head, some half a form."""
    with ExitStack() as slow:
        for number in range(3 * THREADS):
            connection = slow.enter_context(
                socket.create_connection(("localhost", second.port)) if number % 3 == 0 else second.connection()
            )
            if number % 3 == 1:
                connection.sendall(b"GET /fi/ HTTP/1.1\r\nHost: loc")
            if number % 3 == 2:
                connection.sendall(
                    f"POST /fi/cookies HTTP/1.1\r\nHost: localhost:{second.port}\r\nSec-Fetch-Site: same-origin\r\n"
                    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 17\r\n\r\nchoi".encode()
                )
        for _ in range(4):
            assert second.browser().get("/en/").status == 200


def test_whoever_stops_in_the_middle_of_a_request_is_hung_up_on(stalled: list[tuple[float, socket.socket]]) -> None:
    for begun, connection in stalled:
        connection.settimeout(max(0.1, begun + HUNG_UP_WITHIN - time.monotonic()))
        try:
            received = connection.recv(65_536)
        except ConnectionError:
            received = b""
        assert not received or received.startswith(b"HTTP/1.1 4")
