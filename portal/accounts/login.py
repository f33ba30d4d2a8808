"""Flask-Login on server-side sessions, and the cookies that belong to signing in (D8)."""

from datetime import datetime
from typing import Any

from flask import Flask, Response, current_app, g, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_user

from portal.accounts import remembering, sessions, typed_forms
from portal.accounts.device_names import device_name
from portal.accounts.identity import FirstStep, SignedIn, Visitor
from portal.accounts.services import CodeNeeded, Opened, Visit, end_withdrawn_device
from portal.catalogues.cookies import Category
from portal.consents import texts
from portal.consents.banner import has_gpc
from portal.consents.services import allowed_categories, on_withdrawal
from portal.core import clock
from portal.core.database_trouble import unless_read_only
from portal.web.access import PUBLIC, declared_access, sent_to
from portal.web.cookies import expire_cookie, read_cookie, set_cookie
from portal.web.locale import current_language
from portal.web.return_paths import safe_return_path
from portal.web.typed_forms import EXTENSION as TYPED_FORMS
from portal.web.typed_forms import Typed

SESSION_ID = "_user_id"  # where Flask-Login keeps what get_id() returned
PENDING = "pending_sign_in"
TYPED = "typed_form"
PART_OF_SIGNING_IN = ("sign_in", "recovery_codes")
FIRST_STEPS = {FirstStep.SECOND_FACTOR: "sign_in.second_factor", FirstStep.COMMITMENT: "sign_in.commitment"}


class SessionLogin(LoginManager):
    """Flask-Login without its remember cookie, which is the same for ever and outlives signing out."""

    def _update_remember_cookie(self, response: Response) -> Response:
        return response

    def _load_user_from_remember_cookie(self, _cookie: str) -> Any:
        return self._load_user_from_request(request)


def init_app(app: Flask) -> None:
    manager = SessionLogin()
    manager.session_protection = None  # it would hash address and user agent; sessions are rows
    manager.anonymous_user = Visitor
    manager.user_loader(_by_session)
    manager.request_loader(_by_remembered_device)
    manager.init_app(app)
    app.before_request(_first_things_first)
    app.extensions[TYPED_FORMS] = TypedForms()
    # functions registered later run earlier: this one must run last, since any of them may be the first to ask who
    # is there, which may rotate the device cookie
    app.after_request_funcs.setdefault(None, []).insert(0, _send_cookies)
    on_withdrawal(Category.FUNCTIONAL, end_withdrawn_device)


def visit(now: datetime, *, offers_memory: bool = False) -> Visit:
    """What this request brings to sign-in; with the words of the box "Remember me" where it may have been ticked."""
    language = current_language()
    shown = texts.shown_at_sign_in(language=language, on=clock.local_date(now)) if offers_memory else ()
    return Visit(
        address=request.remote_addr or "",
        user_agent=request.user_agent.string,
        language=language,
        session_token=session.get(SESSION_ID),
        remember_cookie=read_cookie("remember"),
        consent_cookie=read_cookie("consent"),
        consent_texts=shown,
        has_gpc=has_gpc(),
    )


def let_in(opened: Opened, now: datetime) -> None:
    """Give the browser its new session, and the device cookie or its end."""
    typed = session.get(TYPED)
    session.clear()
    _hold(opened.session_token, now)
    if typed and typed_forms.owner_of(typed, now) == current_user.account_id:  # nobody else's
        session[TYPED] = typed
    if opened.consent_cookie:  # before the cookie that it allows
        _queue("consent", opened.consent_cookie.value, opened.consent_cookie.max_age.total_seconds())
    if opened.remember_cookie:
        _queue("remember", opened.remember_cookie.value, opened.remember_cookie.max_age)
    else:
        forget_device_cookie()


def renew(session_token: str, now: datetime) -> None:
    """Give the browser the new random id of its session (S6)."""
    session.pop("csrf_token", None)
    _hold(session_token, now)


def let_out() -> None:
    """Take back everything that signing in has given."""
    if typed := session.get(TYPED):
        typed_forms.drop(typed)
    session.clear()
    forget_device_cookie()


def signed_out_to(address: str) -> Response:
    """Lead on a browser from which everything that signing in has given is taken back, kept pages too (S6)."""
    let_out()
    response: Response = redirect(address, 303)  # type: ignore[assignment]  # Flask's own class
    # not "cookies": that would delete the cookie choice too
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def forget_device_cookie() -> None:
    if read_cookie("remember"):
        _queue("remember", None)


def wait_for_code(pending: CodeNeeded, next_path: str) -> None:
    """Keep the first step in the signed session cookie until the code comes."""
    typed = session.get(TYPED)
    session.clear()
    if typed:
        session[TYPED] = typed
    session[PENDING] = {
        "account": pending.account_id,
        "epoch": pending.epoch,
        "memory": pending.wants_memory,
        "at": pending.entered_at.isoformat(),
        "next": safe_return_path(next_path, default=""),  # a long one would burst the cookie
    }


def waiting_for_code(now: datetime) -> tuple[CodeNeeded, str] | None:
    """The first step that waits for its code, with where to go then; None when there is none any more."""
    kept = session.get(PENDING)
    if not isinstance(kept, dict):
        return None
    entered_at = datetime.fromisoformat(kept["at"])
    pending = CodeNeeded(kept["account"], kept["epoch"], kept["memory"], entered_at)
    return (pending, kept["next"]) if pending.is_open(now) else None


def has_ended() -> bool:
    """Whether this browser holds a session that is over, and nobody signed out."""
    return SESSION_ID in session and not current_user.is_authenticated


def has_typed(now: datetime) -> bool:
    """Whether a form is kept that waits for its person."""
    return TYPED in session and typed_forms.owner_of(session[TYPED], now) is not None


class TypedForms:
    """Kept forms, found by a number in the signed session cookie."""

    def keep(self, page: str, typed: Typed) -> bool:
        if SESSION_ID not in session:
            return False
        kept = typed_forms.keep(
            session[SESSION_ID],
            page=page,
            fields=typed.fields,
            has_files=typed.has_files,
            now=clock.now(),
            instead_of=session.get(TYPED),
        )
        if kept is not None:
            session[TYPED] = kept
        return kept is not None

    def find(self, page: str) -> Typed | None:
        if TYPED not in session:
            return None
        found = typed_forms.find(session[TYPED], account_id=current_user.account_id, page=page, now=clock.now())
        return Typed(*found) if found else None

    def drop(self, page: str) -> None:
        if TYPED in session and typed_forms.drop(session[TYPED], page=page):
            session.pop(TYPED)


def _hold(session_token: str, now: datetime) -> None:
    live = sessions.find(session_token, now)
    if live is None:
        return
    login_user(SignedIn.of(live, session_token))
    for unused in ("_id", "_fresh"):  # Flask-Login's own; the first is made of address and user agent
        session.pop(unused, None)


def _by_session(token: object) -> SignedIn | None:
    now = clock.now()
    live = sessions.find(token, now) if isinstance(token, str) else None
    if live is None or not isinstance(token, str):
        return None
    person = SignedIn.of(live, token)
    with unless_read_only():
        if cookie := read_cookie("remember"):
            remembering.confirm_seen(live, cookie)
        sessions.touch(live, now)
    return person


def _by_remembered_device(_request: object) -> SignedIn | None:
    cookie = read_cookie("remember")
    now = clock.now()
    if not cookie or Category.FUNCTIONAL not in allowed_categories(read_cookie("consent"), now):
        return None
    resumption, has_asked = None, False
    with unless_read_only():
        resumption = remembering.resume(cookie, name=device_name(request.user_agent.string), now=now)
        has_asked = True
    if not has_asked:  # the device stays remembered for when it can be
        return None
    if resumption is None:
        _queue("remember", None)
        return None
    session[SESSION_ID] = resumption.session_token
    if resumption.cookie:
        _queue("remember", resumption.cookie.value, resumption.cookie.max_age)
    live = sessions.find(resumption.session_token, now)
    return SignedIn.of(live, resumption.session_token) if live else None


def _first_things_first() -> ResponseReturnValue | None:
    """Staff set up their second factor and commit to confidentiality before anything but public pages opens.

    The codes that come with the second factor are shown in between: they are gone otherwise.
    """
    access = declared_access(current_app.view_functions[request.endpoint]) if request.endpoint else None
    if access in (None, PUBLIC) or request.blueprint in PART_OF_SIGNING_IN or current_user.first_step is None:
        return None
    return sent_to(FIRST_STEPS[current_user.first_step])


def _queue(name: str, value: str | None, max_age: float = 0) -> None:
    g.setdefault("sign_in_cookies", {})[name] = (value, int(max_age))


def _send_cookies(response: Response) -> Response:
    for name, (value, max_age) in g.pop("sign_in_cookies", {}).items():
        if value is None:
            expire_cookie(response, name)
        else:
            set_cookie(response, name, value, max_age)
    return response
