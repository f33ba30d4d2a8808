"""What every form shares: drawing after a failed POST, and a service's refusals put beside the field."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, TypeVar
from urllib.parse import urlsplit, urlunsplit

from flask import make_response, render_template, request
from flask.wrappers import Response
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Field, FileField

from portal.core import clock
from portal.core.errors import Busy, RuleViolation, Stale, Throttled
from portal.web import typed_forms
from portal.web.limits import showable
from portal.web.waits import Wait

UNPROCESSABLE = 422
CONFLICT = 409
TOO_MANY = 429

T = TypeVar("T")


class TooMany(NamedTuple):
    """The words for having sent a form too often, where they are not those of trying passwords."""

    title: LazyString
    text: LazyString


class PortalForm(FlaskForm):
    """A form of a signed-in page or one that needs a session: carries a token."""

    class Meta(FlaskForm.Meta):
        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Any:
            # the server tells what is wrong, in the page's language; the browser's own bubbles would not
            render_kw.pop("required", None)
            return super().render_field(field, render_kw)

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            if request and request.is_json:  # Flask-WTF would take values of any kind from it
                return None
            sent = super().wrap_formdata(form, formdata)
            if sent is None and formdata is not None and form.meta.csrf:
                return typed_forms.fill_in(list(form._fields))
            if not isinstance(sent, MultiDict):
                return sent
            takes_files = {field.name for field in form if isinstance(field, FileField)}
            values = sent.items(multi=True)
            return MultiDict(
                [
                    (name, showable(value) if isinstance(value, str) else value)
                    for name, value in values
                    if isinstance(value, str) or name in takes_files  # a file under the name of a text is not its text
                ]
            )

    problems: ClassVar[Mapping[StrEnum, LazyString | str]] = {}
    wait: Wait | None = None
    is_busy = False  # the wait is a moment, and not because of this person's tries
    too_many: ClassVar[TooMany | None] = None
    outdated: ClassVar[LazyString | None] = None  # told with what was typed where somebody else was faster
    is_outdated = False

    def accept(self, act: Callable[[], T]) -> T | None:
        """Call a service; a rule it finds broken becomes an error of its field, or of the form.

        Who tried too often is told when to go on, on the same page, with what was typed. So is who acted on an older
        state, where the form has words for it (`outdated`).
        """
        try:
            return act()
        except Throttled as refusal:
            self.wait = Wait.of(refusal, clock.now())
            self.is_busy = isinstance(refusal, Busy)
            return None
        except Stale:
            if self.outdated is None:
                raise
            self.turn_away()
            return None
        except RuleViolation as violation:
            words = str(self.problems[violation.code]) % violation.values
            field = self._fields.get(violation.field) if violation.field else None
            if field is None:
                self.form_errors.append(words)
            else:
                field.errors = [*field.errors, words]
            return None

    def turn_away(self) -> None:
        """What it was filled in for is no longer so: the page comes back as 409 with what was typed."""
        self.is_outdated = True
        self.form_errors.append(self.outdated)


class PublicForm(PortalForm):
    """A form that sets no cookie; its view is marked with `csrf.public_form`."""

    class Meta(PortalForm.Meta):
        csrf = False


REQUIRED = _l("Fill in this field.")


def this_address() -> str:
    """Where a form of this page is sent: its address without a fragment, so that the answer begins at its top."""
    parts = urlsplit(request.url)
    return urlunsplit(("", "", f"/{parts.path.lstrip('/')}", parts.query, ""))


def page(template: str, status: int | None = None, form: PortalForm | None = None, **context: Any) -> Response:
    """Render a page; 422 when its form has errors, 409 when it was too late, 429 when it was sent too often."""
    wait = form.wait if form is not None else None
    if status is None:
        status = _status_of(form) if form is not None else 200
    response: Response = make_response(render_template(template, form=form, **context), status)
    if wait:
        response.headers["Retry-After"] = str(wait.seconds)
    return response


def _status_of(form: PortalForm) -> int:
    if form.wait:
        return TOO_MANY
    if form.is_outdated:
        return CONFLICT
    return UNPROCESSABLE if form.errors else 200
