"""My consents: one timeline of what the person has chosen (R114)."""

from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.catalogues.cookies import CATEGORY_LABELS
from portal.consents import labels as consent_labels
from portal.core.roles import Permission
from portal.own_data import labels
from portal.own_data.timeline import timeline_of
from portal.permissions import labels as permission_labels
from portal.web.access import requires
from portal.web.forms import page
from portal.web.locale import localized_blueprint

views = localized_blueprint("my_timeline", __name__)


@views.route("/my/consents")
@requires(Permission.DATA_READ_OWN)
def index() -> ResponseReturnValue:
    return page(
        "own_data/timeline.html",
        moments=timeline_of(customer_id=current_user.customer_id, account_id=current_user.account_id),
        cookie_categories=CATEGORY_LABELS,
        consent_labels=consent_labels,
        permission_labels=permission_labels,
        labels=labels,
    )
