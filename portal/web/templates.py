"""How templates read what they are given: a damaged value is shown as such, and the rest of the page stays."""

from typing import Any

from flask import Flask
from flask.templating import Environment
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from portal.core.crypto import DAMAGED, DamagedCiphertext, readable

CANNOT_BE_READ = _l("Cannot be read. Tell us if you need it.")


class DamagedText(str):
    """The mark of a damaged value, which a page shows in words."""

    __slots__ = ()

    def __new__(cls) -> "DamagedText":
        return super().__new__(cls, DAMAGED)

    def __html__(self) -> Markup:
        return escape(CANNOT_BE_READ)


class PageEnvironment(Environment):
    """Every attribute that a template reads may be an encrypted column; none of them may cost the page (S15)."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        try:
            return getattr(obj, attribute)
        except AttributeError:
            return super().getattr(obj, attribute)
        except DamagedCiphertext:
            return _marked(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        try:
            return super().getitem(obj, argument)
        except DamagedCiphertext:
            return _marked(obj, argument)


def _marked(obj: Any, attribute: str) -> Any:
    value = readable(obj, attribute)  # tells the log
    return DamagedText() if value == DAMAGED else value


def use_in(app: Flask) -> None:
    """Before the first template is looked at."""
    app.jinja_environment = PageEnvironment
