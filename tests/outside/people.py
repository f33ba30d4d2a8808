"""Who the tests sign in as: the demo's people, and newcomers whose accounts a test may spoil."""

import time
from collections import defaultdict
from dataclasses import dataclass
from itertools import count
from typing import Any

import pyotp

from portal.accounts import administration
from portal.app import create_app
from portal.config import Settings
from portal.core import clock
from portal.core.audit import SYSTEM
from portal.core.db import db
from portal.core.roles import Role
from tests.outside.browser import Browser
from tests.outside.serving import Node, Portal

PASSWORD = "seitsemän sinistä saunaa"
STEP = 30  # seconds for which one code stands
CHECKED_WITHIN = 10  # seconds from the making of a code to its check, on a busy machine
TICKED = {"remember": "y"}


class Codes:
    """Codes of second factors; a code works once, so nobody is given the same one twice."""

    def __init__(self) -> None:
        self._used: dict[str, int] = defaultdict(int)

    def next(self, secret: str) -> str:
        """The code of the earliest step that will still count when it is checked; waits when all have been used."""
        while True:
            earliest = int(time.time() + CHECKED_WITHIN) // STEP - 1
            step = max(earliest, self._used[secret] + 1)
            if step <= int(time.time()) // STEP + 1:
                self._used[secret] = step
                return pyotp.TOTP(secret).generate_otp(step)
            time.sleep(0.2)


@dataclass(frozen=True, repr=False)
class Person:
    """Somebody with an account, and what they sign in with."""

    username: str
    password: str
    node: Node
    codes: Codes
    totp_secret: str | None = None
    customer_number: str | None = None
    email: str = ""

    def signed_in(self, *, remembered: bool = False) -> Browser:
        """A new browser in which this person has just signed in."""
        browser = self.node.browser()
        typed = {"username": self.username, "password": self.password}
        answer = browser.submit("/fi/sign-in", typed | (TICKED if remembered else {}))
        if self.totp_secret:
            assert answer.location.endswith("/fi/sign-in/code"), answer
            answer = browser.submit("/fi/sign-in/code", {"code": self.codes.next(self.totp_secret)})
        assert answer.status == 303, answer
        return browser


class People:
    """Everybody who has an account here."""

    def __init__(self, portal: Portal, node: Node) -> None:
        self.portal, self.node, self.codes = portal, node, Codes()
        self.demo: list[dict[str, Any]] = portal.json("demo", "accounts")
        self.app = create_app(Settings.from_environ(portal.environment))
        self._numbers = count(1)
        self._signed_in: dict[str, Browser] = {}

    def of_demo(self, role: str, index: int = 0) -> Person:
        account = [account for account in self.demo if account["role"] == role][index]
        return Person(
            account["username"], account["password"], self.node, self.codes,
            totp_secret=account["totp_secret"], customer_number=account["customer_number"],
        )  # fmt: skip

    def browser_of(self, role: str) -> Browser:
        """The first demo person of a role, signed in once; for tests that leave the session as it is."""
        if role not in self._signed_in:
            self._signed_in[role] = self.of_demo(role).signed_in()
        return self._signed_in[role]

    def newcomer(self, **account: Any) -> Person:
        """An account that nobody else uses, made as an administrator makes it, in a process that is not the server."""
        number = next(self._numbers)
        username = account.pop("username", f"newcomer-{number}")
        email = f"newcomer-{number}@example.com"
        with self.app.app_context():
            customers = self.portal.sql(
                "SELECT customer.id, number FROM customer JOIN billing ON billing.customer_id = customer.id "
                "WHERE kind = 'natural' ORDER BY number"  # those who have something of every kind
            )
            customer = customers[4 + number % (len(customers) - 4)]
            administration.create_account(
                username=username,
                role=Role.CUSTOMER,
                language="en",
                display_name=f"Newcomer {number}",
                actor=SYSTEM,
                now=clock.now(),
                password=PASSWORD,
                email=email,
                customer_id=customer.id,
                **account,
            )
            db.session.remove()
            db.engine.dispose()
        return Person(
            username, PASSWORD, self.node, self.codes,
            totp_secret=account.get("totp_secret"), customer_number=customer.number, email=email,
        )  # fmt: skip
