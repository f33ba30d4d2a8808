"""The form of the cookie choice, posted by the banner and by the cookie page."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import AnyOf

from portal.catalogues.cookies import CATEGORY_LABELS, OPTIONAL, Category
from portal.consents.models import Method, Surface
from portal.web.forms import PublicForm
from portal.web.return_paths import is_safe

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
    def next_path(self) -> str | None:
        """Where to go back to, only when it is a path of ours."""
        path = self.next.data or ""
        return path if is_safe(path) else None
