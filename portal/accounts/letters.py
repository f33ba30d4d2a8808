"""Mail about the account to its person, in their language."""

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
    with force_locale(LOCALES[account.language]):
        _send(
            account,
            subject=_("We signed one of your devices out"),
            body=_(
                "An old sign-in token of a device on which you had ticked “Remember me” was used. Somebody may have "
                "copied it, so we have signed that device out. Your other devices stay signed in.\n\n"
                "Device: %(device)s\n\n"
                "What to do: sign in at %(address)s and change your password. If you did not use the device yourself, "
                "tell us: %(email)s.",
                device=device.name or _("Unknown browser"),
                address=_address(account, "sign-in"),
                email=organisation.email_customer_service,
            ),
            now=now,
        )


def password_reset(account: Account, *, token: str, now: datetime) -> None:
    """The link for a new password; its host is ours whatever a request said (S10)."""
    with force_locale(LOCALES[account.language]):
        _send(
            account,
            subject=_("Set a new password"),
            body=_(
                "Somebody, most likely you, asked for a new password for your account. Set it here:\n\n"
                "%(address)s\n\n"
                "The link works once and for one hour. A newer link ends this one.\n\n"
                "If you did not ask for it, you need do nothing: your password stays as it is. We never ask for your "
                "password or codes. You reach us at %(email)s.",
                address=_address(account, f"reset-password/{token}"),
                email=organisation.email_customer_service,
            ),
            now=now,
        )


def _address(account: Account, path: str) -> str:
    return f"{settings().base_url}/{account.language}/{path}"


def _send(account: Account, *, subject: str, body: str, now: datetime) -> None:
    """In the transaction of what it tells of. Somebody without an address cannot be told."""
    if not account.email:
        return
    messages.queue(
        to=account.email,
        language=account.language,
        subject=subject,
        body=body,
        actor=SYSTEM,
        now=now,
        customer_id=account.customer_id,
    )
