"""My permissions: a customer's direct-marketing choices (R113)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.catalogues.sources import LABELS as SOURCE_LABELS
from portal.catalogues.sources import Source
from portal.consents.ledger import ShownText
from portal.core import clock
from portal.core.roles import Permission
from portal.permissions import labels, services, texts
from portal.permissions.forms import ChoiceForm
from portal.permissions.models import MARKETING, Channel, Choice, MarketingType, PermissionEvent
from portal.web import formatting
from portal.web.access import requires
from portal.web.forms import page
from portal.web.locale import current_language, localized_blueprint

views = localized_blueprint("my_permissions", __name__)


@views.route("/my/permissions", methods=["GET", "POST"])
@requires(Permission.PERMISSIONS_CHANGE_OWN)
def index() -> ResponseReturnValue:
    form = ChoiceForm()
    if not form.validate_on_submit():
        return _page(form)
    now = clock.now()
    if form.forbids_all:
        _forbid_all(now)
    elif form.undone_act is not None:
        _undo(form.undone_act, now)
    elif (line := form.line()) is not None:
        _choose(*line, now, is_on_timeline=form.is_on_timeline)
    else:
        form.form_errors.append(_("Choose one of the options on the page."))
        return _page(form)
    return redirect(url_for(".index"), 303)


def _forbid_all(now: datetime) -> None:
    changed = services.forbid_all(
        customer_id=current_user.customer_id,
        source=Source.OWN_CHANGE,
        actor=current_user.actor,
        now=now,
        shown=texts.shown_forbid_all(language=current_language()),
    )
    words = _("All direct marketing to you is forbidden from %(moment)s.", moment=formatting.moment(now))
    flash(words, _category(changed))


def _choose(type: MarketingType, channel: Channel, choice: Choice, now: datetime, *, is_on_timeline: bool) -> None:
    changed = services.choose(
        customer_id=current_user.customer_id,
        type=type,
        channel=channel,
        choice=choice,
        source=Source.OWN_CHANGE,
        actor=current_user.actor,
        now=now,
        shown=_undo_button() if is_on_timeline else _line_shown(type, channel),
    )
    words: dict[str, Any] = {"type": labels.TYPES[type], "channel": labels.CHANNELS[channel]}
    if changed:
        words["moment"] = formatting.moment(now)
        flash(_("%(type)s, %(channel)s: your choice is in force from %(moment)s.", **words), _category(changed))
    else:
        flash(_("%(type)s, %(channel)s: your choice was in force already.", **words), "info")


def _undo(act: str, now: datetime) -> None:
    changed = services.undo(
        customer_id=current_user.customer_id,
        act=act,
        source=Source.OWN_CHANGE,
        actor=current_user.actor,
        now=now,
        shown=_undo_button(),
    )
    if changed:
        flash(_("The change has been undone from %(moment)s.", moment=formatting.moment(now)))
    else:
        flash(_("Nothing was undone: you have changed this since."), "warning")


def _category(changed: Sequence[PermissionEvent]) -> str:
    """The notice that tells of a change names the act that its button undoes."""
    is_undoable = any(event.old_state is not event.new_state for event in changed)
    return f"undo:{changed[0].act_id}" if is_undoable else "success"


def _line_shown(type: MarketingType, channel: Channel) -> ShownText:
    lines = services.state_of(current_user.customer_id)
    (line,) = [line for line in lines if (line.type, line.channel) == (type, channel)]
    return texts.shown_line(line, language=current_language())


def _undo_button() -> ShownText:
    return texts.shown_undo(language=current_language())


def _page(form: ChoiceForm) -> ResponseReturnValue:
    lines = services.state_of(current_user.customer_id)
    return page(
        "permissions/customer.html",
        form=form,
        words=texts.page(),
        line_words=texts.line,
        undo_label=texts.undo_label(),
        marketing=MARKETING,
        contact=MarketingType.CONTACT,
        channels=list(Channel),
        by_contact=[line for line in lines if line.type is MarketingType.CONTACT],
        lines={(line.type, line.channel): line for line in lines},
        is_all_forbidden=all(line.state == "prohibition" for line in lines),
        acts=services.acts_of(current_user.customer_id),
        labels=labels,
        sources=SOURCE_LABELS,
    )
