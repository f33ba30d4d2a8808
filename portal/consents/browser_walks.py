"""The four walks of an inspection, in a real browser."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from portal.consents.inspection import OTHER_STORAGE, WALKS, SetCookie, Walk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request, Response

INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")
# what says that it is a machine is, rightly, never counted as a visit, and so would meet no cookie of analytics
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"
PATIENCE = 30_000  # milliseconds for one page
_READ_STORAGE = """async () => ({
    localStorage: Object.keys(localStorage),
    sessionStorage: Object.keys(sessionStorage),
    indexedDB: (await indexedDB.databases()).map(found => found.name),
    cacheStorage: self.caches ? await caches.keys() : [],
})"""


class InspectionFailed(Exception):
    """There is no browser, or it could not go where it should; says why in one line."""


@contextmanager
def browser() -> "Iterator[Browser]":
    """A browser; raises InspectionFailed."""
    try:
        # a tool of tests and inspections, not installed where the portal only serves
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415
    except ImportError:
        raise InspectionFailed("Playwright is not installed; `make test` installs it, with a browser") from None
    arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    path = next((found for name in INSTALLED if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=path, args=arguments)
        except Error as problem:
            raise InspectionFailed(f"no browser could be started: {problem.message.splitlines()[0]}") from None
        try:
            yield launched
        except Error as problem:
            raise InspectionFailed(problem.message.splitlines()[0]) from problem
        finally:
            launched.close()


def walk_all(launched: "Browser", address: str, pages: Sequence[str], *, ignores_certificate: bool) -> list[Walk]:
    """Every walk, each in a fresh profile."""
    agent = AGENT.format(major=launched.version.split(".")[0])
    walks = []
    for name in WALKS:
        context = launched.new_context(
            base_url=address, user_agent=agent, ignore_https_errors=ignores_certificate, service_workers="allow"
        )
        context.set_default_timeout(PATIENCE)
        walks.append(_Profile(context, address, pages).walk(name))
        context.close()
    return walks


class _Profile:
    """One fresh browser profile and what it meets."""

    def __init__(self, context: "BrowserContext", address: str, pages: Sequence[str]) -> None:
        self.context = context
        self.address = address
        self.pages = pages
        self.page: Page = context.new_page()
        self.requests: list[Request] = []
        self.responses: list[Response] = []
        # Playwright marks the functions it is given, which a list's own method does not allow
        context.on("request", lambda request: self.requests.append(request))  # noqa: PLW0108 - see above
        context.on("response", lambda response: self.responses.append(response))  # noqa: PLW0108 - see above

    def walk(self, name: str) -> Walk:
        walk = Walk(name)
        if name == "withdraw":
            self._choose("accept-all")
            self._go_through(Walk(name))
            self._open_the_choice()
            walk.held_before = self._kept()
            walk.told_removed = self._withdraw()
        elif name != "fresh":
            self._choose({"accept": "accept-all", "refuse": "necessary-only"}[name])
        self._go_through(walk)
        self._note(walk)
        return walk

    def _choose(self, value: str) -> None:
        """Answer the banner as a person does."""
        self.page.goto(self.pages[0])
        self.page.click(f"#cookie-choice button[name=choice][value={value}]")
        self.page.wait_for_load_state()

    def _open_the_choice(self) -> None:
        """From any page, by the link at its foot."""
        self.page.goto(self.pages[0])
        self.page.click("footer a[href$='/cookies']")
        self.page.wait_for_url("**/cookies")

    def _withdraw(self) -> list[str]:
        """One button; returns the names on the page that follows. What was met before it counts no more."""
        self.requests.clear()
        self.responses.clear()
        self.page.click("main button[name=choice][value=necessary-only]")
        self.page.wait_for_load_state()
        return self.page.locator("main .notice code").all_inner_texts()

    def _go_through(self, walk: Walk) -> None:
        for path in [*self.pages, *self._service_pages()]:
            self.page.goto(path)
            walk.pages.append(path)

    def _service_pages(self) -> list[str]:
        """Two pages of single services, the second of which may show what the first left behind."""
        index = next((path for path in self.pages if path.endswith("/services")), None)
        if index is None:
            return []
        self.page.goto(index)
        links = [link.get_attribute("href") or "" for link in self.page.locator(f"main a[href^='{index}/']").all()]
        return list(dict.fromkeys(links))[:2]

    def _kept(self) -> list[str]:
        return sorted(str(cookie.get("name")) for cookie in self.context.cookies())

    def _note(self, walk: Walk) -> None:
        walk.kept = self._kept()
        storage: dict[str, Any] = self.page.evaluate(_READ_STORAGE)
        walk.storage = {kind: [str(key) for key in storage[kind]] for kind in OTHER_STORAGE}
        walk.requests = [request.url for request in self.requests]
        walk.set_cookies = [
            SetCookie.parse(header, response.url.removeprefix(self.address).partition("?")[0])
            for response in self.responses
            for header in response.header_values("set-cookie")
        ]
        receipt = self.context.request.get(f"{self.address}{self.pages[0].rstrip('/')}/cookies/receipt.json")
        walk.record_id = receipt.json()["record_id"] if receipt.ok else None
