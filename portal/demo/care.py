"""What serving customers has left behind: contacts, mandates and papers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.core.clock import local_date
from portal.core.db import db, transaction
from portal.demo import identifiers
from portal.demo.contacts import recorded_call
from portal.demo.diary import Act, Cast, Entry
from portal.register.care import contact_log, mandates, manual_material
from portal.register.care.contact_log import NewContact
from portal.register.care.kinds import (
    ContactChannel,
    ContactDirection,
    ContactTopic,
    Evidence,
    KeyHolder,
    MandateEnd,
    MandateKind,
    MandateScope,
    PaperKind,
)
from portal.register.care.mandates import NewMandate
from portal.register.care.manual_material import NewPaper
from portal.register.care.models import ContactEntry
from portal.subject_requests import queries
from portal.subject_requests.kinds import Kind

A_QUARTER = timedelta(minutes=15)
A_YEAR = timedelta(days=365)


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
    is_about_case: bool = False  # the correction that the customer has asked for
    subject: tuple[str, str] | None = None  # what the recording of a call is for, and what the call was about
    corrects: int | None = None  # how many days ago the entry happened that this one puts right


CONTACTS: Sequence[Contact] = (
    Contact(
        163,
        10,
        "clerk2",
        1,
        ContactChannel.PHONE,
        ContactTopic.CONTRACT,
        "Asked how to end the contract when moving. Told about the two weeks' notice.",
    ),
    Contact(
        301,
        11,
        "clerk2",
        0,
        ContactChannel.PHONE,
        ContactTopic.CONTRACT,
        "Pyysi kodin ja mökin samalle laskulle. Yhdistetty seuraavasta laskusta alkaen.",
        subject=("verifying-transactions", "Kahden käyttöpaikan lasku"),
    ),
    Contact(
        236,
        11,
        "clerk1",
        0,
        ContactChannel.EMAIL,
        ContactTopic.CONSUMPTION,
        "Ihmetteli, miksi kulutus oli suurempi kuin vuosi sitten. Lähetin ohjeen kulutusraportin lukemiseen.",
    ),
    Contact(
        142,
        12,
        "clerk1",
        0,
        ContactChannel.VISIT,
        ContactTopic.CONNECTION,
        "Suunnittelee aurinkopaneeleja mökille. Annoin yleistietolomakkeen ja kerroin, mitä urakoitsijalta pyydetään.",
    ),
    Contact(
        88,
        14,
        "clerk1",
        0,
        ContactChannel.PHONE,
        ContactTopic.INVOICE,
        "Kävimme läpi, mistä kodin ja mökin laskun rivit tulevat.",
        subject=("complaints", "Laskun rivien selvitys"),
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
        subject=("complaints", "Sähkökatkon syy"),
    ),
    # The wrong invoice was written down; entries are never changed, so that the next one puts it right.
    Contact(
        61,
        13,
        "clerk2",
        0,
        ContactChannel.PHONE,
        ContactTopic.INVOICE,
        "Lupasin viimeisimmästä laskusta kopion sähköpostiin.",
        subject=("verifying-transactions", "Laskukopion tilaus"),
    ),
    Contact(
        61,  # a day apart, a weekend between would have put this one first
        15,
        "clerk2",
        0,
        ContactChannel.PHONE,
        ContactTopic.INVOICE,
        "Kirjasin väärän laskun: kopio luvattiin sitä edeltävästä laskusta. Lähetetty tänään.",
        subject=("verifying-transactions", "Laskukopion tilaus"),
        corrects=61,
    ),
    Contact(
        22,
        14,
        "clerk1",
        0,
        ContactChannel.PHONE,
        ContactTopic.PERSONAL_DATA,
        "Kerroin, että oikaisupyyntö odottaa enää uutta kulutusarviota. Päätös tulee kirjallisena.",
        ContactDirection.OUTGOING,
        subject=("service-development", "Oikaisupyynnön vaihe"),
        is_about_case=True,
    ),
    Contact(
        12,
        13,
        "clerk2",
        0,
        ContactChannel.PHONE,
        ContactTopic.MARKETING,
        "Ei halua enää mainoksia tekstiviestinä. Neuvoin, mistä luvan voi perua; lupasi tehdä sen illalla itse.",
        subject=("service-development", "Mainokset tekstiviestinä"),
    ),
    Contact(
        17,
        11,
        "clerk1",
        7,
        ContactChannel.VISIT,
        ContactTopic.INVOICE,
        "Sovimme, että laskut maksetaan kolmessa erässä.",
    ),
    Contact(
        16,
        13,
        "clerk2",
        1,
        ContactChannel.EMAIL,
        ContactTopic.CONNECTION,
        "Asked whether an electric car can be charged with a 1x25 A fuse. Sent our guide to charging at home.",
    ),
)


def entries(cast: Cast) -> Iterator[Entry]:
    for contact in CONTACTS:
        if contact.whose in cast.drawn:
            yield cast.at_work(contact.days, contact.hour, 45), _contact(cast, contact)
    if 8 in cast.drawn:
        yield cast.at_work(120, 12), _mandate(cast, 7, SIIRI)
    yield from _mandate_that_ended(cast)
    if 2 in cast.drawn:
        yield cast.at_work(131, 11, 15), _mandate(cast, 2, FOR_MARKETING)
        yield cast.at_work(260, 9, 30), _paper(cast, 2, PaperKind.CONNECTION_PAPERS, "Arkisto 2", "B 14")
    if 7 in cast.drawn:
        yield cast.at_work(9, 12), _paper(cast, 7, PaperKind.DATA_REQUEST, "Arkisto 1", "A 3")
    if 10 in cast.drawn:
        yield cast.at_work(203, 13, 10), _mandate(cast, 10, GUARDIAN)
    signed_on = cast.drawn[0].customer.source_on
    yield cast.at_work(312, 14), _paper(cast, 0, PaperKind.CONTRACT, "Arkisto 2", "C 7", kept_since=signed_on)
    yield cast.at_work(96, 12, 40), _destroys(cast, 0)


def _contact(cast: Cast, contact: Contact) -> Act:
    def add(now: datetime) -> None:
        corrected = None if contact.corrects is None else _entry_of(cast, contact.whose, contact.corrects)
        told = NewContact(
            happened_at=corrected.happened_at if corrected else now - A_QUARTER,
            channel=contact.channel,
            direction=contact.direction,
            topic=contact.topic,
            note=contact.note,
            case=_correction_of(cast, contact.whose) if contact.is_about_case else "",
            is_recorded=contact.subject is not None,
            corrects=corrected.id if corrected else None,
        )
        contact_log.add(customer_id=cast.id(contact.whose), told=told, actor=cast.actor(contact.who), now=now)
        if contact.subject and not corrected:
            call = recorded_call(
                cast.id(contact.whose),
                told.happened_at,
                purpose=contact.subject[0],
                topic=contact.subject[1],
                direction=contact.direction.value,
            )
            with transaction():
                db.session.add(call)

    return add


def _entry_of(cast: Cast, whose: int, days: int) -> ContactEntry:
    """What was written down so many days ago."""
    day = local_date(cast.at_work(days))
    return next(entry for entry in contact_log.of_customer(cast.id(whose)) if local_date(entry.happened_at) == day)


def _correction_of(cast: Cast, whose: int) -> str:
    """The number of the correction that waits; a small register has none."""
    cases = queries.undecided_of(cast.id(whose))
    return next((case.public_id for case in cases if case.kind is Kind.CORRECTION), "")


@dataclass(frozen=True)
class Speaks:
    """Somebody who may speak for a customer: by customer number, or by name and contact."""

    kind: MandateKind
    scope: MandateScope
    evidence: Evidence
    number: str = ""
    name: str = ""
    contact: str = ""
    lasts: timedelta | None = None


SIIRI = Speaks(
    MandateKind.AUTHORISATION,
    MandateScope.REQUESTS,
    Evidence.SIGNED_AUTHORISATION,
    number=identifiers.customer_number(8),
    lasts=2 * A_YEAR,
)
GUARDIAN = Speaks(
    MandateKind.GUARDIAN,
    MandateScope.ALL,
    Evidence.GUARDIANSHIP_EXTRACT,
    name="Hannele Myllyharju",
    contact="edunvalvonta@example.org",
)
FOR_MARKETING = Speaks(
    MandateKind.AUTHORISATION,
    MandateScope.MARKETING,
    Evidence.SUOMI_FI_MANDATE,
    name="Linnéa Öström",
    contact="linnea.ostrom@example.org",
    lasts=A_YEAR,
)
WHILE_AWAY = Speaks(
    MandateKind.AUTHORISATION,
    MandateScope.ALL,
    Evidence.SIGNED_AUTHORISATION,
    name="Otto Kuusilampi",
    contact="otto.kuusilampi@example.net",
    lasts=A_YEAR,
)


def _mandate(cast: Cast, whose: int, speaks: Speaks) -> Act:
    def record(now: datetime) -> None:
        today = local_date(now)
        told = NewMandate(
            kind=speaks.kind,
            scope=speaks.scope,
            representative_number=speaks.number,
            name=speaks.name,
            contact=speaks.contact,
            valid_from=today,
            valid_until=today + speaks.lasts if speaks.lasts else None,
            evidence=speaks.evidence,
            checked_by="Tuulikki Rantapelto",
            checked_on=today,
        )
        mandates.record(customer_id=cast.id(whose), told=told, actor=cast.actor("clerk1"), now=now)

    return record


def _mandate_that_ended(cast: Cast) -> Iterator[Entry]:
    """Aino's brother spoke for her while she was abroad; back home she took the mandate back."""

    def end(now: datetime) -> None:
        (mandate,) = mandates.of_customer(cast.id(0))
        mandates.end(
            mandate_id=mandate.id,
            customer_id=cast.id(0),
            ended_on=local_date(now),
            reason=MandateEnd.WITHDRAWN,
            actor=cast.actor("clerk2"),
            now=now,
        )

    yield cast.at_work(287, 10, 20), _mandate(cast, 0, WHILE_AWAY)
    yield cast.at_work(171, 15, 5), end


def _destroys(cast: Cast, index: int) -> Act:
    def destroy(now: datetime) -> None:
        (paper,) = manual_material.of_customer(cast.id(index))
        manual_material.destroyed(
            paper_id=paper.id,
            customer_id=cast.id(index),
            destroyed_on=local_date(now),
            actor=cast.actor("clerk2"),
            now=now,
        )

    return destroy


def _paper(cast: Cast, index: int, kind: PaperKind, room: str, shelf: str, *, kept_since: date | None = None) -> Act:
    def record(now: datetime) -> None:
        told = NewPaper(
            kind=kind,
            room=room,
            shelf=shelf,
            key_holder=KeyHolder.CUSTOMER_SERVICE,
            kept_since=kept_since or local_date(now),
        )
        manual_material.record(customer_id=cast.id(index), told=told, actor=cast.actor("clerk2"), now=now)

    return record
