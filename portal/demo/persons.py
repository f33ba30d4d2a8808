"""Who the invented customers are: the hard cases first, the rest from word lists."""

import unicodedata
from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias

from portal.demo.words import COMPANIES, FIRST_NAMES, LAST_NAMES

Kind: TypeAlias = Literal["natural", "legal", "potential"]

CYCLE = 15  # of fifteen customers eleven are natural, one is legal, three are potential
LEGAL_AT, POTENTIAL_FROM = 11, 12


@dataclass(frozen=True)
class Person:
    """A customer before the details are drawn; None means: draw it."""

    name: str
    kind: Kind
    language: str = "fi"
    identity_code: str | None = None
    phone: str | None = None
    has_email: bool = True
    has_own_liabilities: bool | None = None
    is_protected: bool = False
    permissions: Literal["drawn", "withdrawn", "phone-no-email-yes"] = "drawn"


HARD_CASES: dict[int, Person] = {
    0: Person("Aino Kuusilampi", "natural", identity_code="280285-901N", has_own_liabilities=True),
    1: Person("Oliver O’Hara-Finch", "natural", language="en", identity_code="150678-9443", phone="+46701234567"),
    2: Person("Åsa Öström-Ängslund", "natural", language="sv", identity_code="091160-977N"),
    3: Person("Eero Harjunmaa", "natural", identity_code="241201A933H"),
    # Two people whose identity codes differ in the sign alone.
    4: Person("Hilma Lumipuro", "natural", identity_code="100190-999P"),
    5: Person("Helmi Lumipuro", "natural", identity_code="100190Y999P"),
    6: Person("Venla Kaukametsänreunanpeltosaarenlahdenharjula", "natural", identity_code="010594Y9032"),
    7: Person("Urho Tervaharju", "natural", has_email=False),
    8: Person("Siiri Pajuluoto", "natural", has_own_liabilities=False),
    9: Person("Toivo Usvaniitty", "natural", permissions="phone-no-email-yes"),
    10: Person("Saima Hallavaara", "natural", is_protected=True),
    13: Person("Onni Kaislaranta", "potential", permissions="withdrawn"),
}


def person(index: int, random: Random) -> Person:
    """The index-th customer."""
    if index in HARD_CASES:
        return HARD_CASES[index]
    kind = kind_of(index)
    language = random.choices(("fi", "en", "sv"), weights=(88, 9, 3))[0]
    if kind == "legal":
        return Person(f"{random.choice(COMPANIES)} {random.choice(('Oy', 'Ky', 'ry'))} {index}", kind, language)
    return Person(f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}", kind, language)


def kind_of(index: int) -> Kind:
    place = index % CYCLE
    if place >= POTENTIAL_FROM:
        return "potential"
    return "legal" if place == LEGAL_AT else "natural"


def email(name: str, index: int) -> str:
    """An address at a domain that is reserved for examples."""
    bare = unicodedata.normalize("NFKD", name.casefold())
    letters = (sign for sign in bare if not unicodedata.combining(sign))
    words = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in letters)
    domain = ("example.com", "example.org", "example.net")[index % 3]
    return f"{'.'.join(words.split())}.{index}@{domain}"
