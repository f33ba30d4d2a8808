"""My data: every datum held about a customer, with its picture of consumption and one masked value at a time."""

from datetime import datetime, timedelta

from flask import Response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.catalogues.fields import Category
from portal.core import clock
from portal.core.clock import local_date
from portal.core.roles import Permission
from portal.disclosures import labels as disclosure_words
from portal.own_data import consumption, labels, revealing
from portal.own_data.holdings import care_of
from portal.own_data.telling import Teller, by_metering_point
from portal.publishing import charts
from portal.publishing.charts import Column
from portal.register.care import labels as care_labels
from portal.register.care.contact_log import RULE as CONTACT_RULE
from portal.register.labels import recipients_named
from portal.register.reading import disclosures_of, records_of
from portal.register.recipients import in_force
from portal.register.services import FieldReference, field_reference
from portal.subject_requests.queries import contested_fields
from portal.web.access import requires, requires_fresh
from portal.web.forms import page
from portal.web.headers import DRAWING_POLICY
from portal.web.locale import localized_blueprint

# in the session: the field whose full value was asked for, and the one that the next view of the page shows
ASKED = "reveal_asked"
SHOWN = "reveal_shown"
ASKED_WITHIN = timedelta(minutes=10)  # time to enter a password
SHOWN_WITHIN = timedelta(minutes=1)
DISCLOSURES_SHOWN = 5  # the others are on their own page

views = localized_blueprint("my_data", __name__)


@views.route("/my/data")
@requires(Permission.DATA_READ_OWN)
def index() -> ResponseReturnValue:
    customer_id: int = current_user.customer_id
    held = records_of(customer_id)
    now = clock.now()
    shown = _noted(SHOWN, now, SHOWN_WITHIN) if current_user.is_fresh(now) else None
    teller = Teller(
        recipients=recipients_named(in_force(local_date(now))), shown=shown, contested=contested_fields(customer_id)
    )
    told = [teller.category(group) for group in held]
    return page(
        "own_data/index.html",
        categories=told,
        by_point=by_metering_point(next(one for one in told if one.category is Category.CONSUMPTION)),
        points=consumption.metering_points(held),
        disclosures=disclosures_of(customer_id),
        disclosure_words=disclosure_words,
        disclosures_shown=DISCLOSURES_SHOWN,
        care=care_of(customer_id),
        care_words=care_labels,
        contact_rule=CONTACT_RULE,
        is_protected=held[0].records[0].value("is_protected"),
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
        _note(ASKED, reference, clock.now())
    return _show_what_was_asked()


@requires_fresh
def _show_what_was_asked() -> ResponseReturnValue:
    now = clock.now()
    asked = _noted(ASKED, now, ASKED_WITHIN)
    if asked is None:
        return redirect(url_for(".index"))
    reference = field_reference(asked)
    revealing.reveal(reference, customer_id=current_user.customer_id, actor=current_user.actor, now=now)
    _note(SHOWN, reference, now)
    return redirect(url_for(".index", _anchor=f"field-{reference}"), 303)


def _note(name: str, reference: FieldReference, now: datetime) -> None:
    session[name] = {"field": str(reference), "at": now.isoformat()}


def _noted(name: str, now: datetime, within: timedelta) -> str | None:
    """The field noted a short while ago; it is taken off, so that it counts once."""
    note = session.pop(name, None)
    if note is None or not timedelta(0) <= now - datetime.fromisoformat(note["at"]) <= within:
        return None
    return str(note["field"])


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
