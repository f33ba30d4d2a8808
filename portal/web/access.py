"""Who may open what: every view declares it, or the application does not start (S11)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.core import audit, clock
from portal.core.audit import AuditAction
from portal.core.db import transaction
from portal.core.errors import Forbidden
from portal.core.roles import Permission
from portal.web import typed_forms

View = Callable[..., ResponseReturnValue]
V = TypeVar("V", bound=View)

_ACCESS = "portal_access"
PUBLIC = "public"


class UndeclaredAccess(Exception):
    """A view does not say who may open it."""


def public(view: V) -> V:
    """Anyone may open it."""
    setattr(view, _ACCESS, PUBLIC)
    return view


def requires(permission: Permission) -> Callable[[View], View]:
    """Only a signed-in person whose role holds the permission; others are sent to sign in, or told 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if not current_user.is_authenticated:
                return sent_to("sign_in.start")
            if not current_user.may(permission):
                _put_on_record(permission)
                raise Forbidden(permission)
            return view(*args, **kwargs)

        setattr(guarded, _ACCESS, permission)
        return guarded

    return decorate


def _put_on_record(permission: Permission) -> None:
    """Who sends something that belongs to another role is on the audit trail; to look only writes nothing."""
    if request.method != "POST":
        return
    with transaction():
        audit.record(
            AuditAction.ACCESS_DENIED,
            actor=current_user.actor,
            now=clock.now(),
            object=request.endpoint,
            purpose=permission.value,
            outcome="refused",
        )


def sends_to_sign_in(view: object) -> bool:
    """Whether the view would only ask this person to sign in, whatever was sent to it."""
    return getattr(view, _ACCESS, PUBLIC) != PUBLIC and not current_user.is_authenticated


def requires_fresh(view: View) -> View:
    """The password was entered a short while ago, else it is asked for first (S4). Goes below `requires`."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if not current_user.is_fresh(clock.now()):
            return sent_to("sign_in.confirm")
        return view(*args, **kwargs)

    return guarded


def sent_to(endpoint: str) -> ResponseReturnValue:
    """To a page of signing in and back; what was typed meanwhile is kept, or it is told that it could not be."""
    is_lost = not typed_forms.keep() and typed_forms.has_sentence()
    return redirect(url_for(endpoint, next=return_path() or None, unsent=1 if is_lost else None))


def return_path() -> str:
    """Where to come back to: this page, when it can be fetched again, else the one the form was on."""
    return typed_forms.page_of_form()


def declared_access(view: Callable[..., Any]) -> str | Permission | None:
    return cast("str | Permission | None", getattr(view, _ACCESS, None))


def check_all_views(app: Flask) -> None:
    """Raise UndeclaredAccess unless every endpoint declares who may open it."""
    silent = [name for name, view in app.view_functions.items() if declared_access(view) is None]
    if silent:
        raise UndeclaredAccess(f"these views do not say who may open them: {', '.join(sorted(silent))}")


def access_table() -> dict[str, str | Permission | None]:
    """Every endpoint with what opens it."""
    return {name: declared_access(view) for name, view in current_app.view_functions.items()}
