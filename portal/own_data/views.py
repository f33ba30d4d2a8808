"""My data: every datum held about a customer, with its picture of consumption and one masked value at a time."""

from datetime import datetime, timedelta

from flask import Response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.catalogues.fields import Category
from portal.core import clock
from portal.core.roles import Permission
from portal.own_data import consumption, labels, revealing
from portal.own_data.telling import Teller, by_metering_point
from portal.publishing import charts
from portal.publishing.charts import Column
from portal.register.reading import disclosures_of, records_of
from portal.register.services import field_reference
from portal.subject_requests.queries import contested_fields
from portal.web.access import requires, requires_fresh
from portal.web.forms import page
from portal.web.headers import DRAWING_POLICY
from portal.web.locale import localized_blueprint

# in the session: the field whose full value was asked for, and the one that the next view of the page shows
ASKED = "reveal_asked"
SHOWN = "reveal_shown"
SHOWN_WITHIN = timedelta(minutes=1)

views = localized_blueprint("my_data", __name__)


@views.route("/my/data")
@requires(Permission.DATA_READ_OWN)
def index() -> ResponseReturnValue:
    customer_id: int = current_user.customer_id
    held = records_of(customer_id)
    shown = _shown_once(clock.now())
    teller = Teller(shown=shown, contested=contested_fields(customer_id))
    told = [teller.category(group) for group in held]
    return page(
        "own_data/index.html",
        categories=told,
        by_point=by_metering_point(next(one for one in told if one.category is Category.CONSUMPTION)),
        points=consumption.metering_points(held),
        disclosures=disclosures_of(customer_id),
        shown=shown,
        labels=labels,
    )


@views.route("/my/data/reveal", methods=["GET", "POST"])
@requires(Permission.DATA_READ_OWN)
def reveal() -> ResponseReturnValue:
    """A full value is asked for by POST; the way over the password question comes back here by GET."""
    if request.method == "POST":
        reference = revealing.masked_field(
            request.form.get("field", ""), request.form.get("record", ""), customer_id=current_user.customer_id
        )
        session[ASKED] = str(reference)
    return _show_what_was_asked() if ASKED in session else redirect(url_for(".index"))


@requires_fresh
def _show_what_was_asked() -> ResponseReturnValue:
    reference = field_reference(session.pop(ASKED))
    now = clock.now()
    revealing.reveal(reference, customer_id=current_user.customer_id, actor=current_user.actor, now=now)
    session[SHOWN] = {"field": str(reference), "at": now.isoformat()}
    return redirect(url_for(".index", _anchor=f"field-{reference}"), 303)


def _shown_once(now: datetime) -> str | None:
    """The field whose mask is lifted on this view alone: it was asked for a moment ago, with a fresh password."""
    mark = session.pop(SHOWN, None)
    if mark is None or not current_user.is_fresh(now):
        return None
    is_of_now = timedelta(0) <= now - datetime.fromisoformat(mark["at"]) <= SHOWN_WITHIN
    return str(mark["field"]) if is_of_now else None


@views.route("/my/data/consumption/<record>.svg")
@requires(Permission.DATA_READ_OWN)
def consumption_chart(record: str) -> ResponseReturnValue:
    years = consumption.drawn(consumption.years_at(record, customer_id=current_user.customer_id))
    newest = max((year.year for year in years), default=0)
    series = [
        Column(labels.year(year), year.months, colour=newest - year.year, is_outlined=year.is_estimate)
        for year in years
    ]
    svg = charts.columns(str(labels.CONSUMPTION_BY_MONTH), labels.short_months(), series)
    response = Response(svg, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = DRAWING_POLICY
    return response
