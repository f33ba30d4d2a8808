"""My permissions: a customer's direct-marketing choices (R113)."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.catalogues.sources import LABELS as SOURCE_LABELS
from portal.catalogues.sources import Source
from portal.core import clock
from portal.core.roles import Permission
from portal.permissions import labels, services
from portal.permissions.forms import ChoiceForm
from portal.permissions.models import Channel, MarketingType
from portal.web.access import requires
from portal.web.formatting import exact_moment
from portal.web.forms import page
from portal.web.locale import localized_blueprint

views = localized_blueprint("my_permissions", __name__)


@views.route("/my/permissions", methods=["GET", "POST"])
@requires(Permission.PERMISSIONS_CHANGE_OWN)
def index() -> ResponseReturnValue:
    form = ChoiceForm()
    if not form.validate_on_submit():
        return _page(form)
    if form.forbids_all:
        return _forbid_all()
    line = form.line()
    if line is None:
        form.form_errors.append(_("Choose one of the options on the page."))
        return _page(form)
    type, channel, choice = line
    now = clock.now()
    services.choose(
        customer_id=current_user.customer_id,
        type=type,
        channel=channel,
        choice=choice,
        source=Source.OWN_CHANGE,
        actor=current_user.actor,
        now=now,
    )
    flash(
        _(
            "%(type)s, %(channel)s: your choice is in force from %(moment)s.",
            type=labels.TYPES[type],
            channel=labels.CHANNELS[channel],
            moment=exact_moment(now),
        )
    )
    return redirect(url_for(".index"), 303)


def _forbid_all() -> ResponseReturnValue:
    now = clock.now()
    services.forbid_all(
        customer_id=current_user.customer_id, source=Source.OWN_CHANGE, actor=current_user.actor, now=now
    )
    flash(_("All direct marketing to you is forbidden from %(moment)s.", moment=exact_moment(now)))
    return redirect(url_for(".index"), 303)


def _page(form: ChoiceForm) -> ResponseReturnValue:
    lines = services.state_of(current_user.customer_id)
    return page(
        "permissions/customer.html",
        form=form,
        types=list(MarketingType),
        channels=list(Channel),
        lines={(line.type, line.channel): line for line in lines},
        is_all_forbidden=all(line.state == "prohibition" for line in lines),
        history=services.history_of(current_user.customer_id),
        labels=labels,
        sources=SOURCE_LABELS,
    )
