"""My data: every datum held about a customer, and a copy to take along (R95, R115, R116)."""

import json

from flask import Response
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.core import clock
from portal.core.roles import Permission
from portal.own_data import labels
from portal.own_data.exporting import export_of
from portal.register.labels import field_display
from portal.register.reading import ONE_BY_ONE, disclosures_of, records_of
from portal.web.access import requires, requires_fresh
from portal.web.forms import page
from portal.web.locale import localized_blueprint

views = localized_blueprint("my_data", __name__)


@views.route("/my/data")
@requires(Permission.DATA_READ_OWN)
def index() -> ResponseReturnValue:
    customer_id: int = current_user.customer_id
    return page(
        "own_data/index.html",
        categories=records_of(customer_id),
        disclosures=disclosures_of(customer_id),
        one_by_one=ONE_BY_ONE,
        field_display=field_display,
        labels=labels,
    )


@views.route("/my/data/export.json")
@requires(Permission.DATA_READ_OWN)
@requires_fresh
def export_json() -> ResponseReturnValue:
    copy = export_of(
        customer_id=current_user.customer_id,
        account_id=current_user.account_id,
        actor=current_user.actor,
        now=clock.now(),
    )
    response = Response(json.dumps(copy, ensure_ascii=False, indent=1), mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response
