"""Forgot password: asking for a link, and setting a new password with it."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import password_resets, passwords
from portal.accounts.forms import FirstPasswordForm, ForgotForm
from portal.core import clock
from portal.web.access import public
from portal.web.csrf import public_form
from portal.web.forms import page
from portal.web.locale import localized_blueprint

GONE = 410

views = localized_blueprint("password_reset", __name__)


@views.route("/forgot-password", methods=["GET", "POST"])
@public
@public_form
def forgot() -> ResponseReturnValue:
    form = ForgotForm()
    if form.validate_on_submit() and form.accept(lambda: _ask(form)):
        return redirect(url_for(".forgot", asked=1), 303)
    return page("accounts/forgot_password.html", form=form, has_asked="asked" in request.args)


def _ask(form: ForgotForm) -> bool:
    password_resets.ask(
        username=form.username.data or "",
        contact=form.contact.data or "",
        address=request.remote_addr or "",
        now=clock.now(),
    )
    return True


@views.route("/reset-password/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> ResponseReturnValue:
    now = clock.now()
    account = password_resets.account_of(token, now)
    if account is None:
        return page("accounts/link_gone.html", status=GONE, is_invitation=False)
    form = FirstPasswordForm()
    if form.validate_on_submit():
        accepted = form.accept(lambda: _set_password(token, form))
        if accepted:
            return redirect(url_for("sign_in.start", password_set=1), 303)
    shortest = passwords.shortest_allowed(account.role, has_second_factor=account.has_second_factor)
    return page("accounts/set_password.html", form=form, username=account.username, shortest=shortest)


def _set_password(token: str, form: FirstPasswordForm) -> bool:
    password_resets.set_password(token, password=form.new_password.data or "", now=clock.now())
    return True
