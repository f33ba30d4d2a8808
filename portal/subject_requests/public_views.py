"""Opting out of direct marketing without an account, by form or by the link of a message.

The answer never tells whether the contact is known.
"""

from datetime import datetime

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import throttling
from portal.core import clock, crypto
from portal.core.audit import VISITOR
from portal.permissions import opt_out_links, texts
from portal.permissions.models import Channel
from portal.subject_requests import services
from portal.subject_requests.forms import OptOutForm
from portal.web.access import public
from portal.web.csrf import is_one_click, one_click, public_form
from portal.web.forms import page
from portal.web.locale import current_language, localized_blueprint

views = localized_blueprint("public_requests", __name__)

RECEIPT = "opt-out-receipt"
LINK_RECEIPT = "opt-out-link-receipt"
EVERYTHING = "everything"


@views.route("/requests/opt-out", methods=["GET", "POST"])
@public
@public_form
def opt_out() -> ResponseReturnValue:
    form = OptOutForm()
    if form.validate_on_submit() and form.accept(lambda: _opt_out(form)):
        receipt = crypto.sign(RECEIPT, {"at": clock.now().isoformat(timespec="seconds")})
        return redirect(url_for(".opted_out", receipt=receipt), 303)
    return page("subject_requests/opt_out.html", form=form, words=texts.opt_out_form())


def _opt_out(form: OptOutForm) -> bool:
    now = clock.now()
    throttling.count_form(address=request.remote_addr or "", now=now)
    services.opt_out_by_contact(
        form.contact.data or "",
        channels=form.channels(),
        language=current_language(),
        actor=VISITOR,
        now=now,
        shown=texts.shown_opt_out_form(form.chosen_words, language=current_language()),
    )
    return True


@views.route("/requests/opt-out/done")
@public
def opted_out() -> ResponseReturnValue:
    """What happened and when, from a signed link: no cookie carries it here."""
    receipt = crypto.unsign(RECEIPT, request.args.get("receipt", ""))
    if receipt is None:
        return redirect(url_for(".opt_out"))
    return page("subject_requests/opted_out.html", at=datetime.fromisoformat(receipt["at"]))


@views.route("/opt-out/<token>", methods=["GET", "POST"])
@public
@one_click
def linked_opt_out(token: str) -> ResponseReturnValue:
    """The link that marketing messages carry (L34); opening it changes nothing, for mail programs open links too."""
    link = opt_out_links.link_of(token)
    if link is None:
        return page("subject_requests/opt_out_link_unknown.html", status=410)
    if request.method != "POST":
        return page("subject_requests/opt_out_link.html", link=link, words=texts.opt_out_link(link.channel))
    now = clock.now()
    is_everything = request.form.get("forbid") == EVERYTHING
    services.opt_out_by_link(
        link,
        channels=list(Channel) if is_everything else [link.channel],
        actor=VISITOR,
        now=now,
        shown=None if is_one_click() else texts.shown_opt_out_link(link.channel, language=current_language()),
    )
    if is_one_click():  # a mail program, which follows no redirect
        return page("subject_requests/opt_out_link_done.html", link=link, at=now, is_everything=False)
    receipt = crypto.sign(LINK_RECEIPT, {"at": now.isoformat(timespec="seconds"), "everything": is_everything})
    return redirect(url_for(".linked_opt_out_done", token=token, receipt=receipt), 303)


@views.route("/opt-out/<token>/done")
@public
def linked_opt_out_done(token: str) -> ResponseReturnValue:
    link = opt_out_links.link_of(token)
    receipt = crypto.unsign(LINK_RECEIPT, request.args.get("receipt", ""))
    if link is None or receipt is None:
        return redirect(url_for(".linked_opt_out", token=token))
    at = datetime.fromisoformat(receipt["at"])
    return page("subject_requests/opt_out_link_done.html", link=link, at=at, is_everything=receipt["everything"])
