"""A real portal, started as `make run` starts it, and a real Chromium."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from portal.accounts.second_factor import current_code
from portal.core import clock
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
ORDINARY_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
START_WITHIN = 120  # seconds
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ANSWERS = (404, 410, 413, 422)  # pages that a person is meant to read; the browser complains of them all the same


@pytest.fixture(autouse=True)
def frozen_clock() -> None:
    """Not here: the portal runs in a process of its own, on real time."""


class Portal:
    """The running portal: its address and the demo sign-ins."""

    def __init__(self, address: str, environment: dict[str, str]) -> None:
        self.address = address
        self.environment = environment
        self.accounts: list[dict[str, Any]] = self.command("demo", "accounts", "--json")

    def command(self, *arguments: str) -> Any:
        """What a `portal` command prints as JSON."""
        run = subprocess.run(
            [sys.executable, "-m", "portal", *arguments],
            env=self.environment, cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return json.loads(run.stdout)

    def account(self, role: str, index: int = 0) -> dict[str, Any]:
        return [account for account in self.accounts if account["role"] == role][index]


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")},
        "PORTAL_INSTANCE": str(tmp_path_factory.mktemp("instance")),
        "PORT": str(port),
    }
    environment.pop("DATABASE_URL", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "portal", "run"], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    address = f"http://localhost:{port}"
    deadline = time.monotonic() + START_WITHIN
    while not answers(address):
        assert process.poll() is None, "the portal ended before it answered"
        assert time.monotonic() < deadline, "the portal did not answer in time"
        time.sleep(0.1)
    yield Portal(address, environment)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert not answers(address), "Ctrl-C left something running"


def browser_path() -> str | None:
    """An installed Chromium or Chrome; None for Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium: Browser, portal: Portal) -> Iterator[Callable[..., Page]]:
    """A fresh profile each time; any error in the console fails the test."""
    contexts = []
    complaints: list[str] = []

    def _open(**options: Any) -> Page:
        context = chromium.new_context(base_url=portal.address, user_agent=ORDINARY_AGENT, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield _open
    for context in contexts:
        context.close()
    assert [c for c in complaints if not any(f"status of {status} " in c for status in ANSWERS)] == []


@pytest.fixture(scope="session")
def signed_in_states() -> dict[str, Any]:
    """Cookies of those who have signed in: a code works once, so nobody signs in twice."""
    return {}


@pytest.fixture
def sign_in(open_browser: Callable[..., Page], portal: Portal, signed_in_states: dict[str, Any]) -> Callable[..., Page]:
    """Sign a demo person in as a person would, by typing; the next time the browser still is."""

    def _sign_in(role: str, index: int = 0, language: str = "fi", **options: Any) -> Page:
        account = portal.account(role, index)
        username = account["username"]
        if username in signed_in_states:
            page = open_browser(storage_state=signed_in_states[username], **options)
            page.goto(f"/{language}/my/devices")
            return page
        page = open_browser(**options)
        page.goto(f"/{language}/sign-in")
        page.fill("[name=username]", account["username"])
        page.fill("[name=password]", account["password"])
        page.click("main form button[type=submit]")
        if account["totp_secret"]:
            page.wait_for_url("**/sign-in/code*")
            page.fill("[name=code]", code_of(account["totp_secret"]))
            page.click("main form button[type=submit]")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        signed_in_states[username] = page.context.storage_state()
        return page

    return _sign_in


def code_of(secret: str) -> str:
    return current_code(secret, clock.now())


def accessibility_faults(page: Page) -> list[str]:
    """What axe finds, in one line each. Evaluated, because Trusted Types refuse script tags added by a tool."""
    page.evaluate(Axe().axe_script)
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", WCAG)
    return [
        f"{page.url} {violation['id']}: {node['target']} {node['failureSummary'][:160]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
