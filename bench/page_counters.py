"""What counting costs: a page with the counters of views and banners, against the same page without."""

from collections.abc import Iterator
from functools import partial

from flask import Flask
from werkzeug.test import Client

from bench.installation import get, installation
from bench.measuring import Figure, compare, milliseconds_each
from portal.analytics import counters
from portal.consents import banner

PATH = "/fi/"
TIMES = 60
COUNTING = {(counters.__name__, "_count"), (banner.__name__, "_count_shown")}


def _stop_counting(app: Flask) -> None:
    hooks = app.after_request_funcs[None]
    kept = [hook for hook in hooks if (hook.__module__, hook.__name__) not in COUNTING]
    if len(hooks) - len(kept) != len(COUNTING):
        raise RuntimeError("the counters are not where this benchmark looks for them")
    hooks[:] = kept


def figures() -> Iterator[Figure]:
    with installation() as made:
        silent = made.second_app()
        _stop_counting(silent)
        yield compare(
            "page.with_counters",
            "ms",
            subject=milliseconds_each(partial(get, Client(made.app), PATH), TIMES),
            baseline=milliseconds_each(partial(get, Client(silent), PATH), TIMES),
            rounds=9,
        )
