"""What serving customers has left behind: contacts, mandates and papers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.core.clock import local_date
from portal.demo import identifiers
from portal.demo.diary import Act, Cast, Entry
from portal.register.care import contact_log, mandates, manual_material
from portal.register.care.contact_log import NewContact
from portal.register.care.kinds import (
    ContactChannel,
    ContactDirection,
    ContactTopic,
    Evidence,
    KeyHolder,
    MandateKind,
    MandateScope,
    PaperKind,
)
from portal.register.care.mandates import NewMandate
from portal.register.care.manual_material import NewPaper

A_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Contact:
    """Somebody was in touch so many days ago; a clerk wrote it down a quarter of an hour later."""

    days: int
    hour: int
    who: str
    whose: int
    channel: ContactChannel
    topic: ContactTopic
    note: str
    direction: ContactDirection = ContactDirection.INCOMING


CONTACTS: Sequence[Contact] = (
    Contact(163, 10, "clerk1", 1, ContactChannel.PHONE, ContactTopic.CONTRACT, "Kysyi sopimuksen irtisanomisajasta."),
    Contact(
        88,
        14,
        "clerk1",
        0,
        ContactChannel.PHONE,
        ContactTopic.INVOICE,
        "Kävimme läpi kahden käyttöpaikan laskun rivit.",
    ),
    Contact(
        47,
        10,
        "clerk2",
        0,
        ContactChannel.PHONE,
        ContactTopic.FAULT,
        "Kerroin katkon syyn ja arvion korjausajasta.",
        ContactDirection.OUTGOING,
    ),
    Contact(17, 11, "clerk1", 7, ContactChannel.VISIT, ContactTopic.INVOICE, "Sovimme maksuaikataulusta."),
    Contact(16, 13, "clerk1", 1, ContactChannel.EMAIL, ContactTopic.CONNECTION, "Kysyi sähköauton latauksesta."),
)


def entries(cast: Cast) -> Iterator[Entry]:
    for contact in CONTACTS:
        if contact.whose in cast.drawn:
            yield cast.at_work(contact.days, contact.hour, 45), _contact(cast, contact)
    if 8 in cast.drawn:
        yield cast.at_work(120, 12), _mandate(cast)
    if 2 in cast.drawn:
        yield cast.at_work(260, 9, 30), _paper(cast, 2, PaperKind.CONNECTION_PAPERS, "Arkisto 2", "B 14")
    if 7 in cast.drawn:
        yield cast.at_work(9, 12), _paper(cast, 7, PaperKind.DATA_REQUEST, "Arkisto 1", "A 3")


def _contact(cast: Cast, contact: Contact) -> Act:
    def add(now: datetime) -> None:
        told = NewContact(
            happened_at=now - A_QUARTER,
            channel=contact.channel,
            direction=contact.direction,
            topic=contact.topic,
            note=contact.note,
            case="",
            is_recorded=contact.channel is ContactChannel.PHONE,
        )
        contact_log.add(customer_id=cast.id(contact.whose), told=told, actor=cast.actor(contact.who), now=now)

    return add


def _mandate(cast: Cast) -> Act:
    """Siiri deals with Urho's requests for him."""

    def record(now: datetime) -> None:
        told = NewMandate(
            kind=MandateKind.AUTHORISATION,
            scope=MandateScope.REQUESTS,
            representative_number=identifiers.customer_number(8),
            name="",
            contact="",
            valid_from=local_date(now),
            valid_until=_two_years_after(local_date(now)),
            evidence=Evidence.SIGNED_AUTHORISATION,
            checked_by="Tuulikki Rantapelto",
            checked_on=local_date(now),
        )
        mandates.record(customer_id=cast.id(7), told=told, actor=cast.actor("clerk1"), now=now)

    return record


def _two_years_after(day: date) -> date:
    return day + timedelta(days=2 * 365)


def _paper(cast: Cast, index: int, kind: PaperKind, room: str, shelf: str) -> Act:
    def record(now: datetime) -> None:
        told = NewPaper(
            kind=kind, room=room, shelf=shelf, key_holder=KeyHolder.CUSTOMER_SERVICE, kept_since=local_date(now)
        )
        manual_material.record(customer_id=cast.id(index), told=told, actor=cast.actor("clerk2"), now=now)

    return record
