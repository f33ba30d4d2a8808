"""Who has looked: when staff opened the customer's data, which unit and why; never a name (L17)."""

from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.core import audit
from portal.core.roles import Permission
from portal.own_data import labels
from portal.web.access import requires
from portal.web.forms import page
from portal.web.locale import localized_blueprint

views = localized_blueprint("my_viewings", __name__)


@views.route("/my/viewings")
@requires(Permission.DATA_READ_OWN)
def index() -> ResponseReturnValue:
    return page("own_data/viewings.html", viewings=audit.viewings_of(current_user.customer_id), labels=labels)
