"""Every cookie the portal may set; what is not here never leaves the server (D7)."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.config import Settings

CATALOGUE_VERSION = "2026-11"


class Category(StrEnum):
    NECESSARY = "necessary"
    FUNCTIONAL = "functional"
    ANALYTICS = "analytics"
    MARKETING = "marketing"


OPTIONAL = (Category.FUNCTIONAL, Category.ANALYTICS, Category.MARKETING)

CATEGORY_LABELS = {
    Category.NECESSARY: _l("Strictly necessary"),
    Category.FUNCTIONAL: _l("Functional"),
    Category.ANALYTICS: _l("Analytics"),
    Category.MARKETING: _l("Marketing"),
}

CATEGORY_PURPOSES = {
    Category.NECESSARY: _l("Make the service work and keep it secure. These need no consent."),
    Category.FUNCTIONAL: _l("Keep you signed in on this device."),
    Category.ANALYTICS: _l("Count visits without identifying you, to make the service better."),
    Category.MARKETING: _l("Suggest energy services related to those you have viewed here."),
}


@dataclass(frozen=True)
class Cookie:
    """One cookie: `lifetime` None means it ends with the browser session."""

    name: str
    category: Category
    purpose: LazyString
    lifetime: timedelta | None
    why_necessary: LazyString | None = None

    def __post_init__(self) -> None:
        if (self.category is Category.NECESSARY) != (self.why_necessary is not None):
            raise ValueError(f"{self.name}: exactly the necessary cookies say why they are necessary")


def catalogue(settings: Settings) -> tuple[Cookie, ...]:
    """The cookies with the lifetimes of this installation; names without the `__Host-` prefix."""
    return (
        Cookie(
            "session",
            Category.NECESSARY,
            _l("Carries your signed-in session and protects forms from forged submissions."),
            None,
            why_necessary=_l("Signing in and sending forms safely is not possible without it."),
        ),
        Cookie(
            "consent",
            Category.NECESSARY,
            _l("Remembers the cookie choice you made."),
            settings.cookie_choice_for,
            why_necessary=_l("Without it we would have to ask you again on every page."),
        ),
        Cookie(
            "remember",
            Category.FUNCTIONAL,
            _l("Keeps you signed in on this device, when you have ticked “Remember me”."),
            settings.remember_for,
        ),
        Cookie(
            "visit",
            Category.ANALYTICS,
            _l("Counts the pages of one visit. It contains no identifier."),
            None,
        ),
        Cookie(
            "interests",
            Category.MARKETING,
            _l("Lists the energy services you viewed last, so that related ones can be suggested."),
            timedelta(days=30),
        ),
    )
