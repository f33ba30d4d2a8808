"""What a person sees while setting a second factor up: the key as picture and as text."""

from typing import Any

import segno
from flask_login import current_user
from markupsafe import Markup

from portal.accounts import second_factor
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
