"""People who use the portal while something happens to it, and what was acknowledged to them."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPException
from threading import Event

from tests.outside.browser import CONSENT, Browser
from tests.outside.people import Person
from tests.outside.serving import Node

WRITERS = 6  # of cookie choices
PATIENCE = 30  # seconds


class Writing:
    """Several clients who choose cookies and sign in again and again, each at the next node every time."""

    def __init__(self, nodes: Sequence[Node], people: Sequence[Person]) -> None:
        self.nodes, self.people = nodes, people
        self.ended = Event()
        self.acknowledged: list[str] = []  # the cookie of each choice
        self.signed_in: list[Browser] = []

    def choose(self, node: Node) -> None:
        browser = node.browser()
        answer = browser.post("/fi/cookies", {"choice": "accept-all"})
        assert answer.status in (303, 503), answer
        if answer.status == 303:
            self.acknowledged.append(browser.cookies[CONSENT])

    def sign_in(self, person: Person, node: Node) -> None:
        browser = node.browser()
        if browser.get("/fi/sign-in").status == 200:
            answer = browser.post("/fi/sign-in", {"username": person.username, "password": person.password})
            assert answer.status in (303, 503), answer
            if answer.status == 303:
                self.signed_in.append(browser)

    def go_on(self, act: Callable[[Node], None]) -> None:
        turn = 0
        while not self.ended.is_set():
            turn += 1
            with suppress(OSError, HTTPException):  # not acknowledged
                act(self.nodes[turn % len(self.nodes)])

    def wait_for(self, more: int) -> None:
        """Until so many more choices have been acknowledged, and a sign-in where people do that."""
        choices, sign_ins = len(self.acknowledged) + more, len(self.signed_in) + bool(self.people)
        deadline = time.monotonic() + PATIENCE
        while len(self.acknowledged) < choices or len(self.signed_in) < sign_ins:
            assert time.monotonic() < deadline, "nobody is answered any more"
            time.sleep(0.01)


@contextmanager
def writing(*nodes: Node, people: Sequence[Person] = ()) -> Iterator[Writing]:
    clients = Writing(nodes, people)
    acts = [clients.choose] * WRITERS + [lambda node, who=person: clients.sign_in(who, node) for person in people]
    with ThreadPoolExecutor(len(acts)) as pool:
        running = [pool.submit(clients.go_on, act) for act in acts]
        try:
            yield clients
        finally:
            clients.ended.set()
        for client in running:
            client.result()


def lost(node: Node, clients: Writing) -> list[str]:
    """Choices and sign-ins that were acknowledged and that this server does not know."""
    choices = [node.browser({CONSENT: cookie}) for cookie in clients.acknowledged]
    gone = [browser.address for browser in choices if browser.get("/fi/cookies/receipt.json").status != 200]
    return gone + [browser.address for browser in clients.signed_in if not browser.at(node.port).is_signed_in()]
