"""What activating an account and changing an address leave behind goes once nothing can be opened with it any more."""

from portal.catalogues.retention import RetentionRule
from portal.core.db import table_of
from portal.core.purging import Purge
from portal.customer_accounts import activation_requests, contact_email
from portal.customer_accounts.models import Activation, ActivationMail, EmailChange

SHORT_LIVED = (
    Purge(
        rule=RetentionRule.LINKS,
        table=table_of(Activation),
        due=lambda now: Activation.expires_at < now,
        dated=Activation.expires_at,
        is_of_accounts=True,
    ),
    Purge(
        rule=RetentionRule.TRIES,
        table=table_of(ActivationMail),
        due=lambda now: ActivationMail.sent_at <= now - activation_requests.VALID_FOR,
        dated=ActivationMail.sent_at,
        is_of_accounts=True,
    ),
    # links that have been dead for a day
    Purge(
        rule=RetentionRule.LINKS,
        table=table_of(EmailChange),
        due=lambda now: EmailChange.sent_at < now - 2 * contact_email.VALID_FOR,
        dated=EmailChange.sent_at,
        is_of_accounts=True,
    ),
)
