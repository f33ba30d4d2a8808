"""gunicorn with the portal's own settings, and a small client that keeps its connections."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection

from bench.installation import BROWSER
from portal.cli import gunicorn_arguments
from portal.config import ROOT

HOST = "127.0.0.1"
HEADERS = {**BROWSER, "Accept-Encoding": "gzip"}
CONNECTIONS = 4
START_WITHIN = 30  # seconds


@contextmanager
def serving(application: str, environ: Mapping[str, str]) -> Iterator[int]:
    """Serve a WSGI application with one worker, so that the client has the other core; gives the port."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
    arguments = [application, *gunicorn_arguments(HOST, port, workers=1)[1:]]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", *arguments], env={**clean, **environ}, cwd=ROOT)
    try:
        _wait(server, port)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(server: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + START_WITHIN
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


def fetch(connection: HTTPConnection, path: str) -> bytes:
    connection.request("GET", path, headers=HEADERS)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200 or response.headers["Content-Encoding"] != "gzip":
        raise RuntimeError(f"{path}: {response.status} {response.headers['Content-Encoding']}")
    return body


def requests_per_second(port: int, path: str, seconds: float) -> float:
    """What `CONNECTIONS` clients get, each asking again as soon as it is answered."""
    answered = [0] * CONNECTIONS
    begun = time.perf_counter()

    def ask(number: int) -> None:
        connection = HTTPConnection(HOST, port, timeout=30)
        while time.perf_counter() < begun + seconds:
            fetch(connection, path)
            answered[number] += 1
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not all(answered):
        raise RuntimeError(f"{path}: a client got no answer")
    return sum(answered) / (time.perf_counter() - begun)
