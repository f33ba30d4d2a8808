"""Password and security: changing the password."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.accounts import login, passwords, services
from portal.accounts.forms import PasswordForm
from portal.core import clock
from portal.core.roles import Permission
from portal.web.access import requires
from portal.web.forms import page
from portal.web.locale import localized_blueprint

views = localized_blueprint("my_security", __name__)


@views.route("/my/security", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
def index() -> ResponseReturnValue:
    form = PasswordForm()
    now = clock.now()
    if form.validate_on_submit():
        token = form.accept(
            lambda: services.change_password(
                account_id=current_user.account_id,
                session_id=current_user.session_id,
                current=form.current_password.data or "",
                new=form.new_password.data or "",
                visit=login.visit(now),
                now=now,
            )
        )
        if token:
            login.renew(token, now)
            login.forget_device_cookie()
            flash(_("Your password is changed. Your other devices are signed out."))
            return redirect(url_for(".index"), 303)
    shortest = passwords.shortest_allowed(current_user.role, has_second_factor=current_user.has_second_factor)
    return page("accounts/security.html", form=form, shortest=shortest)
