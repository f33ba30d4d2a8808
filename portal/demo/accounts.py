"""The demo sign-ins: everybody may know them, and they exist in demo mode only."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from portal.accounts import administration, second_factor
from portal.accounts.models import Account
from portal.core import clock
from portal.core.audit import SYSTEM
from portal.core.db import db
from portal.core.roles import Role
from portal.demo.diary import Cast
from portal.demo.drawing import HISTORY_DAYS
from portal.register.models import Customer


@dataclass(frozen=True)
class SignIn:
    """Somebody to sign in as; `customer` is the index of the demo customer behind a customer's account."""

    username: str
    password: str
    role: Role
    display_name: str
    language: str = "fi"
    customer: int | None = None
    has_second_factor: bool = True
    has_accepted_commitment: bool = True

    @property
    def totp_secret(self) -> str | None:
        """The same in every demo, so that an authenticator app set up once goes on working."""
        if not self.has_second_factor:
            return None
        digest = hashlib.sha256(f"demo second factor of {self.username}".encode()).digest()
        return base64.b32encode(digest[:20]).decode()


def _customer(
    username: str, password: str, name: str, index: int, language: str = "fi", factor: bool = False
) -> SignIn:
    return SignIn(username, password, Role.CUSTOMER, name, language, index, factor, False)


SIGN_INS = (
    _customer("aino", "kolme vihreää kuusta", "Aino Kuusilampi", 0),
    _customer("oliver", "seven quiet lanterns", "Oliver O’Hara-Finch", 1, "en"),
    _customer("asa", "gula löv över bron", "Åsa Öström-Ängslund", 2),
    _customer("eero", "hidas juna pohjoiseen", "Eero Harjunmaa", 3, factor=True),
    SignIn("clerk1", "sininen kaide tuuli", Role.CLERK, "Tuulikki Rantapelto"),
    SignIn("clerk2", "copper kettle morning", Role.CLERK, "Joel Sinivuori", "en"),
    SignIn("clerk3", "kaarna vene ja puro", Role.CLERK, "Inka Niittysilta", has_accepted_commitment=False),
    SignIn("decider1", "harmaa kivi aamulla", Role.DECISION_MAKER, "Maarit Hopealahti"),
    SignIn("decider2", "paper boats at noon", Role.DECISION_MAKER, "Niko Vesipelto", "en"),
    SignIn("marketing1", "keltainen sateenvarjo", Role.MARKETING, "Outi Aallonharja"),
    SignIn("marketing2", "orchard gate in april", Role.MARKETING, "Leo Havuneva", "en"),
    SignIn("admin1", "hiljainen kellotorni", Role.ADMINISTRATOR, "Raili Korpikaivo"),
    SignIn("admin2", "marble stairs downward", Role.ADMINISTRATOR, "Aleksi Virtapato", "en"),
)


def create_all(cast: Cast) -> None:
    """Thirteen months ago, for the staff and for those of the four customers who are there."""
    for sign_in in SIGN_INS:
        if sign_in.customer is not None and sign_in.customer not in cast.drawn:
            continue
        customer = None if sign_in.customer is None else cast.drawn[sign_in.customer].customer
        administration.create_account(
            username=sign_in.username,
            role=sign_in.role,
            language=sign_in.language,
            display_name=sign_in.display_name,
            actor=SYSTEM,
            now=cast.ago(HISTORY_DAYS, 7),
            password=sign_in.password,
            customer_id=customer.id if customer else None,
            email=customer.email if customer else None,
            totp_secret=sign_in.totp_secret,
            has_accepted_commitment=sign_in.has_accepted_commitment,
        )


def count() -> int:
    """How many demo sign-ins exist here."""
    names = [sign_in.username for sign_in in SIGN_INS]
    return db.session.scalar(select(func.count()).where(Account.username.in_(names))) or 0


def sign_ins() -> list[dict[str, Any]]:
    """The sign-ins that exist here, with the code of this moment."""
    rows = db.session.execute(
        select(Account.username, Customer.number)
        .join(Customer, Customer.id == Account.customer_id, isouter=True)
        .where(Account.username.in_([sign_in.username for sign_in in SIGN_INS]))
    )
    numbers = {row.username: row.number for row in rows}
    now = clock.now()
    return [
        {
            "username": sign_in.username,
            "password": sign_in.password,
            "role": sign_in.role.value,
            "language": sign_in.language,
            "totp_secret": sign_in.totp_secret,
            "totp_code": second_factor.current_code(sign_in.totp_secret, now) if sign_in.totp_secret else None,
            "customer_number": numbers[sign_in.username],
        }
        for sign_in in SIGN_INS
        if sign_in.username in numbers
    ]
