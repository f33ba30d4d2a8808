"""Security notices to the person, in their language."""

from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _

from portal.accounts.models import Account, RememberedDevice
from portal.config import LOCALES, organisation
from portal.core.audit import SYSTEM
from portal.core.settings import settings
from portal.messages import services as messages


def theft_suspected(account: Account, device: RememberedDevice, now: datetime) -> None:
    """An old device token came back: somebody may have a copy. Told in the same transaction as the revocation."""
    if not account.email:
        return
    with force_locale(LOCALES[account.language]):
        messages.queue(
            to=account.email,
            language=account.language,
            subject=_("We signed one of your devices out"),
            body=_(
                "An old sign-in token of a device on which you had ticked “Remember me” was used. Somebody may have "
                "copied it, so we have signed that device out. Your other devices stay signed in.\n\n"
                "Device: %(device)s\n\n"
                "What to do: sign in at %(address)s and change your password. If you did not use the device yourself, "
                "tell us: %(email)s.",
                device=device.name or _("Unknown browser"),
                address=f"{settings().base_url}/{account.language}/sign-in",
                email=organisation.email_customer_service,
            ),
            actor=SYSTEM,
            now=now,
            customer_id=account.customer_id,
        )
