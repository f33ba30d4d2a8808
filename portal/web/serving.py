"""gunicorn's worker, whose refusals carry our headers: what it cannot read never reaches the application (S20).

It also hangs up on whoever keeps one of its few threads without end.
"""

import socket
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from time import monotonic
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from portal.web.headers import ALWAYS, HSTS

# Our proposal: a worker has eight threads, and a client that stops half-way keeps one of them. While every thread is
# busy, nobody may take that long.
HEADERS_WITHIN = 10.0  # seconds, the handshake included
ANSWERED_WITHIN = 60.0  # seconds, with a form or a file that is sent slowly
CROWDED_HEADERS_WITHIN = 1.0
CROWDED_BODY_AFTER = 2.0
CROWDED_BODY_PACE = 4_000  # bytes a second
LINGER = 1.0  # seconds that a client gets to close a connection after the last answer on it

# in both languages: a request that cannot be read has told none
PAGE = """<!doctype html>
<html lang="fi">
<head><meta charset="utf-8"><title>Lähetystä ei voitu lukea</title></head>
<body>
<main>
<h1>Lähetystä ei voitu lukea</h1>
<p>Osoite tai jokin muu selaimen lähettämä tieto on liian pitkä tai virheellinen.
Tyhjennä selaimen evästeet tältä sivustolta ja aloita <a href="/fi/">etusivulta</a>.</p>
<div lang="en">
<h2>We could not read the request</h2>
<p>The address, or something else that the browser sent, is too long or broken.
Clear this site’s cookies in the browser and start from <a href="/en/" hreflang="en">the front page</a>.</p>
</div>
</main>
</body>
</html>
""".encode()


class Sending:
    """How a client gets on with the body that it announced."""

    def __init__(self, req: Any) -> None:
        self._begun = monotonic()
        self._reader = req.body.reader
        self._announced: int = getattr(self._reader, "length", 0)

    def is_slower_than(self, pace: float) -> bool:
        """Whether some of it is still to come, and what has come so far came at fewer bytes a second."""
        if getattr(self._reader, "parser", None):  # in chunks, which browsers do not send
            return True
        left = getattr(self._reader, "length", 0)
        if left:
            left -= len(self._reader.unreader.buf.getvalue())
        return left > 0 and (self._announced - left) / (monotonic() - self._begun) < pace


class Worker(ThreadWorker):
    """A worker of class gthread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reading: dict[Any, float] = {}
        self._answering: dict[Any, tuple[float, Sending]] = {}
        self._leaving: dict[Any, float] = {}

    def enqueue_req(self, conn: Any) -> None:
        """A browser connects before it has anything to ask: no thread waits for that, the poller does."""
        if self.alive and not conn.initialized and not conn.data_ready:
            conn.sock.setblocking(False)
            conn.set_timeout()
            self.pending_conns.append(conn)
            self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))
        else:
            super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        self._reading[conn] = monotonic()
        try:
            return super().handle(conn)
        finally:
            self._reading.pop(conn, None)
            self._answering.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        self._answering[conn] = (monotonic(), Sending(req))
        self._reading.pop(conn, None)
        return super().handle_request(req, conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """gunicorn waits two seconds for each client to close, and serves nobody meanwhile; here the poller waits."""
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
            return
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, EVENT_READ, partial(self._drain, conn))
            self._leaving[conn] = monotonic() + LINGER
        except (OSError, ValueError):  # it is gone already
            self.nr_conns -= 1
            conn.close()

    def _drain(self, conn: Any, sock: Any) -> None:
        try:
            is_over = not sock.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            is_over = True
        if is_over:
            self._let_go(conn)

    def _let_go(self, conn: Any) -> None:
        del self._leaving[conn]
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Called every second: hang up on whoever has kept a thread for too long, and when stopping on all who wait."""
        if not self.alive:
            for conn in self.pending_conns:
                conn.timeout = 0
        super().murder_pending()
        for conn in [conn for conn, until in self._leaving.items() if until < monotonic()]:
            self._let_go(conn)
        for conn in self._stalled():
            with suppress(OSError):
                conn.sock.shutdown(socket.SHUT_RDWR)

    def _stalled(self) -> list[Any]:
        now, reading, answering = monotonic(), list(self._reading.items()), list(self._answering.items())
        is_crowded = len(reading) + len(answering) >= self.cfg.threads
        headers_within = CROWDED_HEADERS_WITHIN if is_crowded else HEADERS_WITHIN
        stalled = [conn for conn, begun in reading if begun + headers_within < now or not self.alive]
        for conn, (begun, sending) in answering:
            is_slow = is_crowded and now - begun > CROWDED_BODY_AFTER and sending.is_slower_than(CROWDED_BODY_PACE)
            if is_slow or begun + ANSWERED_WITHIN < now:
                stalled.append(conn)
        return stalled

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        # no address: it would be written to the log
        super().handle_error(req, _Refusal(client, is_secure=self.cfg.is_ssl), ("visitor", addr[1]), exc)


class _Refusal:
    """The client's socket while gunicorn writes its refusal, of which the status alone is kept."""

    def __init__(self, client: Any, *, is_secure: bool) -> None:
        self._client = client
        self._headers = {
            **ALWAYS,
            **({"Strict-Transport-Security": HSTS} if is_secure else {}),
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(PAGE)),
            "Cache-Control": "no-store",
            "Connection": "close",
        }

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def sendall(self, written: bytes) -> None:
        status = written.partition(b"\r\n")[0]
        headers = "".join(f"{name}: {value}\r\n" for name, value in self._headers.items()).encode("latin1")
        self._client.sendall(status + b"\r\n" + headers + b"\r\n" + PAGE)
