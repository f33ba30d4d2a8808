"""What the forms of requests share: their kinds of fields, and the form that one press sends once."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from wtforms import FileField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.permissions.models import Channel as ContactChannel
from portal.subject_requests.models import LONGEST_TEXT
from portal.subject_requests.problem_labels import PROBLEMS
from portal.web.fields import choices, once_field
from portal.web.forms import REQUIRED, PortalForm, TooMany

ALL_CHANNELS = "all"

E = TypeVar("E")


def clean(text: str | None) -> str | None:
    """Without NUL, which no database text may hold, and with one kind of line end."""
    return text.replace("\0", "").replace("\r\n", "\n") if text else text


def text_area(
    label: Any, *, name: str | None = None, needed: bool = False, rows: int = 4, default: str = ""
) -> TextAreaField:
    return TextAreaField(
        label,
        id=name,
        default=default,
        filters=[clean],
        validators=[*([DataRequired(REQUIRED)] if needed else []), Length(max=LONGEST_TEXT)],
        render_kw={"rows": rows},
    )


def boxes(label: Any, words: Mapping[Any, Any], *, name: str | None = None) -> SelectMultipleField:
    """One box for each; what is no member of the list is left out by `member_of`."""
    return SelectMultipleField(
        label,
        id=name,
        choices=choices(words),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validate_choice=False,
    )


def member(enum: Callable[[str], E], text: str | None) -> E | None:
    """What a form or an address says, None where it is misspelt."""
    try:
        return enum(text or "")
    except ValueError:
        return None


def member_of(enum: Callable[[str], E], texts: Iterable[str] | None) -> list[E]:
    found = (member(enum, text) for text in texts or ())
    return [one for one in found if one is not None]


def line(
    label: Any,
    *,
    name: str | None = None,
    needed: bool = False,
    longest: int = 200,
    description: Any = "",
    attributes: Mapping[str, str] | None = None,
) -> StringField:
    """One line of text; `attributes` go to the control."""
    return StringField(
        label,
        id=name,
        description=description,
        filters=[clean],
        validators=[*([DataRequired(REQUIRED)] if needed else []), Length(max=longest)],
        render_kw=dict(attributes or {}),
    )


def evidence_file() -> FileField:
    """One file that shows what is right; never needed."""
    return FileField(
        _l("A file that shows it"),
        description=_l(
            "A PDF, PNG or JPEG of at most 10 MB, for example a contract. Not a copy of an identity document."
        ),
        validators=[Optional()],
        render_kw={"accept": ".pdf,.png,.jpg,.jpeg"},
    )


class RequestForm(PortalForm):
    """What every form of a request shares. `once` makes a form that is sent twice make one case."""

    problems = PROBLEMS
    too_many = TooMany(
        _l("You have sent many requests in a day"),
        _l(
            "What you wrote is still below. Your rights do not run out: you can add to an open request as a message, "
            "call us or write a letter at any time."
        ),
    )

    once = once_field()


def contact_channels(chosen: str) -> list[ContactChannel]:
    return list(ContactChannel) if chosen == ALL_CHANNELS else [ContactChannel(chosen)]
