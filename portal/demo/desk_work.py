"""What staff did beside the requests: whose data they opened and why, what they gave authorities, what is compared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete

from portal.catalogues.disclosure_laws import DisclosureLaw
from portal.catalogues.sources import Source
from portal.core.clock import local_date
from portal.core.db import db, random_id, transaction
from portal.demo import identifiers, recipients, requests
from portal.demo.diary import Act, Cast, Entry
from portal.disclosures import services as disclosures
from portal.disclosures.services import Wanted
from portal.register import openings
from portal.register.models import CustomerOpening, RegisterConflict
from portal.register.openings import ViewPurpose

# days ago, hour, who, whose, why
VIEWINGS: Sequence[tuple[int, int, str, int, ViewPurpose]] = (
    (301, 11, "clerk2", 0, ViewPurpose.CONTRACT),
    (236, 11, "clerk1", 0, ViewPurpose.CONTACT),
    (214, 13, "clerk1", 2, ViewPurpose.FAULT),
    (163, 10, "clerk2", 1, ViewPurpose.CONTRACT),
    (142, 12, "clerk1", 0, ViewPurpose.CONTACT),
    (88, 14, "clerk1", 0, ViewPurpose.INVOICE),
    (61, 13, "clerk2", 0, ViewPurpose.INVOICE),
    (61, 12, "decider1", 10, ViewPurpose.OTHER),
    (47, 10, "clerk2", 0, ViewPurpose.FAULT),
    (36, 15, "clerk2", 3, ViewPurpose.INVOICE),
    (22, 14, "clerk1", 0, ViewPurpose.CONTACT),
    (17, 11, "clerk1", 7, ViewPurpose.INVOICE),
    (16, 13, "clerk2", 1, ViewPurpose.CONTACT),
    (12, 13, "clerk2", 0, ViewPurpose.CONTACT),
)


@dataclass(frozen=True)
class Given:
    """What an authority was given so many days ago, because a law says so."""

    days: int
    hour: int
    who: str
    whose: int
    authority: str
    law: DisclosureLaw
    fields: Sequence[str]


TO_AUTHORITIES: Sequence[Given] = (
    Given(
        117,
        13,
        "decider2",
        11,
        "Verohallinto",
        DisclosureLaw.TAX_ASSESSMENT,
        ("name", "business_id", "invoice_amount", "invoice_issued_on"),
    ),
    Given(
        68,
        10,
        "decider1",
        3,
        "Kaakkois-Suomen poliisilaitos",
        DisclosureLaw.POLICE,
        ("name", "phone", "street", "postal_code", "city"),
    ),
    Given(
        23,
        14,
        "decider1",
        7,
        "Ulosottolaitos",
        DisclosureLaw.ENFORCEMENT,
        ("name", "customer_number", "street", "postal_code", "city"),
    ),
)
# Their phone numbers were corrected at their request (answered_requests.py): the next import brings the old.
CONFLICTING, COMPARED = (4, 5), 6


def entries(cast: Cast) -> Iterator[Entry]:
    for days, hour, username, index, purpose in VIEWINGS:
        if index in cast.drawn:
            yield cast.at_work(days, hour, days * 7 % 60), _views(cast, username, index, purpose)
    for given in TO_AUTHORITIES:
        if given.whose in cast.drawn:
            yield cast.at_work(given.days, given.hour, 25), _gives(cast, given)
    if len(cast.drawn) >= requests.FEWEST_CUSTOMERS:
        for index in (*CONFLICTING, COMPARED):
            yield cast.ago(2, 3, index), _differs(cast, index, is_kept=index == COMPARED)


def _views(cast: Cast, username: str, index: int, purpose: ViewPurpose) -> Act:
    def view(now: datetime) -> None:
        actor, number = cast.actor(username), identifiers.customer_number(index)
        openings.searched(query=number, purpose=purpose, case=None, actor=actor, now=now)
        openings.open_customer(number=number, purpose=purpose, case=None, actor=actor, now=now)
        openings.viewed(number=number, actor=actor, now=now)
        with transaction():
            db.session.execute(delete(CustomerOpening))  # it ends with the working day

    return view


def _gives(cast: Cast, given: Given) -> Act:
    def give(now: datetime) -> None:
        holder = recipients.named(given.authority, today=cast.today)
        wanted = Wanted(holder_id=holder.id, fields=given.fields, ground=given.law.value, at=now)
        disclosures.disclose(wanted, customer_id=cast.id(given.whose), actor=cast.actor(given.who), now=now)

    return give


def _differs(cast: Cast, index: int, *, is_kept: bool) -> Act:
    def note(now: datetime) -> None:
        customer_id = cast.id(index)
        conflict = RegisterConflict(
            id=random_id(),
            customer_id=customer_id,
            record_id=customer_id,
            field_key="phone",
            source=Source.ADDRESS_SERVICE,
            source_on=local_date(now),
            found_at=now,
            kept_at=now if is_kept else None,
        )
        conflict.theirs = identifiers.phone(index)
        with transaction():
            db.session.add(conflict)

    return note
