"""Closing one's own account, and what a visitor is told after it."""

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.accounts import login
from portal.core import clock
from portal.core.roles import Permission
from portal.customer_accounts import closing
from portal.customer_accounts.contact_forms import CloseForm
from portal.web.access import public, requires, requires_fresh
from portal.web.forms import page
from portal.web.locale import localized_blueprint

views = localized_blueprint("my_account", __name__)


@views.route("/my/account/close", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_CLOSE_OWN)
@requires_fresh
def close() -> ResponseReturnValue:
    form = CloseForm()
    if form.validate_on_submit():
        closing.close(account_id=current_user.account_id, now=clock.now())
        return login.signed_out_to(url_for(".closed"))
    return page("customer_accounts/close.html", form=form)


@views.route("/account-closed")
@public
def closed() -> ResponseReturnValue:
    return page("customer_accounts/closed.html")
