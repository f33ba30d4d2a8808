"""Signing in, the second step, fresh entry, signing out, and what staff do first."""

from collections.abc import Callable
from typing import Any

from flask import abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.accounts import directory, login, own_security, services
from portal.accounts.factor_setup import proven_codes, shown_key
from portal.accounts.forms import CodeForm, CommitmentForm, ConfirmForm, SecondFactorForm, SignInForm
from portal.accounts.identity import FirstStep
from portal.accounts.labels import ROLES
from portal.accounts.recovery_codes_views import shown_next
from portal.accounts.services import CodeNeeded, Opened
from portal.consents import texts
from portal.core import clock
from portal.core.roles import Permission, Role
from portal.core.settings import settings
from portal.web.access import public, requires
from portal.web.forms import page
from portal.web.locale import localized_blueprint
from portal.web.return_paths import safe_return_path

DEMO_SIGN_INS = "portal.demo_sign_ins"  # extension: a callable that lists them, put there in demo mode

HOME = {
    Role.CUSTOMER: "my_data.index",
    Role.CLERK: "desk_requests.index",
    Role.DECISION_MAKER: "desk_requests.index",
    Role.MARKETING: "cookie_statistics.index",
    Role.ADMINISTRATOR: "admin_users.index",
}

views = localized_blueprint("sign_in", __name__)


@views.route("/sign-in", methods=["GET", "POST"])
@public
def start() -> ResponseReturnValue:
    form = SignInForm()
    now = clock.now()
    if form.validate_on_submit():
        outcome = form.accept(
            lambda: services.sign_in(
                username=form.username.data or "",
                password=form.password.data or "",
                wants_memory=form.remember.data,
                visit=login.visit(now, offers_memory=form.remember.data),
                now=now,
            )
        )
        if isinstance(outcome, CodeNeeded):
            login.wait_for_code(outcome, _next())
            return redirect(url_for(".code"), 303)
        if outcome:
            return _let_in(outcome, _next())
    return page(
        "accounts/sign_in.html",
        form=form,
        remember_label=texts.remember_label(),
        remember_hint=texts.remember_hint(),
        demo_sign_ins=_demo_sign_ins(),
        has_signed_out="signed_out" in request.args,
        has_ended=login.has_ended(),
        has_typed=login.has_typed(now),
        has_timed_out="timed_out" in request.args,
        has_set_password="password_set" in request.args,
        has_activated="activated" in request.args,
        is_possible=services.is_possible(),
    )


@views.route("/sign-in/code", methods=["GET", "POST"])
@public
def code() -> ResponseReturnValue:
    now = clock.now()
    waiting = login.waiting_for_code(now)
    if waiting is None:
        return redirect(url_for(".start", timed_out=1))
    pending, next_path = waiting
    form = CodeForm()
    if form.validate_on_submit():
        opened = form.accept(
            lambda: services.sign_in_with_code(
                pending,
                code=form.code.data or "",
                visit=login.visit(now, offers_memory=pending.wants_memory),
                now=now,
            )
        )
        if opened:
            return _let_in(opened, next_path)
    return page("accounts/code.html", form=form)


@views.route("/sign-in/confirm", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
def confirm() -> ResponseReturnValue:
    form = ConfirmForm()
    if not current_user.has_second_factor:
        del form.code
    now = clock.now()
    if form.validate_on_submit():
        token = form.accept(
            lambda: services.confirm_password(
                account_id=current_user.account_id,
                session_id=current_user.session_id,
                password=form.password.data or "",
                code=form.code.data or "" if current_user.has_second_factor else "",
                visit=login.visit(now),
                now=now,
            )
        )
        if token:
            login.renew(token, now)
            return redirect(_return_path(_next(), current_user.role), 303)
    return page("accounts/confirm.html", form=form)


@views.route("/sign-out", methods=["POST"])
@public
def sign_out() -> ResponseReturnValue:
    now = clock.now()
    services.sign_out(visit=login.visit(now), actor=current_user.actor, now=now)
    return login.signed_out_to(url_for(".start", signed_out=1))


@views.route("/sign-in/second-factor", methods=["GET", "POST"], endpoint="second_factor")
@requires(Permission.ACCOUNT_OWN)
def second_factor_setup() -> ResponseReturnValue:
    """Staff without a second factor set it up; its recovery codes are shown next."""
    if current_user.first_step is not FirstStep.SECOND_FACTOR:
        return redirect(_return_path(_next(), current_user.role))
    form = SecondFactorForm()
    if form.validate_on_submit():
        codes = proven_codes(form, clock.now())
        if codes:
            return shown_next(codes, next_path=_return_path(_next(), current_user.role))
    return page("accounts/second_factor.html", form=form, **shown_key(form))


@views.route("/sign-in/commitment", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
def commitment() -> ResponseReturnValue:
    """Staff commit to confidentiality before anything else opens (R93)."""
    if not current_user.role.is_staff:
        abort(403)
    form = CommitmentForm()
    if form.validate_on_submit():
        own_security.accept_commitment(account_id=current_user.account_id, now=clock.now())
        return redirect(_return_path(_next(), current_user.role), 303)
    return page(
        "accounts/commitment.html",
        form=form,
        accepted_at=directory.account_of(current_user.account_id).commitment_accepted_at,
        is_accepted=current_user.first_step is None,
    )


def _let_in(opened: Opened, next_path: str) -> ResponseReturnValue:
    login.let_in(opened, clock.now())
    return redirect(_return_path(next_path, opened.role), 303)


def _next() -> str:
    return request.values.get("next", "")


def _return_path(next_path: str, role: Role) -> str:
    return safe_return_path(next_path, default=url_for(HOME[role]))


def _demo_sign_ins() -> list[dict[str, Any]]:
    listed: Callable[[], list[dict[str, Any]]] | None = current_app.extensions.get(DEMO_SIGN_INS)
    if listed is None or not settings().is_demo:
        return []
    return [{**sign_in, "role_label": ROLES[Role(sign_in["role"])]} for sign_in in listed()]
