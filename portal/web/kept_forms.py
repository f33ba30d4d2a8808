"""What was typed into a form before the password was asked for again: kept in the session cookie, sealed (S4).

The page that the form was on draws it once more as it was; nothing is sent by itself.
"""

import base64
import json

from flask import g, request, session
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from portal.core import crypto
from portal.core.crypto import DamagedCiphertext

KEPT = "kept_form"
LONGEST = 2_000  # a cookie holds 4,096 bytes in all
NOT_KEPT = frozenset({"csrf_token"})


def keep() -> None:
    """Keep the form of this request for its page; one that is too long, or that is secret, is not kept."""
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_KEPT]
    if any("password" in name or name == "code" for name, _value in typed):
        return
    sealed = crypto.encrypt(json.dumps(typed).encode(), bound_to=_place())
    if len(sealed) <= LONGEST:
        session[KEPT] = {"path": request.path, "form": base64.b64encode(sealed).decode()}


def kept() -> "MultiDict[str, str] | None":
    """What was typed on this page before; the next request does not get it again."""
    if KEPT not in g:
        setattr(g, KEPT, _taken())
    return getattr(g, KEPT)  # every form of the page asks


def _taken() -> "MultiDict[str, str] | None":
    waits = session.get(KEPT)
    if request.method != "GET" or not isinstance(waits, dict) or waits.get("path") != request.path:
        return None
    session.pop(KEPT)
    try:
        typed = json.loads(crypto.decrypt(base64.b64decode(waits["form"]), bound_to=_place()))
    except DamagedCiphertext:  # of another session
        return None
    return MultiDict([(name, value) for name, value in typed])


def _place() -> str:
    return f"session|{KEPT}|{request.path}|{current_user.session_id}"
