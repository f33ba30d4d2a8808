"""To whom my data was given: by name, with the day, the ground and what was given (R69-R71, L16)."""

from flask import request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.core.roles import Permission
from portal.disclosures import labels, queries
from portal.disclosures.forms import FilterForm
from portal.web.access import requires
from portal.web.forms import page
from portal.web.locale import localized_blueprint
from portal.web.paging import asked_page

views = localized_blueprint("my_disclosures", __name__)


@views.route("/my/disclosures")
@requires(Permission.DATA_READ_OWN)
def index() -> ResponseReturnValue:
    form = FilterForm(request.args)
    filters = form.filters()
    listed = queries.listed(current_user.customer_id, filters)
    form.offer(listed)
    asked = asked_page(len(listed.rows))
    return page(
        "own_data/disclosures.html",
        filters=form,
        is_filtered=filters != queries.Filters(),
        listed=listed,
        rows=listed.rows[asked.offset : asked.offset + asked.size],
        asked=asked,
        labels=labels,
    )
