"""The form of the cookie choice, posted by the banner and by the cookie page."""

from typing import ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import AnyOf, DataRequired, Length

from portal.catalogues.cookies import CATEGORY_LABELS, OPTIONAL, Category
from portal.consents.models import Method, Surface
from portal.consents.services import CheckProblem
from portal.web.forms import REQUIRED, PublicForm
from portal.web.return_paths import is_safe

TIMELINE = "timeline"  # the withdraw button of “My consents”
LONGEST_CODE = 60
BUTTONS = (Method.ACCEPT_ALL, Method.NECESSARY_ONLY, Method.SAVE)


class CookieForm(PublicForm):
    choice = StringField(
        _l("Choice"), [AnyOf([method.value for method in BUTTONS], message=_l("Choose with one of the buttons."))]
    )
    functional = BooleanField(CATEGORY_LABELS[Category.FUNCTIONAL])
    analytics = BooleanField(CATEGORY_LABELS[Category.ANALYTICS])
    marketing = BooleanField(CATEGORY_LABELS[Category.MARKETING])
    next = StringField()
    surface = StringField()

    @property
    def wanted(self) -> frozenset[Category]:
        return frozenset(category for category in OPTIONAL if self[category.value].data)

    @property
    def chosen_on(self) -> Surface:
        return Surface.BANNER if self.surface.data == Surface.BANNER else Surface.SETTINGS

    @property
    def is_on_timeline(self) -> bool:
        """Whether it is the withdraw button of “My consents”, which can take back but never give."""
        return bool(self.surface.data == TIMELINE and self.choice.data == Method.SAVE)

    @property
    def next_path(self) -> str | None:
        """Where to go back to, only when it is a path of ours."""
        path = self.next.data or ""
        return path if is_safe(path) else None


class ReceiptCheckForm(PublicForm):
    """The two codes of a receipt."""

    problems: ClassVar = {
        CheckProblem.NO_MATCH: _l(
            "These two codes do not belong to any choice on our record. Check that both are typed as on the receipt."
        ),
    }

    record = StringField(_l("Record code"), [DataRequired(REQUIRED), Length(max=LONGEST_CODE)])
    code = StringField(_l("Check code"), [DataRequired(REQUIRED), Length(max=LONGEST_CODE)])
