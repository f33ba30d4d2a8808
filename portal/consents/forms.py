"""The form of the cookie choice, posted by the banner and by the cookie page."""

from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import AnyOf

from portal.catalogues.cookies import CATEGORY_LABELS, OPTIONAL, Category
from portal.consents.models import Method, Surface
from portal.web.forms import PublicForm

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
        if not path.startswith("/") or path.startswith(("//", "/\\")) or not path.isprintable() or "\\" in path:
            return None
        try:
            parts = urlsplit(path)
        except ValueError:
            return None
        return None if parts.scheme or parts.netloc else path
