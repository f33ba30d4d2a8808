"""Opting out of direct marketing without an account: the answer never tells whether the contact is known."""

from datetime import datetime

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import throttling
from portal.core import clock, crypto
from portal.core.audit import VISITOR
from portal.subject_requests import services
from portal.subject_requests.forms import OptOutForm
from portal.web.access import public
from portal.web.csrf import public_form
from portal.web.forms import page
from portal.web.locale import current_language, localized_blueprint

views = localized_blueprint("public_requests", __name__)

RECEIPT = "opt-out-receipt"


@views.route("/requests/opt-out", methods=["GET", "POST"])
@public
@public_form
def opt_out() -> ResponseReturnValue:
    form = OptOutForm()
    if form.validate_on_submit() and form.accept(lambda: _opt_out(form)):
        receipt = crypto.sign(RECEIPT, {"at": clock.now().isoformat(timespec="seconds")})
        return redirect(url_for(".opted_out", receipt=receipt), 303)
    return page("subject_requests/opt_out.html", form=form)


def _opt_out(form: OptOutForm) -> bool:
    now = clock.now()
    throttling.count_form(address=request.remote_addr or "", now=now)
    services.opt_out_by_contact(
        form.contact.data or "",
        channels=form.channels(),
        language=current_language(),
        actor=VISITOR,
        now=now,
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
