"""Invented persons for tests."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

from sqlalchemy import delete, select

from portal.accounts import administration
from portal.accounts.models import Account
from portal.accounts.second_factor import current_code
from portal.catalogues.sources import Source
from portal.core import clock
from portal.core.audit import SYSTEM, Actor
from portal.core.db import db, random_id, serialise, transaction
from portal.core.roles import Role
from portal.demo import identifiers
from portal.demo.accounts import SIGN_INS
from portal.permissions import imported
from portal.permissions.holders import holder
from portal.permissions.imported import Telling, Told
from portal.permissions.models import Channel, CurrentPermission, MarketingType, State
from portal.register.models import Billing, Customer, CustomerKind, CustomerStatus, MeteringSite
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
    own_customer_id: int | None = None,
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
    account = administration.create_account(
        username=username,
        role=role,
        language=language,
        display_name=display_name,
        email=email,
        password=password,
        customer_id=customer_id,
        own_customer_id=own_customer_id,
        totp_secret=secret,
        has_accepted_commitment=role.is_staff and has_accepted_commitment,
        actor=SYSTEM,
        now=clock.now(),
    )
    return Person(account.id, customer_id, account.username, password, role, secret)


def person_of_demo(username: str) -> Person:
    """One of those who can sign in to the demo register, once it is loaded."""
    sign_in = next(found for found in SIGN_INS if found.username == username)
    account = db.session.scalars(select(Account).where(Account.username == username)).one()
    return Person(account.id, account.customer_id, username, sign_in.password, sign_in.role, sign_in.totp_secret)


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


_next_customer = count(500_000)


def make_customer(
    *,
    name: str = "Testi Asiakas",
    kind: CustomerKind | str = CustomerKind.NATURAL,
    status: CustomerStatus | str = CustomerStatus.CUSTOMER,
    identity_code: str | None = None,
    phone: str | None = "+358440001234",
    email: str | None = None,
    preferred_language: str = "fi",
    has_site: bool = True,
    iban: str | None = "FI9399999900000014",
    holds_permission: bool = False,
    **values: Any,
) -> Customer:
    """A customer with billing and, unless told otherwise, one metering point; usable outside the session.

    A potential customer comes in with a permission, as the database demands, and has lost it unless it
    `holds_permission`.
    """
    index = next(_next_customer)
    sourced = {"source": Source.CONTRACT, "source_on": date(2026, 1, 15), "updated_at": clock.now()}
    customer = Customer(
        id=random_id(),
        number=identifiers.customer_number(index),
        name=name,
        kind=CustomerKind(kind),
        status=CustomerStatus(status),
        phone=phone,
        email=f"customer.{index}@example.com" if email is None else email or None,
        preferred_language=preferred_language,
        **{**sourced, **values},
    )
    customer.identity_code = identity_code
    address = {"street": "Esimerkkikatu 3 A 4", "postal_code": "45100", "city": "Kouvola"}
    billing = Billing(
        id=random_id(), customer_id=customer.id, **address, cycle="monthly", method="e-invoice", **sourced
    )
    billing.iban = iban
    with transaction() as session:
        if customer.status is CustomerStatus.POTENTIAL:
            session.add(_permission(customer.id))
            session.flush()
        session.add(customer)
        session.flush()
        if not holds_permission:
            session.execute(delete(CurrentPermission).where(CurrentPermission.customer_id == customer.id))
        session.add(billing)
        if has_site:
            session.add(_site(customer.id, index, **address, **sourced))
    db.session.refresh(customer)
    db.session.expunge(customer)
    return customer


def _permission(customer_id: int) -> CurrentPermission:
    return CurrentPermission(
        customer_id=customer_id,
        type=MarketingType.CONTACT,
        channel=Channel.EMAIL,
        state=State.PERMISSION,
        source=Source.COMPETITION,
        source_on=clock.now(),
    )


def _site(customer_id: int, index: int, **values: Any) -> MeteringSite:
    return MeteringSite(
        id=random_id(),
        customer_id=customer_id,
        gsrn=identifiers.gsrn(index),
        housing="detached-house",
        tenure="owner",
        timing="year-round",
        heating="ground-source",
        estimate_kwh=9_000,
        main_fuse="3x25 A",
        connection_number=f"L{index:07d}",
        connection_voltage="low",
        connection_phases="3",
        connection_status="connected",
        contract="network",
        contract_duration="open-ended",
        contract_from=date(2020, 5, 1),
        tariff="general",
        **values,
    )


def record_imported(
    *,
    customer_id: int,
    type: MarketingType,
    channel: Channel,
    state: State,
    given_on: date,
    source: Source,
    actor: Actor = SYSTEM,
    now: datetime,
) -> str:
    """What an import does: "applied", "unchanged", or "kept" where the person's own word outweighs it."""
    with transaction():
        serialise("audit")
        whose = holder(customer_id)
        told = Told(type=type, channel=channel, state=state, given_on=given_on, source=source)
        (decision,) = imported.decide([Telling(holder=whose, told=[told], before=whose)])
        imported.write([decision], actor=actor, now=now)
    db.session.expire_all()
    return "applied" if decision.changes else "kept" if decision.kept else "unchanged"
