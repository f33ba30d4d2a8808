"""Language in the path (D4): blueprints under `/<lang>`, links that keep it, the switch to the same page."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from babel.support import Translations
from flask import Blueprint, Flask, g, request, url_for
from flask_babel import Babel, Domain, get_locale
from markupsafe import Markup
from werkzeug.routing import BaseConverter

from portal.config import LANGUAGES, LOCALES, ROOT, SPOKEN, Language

LANGUAGE_NAMES = {code: language.name for code, language in SPOKEN.items()}


class LanguageConverter(BaseConverter):
    """Matches the languages the portal speaks and nothing else."""

    regex = "|".join(LANGUAGES)


class Sentences(Domain):
    """Flask-Babel's catalogue without spelling the locale out again for each of a page's hundred sentences."""

    def get_translations(self) -> Translations:
        locale = self._locale()
        known: Translations | None = self.cache.get(locale and locale.language)
        if known is None:
            known = super().get_translations()
            self.cache[locale and locale.language] = known
        return known

    def _locale(self) -> Locale | None:
        """Flask-Babel's `get_locale`, which asks the request three times for what it has already worked out."""
        known = g._get_current_object().get("_flask_babel") if g else None
        found: Locale | None = getattr(known, "babel_locale", None) or get_locale()
        return found

    def use_in(self, app: Flask) -> None:
        """In templates, without looking for the domain each time."""
        app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of Jinja's extension
            gettext=lambda text: self.get_translations().ugettext(text),
            ngettext=lambda one, many, number: self.get_translations().ungettext(one, many, number),
            newstyle=True,
        )


@dataclass(frozen=True)
class LanguageLink:
    """The page one is on, in another language."""

    code: str
    name: str
    url: str


def localized_blueprint(name: str, import_name: str) -> Blueprint:
    """A blueprint whose pages exist once per language; its views do not take the language."""
    return Blueprint(name, import_name, url_prefix="/<lang:lang>")


def current_language() -> str:
    """The language of this page: from the path, else from what the browser asks for, else the first."""
    language: str | None = g.get("language")
    if language is None:
        head = request.path.split("/", 2)[1] if request else ""
        language = head if head in LANGUAGES else preferred_language()
        g.language = language
    return language


def preferred_language() -> str:
    """What Accept-Language prefers among ours; the first when it says nothing."""
    return request.accept_languages.best_match(LANGUAGES, default=LANGUAGES[0])


def language_links() -> list[LanguageLink]:
    """Where the other languages of this page are; a page that cannot be linked leads to the front page."""
    links = []
    for code in LANGUAGES:
        if code == current_language():
            continue
        if request.endpoint and request.view_args is not None and request.routing_exception is None:
            url = url_for(request.endpoint, **{**request.view_args, "lang": code}, **kept_query())
            if asked := request.args.getlist("lang"):  # a filter by that name, which url_for would take for the page's
                url += ("&" if "?" in url else "?") + urlencode([("lang", value) for value in asked])
        else:
            url = f"/{code}/"
        links.append(LanguageLink(code, LANGUAGE_NAMES[code], url))
    return links


def kept_query() -> dict[str, Any]:
    """What the address of this page asks, as arguments for `url_for`."""
    # url_for would take these names, and those beginning with _, for its own arguments
    taken = {"lang", "endpoint", *(request.view_args or {})}
    return {k: v for k, v in request.args.to_dict(flat=False).items() if not k.startswith("_") and k not in taken}


def spoken() -> Language:
    """How the language of this page writes."""
    return SPOKEN[current_language()]


def spoken_in(language: str) -> Markup:
    """The attribute of an element in a language that is not the page's."""
    return Markup("") if language == current_language() else Markup(' lang="{}"').format(language)


def babel_locale() -> str:
    return LOCALES[current_language()] if request else LOCALES[LANGUAGES[0]]


def init_app(app: Flask) -> None:
    app.url_map.converters["lang"] = LanguageConverter

    @app.url_value_preprocessor
    def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values and "lang" in values:
            g.language = values.pop("lang")

    @app.url_defaults
    def _keep_language(endpoint: str, values: dict[str, Any]) -> None:
        if "lang" not in values and app.url_map.is_endpoint_expecting(endpoint, "lang"):
            values["lang"] = current_language()

    app.jinja_env.globals.update(spoken_in=spoken_in, spoken_languages=LANGUAGES)
    babel = Babel(
        app,
        default_locale=str(Locale.parse(LOCALES[LANGUAGES[0]])),
        default_translation_directories=str(ROOT / "translations"),
        default_timezone="Europe/Helsinki",
        locale_selector=babel_locale,
    )
    babel.domain_instance = sentences = Sentences()
    sentences.use_in(app)
