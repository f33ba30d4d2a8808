"""Password and security: changing the password, and the second factor with its recovery codes."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.accounts import login, own_security, passwords, recovery_codes, recovery_codes_views
from portal.accounts.factor_setup import proven_codes, shown_key
from portal.accounts.forms import EnableForm, FactorStepForm, PasswordForm
from portal.accounts.recovery_codes_views import shown_next
from portal.core import clock
from portal.core.roles import Permission
from portal.web.access import requires
from portal.web.forms import page
from portal.web.locale import localized_blueprint

FACTOR_STEPS = ("enable", "disable", "new_codes")  # fields that say what is to become of the second factor

views = localized_blueprint("my_security", __name__)


@views.route("/my/security", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
def index() -> ResponseReturnValue:
    if request.method == "GET" and recovery_codes_views.are_waiting():
        return recovery_codes_views.codes_page()
    step = next((name for name in FACTOR_STEPS if name in request.values), None)
    if step is None or (request.method == "GET" and not _is_offered(step)):
        return _change_password()
    if not current_user.is_fresh(clock.now()):
        return redirect(url_for("sign_in.confirm", next=f"{url_for('.index')}?{step}=1"))
    if request.method == "GET" and step != "enable":
        return page("accounts/security_step.html", form=FactorStepForm(formdata=None), step=step)
    return {"enable": _enable, "disable": _disable, "new_codes": _new_codes}[step]()


def _is_offered(step: str) -> bool:
    """Whether the page leads to this step; one that has been taken is come to again by the Back button."""
    if step == "enable":
        return not current_user.has_second_factor
    return current_user.has_second_factor and not (step == "disable" and current_user.role.is_staff)


def _change_password() -> ResponseReturnValue:
    form = PasswordForm()
    now = clock.now()
    if form.validate_on_submit():
        token = form.accept(
            lambda: own_security.change_password(
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
    return _page(form)


def _enable() -> ResponseReturnValue:
    form = EnableForm()
    if "code" in request.form and form.validate_on_submit():
        codes = proven_codes(form, clock.now())
        if codes:
            login.forget_device_cookie()
            flash(_("The second factor is on. Your other devices are signed out."))
            return shown_next(codes)
    elif request.method == "POST" and "code" not in request.form:
        return redirect(url_for(".index", enable=1), 303)
    return page("accounts/security_factor.html", form=form, **shown_key(form))


def _disable() -> ResponseReturnValue:
    form = PasswordForm(formdata=None)
    now = clock.now()
    token = form.accept(
        lambda: own_security.disable_second_factor(
            account_id=current_user.account_id, session_id=current_user.session_id, now=now
        )
    )
    if token is None:
        return _page(form)
    login.renew(token, now)
    login.forget_device_cookie()
    flash(_("The second factor is off. Your other devices are signed out."))
    return redirect(url_for(".index"), 303)


def _new_codes() -> ResponseReturnValue:
    codes = own_security.make_recovery_codes(account_id=current_user.account_id, now=clock.now())
    flash(_("You have new recovery codes. The earlier ones no longer work."))
    return shown_next(codes)


def _page(form: PasswordForm) -> ResponseReturnValue:
    return page(
        "accounts/security.html",
        form=form,
        shortest=passwords.shortest_allowed(current_user.role, has_second_factor=current_user.has_second_factor),
        codes_left=recovery_codes.left(current_user.account_id),
    )
