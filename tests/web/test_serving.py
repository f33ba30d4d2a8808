"""What the server is told, and what it answers by itself: to requests that never reach the application."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from gunicorn.config import Config

from portal.cli import gunicorn_arguments
from portal.config import ROOT
from portal.web.headers import ALWAYS
from tests.ports import free_port

pytestmark = pytest.mark.xdist_group("serving")  # one server, not one for each process of tests
START_WITHIN = 30
GOOD = "Host: localhost:{port}\r\nUser-Agent: Mozilla/5.0\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.mark.parametrize("setting", ["forwarded_allow_ips", "forwarder_headers"])
def test_the_server_believes_no_header_about_where_a_request_came_from(setting: str) -> None:
    config = Config()
    parsed = vars(config.parser().parse_args(gunicorn_arguments("127.0.0.1", 8000, 1)))
    config.set(setting, parsed[setting])
    assert config.settings[setting].get() == []


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real server with an empty database."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")},
        "PORTAL_INSTANCE": str(tmp_path_factory.mktemp("serving")),
        "PORT": str(port),
    }
    environment.pop("DATABASE_URL", None)
    subprocess.run([sys.executable, "-m", "portal", "db", "upgrade"], env=environment, cwd=ROOT, check=True)
    command = [sys.executable, "-m", "gunicorn", *gunicorn_arguments("127.0.0.1", port, 1)]
    log = tmp_path_factory.mktemp("log") / "log"
    with log.open("w") as written:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=written)
    deadline = time.monotonic() + START_WITHIN
    while not _answers(port):
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    yield port
    process.terminate()
    process.wait(20)
    written_lines = log.read_text()
    assert [found for found in ("raceback", "secret-token", "127.0.0.1") if found in written_lines] == [], written_lines


def _answers(port: int) -> bool:
    with socket.socket() as connecting:
        return connecting.connect_ex(("127.0.0.1", port)) == 0


def _raw(port: int, sent: bytes) -> tuple[int, dict[str, str], str]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(status.split()[1]), headers, body.decode()


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        ("GET /en/reset-password/secret-token?" + "a" * 5000 + " HTTP/1.1", "", 414),
        ("GET /en/ HTTP/1.1", "".join(f"X-{n}: 1\r\n" for n in range(70)), 431),
        ("GET /en/ HTTP/1.1", "X-Big: " + "a" * 9000 + "\r\n", 431),
        ("GET /en/ HTTP/1.1", "Cookie: session=a\0b\r\n", 400),
        ("GET /en/ HTTP/1.1", "Bad Name: x\r\n", 400),
        ("GET /en/ HTTP/1.1", "X: a\r\n folded\r\n", 400),
        ("POST /en/cookies HTTP/1.1", "Content-Length: -4\r\n", 400),
        ("POST /en/cookies HTTP/1.1", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", 400),
        ("POST /en/cookies HTTP/1.1", "Transfer-Encoding: gzip\r\n", 400),
        ("nonsense", "", 400),
        ("GET /en/ HTTP/9.9", "", 400),
    ],
)
def test_what_the_server_refuses_by_itself_carries_our_headers(
    port: int, request_line: str, headers: str, status: int
) -> None:
    sent = f"{request_line}\r\n{GOOD.format(port=port)}{headers}\r\n".encode("latin1")
    answered, told, page = _raw(port, sent)
    assert answered == status
    assert {name: told.get(name) for name in ALWAYS} == ALWAYS
    assert told["Content-Type"] == "text/html; charset=utf-8" and int(told["Content-Length"]) == len(page.encode())
    assert "Lähetystä ei voitu lukea" in page and "We could not read the request" in page
    assert "folded" not in page and "secret-token" not in page


def _chunks(body: bytes) -> bytes:
    parts = [body[n : n + 8000] for n in range(0, len(body), 8000)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (_chunks(b"choice=save&next=" + b"x" * 1_000_100), 413),
        (_chunks(b"choice=nonsense"), 422),
        (b"zz\r\nabc\r\n", 400),
        (b"5\r\nabc", 400),
        (b"3\r\nabcdef\r\n0\r\n\r\n", 400),
    ],
)
def test_a_chunked_form_is_read_or_refused_in_the_language_of_the_page(port: int, body: bytes, status: int) -> None:
    head = f"POST /fi/cookies HTTP/1.1\r\n{GOOD.format(port=port)}{FORM}Transfer-Encoding: chunked\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head + body)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b'<html lang="fi">' in answer and b"Content-Security-Policy" in answer


def test_the_port_in_use_is_the_one_that_answers(port: int) -> None:
    def status(host: str) -> int:
        return _raw(port, f"GET /en/contact HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())[0]

    assert [status(f"localhost:{port}"), status(f"127.0.0.1:{port}")] == [200, 200]
    assert [status("localhost:1"), status("localhost"), status(f"evil.example:{port}")] == [400, 400, 400]
    assert _raw(port, b"GET /en/contact HTTP/1.1\r\nConnection: close\r\n\r\n")[0] == 400
