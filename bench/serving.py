"""gunicorn with the portal's own settings, for as long as a benchmark lasts."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from portal.cli import gunicorn_arguments
from portal.config import ROOT

HOST = "127.0.0.1"
START_WITHIN = 30  # seconds
OTHERS = ("PORTAL_", "DATABASE_URL", "VALKEY_URL", "GUNICORN_")


@contextmanager
def serving(application: str, environ: Mapping[str, str]) -> Iterator[int]:
    """Serve a WSGI application with one worker, so that the client has the other core; gives the port."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
    arguments = [application, *gunicorn_arguments(HOST, port, workers=1)[1:]]
    # nothing of the portal that this shell may be set up for
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
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
