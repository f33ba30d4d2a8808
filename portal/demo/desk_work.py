"""What staff did beside the requests: whose data they opened and why, and what waits to be compared."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from portal.catalogues.sources import Source
from portal.core.clock import local_date
from portal.core.db import db, random_id, transaction
from portal.demo import identifiers, requests
from portal.demo.diary import Act, Cast, Entry
from portal.register import openings
from portal.register.models import RegisterConflict
from portal.register.openings import ViewPurpose

# days ago, hour, who, whose, why
VIEWINGS: Sequence[tuple[int, int, str, int, ViewPurpose]] = (
    (301, 11, "clerk2", 0, ViewPurpose.CONTRACT),
    (214, 13, "clerk1", 2, ViewPurpose.FAULT),
    (163, 10, "clerk1", 1, ViewPurpose.CONTRACT),
    (88, 14, "clerk1", 0, ViewPurpose.INVOICE),
    (61, 12, "decider1", 10, ViewPurpose.OTHER),
    (47, 10, "clerk2", 0, ViewPurpose.FAULT),
    (36, 15, "clerk2", 3, ViewPurpose.INVOICE),
    (17, 11, "clerk1", 7, ViewPurpose.INVOICE),
    (16, 13, "clerk1", 1, ViewPurpose.CONTACT),
)
# Their phone numbers were corrected at their request (requests.py): the next import still brought the old ones.
CONFLICTING, COMPARED = (4, 5), 6


def entries(cast: Cast) -> Iterator[Entry]:
    for days, hour, username, index, purpose in VIEWINGS:
        if index in cast.drawn:
            yield cast.at_work(days, hour, days * 7 % 60), _views(cast, username, index, purpose)
    if len(cast.drawn) >= requests.FEWEST_CUSTOMERS:
        for index in (*CONFLICTING, COMPARED):
            yield cast.ago(2, 3, index), _differs(cast, index, is_kept=index == COMPARED)


def _views(cast: Cast, username: str, index: int, purpose: ViewPurpose) -> Act:
    def view(now: datetime) -> None:
        actor, number = cast.actor(username), identifiers.customer_number(index)
        openings.searched(query=number, purpose=purpose, case=None, actor=actor, now=now)
        openings.open_customer(number=number, purpose=purpose, case=None, actor=actor, now=now)
        openings.viewed(number=number, actor=actor, now=now)

    return view


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
