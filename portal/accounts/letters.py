"""Mail about the account to its person, in their language."""

from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _

from portal.accounts.models import Account, RememberedDevice
from portal.accounts.role_names import ROLES
from portal.config import LOCALES, organisation
from portal.core.audit import SYSTEM
from portal.core.roles import Role
from portal.core.settings import settings
from portal.messages import services as messages
from portal.web import formatting


def theft_suspected(account: Account, device: RememberedDevice, now: datetime) -> None:
    """An old device token came back: somebody may have a copy. Told in the same transaction as the revocation."""
    with force_locale(LOCALES[account.language]):
        _send(
            account,
            subject=_("We signed one of your devices out"),
            body=_(
                "Somebody may have copied the key with which one of your devices opens the privacy portal without "
                "the password. To be safe, we have signed that device out. Your other devices stay signed in.\n\n"
                "Device: %(device)s\n\n"
                "Sign in to the privacy portal and change your password:\n"
                "%(address)s\n\n"
                "If you have not used this device yourself, phone us at once.",
                device=device.name or _("Unknown browser"),
                address=_address(account, "my/security"),
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
                "Somebody, most likely you, asked for a new password for your account in the privacy portal. Choose "
                "the new password here:\n\n"
                "%(address)s\n\n"
                "The link works once and for one hour. A newer link replaces it.\n\n"
                "If you did not ask for this, you do not need to do anything: your password stays as it is. We never "
                "ask for your password or codes by e-mail or phone.",
                address=_address(account, f"reset-password/{token}"),
            ),
            now=now,
        )


def account_activated(account: Account, now: datetime) -> None:
    with force_locale(LOCALES[account.language]):
        _notice(
            account,
            subject=_("Your account was activated"),
            what=_(
                "Your account in the privacy portal is ready. Your username is %(username)s.",
                username=account.username,
            ),
            now=now,
        )


def recovery_code_used(account: Account, *, left: int, now: datetime) -> None:
    with force_locale(LOCALES[account.language]):
        _notice(
            account,
            subject=_("A recovery code was used"),
            what=_(
                "Somebody signed in to your account with one of your recovery codes. Codes left: %(left)s.", left=left
            ),
            now=now,
        )


def recovery_codes_made(account: Account, now: datetime) -> None:
    with force_locale(LOCALES[account.language]):
        _notice(
            account,
            subject=_("New recovery codes were made"),
            what=_("Your account has ten new recovery codes. The earlier ones no longer work."),
            now=now,
        )


def password_changed(account: Account, now: datetime) -> None:
    with force_locale(LOCALES[account.language]):
        _notice(
            account,
            subject=_("Your password was changed"),
            what=_("The password of your account was changed. Every other device was signed out."),
            now=now,
        )


def second_factor_on(account: Account, now: datetime) -> None:
    with force_locale(LOCALES[account.language]):
        _notice(
            account,
            subject=_("The second factor is on"),
            what=_(
                "From now on you sign in with your password and a code from your authenticator app. Every other "
                "device was signed out."
            ),
            now=now,
        )


def second_factor_off(account: Account, now: datetime) -> None:
    with force_locale(LOCALES[account.language]):
        _notice(
            account,
            subject=_("The second factor is off"),
            what=_(
                "From now on you sign in with your password alone. The recovery codes no longer work. Every other "
                "device was signed out."
            ),
            now=now,
        )


def device_remembered(account: Account, device: RememberedDevice, now: datetime) -> None:
    with force_locale(LOCALES[account.language]):
        _notice(
            account,
            subject=_("A new device is remembered"),
            what=_(
                "Somebody signed in with your password and ticked “Remember me”. Until %(until)s this device opens "
                "your pages without the password. You can sign the device out at any time.\n\n"
                "Device: %(device)s",
                until=formatting.written_date(device.expires_at, account.language),
                device=device.name or _("Unknown browser"),
            ),
            now=now,
        )


def too_many_tries(account: Account, now: datetime) -> None:
    with force_locale(LOCALES[account.language]):
        _notice(
            account,
            subject=_("Too many tries to sign in to your account"),
            what=_(
                "Somebody entered a wrong password or code so many times that we stopped signing in to your account "
                "for up to 15 minutes. Nobody got in. Where you are signed in already, you can go on as usual."
            ),
            now=now,
        )


def invitation(account: Account, *, link: str, now: datetime) -> None:
    with force_locale(LOCALES[account.language]):
        _send(
            account,
            subject=_("Your account in the privacy portal"),
            body=_(
                "An account has been made for you in the privacy portal of %(company)s. Choose your password here:\n\n"
                "%(link)s\n\n"
                "Username: %(username)s\n"
                "Role: %(role)s\n\n"
                "The link works once and for 72 hours. A newer link replaces it.\n\n"
                "When you sign in for the first time, you set up a second factor and commit to confidentiality. "
                "For the second factor you need an authenticator app on your phone.\n\n"
                "If you did not expect this, tell us: %(email)s.",
                company=organisation.register_company,
                link=link,
                username=account.username,
                role=ROLES[account.role],
                email=_contact(account),
            ),
            now=now,
        )


def account_locked(account: Account, now: datetime) -> None:
    with force_locale(LOCALES[account.language]):
        _administrators_act(
            account,
            subject=_("Your account is locked"),
            what=_("An administrator has locked your account. You are signed out everywhere and cannot sign in."),
            now=now,
        )


def account_unlocked(account: Account, now: datetime) -> None:
    with force_locale(LOCALES[account.language]):
        _administrators_act(
            account,
            subject=_("Your account is open again"),
            what=_(
                "An administrator has opened your account again. Sign in to the privacy portal as before:\n%(address)s",
                address=_address(account, "sign-in"),
            ),
            now=now,
        )


def role_changed(account: Account, old: Role, now: datetime) -> None:
    with force_locale(LOCALES[account.language]):
        _administrators_act(
            account,
            subject=_("Your role has changed"),
            what=_(
                "Two administrators have changed your role.\n\n"
                "Before: %(old)s\n"
                "Now: %(new)s\n\n"
                "You were signed out everywhere. Sign in to the privacy portal again:\n"
                "%(address)s",
                old=ROLES[old],
                new=ROLES[account.role],
                address=_address(account, "sign-in"),
            ),
            now=now,
        )


def own_customer_set(account: Account, now: datetime) -> None:
    with force_locale(LOCALES[account.language]):
        if account.own_customer_id is None:
            what = _("Your account is no longer tied to a customer number of your own.")
        else:
            what = _(
                "Your own customer number has been tied to your account. From now on you handle neither your own "
                "requests nor your own data in the customer register: a colleague does."
            )
        _administrators_act(account, subject=_("Your own customer number"), what=what, now=now)


def second_factor_reset(account: Account, now: datetime) -> None:
    with force_locale(LOCALES[account.language]):
        _administrators_act(
            account,
            subject=_("Your second factor has been reset"),
            what=_(
                "Two administrators have reset your second factor. The codes of your app and your recovery codes no "
                "longer work, and you were signed out everywhere.\n\n"
                "Sign in to the privacy portal with your password and set up a new second factor at once:\n"
                "%(address)s",
                address=_address(account, "sign-in"),
            ),
            now=now,
        )


def _administrators_act(account: Account, *, subject: str, what: str, now: datetime) -> None:
    """What others did to the account, and when. Inside the person's locale."""
    _send(
        account,
        subject=subject,
        body=_(
            "%(what)s\n\nTime: %(time)s\n\nIf this surprises you, tell us: %(email)s.",
            what=what,
            time=formatting.told_moment(now, account.language),
            email=_contact(account),
        ),
        now=now,
    )


def _contact(account: Account) -> str:
    return organisation.email_register if account.role.is_staff else organisation.email_customer_service


def _notice(account: Account, *, subject: str, what: str, now: datetime) -> None:
    """What happened and when, and what to do if it was somebody else. Inside the person's locale."""
    _send(
        account,
        subject=subject,
        body=_(
            "%(what)s\n\n"
            "Time: %(time)s\n\n"
            "If it was you, you do not need to do anything.\n\n"
            "If it was not you, act at once:\n"
            "1. Ask for a link for a new password: %(reset)s\n"
            "2. Sign in and sign out the devices you do not recognise: %(devices)s\n"
            "3. If you cannot get in, phone us: %(phone)s",
            what=what,
            time=formatting.told_moment(now, account.language),
            reset=_address(account, "forgot-password"),
            devices=_address(account, "my/devices"),
            phone=formatting.phone(organisation.phone, account.language),
        ),
        now=now,
    )


def _address(account: Account, path: str) -> str:
    return settings().page_address(account.language, path)


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
        is_to_staff=account.role.is_staff,
    )
