"""What the roles are called, on pages and in mail."""

from flask_babel import lazy_gettext as _l

from portal.core.roles import Role

ROLES = {
    Role.CUSTOMER: _l("Customer"),
    Role.CLERK: _l("Clerk"),
    Role.DECISION_MAKER: _l("Decision-maker"),
    Role.MARKETING: _l("Marketing"),
    Role.ADMINISTRATOR: _l("Administrator"),
}
