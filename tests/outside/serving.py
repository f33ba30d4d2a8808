"""The real server over TLS, as an operator starts it: two gunicorn workers, and the background worker."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, DateTime, Row, create_engine, inspect, make_url, text
from sqlalchemy.pool import NullPool

from tests.outside.browser import Browser, ClosedAtLast
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PORTAL = [sys.executable, "-m", "portal"]
# One command in many installations, each in a process of its own as an operator would run it, but imported once
IN_EACH = """
import json, os, sys
from portal.cli import main

for environment, output in json.load(sys.stdin):
    if os.fork() == 0:
        os.environ.clear()
        os.environ.update(environment)
        os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT), sys.stdout.fileno())
        main()
    _, status = os.wait()
    print(os.waitstatus_to_exitcode(status), flush=True)
"""
START_WITHIN = 60  # seconds
STOP_WITHIN = 30
CONNECTED_WITHIN = 20
COMMAND_WITHIN = 120
WORKERS = 2
THREADS = 8 * WORKERS


@dataclass(frozen=True)
class Certificate:
    """A certificate for localhost that signs itself."""

    file: Path
    key: Path

    @classmethod
    def made(cls, folder: Path) -> Self:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)  # noqa: TID251 - what TLS compares it with is the machine's clock
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]), False
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        made = cls(folder / "certificate.pem", folder / "key.pem")
        made.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        made.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return made

    def trusted(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.file))
        context.sslsocket_class = ClosedAtLast
        return context


@dataclass
class Portal:
    """An installation: its folder and database, and the commands that an operator has."""

    folder: Path
    environment: dict[str, str]
    certificate: Certificate

    @property
    def port(self) -> int:
        return urlsplit(self.environment["PORTAL_BASE_URL"]).port or 443

    @property
    def instance(self) -> Path:
        return Path(self.environment["PORTAL_INSTANCE"])

    @property
    def database_url(self) -> str:
        return self.environment.get("DATABASE_URL") or f"sqlite:///{self.instance / 'portal.sqlite'}"

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    def copied(self, name: str) -> "Portal":
        """Another installation, with what this one holds; nobody may be using this one."""
        folder = self.folder.with_name(f"{self.folder.name}-{name}")
        folder.mkdir()
        shutil.copytree(self.instance, folder / "instance")
        environment = self.environment | {"PORTAL_INSTANCE": str(folder / "instance")}
        if not self.is_sqlite:
            here = make_url(self.database_url)
            with admin(self.database_url) as connection:
                connection.execute(text(f"CREATE DATABASE {here.database}_{name} TEMPLATE {here.database}"))
            environment["DATABASE_URL"] = for_database(self.database_url, f"{here.database}_{name}")
        return Portal(folder, environment, self.certificate)

    def on_this_machine(self) -> "Portal":
        """The same installation for another server beside the first one."""
        address = {"PORTAL_BASE_URL": f"https://localhost:{free_port()}"}
        return replace(self, environment=self.environment | address)

    def elsewhere(self) -> "Portal":
        """The same installation as another machine has it: a folder of its own, and of the first one only the keys."""
        folder = self.folder.with_name(f"{self.folder.name}-machine-{free_port()}")
        (folder / "instance").mkdir(parents=True)
        for key in ("secret.key", "keyring.json"):
            shutil.copyfile(self.instance / key, folder / "instance" / key)
        environment = self.on_this_machine().environment | {"PORTAL_INSTANCE": str(folder / "instance")}
        return Portal(folder, environment, self.certificate)

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """A command that goes on; what it writes is kept beside the installation."""
        with (self.folder / f"{arguments[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [*PORTAL, *arguments], env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        """A command whose output is wanted later."""
        return subprocess.Popen(
            [*PORTAL, *arguments],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        process = self.begin(*arguments)
        out, err = process.communicate(timeout=COMMAND_WITHIN)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def json(self, *arguments: str) -> Any:
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr[-300:]
        return json.loads(done.stdout)

    @staticmethod
    def run_in_each(portals: "Sequence[Portal]", *arguments: str) -> list[tuple[int, str]]:
        """A command in many installations, one after the other: the exit code of each, and what it printed."""
        outputs = [portal.folder / "in-each.out" for portal in portals]
        told = [(portal.environment, str(output)) for portal, output in zip(portals, outputs, strict=True)]
        done = subprocess.run(
            [sys.executable, "-c", IN_EACH, *arguments], input=json.dumps(told),
            cwd=ROOT, check=True, capture_output=True, text=True, timeout=COMMAND_WITHIN,
        )  # fmt: skip
        codes = [int(code) for code in done.stdout.split()]
        return [(code, output.read_text(encoding="utf-8")) for code, output in zip(codes, outputs, strict=True)]

    def sql(self, *statements: str, **values: Any) -> list[Row[Any]]:
        """As somebody who holds the database itself: in one transaction, and what the last statement found."""
        engine = create_engine(self.database_url, poolclass=NullPool)
        rows: list[Row[Any]] = []
        try:
            with engine.begin() as connection:
                for statement in statements:
                    result = connection.execute(text(statement), values)
                    rows = list(result) if result.returns_rows else []
        finally:
            engine.dispose()
        return rows

    @contextmanager
    def owned(self, table: str) -> Iterator[Connection]:
        """As somebody who owns the database: the guards of one table look away, and stand again afterwards."""
        engine = create_engine(self.database_url, poolclass=NullPool)
        guarding = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
        try:
            with engine.begin() as connection:
                if self.is_sqlite:
                    guards = connection.execute(text(guarding), {"table": table}).all()
                    for guard in guards:
                        connection.execute(text(f"DROP TRIGGER {guard.name}"))
                    yield connection
                    for guard in guards:
                        connection.exec_driver_sql(guard.sql)
                else:
                    connection.execute(text("SET LOCAL session_replication_role = replica"))
                    yield connection
        finally:
            engine.dispose()

    def forced(self, table: str, *statements: str, **values: Any) -> None:
        with self.owned(table) as connection:
            for statement in statements:
                connection.execute(text(statement), values)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Somebody else is writing, and takes their time: who comes after waits."""
        engine = create_engine(self.database_url, poolclass=NullPool)
        with engine.connect() as connection:
            if self.is_sqlite:
                connection.connection.driver_connection.isolation_level = None  # type: ignore[union-attr]
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.exec_driver_sql("LOCK TABLE consent_record IN EXCLUSIVE MODE")
            try:
                yield
            finally:
                connection.rollback()
        engine.dispose()

    def wait_until_somebody_waits(self) -> None:
        """For a lock of the database; SQLite does not tell, so there it is a moment that is long enough to begin."""
        if self.is_sqlite:
            time.sleep(0.5)
            return
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        wait_until(lambda: bool(self.sql(waits)[0][0]), "nobody waits")

    def let_pass(self, time: timedelta, username: str) -> None:
        """The clock of the server is out of reach: what it compares with it, of this person's sign-ins, moves back."""
        engine = create_engine(self.database_url, poolclass=NullPool)
        for table in ("user_session", "remembered_device"):
            moments = [c["name"] for c in inspect(engine).get_columns(table) if isinstance(c["type"], DateTime)]
            earlier = ", ".join(f"{name} = {self._earlier(name, time)}" for name in moments)
            owned = "account_id = (SELECT id FROM account WHERE username = :name)"
            self.sql(f"UPDATE {table} SET {earlier} WHERE {owned}", name=username)
        engine.dispose()

    def _earlier(self, column: str, time: timedelta) -> str:
        seconds = time.total_seconds()
        if self.is_sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-{seconds} seconds')"
        return f"{column} - interval '{seconds} seconds'"


@dataclass
class Node:
    """A running server of an installation."""

    portal: Portal
    port: int
    process: "subprocess.Popen[bytes]"
    tls: ssl.SSLContext

    @property
    def address(self) -> str:
        return f"https://localhost:{self.port}"

    def browser(self, cookies: Mapping[str, str] | None = None) -> Browser:
        return Browser(self.port, self.tls, cookies)

    @contextmanager
    def connection(self) -> Iterator[socket.socket]:
        """For what no client would send."""
        with (
            socket.create_connection(("localhost", self.port), timeout=CONNECTED_WITHIN) as plain,
            self.tls.wrap_socket(plain, server_hostname="localhost") as connection,
        ):
            yield connection

    def answers(self) -> bool:
        """Whether a new client is answered; one that is not does not wait long."""
        try:
            with (
                socket.create_connection(("localhost", self.port), timeout=1) as plain,
                self.tls.wrap_socket(plain, server_hostname="localhost") as connection,
            ):
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return bool(connection.recv(1))
        except OSError:
            return False

    def workers(self) -> set[int]:
        return children(self.process.pid)


def wait_until(is_so: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + CONNECTED_WITHIN
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)


def children(pid: int) -> set[int]:
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return {int(child) for child in told.split()}


@contextmanager
def serving(portal: Portal, port: int) -> Iterator[Node]:
    """`portal serve` with two workers until the block ends; then a stop that must be clean."""
    certificate = portal.certificate
    process = portal.start(
        "serve", "--port", str(port), "--workers", str(WORKERS),
        "--cert", str(certificate.file), "--key", str(certificate.key),
    )  # fmt: skip
    node = Node(portal, port, process, certificate.trusted())
    try:
        wait_until_ready(node)
        yield node
    finally:
        stop(process)


def wait_until_ready(node: Node) -> None:
    deadline = time.monotonic() + START_WITHIN
    while True:
        assert node.process.poll() is None, "the server ended before it answered"
        try:
            if node.browser().get("/readyz").status == 200 and len(node.workers()) == WORKERS:
                return
        except OSError:
            pass
        assert time.monotonic() < deadline, "the server did not answer in time"
        time.sleep(0.05)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End what we started, and nothing else: it leads a process group of its own."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


@contextmanager
def admin(url: str) -> Iterator[Connection]:
    """The server's own database, where others are made."""
    engine = create_engine(for_database(url, "postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def for_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
