"""Answers that come at the same time whatever was done, so that their haste does not tell who is known (S8)."""

from collections.abc import Callable
from functools import wraps
from time import monotonic, sleep

from flask import request
from flask.typing import ResponseReturnValue

from portal.core.settings import settings


def even_time(view: Callable[[], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
    """Hold what a POST has done until its time is over: longer than the work takes, and short for a person.

    What was done is done and stored before the wait begins.
    """

    @wraps(view)
    def held() -> ResponseReturnValue:
        if request.method != "POST":
            return view()
        until = monotonic() + settings().even_time.total_seconds()
        try:
            return view()
        finally:
            sleep(max(0.0, until - monotonic()))

    return held
