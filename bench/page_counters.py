"""What counting costs: a page with the counters of views and banners, against the same page without.

The application is called as a server does, without a client in between: a copy of a page takes less than the client.
"""

from collections.abc import Iterator
from functools import partial

from flask import Flask
from werkzeug.test import EnvironBuilder

from bench.installation import BROWSER, installation
from bench.measuring import Figure, compare, milliseconds_each
from portal.analytics import counters
from portal.consents import banner

PATH = "/fi/"
TIMES = 400
COUNTING = {(counters.__name__, "_count"), (banner.__name__, "_count_shown")}


def _stop_counting(app: Flask) -> None:
    hooks = app.after_request_funcs[None]
    kept = [hook for hook in hooks if (hook.__module__, hook.__name__) not in COUNTING]
    if len(hooks) - len(kept) != len(COUNTING):
        raise RuntimeError("the counters are not where this benchmark looks for them")
    hooks[:] = kept


def _ask(app: Flask, environ: dict[str, object]) -> None:
    statuses: list[str] = []
    body = b"".join(app.wsgi_app(dict(environ), lambda status, *_: statuses.append(status)))
    if statuses != ["200 OK"] or not body:
        raise RuntimeError(f"{PATH}: {statuses}")


def figures() -> Iterator[Figure]:
    with installation() as made:
        silent = made.second_app()
        _stop_counting(silent)
        environ = EnvironBuilder(PATH, headers={**BROWSER, "Accept-Encoding": "gzip"}).get_environ()
        yield compare(
            "page.with_counters",
            "ms",
            subject=milliseconds_each(partial(_ask, made.app, environ), TIMES),
            baseline=milliseconds_each(partial(_ask, silent, environ), TIMES),
            rounds=9,
        )
        silent.extensions["portal.count_flusher"].stop()
