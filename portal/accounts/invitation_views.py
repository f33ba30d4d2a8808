"""Setting the first password by the link of an invitation."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import invitations, passwords
from portal.accounts.forms import FirstPasswordForm
from portal.core import clock
from portal.web.access import public
from portal.web.forms import page
from portal.web.locale import localized_blueprint

GONE = 410

views = localized_blueprint("invitation", __name__)


@views.route("/set-password/<token>", methods=["GET", "POST"])
@public
def set_password(token: str) -> ResponseReturnValue:
    account = invitations.account_of(token)
    if account is None:
        return page("accounts/link_gone.html", status=GONE, is_invitation=True)
    form = FirstPasswordForm()
    if form.validate_on_submit():
        accepted = form.accept(
            lambda: invitations.set_first_password(token, password=form.new_password.data or "", now=clock.now())
        )
        if accepted:
            return redirect(url_for("sign_in.start", password_set=1), 303)
    shortest = passwords.shortest_allowed(account.role, has_second_factor=account.has_second_factor)
    return page("accounts/set_password.html", form=form, username=account.username, shortest=shortest)
