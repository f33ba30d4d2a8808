"""What tests of copies ask, and the page that they ask for."""

from collections.abc import Callable

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import Client, TestResponse

from tests.pages import BROWSER

BOT = {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
ADDRESS = "/fi/accessibility"
Put = Callable[..., None]


class Counted:
    """A page that says how often it has been made."""

    def __init__(self) -> None:
        self.times = 0

    def view(self) -> str:
        self.times += 1
        return f"<!doctype html><title>made {self.times}</title>" + "x" * 600


def ask(app: Flask, path: str = ADDRESS, method: str = "GET", **headers: str) -> TestResponse:
    """As a visitor who comes for the first time."""
    sent = Headers(BROWSER | {name.replace("_", "-"): value for name, value in headers.items()})
    return Client(app, TestResponse, use_cookies=False).open(path, method=method, headers=sent)
