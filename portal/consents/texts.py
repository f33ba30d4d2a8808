"""Every sentence that a cookie choice rests on, in one place: the pages draw these and the ledger keeps them.

All functions speak the language of the page. What `exact()` returns is what is hashed and kept as proof (C14).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.catalogues.cookies import CATEGORY_LABELS, CATEGORY_PURPOSES, OPTIONAL, Category, catalogue
from portal.config import organisation
from portal.consents.ledger import ShownText
from portal.core.settings import settings
from portal.notices import versions


@dataclass(frozen=True)
class BannerWords:
    """The banner for the categories that are asked; `changes` says why some are asked again."""

    title: str
    text: str
    purposes: tuple[str, ...]
    changes: tuple[str, ...]
    note: str
    accept_label: str
    refuse_label: str
    settings_label: str

    def exact(self) -> str:
        lines = [self.title, self.text, *_listed(self.purposes), *_listed(self.changes), self.note]
        return _text([*lines, f"[{self.accept_label}] [{self.refuse_label}] {self.settings_label}"])


@dataclass(frozen=True)
class CategoryWords:
    """One category in the choice form."""

    category: Category
    label: str
    purpose: str


@dataclass(frozen=True)
class ChoiceFormWords:
    """The choice form of the cookie page."""

    title: str
    text: str
    categories: tuple[CategoryWords, ...]
    changes: tuple[str, ...]
    accept_label: str
    refuse_label: str
    save_label: str

    def exact(self) -> str:
        boxes = [f"[ ] {words.label}: {words.purpose}" for words in self.categories]
        buttons = f"[{self.accept_label}] [{self.refuse_label}] [{self.save_label}]"
        return _text([*_listed(self.changes), self.title, self.text, *boxes, buttons])


@dataclass(frozen=True)
class CookieWords:
    """One row of the cookie list."""

    name: str
    category: Category
    category_label: str
    purpose: str
    lifetime: str
    provider: str
    why_necessary: str | None

    def exact(self) -> str:
        cells = [self.name, self.category_label, self.purpose, self.lifetime, self.provider, self.why_necessary]
        return " | ".join(cell for cell in cells if cell)


# why a category is asked again: what the change log of the notice says about it, by category
Changes = Mapping[Category, Sequence[str]]
NO_CHANGES: Changes = {}


def banner(categories: Sequence[Category], changes: Changes = NO_CHANGES) -> BannerWords:
    is_asked_again = bool(categories) and all(category in changes for category in categories)
    return BannerWords(
        title=_("Some cookies are used differently now. May we use them?")
        if is_asked_again
        else _("Which cookies may we use?"),
        text=_(
            "You allowed these cookies earlier. We do not use them until you answer; "
            "your other choices stay as they are."
        )
        if is_asked_again
        else _("The portal works with strictly necessary cookies alone. With your permission we would also use these:"),
        purposes=tuple(
            _("%(category)s: %(purpose)s", category=CATEGORY_LABELS[c], purpose=CATEGORY_PURPOSES[c])
            for c in categories
        ),
        changes=_changed(changes),
        note=_("None of this is stored before you choose. Change your choice at any time at the foot of the page."),
        accept_label=_accept_label(is_asked_again),
        refuse_label=_refuse_label(is_asked_again),
        settings_label=_("See each cookie and choose"),
    )


def _changed(changes: Changes) -> tuple[str, ...]:
    return tuple(
        _("Changed – %(category)s: %(change)s", category=CATEGORY_LABELS[category], change=change)
        for category, reasons in changes.items()
        for change in reasons
    )


def _accept_label(is_asked_again: bool) -> str:
    """When only some categories are asked again, both buttons answer for those alone and must not promise more."""
    return _("Allow these") if is_asked_again else _("Accept all")


def _refuse_label(is_asked_again: bool) -> str:
    return _("Do not allow these") if is_asked_again else _("Necessary only")


def choice_form(changes: Changes = NO_CHANGES) -> ChoiceFormWords:
    return ChoiceFormWords(
        title=_("Your choice"),
        text=_(
            "Tick the cookies you allow. Leaving a box empty costs you nothing: every service works without these "
            "cookies. You withdraw your consent in the same way: untick the box and save."
        ),
        categories=tuple(CategoryWords(c, str(CATEGORY_LABELS[c]), str(CATEGORY_PURPOSES[c])) for c in OPTIONAL),
        changes=_changed(changes),
        accept_label=_accept_label(bool(changes)),
        refuse_label=_refuse_label(bool(changes)),
        save_label=_("Save choices"),
    )


def cookie_list() -> tuple[CookieWords, ...]:
    """The whole catalogue, names as they stand in the browser."""
    prefix = settings().cookie_prefix
    return tuple(
        CookieWords(
            name=prefix + cookie.name,
            category=cookie.category,
            category_label=str(CATEGORY_LABELS[cookie.category]),
            purpose=str(cookie.purpose),
            lifetime=lifetime(cookie.lifetime),
            provider=_("%(company)s; no third party receives it", company=organisation.handler_company),
            why_necessary=None if cookie.why_necessary is None else str(cookie.why_necessary),
        )
        for cookie in catalogue(settings())
    )


def list_text() -> str:
    """The cookie list as it is kept."""
    return _text(row.exact() for row in cookie_list())


def lifetime(lasts: timedelta | None) -> str:
    if lasts is None:
        return _("Until you close the browser")
    return ngettext("%(num)d day", "%(num)d days", lasts.days)


def remember_label() -> str:
    """The label of the box at sign-in."""
    days = settings().remember_for.days
    return ngettext("Remember me on this device for %(num)d day", "Remember me on this device for %(num)d days", days)


def remember_hint() -> str:
    """What stands beside the box at sign-in (C21)."""
    return _(
        "Ticking the box is your consent to the functional cookie “remember”, which keeps you signed in on this "
        "device. You can withdraw it at any time on the cookie page or on the page of your devices."
    )


def withdraw_label() -> str:
    """The button beside the choice that this browser holds, on the page “My consents”."""
    return _("Withdraw in this browser")


def withdraw_hint() -> str:
    return _("The cookies of what you withdraw are removed from this browser at once.")


def shown_in_banner(
    categories: Sequence[Category], changes: Changes = NO_CHANGES, *, language: str, on: date
) -> list[ShownText]:
    """What lay before a person who answered the banner: it, and the list and the notice that it leads to."""
    return [ShownText("banner", language, banner(categories, changes).exact()), *_behind(language, on)]


def shown_on_cookie_page(changes: Changes = NO_CHANGES, *, language: str, on: date) -> list[ShownText]:
    return [ShownText("choice-form", language, choice_form(changes).exact()), *_behind(language, on)]


def shown_on_timeline(*, language: str, on: date) -> list[ShownText]:
    words = _text([withdraw_hint(), f"[{withdraw_label()}]"])
    return [ShownText("timeline", language, words), *_behind(language, on)]


def shown_at_sign_in(*, language: str, on: date) -> list[ShownText]:
    words = _text([f"[ ] {remember_label()}", remember_hint()])
    return [ShownText("remember", language, words), *_behind(language, on)]


def _behind(language: str, on: date) -> list[ShownText]:
    rows = list_text()
    notice = versions.text_of(versions.current(on).hash_in(language))
    return [ShownText("cookie-list", language, rows), ShownText("notice", language, notice.decode("utf-8"))]


def _listed(lines: Iterable[str]) -> list[str]:
    return [f"- {line}" for line in lines]


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
