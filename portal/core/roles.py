"""Roles, permissions and which role holds which: one table, default deny."""

from enum import StrEnum


class Role(StrEnum):
    CUSTOMER = "customer"
    CLERK = "clerk"
    DECISION_MAKER = "decision-maker"
    MARKETING = "marketing"
    ADMINISTRATOR = "administrator"

    @property
    def is_staff(self) -> bool:
        return self is not Role.CUSTOMER


class Permission(StrEnum):
    ACCOUNT_OWN = "account:own"  # devices, password: every role
    ACCOUNT_CLOSE_OWN = "account:close-own"  # customers only
    DATA_READ_OWN = "data:read-own"
    CONTACT_CHANGE_OWN = "contact:change-own"
    PERMISSIONS_CHANGE_OWN = "permissions:change-own"
    REQUESTS_SUBMIT_OWN = "requests:submit-own"
    REQUESTS_HANDLE = "requests:handle"
    REQUESTS_DECIDE = "requests:decide"
    CUSTOMERS_OPEN = "customers:open"
    RECIPIENTS_MANAGE = "recipients:manage"
    STATISTICS_READ = "statistics:read"
    ACCOUNTS_MANAGE = "accounts:manage"
    AUDIT_READ = "audit:read"
    SYSTEM_READ = "system:read"


_DESK = frozenset({Permission.ACCOUNT_OWN, Permission.REQUESTS_HANDLE, Permission.CUSTOMERS_OPEN})

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.CUSTOMER: frozenset(
        {
            Permission.ACCOUNT_OWN,
            Permission.ACCOUNT_CLOSE_OWN,
            Permission.DATA_READ_OWN,
            Permission.CONTACT_CHANGE_OWN,
            Permission.PERMISSIONS_CHANGE_OWN,
            Permission.REQUESTS_SUBMIT_OWN,
        }
    ),
    Role.CLERK: _DESK,
    Role.DECISION_MAKER: _DESK | {Permission.REQUESTS_DECIDE, Permission.RECIPIENTS_MANAGE, Permission.STATISTICS_READ},
    Role.MARKETING: frozenset({Permission.ACCOUNT_OWN, Permission.STATISTICS_READ}),
    Role.ADMINISTRATOR: frozenset(
        {Permission.ACCOUNT_OWN, Permission.ACCOUNTS_MANAGE, Permission.AUDIT_READ, Permission.SYSTEM_READ}
    ),
}
