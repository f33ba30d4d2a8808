"""What the four customers with accounts have chosen themselves: cookies and marketing, with the words they saw."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask_babel import force_locale

from portal.catalogues.cookies import Category
from portal.catalogues.sources import Source
from portal.config import LOCALES
from portal.consents import changes
from portal.consents import services as consents
from portal.consents import texts as consent_texts
from portal.consents.models import Method, Surface
from portal.core.clock import local_date
from portal.demo.diary import Act, Cast, Entry
from portal.permissions import services as permissions
from portal.permissions import texts as permission_texts
from portal.permissions.models import Channel, Choice, MarketingType

ADVERTISING, SELLING, _OTHER, CONTACT = MarketingType
WITHOUT_MARKETING = frozenset({Category.FUNCTIONAL, Category.ANALYTICS})


def entries(cast: Cast) -> Iterator[Entry]:
    """Of those who are there: a register of one has Aino alone."""
    for index, of_one in enumerate((_aino, _oliver, _asa, _eero)):
        if index in cast.drawn:
            yield from of_one(cast)


def _aino(cast: Cast) -> Iterator[Entry]:
    aino = _Self(cast, "aino", 0, "fi")
    yield cast.ago(150, 19, 12), aino.chooses(CONTACT, Channel.PHONE, Choice.ALLOW)
    yield cast.ago(52, 18, 40), aino.answers_banner(Method.ACCEPT_ALL)
    yield cast.ago(52, 18, 47), aino.chooses(SELLING, Channel.PHONE, Choice.FORBID)
    yield cast.ago(51, 20, 5), aino.chooses(ADVERTISING, Channel.SMS, Choice.ALLOW)
    yield cast.ago(12, 21, 16), aino.saves_cookies(WITHOUT_MARKETING)
    yield cast.ago(12, 21, 19), aino.chooses(ADVERTISING, Channel.SMS, Choice.WITHDRAW)


def _oliver(cast: Cast) -> Iterator[Entry]:
    oliver = _Self(cast, "oliver", 1, "en")
    yield cast.ago(40, 8, 31), oliver.answers_banner(Method.NECESSARY_ONLY)
    yield cast.ago(39, 12, 4), oliver.chooses(SELLING, Channel.PHONE, Choice.FORBID)
    yield cast.ago(39, 12, 5), oliver.chooses(CONTACT, Channel.PHONE, Choice.FORBID)


def _asa(cast: Cast) -> Iterator[Entry]:
    asa = _Self(cast, "asa", 2, "fi")
    yield cast.ago(33, 17, 22), asa.saves_cookies(frozenset({Category.FUNCTIONAL}))
    yield cast.ago(33, 17, 26), asa.chooses(CONTACT, Channel.EMAIL, Choice.ALLOW)


def _eero(cast: Cast) -> Iterator[Entry]:
    eero = _Self(cast, "eero", 3, "fi")
    yield cast.ago(20, 22, 10), eero.ticks_remember_me
    yield cast.ago(20, 22, 14), eero.chooses(ADVERTISING, Channel.EMAIL, Choice.FORBID)
    yield cast.ago(5, 7, 48), eero.chooses(ADVERTISING, Channel.EMAIL, Choice.ALLOW)


@dataclass
class _Self:
    """A customer signed in, in one browser."""

    cast: Cast
    username: str
    index: int
    language: str
    cookie: str | None = None

    @property
    def customer_id(self) -> int:
        return self.cast.id(self.index)

    def answers_banner(self, method: Method) -> Act:
        return lambda now: self._choose_cookies(now, method=method, wanted=frozenset(), surface=Surface.BANNER)

    def saves_cookies(self, wanted: frozenset[Category]) -> Act:
        return lambda now: self._choose_cookies(now, method=Method.SAVE, wanted=wanted, surface=Surface.SETTINGS)

    def _choose_cookies(self, now: datetime, *, method: Method, wanted: frozenset[Category], surface: Surface) -> None:
        held, on = consents.read_choice(self.cookie, now), local_date(now)
        with force_locale(LOCALES[self.language]):
            if surface is Surface.BANNER:
                asked = consents.categories_to_ask(held)
                shown = consent_texts.shown_in_banner(asked, language=self.language, on=on)
            else:
                reasons = changes.reasons(held, language=self.language, on=on)
                shown = consent_texts.shown_on_cookie_page(reasons, language=self.language, on=on)
        recorded = consents.record_choice(
            held,
            method=method,
            wanted=wanted,
            surface=surface,
            language=self.language,
            texts=shown,
            gpc=False,
            now=now,
            actor=self.cast.actor(self.username),
        )
        self.cookie = recorded.cookie.value

    def ticks_remember_me(self, now: datetime) -> None:
        with force_locale(LOCALES[self.language]):
            shown = consent_texts.shown_at_sign_in(language=self.language, on=local_date(now))
        account_id = self.cast.actor(self.username).account_id
        assert account_id is not None
        self.cookie = consents.allow_functional_by_sign_in(
            self.cookie, texts=shown, language=self.language, account_id=account_id, now=now, gpc=False
        ).value

    def chooses(self, type: MarketingType, channel: Channel, choice: Choice) -> Act:
        return lambda now: self._choose(type, channel, choice, now)

    def _choose(self, type: MarketingType, channel: Channel, choice: Choice, now: datetime) -> None:
        lines = {(line.type, line.channel): line for line in permissions.state_of(self.customer_id)}
        with force_locale(LOCALES[self.language]):
            shown = permission_texts.shown_line(lines[type, channel], language=self.language)
        permissions.choose(
            customer_id=self.customer_id,
            type=type,
            channel=channel,
            choice=choice,
            source=Source.OWN_CHANGE,
            actor=self.cast.actor(self.username),
            now=now,
            shown=shown,
        )
