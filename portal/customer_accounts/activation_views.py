"""Activating an account: asking for a link, entering the code of a letter, and using either."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import passwords
from portal.core import clock
from portal.core.roles import Role
from portal.customer_accounts import activation_requests, activations
from portal.customer_accounts.activation_forms import ActivateForm, AskForm, CodeForm
from portal.web.access import public
from portal.web.csrf import public_form
from portal.web.forms import page
from portal.web.locale import current_language, localized_blueprint

GONE = 410

views = localized_blueprint("activation", __name__)


@views.route("/activate", methods=["GET", "POST"])
@public
@public_form
def ask() -> ResponseReturnValue:
    ask_form, code_form = AskForm(formdata=None), CodeForm(formdata=None)
    if "code" in request.form:
        form = code_form = CodeForm()
        if form.validate_on_submit():
            return redirect(url_for(".use", token=form.token), 303)
    else:
        form = ask_form = AskForm()
        if form.validate_on_submit():
            _ask(form)
            return redirect(url_for(".ask", asked=1), 303)
    return page(
        "customer_accounts/activate.html",
        form=form,
        ask_form=ask_form,
        code_form=code_form,
        has_asked="asked" in request.args,
    )


def _ask(form: AskForm) -> None:
    activation_requests.ask(
        username=form.username.data or "",
        contact=form.contact.data or "",
        language=current_language(),
        address=request.remote_addr or "",
        now=clock.now(),
    )


@views.route("/activate/<token>", methods=["GET", "POST"])
@public
def use(token: str) -> ResponseReturnValue:
    activation = activations.found(token, clock.now())
    if activation is None:
        return page("customer_accounts/activation_gone.html", status=GONE)
    form = ActivateForm(username=activation.suggested_username)
    if form.validate_on_submit():
        if form.accept(lambda: _activate(token, form)):
            return redirect(url_for("sign_in.start", activated=1), 303)
        if activations.found(token, clock.now()) is None:
            return page("customer_accounts/activation_gone.html", status=GONE)
    form.forget_identity_codes()
    shortest = passwords.shortest_allowed(Role.CUSTOMER, has_second_factor=False)
    return page("customer_accounts/activation.html", form=form, shortest=shortest, expires_at=activation.expires_at)


def _activate(token: str, form: ActivateForm) -> bool:
    return activations.activate(
        token,
        username=form.username.data or "",
        fact=form.fact.data or "",
        password=form.new_password.data or "",
        language=current_language(),
        address=request.remote_addr or "",
        now=clock.now(),
    )
