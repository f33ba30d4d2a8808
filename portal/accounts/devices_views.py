"""My devices: where the person is signed in or remembered, and ending that."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.accounts import login, own_security
from portal.accounts.forms import RevokeForm
from portal.core import clock
from portal.core.db import row_id
from portal.core.errors import NotFound
from portal.core.roles import Permission
from portal.web.access import requires, requires_fresh
from portal.web.forms import page
from portal.web.locale import localized_blueprint

OTHERS = "others"

views = localized_blueprint("my_devices", __name__)


@views.route("/my/devices", methods=["GET"])
@requires(Permission.ACCOUNT_OWN)
def index() -> ResponseReturnValue:
    return _page(RevokeForm())


@views.route("/my/devices", methods=["POST"])
@requires(Permission.ACCOUNT_OWN)
@requires_fresh
def revoke() -> ResponseReturnValue:
    form = RevokeForm()
    if not form.validate():
        return _page(form)
    wanted = form.revoke.data or ""
    now = clock.now()
    if wanted == OTHERS:
        own_security.revoke_others(
            account_id=current_user.account_id,
            session_id=current_user.session_id,
            device_id=current_user.device_id,
            now=now,
        )
        flash(_("You are now signed in on this device only."))
        return redirect(url_for(".index"), 303)
    place_id = row_id(wanted)
    if place_id is None:
        raise NotFound
    own_security.revoke_place(account_id=current_user.account_id, place_id=place_id, now=now)
    if place_id in (current_user.session_id, current_user.device_id):
        return login.signed_out_to(url_for("sign_in.start", signed_out=1))
    flash(_("That device is signed out."))
    return redirect(url_for(".index"), 303)


def _page(form: RevokeForm) -> ResponseReturnValue:
    places = own_security.places(
        account_id=current_user.account_id, session_id=current_user.session_id, now=clock.now()
    )
    return page("accounts/devices.html", form=form, places=places)
