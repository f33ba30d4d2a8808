"""New recovery codes, shown once: what carries them to their page, the page, and the file to keep."""

import base64
import binascii

from flask import Response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.accounts import recovery_codes
from portal.accounts.forms import KeepForm
from portal.config import organisation
from portal.core import clock, crypto
from portal.core.crypto import DamagedCiphertext
from portal.core.roles import Permission
from portal.core.settings import settings
from portal.web.access import requires
from portal.web.downloads import download
from portal.web.formatting import moment
from portal.web.forms import page
from portal.web.locale import localized_blueprint
from portal.web.return_paths import safe_return_path

SEALED = "recovery_codes"  # where the session carries them
BETWEEN = " / "

views = localized_blueprint("recovery_codes", __name__)


def shown_next(codes: list[str], *, next_path: str | None = None) -> ResponseReturnValue:
    """Carry new codes, unreadable on the way, to the page that shows them once; from there on to `next_path`."""
    sealed = crypto.encrypt(BETWEEN.join(codes).encode(), bound_to=_place())
    session[SEALED] = base64.b64encode(sealed).decode()
    return redirect(url_for("recovery_codes.show", next=next_path), 303)


def are_waiting() -> bool:
    """Whether codes are on their way: the pages where one may turn up instead show them too."""
    return SEALED in session


@views.route("/my/security/recovery-codes", methods=["GET"])
@requires(Permission.ACCOUNT_OWN)
def show() -> ResponseReturnValue:
    return codes_page()


def codes_page() -> ResponseReturnValue:
    """Reloaded, it says that they are not shown again: they are stored nowhere."""
    form = KeepForm(formdata=None, codes=session.pop(SEALED, ""))
    return page(
        "accounts/recovery_codes.html",
        form=form,
        codes=_opened(form.codes.data),
        left=recovery_codes.left(current_user.account_id),
        next_path=safe_return_path(request.args.get("next"), default=url_for("my_security.index")),
    )


@views.route("/my/security/recovery-codes", methods=["POST"])
@requires(Permission.ACCOUNT_OWN)
def keep() -> ResponseReturnValue:
    codes = _opened(KeepForm().codes.data)
    return _file(codes) if codes else redirect(url_for(".show"), 303)


def _file(codes: list[str]) -> Response:
    lines = (
        _("Recovery codes"),
        f"{organisation.register_company}, {settings().base_url}{url_for('sign_in.start')}",
        _("Saved on %(when)s", when=moment(clock.now())),
        "",
        *(f"{number:2}.  {code}" for number, code in enumerate(codes, start=1)),
        "",
        _("Each code lets you in once, in place of a code of the app. New codes end these."),
        _("Keep them apart from your phone."),
        "",
    )
    text = "\r\n".join(lines)  # for every editor
    return download(text.encode(), name=_("recovery-codes.txt"), content_type="text/plain; charset=utf-8")


def _opened(sealed: str | None) -> list[str]:
    """The codes of a page that was made in this session; none for anything else."""
    try:
        return crypto.decrypt(base64.b64decode(sealed or ""), bound_to=_place()).decode().split(BETWEEN)
    except (DamagedCiphertext, binascii.Error):
        return []


def _place() -> str:
    return f"session|{SEALED}|{current_user.session_id}"
