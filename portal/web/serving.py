"""gunicorn's worker, whose refusals carry our headers: what it cannot read never reaches the application (S20).

It also hangs up on whoever keeps one of its few threads without end.
"""

import socket
from contextlib import suppress
from time import monotonic
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from portal.web.headers import ALWAYS, HSTS

# Our proposal: a worker has eight threads, and a client that stops half-way keeps one of them
HEADERS_WITHIN = 10.0  # seconds, the handshake included
ANSWERED_WITHIN = 60.0  # seconds, with a form or a file that is sent slowly

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


class Worker(ThreadWorker):
    """A worker of class gthread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reading: dict[Any, float] = {}
        self._answering: dict[Any, float] = {}

    def handle(self, conn: Any) -> Any:
        self._reading[conn] = monotonic() + HEADERS_WITHIN
        try:
            return super().handle(conn)
        finally:
            self._reading.pop(conn, None)
            self._answering.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        self._answering[conn] = monotonic() + ANSWERED_WITHIN
        self._reading.pop(conn, None)
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """Called every second: hang up on whoever has kept a thread for too long, and when stopping on all who wait."""
        super().murder_pending()
        now = monotonic()
        stalled = [conn for conn, until in list(self._answering.items()) if until < now]
        stalled += [conn for conn, until in list(self._reading.items()) if until < now or not self.alive]
        for conn in stalled:
            with suppress(OSError):
                conn.sock.shutdown(socket.SHUT_RDWR)

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
