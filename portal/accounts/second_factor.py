"""The second factor: time-based codes (RFC 6238), each accepted once."""

from datetime import datetime, timedelta

import pyotp
from sqlalchemy import or_, update

from portal.accounts import recovery_codes
from portal.accounts.models import Account
from portal.core.crypto import sign_with_time, unsign
from portal.core.db import rows_changed, transaction

STEP_SECONDS = 30
STEPS_OF_DRIFT = 1
SETUP_PURPOSE = "second-factor-setup"
SETUP_TIME = timedelta(minutes=15)


def new_secret() -> str:
    return pyotp.random_base32()


def current_code(secret: str, now: datetime) -> str:
    return pyotp.TOTP(secret, interval=STEP_SECONDS).at(now)


def address_for_app(secret: str, *, username: str, issuer: str) -> str:
    """The otpauth address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=username, issuer_name=issuer)


def use_code(account: Account, code: str, now: datetime) -> bool:
    """Accept a code of now, of one step earlier or one later; a code, and those before it, only once.

    Raises DamagedCiphertext: no code can be checked then, and none is needed less.
    """
    step = _step_of(account.totp_secret, code, now) if account.totp_secret else None
    if step is None:
        return False
    with transaction() as session:
        used = session.execute(
            update(Account)
            .where(Account.id == account.id, or_(Account.totp_used_step.is_(None), Account.totp_used_step < step))
            .values(totp_used_step=step)
            .execution_options(synchronize_session=False)
        )
        return bool(rows_changed(used))


def fits(secret: str, code: str, now: datetime) -> bool:
    """Whether a code comes from a secret that is only being set up."""
    return _step_of(secret, code, now) is not None


def remove(account: Account) -> None:
    """Take the second factor away, with the recovery codes that stand in for it. Belongs inside a transaction."""
    account.totp_secret = None
    account.totp_used_step = None
    recovery_codes.drop(account)


def setup_token(account_id: int, secret: str) -> str:
    """Carries a secret that is being set up through the form, so that showing the page writes nothing."""
    return sign_with_time(SETUP_PURPOSE, {"account": account_id, "secret": secret})


def secret_of_setup(account_id: int, token: str) -> str | None:
    payload = unsign(SETUP_PURPOSE, token, max_age=SETUP_TIME)
    return str(payload["secret"]) if payload and payload.get("account") == account_id else None


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    typed = "".join(code.split())
    if not (typed.isascii() and typed.isdigit()):
        return None
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    present = int(now.timestamp()) // STEP_SECONDS
    fitting = None
    for step in range(present - STEPS_OF_DRIFT, present + STEPS_OF_DRIFT + 1):
        if pyotp.utils.strings_equal(typed, totp.generate_otp(step)):
            fitting = step
    return fitting
