"""Setting a second factor up, wherever the form stands: the key as picture and as text, and the code that proves it."""

from datetime import datetime
from typing import Any

import segno
from flask_login import current_user
from markupsafe import Markup

from portal.accounts import login, own_security, second_factor
from portal.accounts.forms import SecondFactorForm
from portal.config import organisation


def shown_key(form: SecondFactorForm) -> dict[str, Any]:
    """The key to add to the app: the one shown before, while it lasts, else a new one."""
    secret = second_factor.secret_of_setup(current_user.account_id, form.setup.data or "")
    if secret is None:
        secret = second_factor.new_secret()
        form.setup.data = second_factor.setup_token(current_user.account_id, secret)
    address = second_factor.address_for_app(
        secret, username=current_user.username, issuer=organisation.register_company
    )
    picture = segno.make(address, error="m").svg_inline(scale=5, svgclass="qr", lineclass=None, omitsize=False)
    return {"secret": secret, "picture": Markup(picture)}  # drawn by us


def proven_codes(form: SecondFactorForm, now: datetime) -> list[str] | None:
    """Turn the second factor on with the code that was typed; its recovery codes, or None with errors in the form."""
    made = form.accept(
        lambda: own_security.set_up_second_factor(
            account_id=current_user.account_id,
            session_id=current_user.session_id,
            setup_token=form.setup.data or "",
            code=form.code.data or "",
            visit=login.visit(now),
            now=now,
        )
    )
    if made is None:
        return None
    login.renew(made.session_token, now)
    return made.recovery_codes
