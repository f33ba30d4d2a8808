"""Who the invented customers are: the hard cases first, the rest from word lists."""

import unicodedata
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, TypeAlias

from portal.demo.words import FIRST_NAMES, LAST_NAMES, SOCIETIES, STREETS, TRADES

Kind: TypeAlias = Literal["natural", "legal", "potential"]

CYCLE = 15  # of fifteen customers eleven are natural, one is legal, three are potential
LEGAL_AT, POTENTIAL_FROM = 11, 12
MOST_SITES = 3
DOUBLE_NAMES, WITHOUT_EMAIL = 0.04, 0.07
LANGUAGES, LANGUAGE_WEIGHTS = ("fi", "en", "sv"), (92, 6, 2)


@dataclass(frozen=True)
class Dwelling:
    """A metering point before the details are drawn; None means: draw it."""

    housing: str
    heating: str
    tenure: str | None = None
    fuse: str | None = None
    tariff: str | None = None
    yearly_kwh: int | None = None


@dataclass(frozen=True)
class Person:
    """A customer before the details are drawn; None means: draw it.

    The contract began `months` ago, `unpaid` invoices wait, and each month was told to the datahub by itself.
    """

    name: str
    kind: Kind
    language: str = "fi"
    identity_code: str | None = None
    phone: str | None = None
    has_email: bool = True
    has_own_liabilities: bool | None = None
    is_protected: bool = False
    is_told_monthly: bool = False
    has_left: bool | None = None
    months: int | None = None
    unpaid: int | None = None
    dwellings: tuple[Dwelling, ...] = ()
    permissions: Literal["drawn", "own", "withdrawn", "phone-no-email-yes"] = "drawn"


ELECTRIC_HOUSE = Dwelling("detached-house", "direct-electric", "owner", "3x25 A", "seasonal", 18_400)
COTTAGE = Dwelling("holiday-home", "wood", "owner", "3x25 A", "general", 2_300)
RENTED_FLAT = Dwelling("apartment-building", "district", "tenant", "1x25 A", "general", 1_900)
FARM = Dwelling("farm", "wood", "owner", "3x35 A", "general", 33_600)
OIL_HOUSE = Dwelling("detached-house", "oil", "owner", "3x25 A", "general", 5_300)
HEAT_PUMP_HOUSE = Dwelling("detached-house", "ground-source", "owner", "3x25 A", "time-of-day", 9_200)


def _regular(name: str, identity_code: str, **more: Any) -> Person:
    """Somebody with a contract that goes on."""
    return Person(name, "natural", identity_code=identity_code, has_left=False, **more)


# The first four have accounts, and make their choices themselves (own_choices.py).
HARD_CASES: dict[int, Person] = {
    0: _regular(
        "Aino Kuusilampi",
        "280285-901N",
        has_own_liabilities=True,
        months=62,
        unpaid=0,
        dwellings=(ELECTRIC_HOUSE, COTTAGE),
        permissions="own",
    ),
    1: _regular(
        "Oliver O’Hara-Finch",
        "150678-9443",
        language="en",
        phone="+46701234567",
        has_own_liabilities=False,
        months=20,
        unpaid=0,
        dwellings=(RENTED_FLAT,),
        permissions="own",
    ),
    2: _regular(
        "Åsa Öström-Ängslund",
        "091160-977N",
        language="sv",
        has_own_liabilities=False,
        months=98,
        unpaid=0,
        is_told_monthly=True,
        dwellings=(FARM,),
        permissions="own",
    ),
    3: _regular(
        "Eero Harjunmaa",
        "241201A933H",
        has_own_liabilities=False,
        months=31,
        unpaid=1,
        dwellings=(HEAT_PUMP_HOUSE,),
        permissions="own",
    ),
    # Two people whose identity codes differ in the sign alone.
    4: _regular("Hilma Lumipuro", "100190-999P", months=108),
    5: _regular("Helmi Lumipuro", "100190Y999P", months=98),
    6: _regular("Venla Kaukametsänreunanpeltosaarenlahdenharjula", "010594Y9032", months=94),
    7: Person(
        "Urho Tervaharju", "natural", has_email=False, has_left=False, months=44, unpaid=3, has_own_liabilities=True
    ),
    8: Person(
        "Siiri Pajuluoto", "natural", has_own_liabilities=False, has_left=False, months=76, permissions="withdrawn"
    ),
    9: Person(
        "Toivo Usvaniitty",
        "natural",
        has_left=False,
        months=53,
        dwellings=(OIL_HOUSE,),
        permissions="phone-no-email-yes",
    ),
    10: Person("Saima Hallavaara", "natural", is_protected=True, has_left=False, months=88),
    13: Person("Onni Kaislaranta", "potential"),  # takes the last permission back by phone (requests.py)
    15: Person("Veikko Sarapelto", "natural", has_left=True),
    16: Person("Riikka Tuulensalmi", "natural", has_left=False, months=83),
    17: Person("Anna-Liisa Peltokoski", "natural", has_left=False, months=61),
    18: Person("Juho Kielosaari", "natural", has_left=False, months=29),
    20: Person("Kimmo Haapakari", "natural", has_left=False, months=71),
}


def person(index: int, random: Random) -> Person:
    """The index-th customer."""
    if index in HARD_CASES:
        return HARD_CASES[index]
    kind = kind_of(index)
    language = random.choices(LANGUAGES, weights=LANGUAGE_WEIGHTS)[0]
    if kind == "legal":
        return Person(_organisation(random), kind, language)
    return Person(_name(random, language), kind, language, has_email=random.random() >= WITHOUT_EMAIL)


def _name(random: Random, language: str) -> str:
    last = random.choice(LAST_NAMES[language])
    if language == "fi" and random.random() < DOUBLE_NAMES:
        last = f"{last}-{random.choice(LAST_NAMES[language])}"
    return f"{random.choice(FIRST_NAMES[language])} {last}"


def _organisation(random: Random) -> str:
    last = random.choice(LAST_NAMES["fi"])
    match random.choices(("company", "society", "housing"), weights=(55, 15, 30))[0]:
        case "housing":
            return f"Asunto Oy Kouvolan {random.choice(STREETS)} {random.randint(1, 48)}"
        case "society":
            return f"{random.choice(SOCIETIES)} {last} ry"
        case _:
            return f"{random.choice(TRADES)} {last} {random.choice(('Oy', 'Oy', 'Ky'))}"


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
