"""Accounts for administrators: the list, one account, and what changes it. Customers' names and data are not here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal.accounts import admin_labels, administration, labels, proposals, staff_accounts
from portal.accounts.admin_forms import (
    ListForm,
    NewAccountForm,
    OwnCustomerForm,
    ResetForm,
    RoleForm,
    SearchForm,
    StepForm,
    lock_form,
)
from portal.accounts.models import Account, ProposalKind, ProposalState
from portal.core import clock
from portal.core.roles import Permission
from portal.web.access import requires, requires_fresh
from portal.web.forms import PortalForm, page
from portal.web.locale import LANGUAGE_NAMES, localized_blueprint
from portal.web.paging import asked_page

views = localized_blueprint("admin_users", __name__)


@views.route("/admin/users", methods=["GET", "POST"])
@requires(Permission.ACCOUNTS_MANAGE)
@requires_fresh
def index() -> ResponseReturnValue:
    form = SearchForm()
    found = None
    if form.validate_on_submit():
        found = staff_accounts.search(form.q.data or "", actor=current_user.actor, now=clock.now())
        if found.customer:
            form.q.data = ""  # it is a customer's name or address
    return _list_page(form, found)


@views.route("/admin/users/new", methods=["GET", "POST"])
@requires(Permission.ACCOUNTS_MANAGE)
@requires_fresh
def new() -> ResponseReturnValue:
    form = NewAccountForm()
    if form.validate_on_submit():
        account = form.accept(
            lambda: proposals.propose_account(
                username=form.username.data or "",
                display_name=form.display_name.data or "",
                email=form.email.data or "",
                language=form.language.data,
                role=form.chosen_role,
                actor=current_user.actor,
                now=clock.now(),
            )
        )
        if account:
            flash(_("The account is created. It becomes active once another administrator approves it."))
            return redirect(url_for(".show", account_id=account.id), 303)
    return page("accounts/admin_new.html", form=form, able=staff_accounts.able_administrators())


@views.route("/admin/users/<account_id>", methods=["GET", "POST"])
@requires(Permission.ACCOUNTS_MANAGE)
@requires_fresh
def show(account_id: str) -> ResponseReturnValue:
    account = administration.account_at(account_id)
    form = StepForm()
    if form.validate_on_submit():
        step = STEPS.get(form.step.data or "") or abort(400)
        done = form.accept(lambda: _take(step, account, form))
        if done is not None:
            flash(done)
            return redirect(url_for(".show", account_id=account.id), 303)
    return _account_page(account, form)


@views.route("/admin/users/<account_id>/lock", methods=["GET", "POST"])
@requires(Permission.ACCOUNTS_MANAGE)
@requires_fresh
def lock(account_id: str) -> ResponseReturnValue:
    account = administration.account_at(account_id)
    form = lock_form(is_staff=account.role.is_staff)
    if form.validate_on_submit() and form.carried_out(
        lambda: administration.lock(
            account_id=account.id, reason=form.chosen_reason, actor=current_user.actor, now=clock.now()
        )
    ):
        flash(_("The account is locked, and signed out everywhere."))
        return redirect(url_for(".show", account_id=account.id), 303)
    return _change_page("accounts/admin_lock.html", account, form)


@views.route("/admin/users/<account_id>/role", methods=["GET", "POST"])
@requires(Permission.ACCOUNTS_MANAGE)
@requires_fresh
def change_role(account_id: str) -> ResponseReturnValue:
    account = administration.staff_account_at(account_id)
    form = RoleForm(role=account.role.value if account.needs_approval else None)
    if form.validate_on_submit() and form.carried_out(
        lambda: proposals.propose_role(
            account_id=account.id, role=form.chosen_role, actor=current_user.actor, now=clock.now()
        )
    ):
        flash(_("The role is proposed. It changes when another administrator has approved it."))
        return redirect(url_for(".show", account_id=account.id), 303)
    return _change_page("accounts/admin_role.html", account, form)


@views.route("/admin/users/<account_id>/second-factor", methods=["GET", "POST"])
@requires(Permission.ACCOUNTS_MANAGE)
@requires_fresh
def reset_second_factor(account_id: str) -> ResponseReturnValue:
    account = administration.staff_account_at(account_id)
    form = ResetForm()
    if form.validate_on_submit() and form.carried_out(
        lambda: proposals.propose_second_factor_reset(account_id=account.id, actor=current_user.actor, now=clock.now())
    ):
        flash(_("It is proposed. The second factor goes when another administrator has approved it."))
        return redirect(url_for(".show", account_id=account.id), 303)
    return _change_page("accounts/admin_second_factor.html", account, form)


@views.route("/admin/users/<account_id>/own-customer", methods=["GET", "POST"])
@requires(Permission.ACCOUNTS_MANAGE)
@requires_fresh
def set_own_customer(account_id: str) -> ResponseReturnValue:
    account = administration.staff_account_at(account_id)
    form = OwnCustomerForm()
    if form.validate_on_submit() and form.carried_out(
        lambda: administration.set_own_customer(
            account_id=account.id, number=form.number.data or "", actor=current_user.actor, now=clock.now()
        )
    ):
        flash(_("The own customer number is set, and the person is told by mail."))
        return redirect(url_for(".show", account_id=account.id), 303)
    return _change_page("accounts/admin_own_customer.html", account, form)


@dataclass(frozen=True)
class Step:
    """A button of the account page: what it calls, and what is said when it is done."""

    act: Callable[..., object]
    done: LazyString
    decides: bool = True  # which proposal is sent with it
    otherwise: Mapping[object, LazyString] = field(default_factory=dict)  # by what the service returns


STEPS = {
    "approve": Step(
        proposals.approve,
        _l("The change is approved and in force."),
        otherwise={ProposalKind.NEW_ACCOUNT: _l("The account is approved. An invitation is on its way by e-mail.")},
    ),
    "reject": Step(proposals.reject, _l("The change is rejected.")),
    "withdraw": Step(proposals.withdraw, _l("The change is withdrawn.")),
    "invite": Step(administration.invite, _l("There is a new invitation. The earlier one no longer works."), False),
    "unlock": Step(administration.unlock, _l("The account is open again. The person signs in as before."), False),
}


def _take(step: Step, account: Account, form: StepForm) -> str:
    """What is said when it is done."""
    which = {"proposal_id": administration.id_in(form.proposal.data or "")} if step.decides else {}
    told = step.act(account_id=account.id, actor=current_user.actor, now=clock.now(), **which)
    return str(step.otherwise.get(told, step.done))


def _list_page(form: SearchForm, found: staff_accounts.Found | None) -> ResponseReturnValue:
    filters = ListForm(request.args)
    order = ListForm.order(request.args.get("sort", ""))
    fitting = staff_accounts.listed(role=filters.chosen_role, state=filters.chosen_state, order=order)
    asked = asked_page(len(fitting))
    return page(
        "accounts/admin_users.html",
        form=form,
        found=found,
        filters=filters,
        order=order,
        accounts=fitting[asked.offset : asked.offset + asked.size],
        asked=asked,
        is_filtered=bool(filters.chosen_role or filters.chosen_state),
        customers=staff_accounts.customer_accounts(),
        able=staff_accounts.able_administrators(),
        waiting=proposals.waiting(clock.now()),
        **_WORDS,
    )


def _account_page(account: Account, form: StepForm) -> ResponseReturnValue:
    made = proposals.of_account(account.id, clock.now())
    return page(
        "accounts/admin_user.html",
        form=form,
        account=account,
        waiting=next((line for line in made if line.state is ProposalState.OPEN), None),
        earlier=[line for line in made if line.state is not ProposalState.OPEN],
        able=staff_accounts.able_administrators(),
        **_WORDS,
    )


def _change_page(template: str, account: Account, form: PortalForm) -> ResponseReturnValue:
    waits = any(line.state is ProposalState.OPEN for line in proposals.of_account(account.id, clock.now()))
    able = staff_accounts.able_administrators()
    return page(template, form=form, account=account, waits=waits, able=able, **_WORDS)


_WORDS: dict[str, Any] = {
    "labels": admin_labels,
    "roles": labels.ROLES,
    "state_of": staff_accounts.state_of,
    "masked": staff_accounts.masked,
    "languages": LANGUAGE_NAMES,
}
