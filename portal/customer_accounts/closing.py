"""Closing one's account: all that opens it goes, the register stays."""

from datetime import datetime

from portal.accounts import directory, own_security
from portal.core import audit
from portal.core.audit import AuditAction
from portal.core.db import transaction
from portal.core.errors import Forbidden
from portal.customer_accounts import contact, contact_letters
from portal.customer_accounts.contact_letters import Reader


def close(*, account_id: int, now: datetime) -> None:
    """End the account with its sessions, devices, links, codes and secrets, and free its user name.

    Raises Forbidden for staff: theirs are closed by an administrator.
    """
    with transaction():
        account = directory.account_of(account_id)
        if account.customer_id is None:
            raise Forbidden("staff do not close their own accounts")
        held = contact.hold(account.customer_id)
        account = held.account(account_id)  # whoever sent the form twice finds it gone
        actor, reference, language = account.actor, account.reference, account.language
        addresses = contact.addresses_of(held.customer, [account])
        own_security.delete_account(account)
        audit.record(AuditAction.ACCOUNT_CLOSED, actor=actor, now=now, subject=held.customer.id, object=reference)
        for address in addresses[:1]:
            contact_letters.account_closed(Reader(address, language, held.customer.id, has_account=False), now=now)
