"""Answering a request once more after the database gave up one of two transactions that were in each other's way.

The whole request is done again, from the checks before the view on: so nothing of it can be half-done. That is safe
as long as it has written nothing yet; what the database gave up was never written.
"""

from random import uniform
from time import sleep

from flask import current_app, g, request
from flask.typing import ResponseReturnValue

from portal.core.db import has_committed

MOST_TRIES = 3
LONGEST_PAUSE = 0.1  # seconds; by chance, so that the same two do not meet again


def is_safe() -> bool:
    """Whether this request may be done again: it has written nothing, and what it brought can be read again."""
    return g.get("tries", 1) < MOST_TRIES and not has_committed() and not request.files


def answer() -> ResponseReturnValue:
    g.tries = g.get("tries", 1) + 1
    sleep(uniform(0, LONGEST_PAUSE))
    try:
        answered = current_app.preprocess_request()
        return current_app.dispatch_request() if answered is None else answered
    except Exception as problem:  # noqa: BLE001 - as Flask itself does with whatever a view raises
        return current_app.make_response(current_app.handle_user_exception(problem))
