"""Mail about a customer's contact details and the end of an account, in the reader's language."""

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
class Reader:
    """Who is written to, where, and in which language."""

    address: str
    language: str
    customer_id: int
    has_account: bool = True


def confirm_new_email(reader: Reader, *, token: str, is_old_asked_too: bool, now: datetime) -> None:
    """To an address that may be a stranger's: it tells nothing about the customer."""
    with force_locale(LOCALES[reader.language]):
        _send(
            reader,
            _("Confirm your new e-mail address"),
            _(
                "Somebody, most likely you, gave this as their new e-mail address in the privacy portal of "
                "%(company)s. Confirm it here:",
                company=organisation.register_company,
            ),
            _address(reader, f"email-change/{token}"),
            _("The address changes once you have confirmed the change from the old address too.")
            if is_old_asked_too
            else _("The address changes as soon as you confirm it."),
            _("The link works once and for 24 hours. A newer link replaces it."),
            _("If you did not ask for this, you do not need to do anything: the address is not taken into use."),
            now=now,
        )


def confirm_old_email(reader: Reader, *, token: str, new: str, now: datetime) -> None:
    with force_locale(LOCALES[reader.language]):
        _send(
            reader,
            _("Do you want to change your e-mail address?"),
            _(
                "Somebody who had signed in to your account, most likely you, asked to change your e-mail address "
                "with us. The new address is %(new)s. Confirm the change, or stop it, here:",
                new=masked(new),
            ),
            _address(reader, f"email-change/{token}"),
            _("The address changes once you have confirmed the change from the new address too."),
            _("The link works once and for 24 hours. A newer link replaces it."),
            _(
                "If it was not you, stop the change with the link above. Then ask for a link for a new password: "
                "%(reset)s",
                reset=_reset(reader),
            ),
            now=now,
        )


def email_changed(reader: Reader, *, new: str, case: str | None, now: datetime) -> None:
    """To the old address."""
    with force_locale(LOCALES[reader.language]):
        _send(
            reader,
            _("Your e-mail address was changed"),
            _("Your e-mail address with us was changed. From now on we write to %(new)s.", new=masked(new))
            if new
            else _("Your e-mail address was removed from our register. From now on we do not write to you by e-mail."),
            _how(case),
            _signed_out() if reader.has_account else "",
            _time(reader, now),
            _call_us(reader) if reader.has_account else _if_not_you(reader),
            case=case,
            now=now,
        )


def email_is_yours(reader: Reader, *, username: str, case: str | None, now: datetime) -> None:
    """To the new address."""
    with force_locale(LOCALES[reader.language]):
        _send(
            reader,
            _("This is your e-mail address with us now"),
            _("Your e-mail address with us was changed. From now on we write to this address."),
            _how(case),
            _signed_out() if reader.has_account else "",
            _("Your username is still %(username)s.", username=username) if username else "",
            _time(reader, now),
            case=case,
            now=now,
        )


def email_change_stopped(reader: Reader, *, now: datetime) -> None:
    with force_locale(LOCALES[reader.language]):
        _send(
            reader,
            _("The change of your e-mail address was stopped"),
            _(
                "The change of your e-mail address was stopped with the link that we sent here. Your address stays as "
                "it was. Every device that was signed in to your account was signed out."
            ),
            _time(reader, now),
            _("Somebody may know your password. Ask for a link for a new one: %(reset)s", reset=_reset(reader)),
            now=now,
        )


def phone_changed(reader: Reader, *, case: str | None, now: datetime) -> None:
    with force_locale(LOCALES[reader.language]):
        _send(
            reader,
            _("Your phone number was changed"),
            _("Your phone number with us was changed. You can see it in the privacy portal under My data."),
            _how(case),
            _time(reader, now),
            _if_not_you(reader),
            case=case,
            now=now,
        )


def account_closed(reader: Reader, *, now: datetime) -> None:
    with force_locale(LOCALES[reader.language]):
        _send(
            reader,
            _("Your account was closed"),
            _(
                "Your account in the privacy portal of %(company)s was closed. Nobody can sign in to it any more.",
                company=organisation.register_company,
            ),
            _(
                "This changes nothing else: your contract, your data in the customer register, your marketing choices "
                "and your requests stay as they are."
            ),
            _time(reader, now),
            _("You can activate a new account at any time: %(activate)s", activate=_address(reader, "activate")),
            _("If it was not you who closed the account, tell us at once."),
            now=now,
        )


def masked(address: str) -> str:
    """Enough to know one's own address by, too little to write to it."""
    name, _at, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"


def _how(case: str | None) -> str:
    if case:
        return _("It was corrected because of the request %(case)s.", case=case)
    return _("The change was made in the privacy portal, signed in to your account.")


def _signed_out() -> str:
    return _("Other browsers that were signed in to your account were signed out.")


def _time(reader: Reader, at: datetime) -> str:
    return _("Time: %(time)s", time=formatting.told_moment(at, reader.language))


def _if_not_you(reader: Reader) -> str:
    if reader.has_account:
        return _(
            "If it was not you, phone us at once, and ask for a new password here: %(reset)s", reset=_reset(reader)
        )
    return _("If it was not you, tell us at once.")


def _call_us(reader: Reader) -> str:
    """To the old address: what is mailed from now on goes to the new one."""
    return _(
        "If it was not you, phone us at once: %(phone)s. A link for a new password would now go to the new address.",
        phone=formatting.phone(organisation.phone, reader.language),
    )


def _reset(reader: Reader) -> str:
    return _address(reader, "forgot-password")


def _address(reader: Reader, path: str) -> str:
    return settings().page_address(reader.language, path)


def _send(reader: Reader, subject: str, *paragraphs: str, now: datetime, case: str | None = None) -> None:
    """In the transaction of what it tells of, and inside the reader's locale."""
    messages.queue(
        to=reader.address,
        language=reader.language,
        subject=subject,
        body="\n\n".join(paragraph for paragraph in paragraphs if paragraph),
        actor=SYSTEM,
        now=now,
        customer_id=reader.customer_id,
        case=case,
    )
