"""Recipients for the decision-maker: who serves in which role from when until when (R86)."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.catalogues.recipients import Recipient
from portal.core import clock
from portal.core.clock import local_date
from portal.core.roles import Permission
from portal.disclosures import holders, labels
from portal.disclosures.forms import EndForm, HolderForm, RemoveForm, VersionForm, holder_form
from portal.register import recipients
from portal.register.models import RecipientHolder
from portal.web.access import requires
from portal.web.forms import PortalForm, page
from portal.web.locale import localized_blueprint

views = localized_blueprint("desk_recipients", __name__)


@views.route("/desk/recipients")
@requires(Permission.RECIPIENTS_MANAGE)
def index() -> ResponseReturnValue:
    return page(
        "disclosures/recipients.html",
        holders=recipients.all_holders(),
        today=local_date(clock.now()),
        labels=labels,
    )


@views.route("/desk/recipients/new/<role>", methods=["GET", "POST"])
@requires(Permission.RECIPIENTS_MANAGE)
def new(role: str) -> ResponseReturnValue:
    if role not in frozenset(Recipient):
        abort(404)
    form = holder_form(Recipient(role))
    if form.validate_on_submit():
        holder = form.accept(lambda: holders.add(form.terms(), actor=current_user.actor, now=clock.now()))
        if holder is not None:
            flash(_("%(name)s is on the list of recipients.", name=holder.name))
            return redirect(url_for(".index"), 303)
    return page("disclosures/recipient_form.html", form=form, role=Recipient(role), holder=None, labels=labels)


@views.route("/desk/recipients/<int:holder_id>", methods=["GET", "POST"])
@requires(Permission.RECIPIENTS_MANAGE)
def show(holder_id: int) -> ResponseReturnValue:
    holder = recipients.holder_of(holder_id)
    as_it_is: dict[str, Any] = {"version": holder.version, "until_on": holder.until_on}
    is_removal = request.form.get("step") == "remove"
    form: VersionForm = RemoveForm() if is_removal else EndForm(data=as_it_is)
    if form.validate_on_submit() and _done(form, holder):
        flash(_("The recipient was taken off the list.") if is_removal else _("The last day is saved."))
        return redirect(url_for(".index"), 303)
    return page(
        "disclosures/recipient.html",
        form=form,
        end_form=form if isinstance(form, EndForm) else EndForm(formdata=None, data=as_it_is),
        holder=holder,
        last_use=holders.last_use(holder.id),
        today=local_date(clock.now()),
        labels=labels,
    )


@views.route("/desk/recipients/<int:holder_id>/correct", methods=["GET", "POST"])
@requires(Permission.RECIPIENTS_MANAGE)
def correct(holder_id: int) -> ResponseReturnValue:
    holder = recipients.holder_of(holder_id)
    form = holder_form(holder.recipient, holder)
    if form.validate_on_submit() and form.accept(lambda: _corrected(form, holder)):
        flash(_("The recipient is corrected."))
        return redirect(url_for(".show", holder_id=holder_id), 303)
    return page("disclosures/recipient_form.html", form=form, role=holder.recipient, holder=holder, labels=labels)


def _corrected(form: HolderForm, holder: RecipientHolder) -> bool:
    holders.correct(holder.id, form.terms(), version=form.version.data or 0, actor=current_user.actor, now=clock.now())
    return True


def _done(form: PortalForm, holder: RecipientHolder) -> bool:
    return bool(form.accept(lambda: _taken(form, holder)))


def _taken(form: PortalForm, holder: RecipientHolder) -> bool:
    version = form["version"].data or 0
    if isinstance(form, EndForm):
        holders.end(holder.id, until_on=form.until_on.data, version=version, actor=current_user.actor, now=clock.now())
    else:
        holders.remove(holder.id, version=version, actor=current_user.actor, now=clock.now())
    return True
