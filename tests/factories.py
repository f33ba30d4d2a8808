"""Invented persons for tests."""

import secrets
from dataclasses import dataclass
from typing import Any

from portal.accounts import services as account_services
from portal.accounts.second_factor import current_code
from portal.core import clock
from portal.core.audit import SYSTEM
from portal.core.roles import Role
from tests.pages import Pages


PASSWORD = "neljä sinistä hevosta juoksee"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass(frozen=True)
class Person:
    """Somebody who may sign in, with what they know."""

    account_id: int
    customer_id: int | None
    username: str
    password: str
    role: Role
    totp_secret: str | None


def make_account(
    role: Role | str = Role.CUSTOMER,
    *,
    username: str | None = None,
    password: str = PASSWORD,
    customer_id: int | None = None,
    display_name: str = "Testi Tekijä",
    email: str | None = None,
    language: str = "fi",
    has_second_factor: bool | None = None,
    has_accepted_commitment: bool = True,
) -> Person:
    """An account; a customer's gets a customer of its own, staff a second factor, unless told otherwise."""
    role = Role(role)
    if role is Role.CUSTOMER and customer_id is None:
        customer_id = make_customer().id
    username = username or f"{role.value}-{secrets.token_hex(4)}"
    secret = TOTP_SECRET if (role.is_staff if has_second_factor is None else has_second_factor) else None
    account = account_services.create_account(
        username=username,
        role=role,
        language=language,
        display_name=display_name,
        email=email,
        password=password,
        customer_id=customer_id,
        totp_secret=secret,
        has_accepted_commitment=role.is_staff and has_accepted_commitment,
        actor=SYSTEM,
        now=clock.now(),
    )
    return Person(account.id, customer_id, account.username, password, role, secret)


def signed_in(pages: Pages, role: str = "customer", *, person: Person | None = None, **options: Any) -> Pages:
    """Sign a person in through the real pages: `person`, or a new one of the role. `pages.person` tells who it is."""
    if person is None:
        with pages.app.app_context():
            person = make_account(role, **options)
    page = pages.submit("/en/sign-in", {"username": person.username, "password": person.password})
    if person.totp_secret:
        page = pages.submit("/en/sign-in/code", {"code": current_code(person.totp_secret, clock.now())})
    assert page.status == 303, page.text
    pages.person = person
    return pages
