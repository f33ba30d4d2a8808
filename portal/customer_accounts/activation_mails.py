"""Mail to a contact on file about activating an account; the person may have no account yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _

from portal.config import LOCALES, organisation
from portal.core.audit import SYSTEM
from portal.core.settings import settings
from portal.messages import services as messages
from portal.web import formatting


@dataclass(frozen=True)
class Mailbox:
    """Where to write, in which language; `customer_id` where the address is one customer's alone."""

    address: str
    language: str
    customer_id: int | None


def link(mailbox: Mailbox, *, token: str, now: datetime) -> None:
    """The link that activates; its host is ours whatever a request said (S10)."""
    with force_locale(LOCALES[mailbox.language]):
        _send(
            mailbox,
            subject=_("Activate your account"),
            body=_(
                "Somebody, most likely you, asked to activate an account in our privacy portal with this e-mail "
                "address. Go on here:\n\n"
                "%(address)s\n\n"
                "Have your bill at hand: we ask for your customer number or metering point ID. You also choose a "
                "username and a password. We never ask for your personal identity code.\n\n"
                "The link works once and for 24 hours. A newer link replaces it.\n\n"
                "If you did not ask for this, you do not need to do anything: no account is made.",
                address=address_of(token, mailbox.language),
            ),
            now=now,
        )


def has_account(mailbox: Mailbox, *, usernames: Sequence[str], now: datetime) -> None:
    """To somebody who need not activate; `usernames` are those whose accounts have this very address."""
    with force_locale(LOCALES[mailbox.language]):
        known = [_("Your username: %(username)s", username=name) for name in usernames]
        _send(
            mailbox,
            subject=_("You have an account already"),
            body=_(
                "Somebody, most likely you, asked to activate an account in our privacy portal with this e-mail "
                "address. You have an account already.\n\n"
                "%(usernames)s"
                "Sign in to the privacy portal: %(sign_in)s\n"
                "Forgot your password? %(forgot)s\n\n"
                "If you cannot get in, phone customer service: %(phone)s.\n\n"
                "If you did not ask for this, you do not need to do anything.",
                usernames="".join(f"{line}\n" for line in known),
                sign_in=settings().page_address(mailbox.language, "sign-in"),
                forgot=settings().page_address(mailbox.language, "forgot-password"),
                phone=formatting.phone(organisation.phone, mailbox.language),
            ),
            now=now,
        )


def address_of(token: str, language: str) -> str:
    """Where a link or code is used."""
    return settings().page_address(language, f"activate/{token}")


def _send(mailbox: Mailbox, *, subject: str, body: str, now: datetime) -> None:
    messages.queue(
        to=mailbox.address,
        language=mailbox.language,
        subject=subject,
        body=body,
        actor=SYSTEM,
        now=now,
        customer_id=mailbox.customer_id,
    )
