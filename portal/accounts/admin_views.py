"""Pages of the administrator: accounts, and the audit trail without customers' data."""

from flask.typing import ResponseReturnValue

from portal.accounts import administration, labels
from portal.core import audit
from portal.core.roles import Permission
from portal.web.access import requires, requires_fresh
from portal.web.forms import page
from portal.web.locale import localized_blueprint
from portal.web.paging import asked_page

user_views = localized_blueprint("admin_users", __name__)
audit_views = localized_blueprint("admin_audit", __name__)


@user_views.route("/admin/users")
@requires(Permission.ACCOUNTS_MANAGE)
@requires_fresh
def index() -> ResponseReturnValue:
    asked = asked_page(administration.account_count())
    accounts = administration.accounts(limit=asked.size, offset=asked.offset)
    return page("accounts/admin_users.html", accounts=accounts, asked=asked, roles=labels.ROLES)


@audit_views.route("/admin/audit", endpoint="index")
@requires(Permission.AUDIT_READ)
@requires_fresh
def audit_index() -> ResponseReturnValue:
    asked = asked_page(audit.count())
    entries = audit.latest(limit=asked.size, offset=asked.offset)
    return page(
        "accounts/admin_audit.html",
        entries=entries,
        asked=asked,
        actions=labels.ACTIONS,
        roles=labels.ROLES,
        units=labels.UNITS,
    )
