"""Pages about one customer: only while the customer is open with a purpose; who has not told why is asked (S13)."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.core import clock
from portal.register import openings
from portal.register.openings import Part

View = Callable[..., ResponseReturnValue]


def ask_purpose(number: str) -> ResponseReturnValue:
    """To the page that asks why this customer is opened."""
    flash(_("Tell first why you open the customer."), "info")
    return redirect(url_for("desk_customers.purpose", number=number), 303)


def on_open_customer(part: Part = Part.EVERYTHING) -> Callable[[View], View]:
    """The view gets the customer and the opening in place of the number. Goes below `requires`.

    Every page that shows the customer is a view of that part on record, also when a form on it had a mistake.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def opened(number: str, **rest: Any) -> ResponseReturnValue:
            is_shown = request.method in ("GET", "HEAD")
            actor, now = current_user.actor, clock.now()
            viewed = partial(openings.viewed, number=number, actor=actor, now=now, part=part)
            found = viewed() if is_shown else openings.current(number=number, actor=actor, now=now)
            if found is None:
                return ask_purpose(number)
            customer, opening = found
            response = make_response(view(customer, opening, **rest))
            if not is_shown and not 300 <= response.status_code < 400:
                viewed()
            return response

        return opened

    return decorate
