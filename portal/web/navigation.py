"""The person's menu: which pages each permission leads to."""

from dataclasses import dataclass

from flask import Flask, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal.core.roles import Permission


@dataclass(frozen=True)
class Entry:
    """A page in the menu of those who hold the permission; `below` are the blueprints of pages that belong to it."""

    endpoint: str
    label: LazyString
    permission: Permission
    below: tuple[str, ...] = ()

    @property
    def blueprints(self) -> tuple[str, ...]:
        return (self.endpoint.split(".", maxsplit=1)[0], *self.below)


@dataclass(frozen=True)
class Item:
    """An entry as drawn on this page."""

    label: str
    url: str
    is_current: bool


ENTRIES = (
    Entry("my_data.index", _l("My data"), Permission.DATA_READ_OWN),
    Entry("my_contact.index", _l("My contact details"), Permission.CONTACT_CHANGE_OWN),
    Entry("my_permissions.index", _l("Marketing choices"), Permission.PERMISSIONS_CHANGE_OWN),
    Entry("my_requests.index", _l("My requests"), Permission.REQUESTS_SUBMIT_OWN),
    Entry("my_timeline.index", _l("My consents"), Permission.DATA_READ_OWN),
    Entry("my_viewings.index", _l("Who has looked"), Permission.DATA_READ_OWN),
    Entry("my_disclosures.index", _l("Disclosures"), Permission.DATA_READ_OWN),
    Entry("desk_requests.index", _l("Requests"), Permission.REQUESTS_HANDLE),
    Entry(
        "desk_customers.search",
        _l("Customers"),
        Permission.CUSTOMERS_OPEN,
        below=("desk_customer", "desk_care", "desk_disclosures", "activation_letters"),
    ),
    Entry("desk_conflicts.index", _l("Differing values"), Permission.CUSTOMERS_OPEN),
    Entry("desk_recipients.index", _l("Recipients"), Permission.RECIPIENTS_MANAGE),
    Entry("desk_papers.index", _l("Paper"), Permission.CUSTOMERS_OPEN),
    Entry("cookie_statistics.index", _l("Cookie choices"), Permission.STATISTICS_READ),
    Entry("permission_statistics.index", _l("Marketing permissions"), Permission.STATISTICS_READ),
    Entry("usage_statistics.index", _l("Use of the service"), Permission.STATISTICS_READ),
    Entry("admin_users.index", _l("Accounts"), Permission.ACCOUNTS_MANAGE),
    Entry("admin_audit.index", _l("Audit trail"), Permission.AUDIT_READ),
    Entry("admin_system.index", _l("System"), Permission.SYSTEM_READ),
)


def navigation() -> list[Item]:
    """The menu of the person signed in; empty for others."""
    if not current_user.is_authenticated:
        return []
    blueprint = (request.endpoint or "").split(".")[0]
    return [
        Item(str(entry.label), url_for(entry.endpoint), blueprint in entry.blueprints)
        for entry in ENTRIES
        if current_user.may(entry.permission)
    ]


def init_app(app: Flask) -> None:
    missing = [entry.endpoint for entry in ENTRIES if entry.endpoint not in app.view_functions]
    if missing:
        raise LookupError(f"the menu leads to pages that are not there: {', '.join(missing)}")
