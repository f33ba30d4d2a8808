"""Who has looked: when staff opened the customer's data, which unit, why and what; never a name (L17)."""

from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.core import audit
from portal.core.roles import Permission
from portal.own_data import labels
from portal.web.access import requires
from portal.web.forms import page
from portal.web.locale import localized_blueprint
from portal.web.paging import asked_page

views = localized_blueprint("my_viewings", __name__)


@views.route("/my/viewings")
@requires(Permission.DATA_READ_OWN)
def index() -> ResponseReturnValue:
    customer_id: int = current_user.customer_id
    asked = asked_page(audit.viewings_count(customer_id))
    viewings = audit.viewings_of(customer_id, limit=asked.size, offset=asked.offset)
    return page("own_data/viewings.html", viewings=viewings, asked=asked, labels=labels)
