"""A portal of its own for a benchmark: temporary folder, migrated database, invented register."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from werkzeug.test import Client

from portal.app import create_app
from portal.config import Settings
from portal.core import clock
from portal.core.db import db
from portal.demo import loading
from portal.demo.accounts import SIGN_INS

# pages are counted for browsers only
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
OWN_FORM = {**BROWSER, "Sec-Fetch-Site": "same-origin"}
CUSTOMER = SIGN_INS[0]


@dataclass(frozen=True)
class Installation:
    """A folder and the application on it."""

    folder: Path
    app: Flask

    def second_app(self) -> Flask:
        """Another application on the same folder, to be changed for a comparison."""
        return make_app(self.folder)


def make_app(folder: Path) -> Flask:
    return create_app(Settings.from_environ({"PORTAL_INSTANCE": str(folder)}))


@contextmanager
def installation(customers: int | None = None) -> Iterator[Installation]:
    """Migrated, with a register when `customers` says how large; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name:
        app = make_app(Path(name))
        with app.app_context():
            upgrade()
            if customers is not None:
                loading.load(now=clock.now(), customers=customers)
            db.session.remove()
        try:
            yield Installation(Path(name), app)
        finally:
            app.extensions["portal.count_flusher"].stop()
            with app.app_context():
                db.engine.dispose()


def get(client: Client, path: str) -> bytes:
    """A page as a browser asks for it; anything but a page is a mistake in the benchmark."""
    with client.get(path, headers={**BROWSER, "Accept-Encoding": "gzip"}) as response:
        if response.status_code != 200:
            raise RuntimeError(f"{path}: {response.status}")
        return response.get_data()
