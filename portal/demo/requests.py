"""Requests of the invented customers: answered ones of the past year, and a desk with work on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, TypeAlias

from portal.core.audit import Actor
from portal.core.clock import HELSINKI, local_date
from portal.core.db import db, transaction
from portal.demo.accounts import SIGN_INS
from portal.demo.contacts import recorded_call
from portal.demo.diary import Act, Cast, Entry, at
from portal.demo.drawing import ONE_DAY
from portal.permissions.models import PermissionEvent
from portal.register.models import MeteringSite
from portal.register.postal_codes import POST_OFFICES
from portal.subject_requests import cases, deadlines, deciding, handling, identifying, services
from portal.subject_requests.arriving import Arrival
from portal.subject_requests.corrections import ProposedItem
from portal.subject_requests.deadlines import Deadlines, next_working_day, previous_working_day
from portal.subject_requests.deciding import ItemDecision
from portal.subject_requests.handling import TaskReport
from portal.subject_requests.kinds import (
    Channel,
    DocumentType,
    ExtensionReason,
    Ground,
    IdentityFact,
    IdentityMethod,
    Kind,
    Outcome,
    Place,
    TaskOutcome,
)

Story: TypeAlias = Callable[[Cast], Iterator[Entry]]

FEWEST_CUSTOMERS, FEW_CUSTOMERS = 20, 40
# Days from which a month is hard to count: the last of January, before Easter, before Midsummer, before Christmas.
JANUARY, EASTER, MIDSUMMER, CHRISTMAS = (1, 31), (3, 5), (5, 20), (11, 25)
ANSWERED_AFTER = timedelta(days=12)
PAUSE = timedelta(days=9)
A_WHILE = timedelta(minutes=20)
GRANTED = {0: ItemDecision(outcome=Outcome.GRANT)}
DONE = TaskReport(outcome=TaskOutcome.DONE, note="")
ROUTINE = (Kind.CORRECTION, Kind.ACCESS, Kind.CORRECTION, Kind.OPT_OUT, Kind.OBJECTION, Kind.ACCESS, Kind.PORTABILITY)
# In the words of the customer, in the language in which they are served
WORDS = {
    Kind.CORRECTION: {
        "fi": "Puhelinnumeroni on vaihtunut.",
        "en": "My phone number has changed.",
        "sv": "Mitt telefonnummer har ändrats.",
    },
    Kind.ACCESS: {
        "fi": "Haluan kopion tiedoistani.",
        "en": "I would like a copy of my data.",
        "sv": "Jag vill ha en kopia av mina uppgifter.",
    },
    Kind.OPT_OUT: {
        "fi": "Älkää lähettäkö minulle mainoksia.",
        "en": "Please send me no advertising.",
        "sv": "Skicka ingen reklam till mig.",
    },
    Kind.OBJECTION: {
        "fi": "En halua, että tietojani käytetään palvelujen kehittämiseen.",
        "en": "I do not want you to use my data for developing your services.",
        "sv": "Jag vill inte att mina uppgifter används för att utveckla tjänster.",
    },
    Kind.PORTABILITY: {
        "fi": "Vertailen aurinkopaneeleja ja tarvitsen kulutustietoni taulukkona.",
        "en": "I am comparing solar panels and need my consumption as a spreadsheet.",
        "sv": "Jag jämför solpaneler och behöver min förbrukning som en tabell.",
    },
}


def entries(cast: Cast, *, random_seed: int) -> Iterator[Entry]:
    """The first few from twenty customers up, all from forty: a small register is loaded in a moment."""
    stories = FIRST_STORIES if len(cast.drawn) >= FEWEST_CUSTOMERS else ()
    if len(cast.drawn) >= FEW_CUSTOMERS:
        stories += MORE_STORIES
    for story in stories:
        yield from story(cast)
    random = Random(f"{random_seed}:requests")
    for index in range(FEW_CUSTOMERS, len(cast.drawn)):
        yield from _routine(cast, index, random)


@dataclass
class _Case:
    """One case of a customer, told step by step; its public id is known once it has been received.

    A step is never earlier than the one told before it, wherever working days and holidays put them.
    """

    cast: Cast
    index: int
    public_id: str = ""
    latest: datetime | None = None

    def asks(
        self, moment: datetime, kind: Kind, text: str, *, by: str, arrival: Callable[[date], Arrival] | None = None
    ) -> Entry:
        def submit(now: datetime) -> None:
            made = services.submit(
                kind,
                customer_id=self.cast.id(self.index),
                text=text,
                actor=self.cast.actor(by),
                now=now,
                arrival=_written_down(arrival, now, by=by),
            )
            self.public_id = made.public_id

        return self._entry(moment, submit)

    def corrects(
        self,
        moment: datetime,
        field: str,
        proposed: str,
        grounds: str,
        *,
        by: str,
        arrival: Callable[[date], Arrival] | None = None,
    ) -> Entry:
        def submit(now: datetime) -> None:
            made = services.submit_correction(
                customer_id=self.cast.id(self.index),
                items=[ProposedItem(field=field, value_seen=None, proposed=proposed)],
                grounds=grounds,
                actor=self.cast.actor(by),
                now=now,
                arrival=_written_down(arrival, now, by=by),
            )
            self.public_id = made.public_id

        return self._entry(moment, submit)

    def step(self, moment: datetime, do: Callable[..., object], *, by: str, **values: Any) -> Entry:
        """By somebody of the desk, who has opened the case, or by the customer."""

        def take(now: datetime) -> None:
            actor = self.cast.actor(by)
            if actor.role is not None and actor.role.is_staff:
                handling.open_case(public_id=self.public_id, actor=actor, now=now)
            do(public_id=self.public_id, actor=actor, now=now, **values)

        return self._entry(moment, take)

    def answered(self, on: date, *, by: str, decisions: dict[int, ItemDecision] | None = None) -> Iterator[Entry]:
        """Taken, decided and answered on one day."""
        yield self.step(at(on, 9, 5), handling.take, by=by)
        yield self.step(at(on, 9, 20), deciding.decide, by=by, decisions=decisions or GRANTED)
        yield self.step(at(on, 9, 40), handling.answer, by=by)

    def finishes(self, moment: datetime, *, by: str) -> Entry:
        """Whoever was to be told has been; where nobody was, the case is left to the worker."""

        def finish(now: datetime) -> None:
            actor = self.cast.actor(by)
            tasks = cases.tasks_of(cases.found(self.public_id, actor=actor))
            if tasks:
                handling.open_case(public_id=self.public_id, actor=actor, now=now)
                reports = dict.fromkeys(range(len(tasks)), DONE)
                handling.close(public_id=self.public_id, reports=reports, actor=actor, now=now)

        return self._entry(moment, finish)

    def of_home(self, field: str) -> str:
        """How a correction names a field of the first metering point."""
        return f"{field}:{self.cast.drawn[self.index].rows[MeteringSite][0]['id']}"

    def _entry(self, moment: datetime, act: Act) -> Entry:
        self.latest = max(moment, self.latest + A_WHILE) if self.latest else moment
        return self.latest, act


# --- Answered and ended


def _on_awkward_days(cast: Cast) -> Iterator[Entry]:
    """In time, each of them."""
    aino, oliver, asa, eero = (_Case(cast, index) for index in range(4))
    days = {case.index: _last(*day, cast.today) for case, day in ((aino, JANUARY), (eero, EASTER), (asa, MIDSUMMER))}
    days[oliver.index] = _last(*CHRISTMAS, cast.today)
    arrived = {index: at(day, 18, 25) for index, day in days.items()}
    yield aino.asks(arrived[aino.index], Kind.ACCESS, "Haluan kopion kaikista tiedoistani.", by="aino")
    yield eero.asks(arrived[eero.index], Kind.PORTABILITY, "Haluan kulutustietoni taulukkona.", by="eero")
    yield asa.corrects(arrived[asa.index], "phone", "044 000 9902", "Numeroni on vaihtunut.", by="asa")
    yield oliver.asks(arrived[oliver.index], Kind.ACCESS, "Please send me a copy of my data.", by="oliver")
    for case in (aino, eero, asa, oliver):
        answered_on = next_working_day(days[case.index] + ANSWERED_AFTER)
        yield from case.answered(answered_on, by="decider1")
        yield case.finishes(at(answered_on, 15), by="decider1")


def _changed_numbers(cast: Cast) -> Iterator[Entry]:
    """Their old numbers come again from elsewhere (desk_work.py)."""
    for index in (4, 5, 6):
        case = _Case(cast, index)
        number, received_on = f"044 000 99{index:02d}", next_working_day(cast.today - timedelta(days=70 + 9 * index))
        yield case.corrects(
            at(received_on), "phone", number, "Vaihdoin liittymää, ja numero vaihtui.", by="clerk1", arrival=_by_visit
        )
        answered_on = next_working_day(received_on + ANSWERED_AFTER)
        yield from case.answered(answered_on, by="clerk1")
        yield case.finishes(at(answered_on, 15), by="clerk1")


def _paused(cast: Cast) -> Iterator[Entry]:
    """Nine days went by until identity was shown, and moved every date."""
    case, received_on = _Case(cast, 9), _last(*EASTER, cast.today)
    asked_on = received_on
    while next_working_day(asked_on) != asked_on or next_working_day(asked_on + PAUSE) != asked_on + PAUSE:
        asked_on += ONE_DAY
    answered_on = next_working_day(asked_on + PAUSE + timedelta(days=6))
    yield case.asks(at(received_on, 11), Kind.ACCESS, "Pyydän kopion tiedoistani.", by="clerk2", arrival=_by_letter)
    yield case.step(
        at(asked_on, 13),
        identifying.ask_identity,
        by="clerk2",
        reason="Kirjeessä on osoite, jota rekisterissä ei ole.",
        question="Kirjeessä oli osoite, jota meillä ei ole. Vahvista, kuka olet: kirjaudu portaaliin tai käy "
        "asiakaspalvelussamme.",
    )
    yield case.step(
        at(asked_on + PAUSE, 10, 30),
        identifying.identity_answered,
        by="clerk2",
        note="Asiakas kävi asiakaspalvelussa ja näytti ajokortin.",
        method=IdentityMethod.ID_DOCUMENT,
        document_type=DocumentType.DRIVING_LICENCE,
    )
    yield case.step(at(answered_on, 9, 20), handling.assign, by="clerk2", assignee="clerk2")
    yield case.step(at(answered_on, 9, 30), deciding.decide, by="clerk2", decisions=GRANTED)
    yield case.step(at(answered_on, 9, 40), handling.answer, by="clerk2")


def _refused(cast: Cast) -> Iterator[Entry]:
    case = _Case(cast, 18)
    refusal = ItemDecision(
        outcome=Outcome.REFUSE,
        ground=Ground.DATA_CORRECT,
        reasons="Arvio on laskettu kahden viime vuoden mitatusta kulutuksesta, ja kulutus on pysynyt samana.",
    )
    grounds = "Arvio on mielestäni aivan liian suuri."
    yield case.corrects(
        cast.at_work(74, 12), case.of_home("estimate_kwh"), "1 000", grounds, by="clerk2", arrival=_by_visit
    )
    yield from case.answered(next_working_day(cast.today - timedelta(days=60)), by="decider1", decisions={0: refusal})


def _withdrawn(cast: Cast) -> Iterator[Entry]:
    case = _Case(cast, 2)
    yield case.asks(
        cast.ago(96, 16),
        Kind.RESTRICTION,
        "Laskutusosoitteestani on epäselvyyttä. Älkää käyttäkö sitä, ennen kuin asia on selvitetty.",
        by="asa",
    )
    yield case.step(cast.ago(94, 9), services.withdraw, by="asa", note="")


def _erased_in_part(cast: Cast) -> Iterator[Entry]:
    """Proposed by one and approved by another; what a law keeps stays."""
    case = _Case(cast, 15)
    in_part = ItemDecision(
        outcome=Outcome.PARTLY,
        ground=Ground.LEGAL_OBLIGATION,
        reasons="Poistamme tiedot, joita meidän ei tarvitse lain mukaan säilyttää. Laskut säilytämme niin kauan kuin "
        "kirjanpitolaki vaatii.",
    )
    words = "Sopimukseni on päättynyt. Poistakaa tietoni."
    yield case.asks(cast.at_work(24, 14), Kind.ERASURE, words, by="clerk1", arrival=_by_visit)
    on = next_working_day(cast.today - timedelta(days=13))
    yield case.step(at(on, 9, 5), handling.take, by="decider1")
    yield case.step(at(on, 9, 20), deciding.decide, by="decider1", decisions={0: in_part})
    yield case.step(at(on, 13, 30), deciding.approve, by="decider2")
    yield case.step(at(on, 13, 50), handling.answer, by="decider2")


def _last_permission(cast: Cast) -> Iterator[Entry]:
    """Without a permission left a potential customer is hidden, and kept only while a request needs it (R60)."""
    onni, later = _Case(cast, 13), _Case(cast, 13)
    words = "Perun kaikki antamani luvat."
    yield onni.asks(cast.at_work(20, 12), Kind.CONSENT_WITHDRAWAL, words, by="clerk2", arrival=_by_phone)
    words = "Peruin lupani. Mitä tietoja minusta on vielä jäljellä?"
    yield later.asks(cast.at_work(7, 11), Kind.ACCESS, words, by="clerk2", arrival=_by_letter)


# --- On the desk


def _extended(cast: Cast) -> Iterator[Entry]:
    case = _Case(cast, 17)
    words = "Haluan kopion kaikista tiedoistani, myös kaikkien puheluideni tallenteista."
    yield case.asks(cast.at_work(38, 13), Kind.ACCESS, words, by="clerk2", arrival=_by_visit)
    yield case.step(cast.at_work(35, 9), handling.take, by="decider2")
    yield case.step(
        cast.at_work(15, 10),
        handling.extend,
        by="decider2",
        reason=ExtensionReason.COMPLEXITY,
        explanation="Puhelutallenteet on käytävä läpi, jotta muiden ihmisten tiedot eivät paljastu.",
    )
    yield cast.ago(4, 3, 30), _keeps_recording(cast, case.index)
    note = "Tallenteista on käyty läpi noin puolet."
    yield case.step(cast.at_work(6, 15), handling.note, by="decider2", text=note)


def _keeps_recording(cast: Cast, index: int) -> Act:
    """The oldest of the recordings should be gone by now: the request that is open keeps it (L18)."""
    started_at = datetime.combine(_years_before(cast.today - timedelta(days=9)), time(12, 41), HELSINKI).astimezone(UTC)

    def bring(_now: datetime) -> None:
        row = recorded_call(cast.id(index), started_at, purpose="complaints", topic="Sähkökatkon korvaus")
        with transaction():
            db.session.add(row)

    return bring


def _years_before(day: date) -> date:
    """Two years before, on a working day."""
    return previous_working_day(day - timedelta(days=2 * 365))


def _waiting_for_identity(cast: Cast) -> Iterator[Entry]:
    case = _Case(cast, 4)
    words = "Haluan kuulla asiakaspuheluni."
    yield case.asks(cast.at_work(6, 11), Kind.ACCESS, words, by="clerk1", arrival=_by_unknown_phone)
    yield case.step(
        cast.at_work(6, 11, 20),
        identifying.ask_identity,
        by="clerk1",
        reason="Soittaja osasi kertoa vain nimensä, ei mitään laskulta.",
        question="Varmistamme vielä, että pyyntö on sinun. Kirjaudu portaaliin tai käy asiakaspalvelussamme ja ota "
        "henkilöllisyystodistus mukaan.",
    )


def _erasure_to_approve(cast: Cast) -> Iterator[Entry]:
    """Proposed by one decision-maker: it takes a second one."""
    case = _Case(cast, 6)
    words = "Muutin pois. Poistakaa kaikki tietoni."
    yield case.asks(cast.at_work(12, 13), Kind.ERASURE, words, by="clerk1", arrival=_by_visit)
    yield case.step(cast.at_work(12, 14), handling.take, by="clerk1")
    yield case.step(cast.at_work(3, 10), deciding.decide, by="decider1", decisions=GRANTED)


def _own_ones(cast: Cast) -> Iterator[Entry]:
    """Made by the customers themselves, one nearly due.

    Nothing that they ask for keeps marketing from them: visitors try their choices.
    """
    aino, oliver = _Case(cast, 0), _Case(cast, 1)
    grounds = "Asensimme sähkökiukaan, ja kulutus on kasvanut."
    yield aino.corrects(cast.ago(26, 19, 30), aino.of_home("estimate_kwh"), "21 450", grounds, by="aino")
    taken_on = next_working_day(cast.today - timedelta(days=25))
    question = "Kiitos pyynnöstä! Mistä päivästä lähtien kiuas on ollut käytössä?"
    answer = "Kiuas otettiin käyttöön viime kuun alussa."
    yield aino.step(at(taken_on, 9), handling.take, by="clerk1")
    yield aino.step(at(taken_on, 9, 30), handling.message, by="clerk1", text=question)
    yield aino.step(at(taken_on, 20, 10), services.message_from_customer, by="aino", text=answer)
    grounds = "The main fuse was changed when the induction stove was put in."
    yield oliver.corrects(cast.ago(10, 8, 30), oliver.of_home("main_fuse"), "3x25 A", grounds, by="oliver")
    taken_on = next_working_day(cast.today - timedelta(days=9))
    question = "Thank you for telling us. Who had the fuse changed, you or the housing company, and roughly when?"
    answer = "The housing company, in the first week of last month. The electrician left a note in the fuse box."
    yield oliver.step(at(taken_on, 11), handling.take, by="clerk2")
    yield oliver.step(at(taken_on, 11, 20), handling.message, by="clerk2", text=question)
    yield oliver.step(at(taken_on, 18, 45), services.message_from_customer, by="oliver", text=answer)


def _asked_twice(cast: Cast) -> Iterator[Entry]:
    """Eero asked again at the counter: one case goes on, and its answer is due today."""
    first, second = _Case(cast, 3), _Case(cast, 3)
    today = next_working_day(cast.today)
    received_on = _received(cast.today, lambda dates: dates.work_by < today) + ONE_DAY
    words = "Haluan kopion kaikesta, mitä minusta on tallessa."
    yield first.asks(at(received_on, 20, 15), Kind.ACCESS, words, by="eero")
    yield first.step(at(next_working_day(received_on + ONE_DAY), 9, 15), handling.take, by="clerk1")
    words = "Pyysin tietoni jo portaalissa, mutta vastausta ei ole kuulunut."
    yield second.asks(cast.at_work(7, 11, 10), Kind.ACCESS, words, by="clerk2", arrival=_by_visit)

    def merge(*, public_id: str, actor: Actor, now: datetime) -> None:
        handling.merge(public_id=public_id, target=first.public_id, actor=actor, now=now)

    yield second.step(cast.at_work(7, 11, 35), merge, by="clerk2")
    note = "Tiedot on koottu. Puhelutallenteiden luettelo puuttuu vielä."
    yield first.step(cast.at_work(4, 14), handling.note, by="clerk1", text=note)


def _contested_address(cast: Cast) -> Iterator[Entry]:
    """While it is undecided, nothing is sent there (L21)."""
    grounds = "Vanha osoite oli työnantajan, eikä se ole enää käytössäni."
    yield _Case(cast, 5).corrects(
        cast.at_work(2, 12), "email", "helmi.lumipuro@example.org", grounds, by="clerk1", arrival=_by_visit
    )


def _objection(cast: Cast) -> Iterator[Entry]:
    words = "Vastustan tietojeni käyttöä liiketoiminnan kehittämiseen."
    yield _Case(cast, 8).asks(cast.at_work(1, 14), Kind.OBJECTION, words, by="clerk2", arrival=_by_email)


def _unsigned_letter(cast: Cast) -> Iterator[Entry]:
    """A signature may be missing: that is noted, and never a reason to wait (L10)."""
    words = "Haluan tietää, mitä tietoja minusta on."
    yield _Case(cast, 7).asks(cast.at_work(9), Kind.ACCESS, words, by="clerk1", arrival=_by_letter)


def _overdue(cast: Cast) -> Iterator[Entry]:
    """The month has run out: it stands on top of the queue, and the customer has been told."""
    case = _Case(cast, 20)
    received_on = _received(
        cast.today,
        lambda dates: dates.statutory < cast.today and next_working_day(dates.received_on) == dates.received_on,
    )
    words = "En halua, että kulutustani käytetään palvelujen kehittämiseen tai tilastoihin."
    yield case.asks(at(received_on, 12, 40), Kind.OBJECTION, words, by="clerk2", arrival=_by_visit)
    yield case.step(at(next_working_day(received_on + timedelta(days=2)), 10), handling.take, by="decider2")
    note = "Tilastoista vastaava on lomalla, enkä ole saanut arviota. Siirrän asian hänen sijaiselleen."
    yield case.step(cast.at_work(5, 15), handling.note, by="decider2", text=note)
    yield case.step(cast.at_work(1, 9), handling.hold, by="decider2")


def _other_post_office(cast: Cast) -> Iterator[Entry]:
    """A postal code whose post office is not the one on file: the clerk is warned."""
    case, billing = _Case(cast, 16), cast.drawn[16].billing
    assert billing is not None
    code = next(code for code, city in POST_OFFICES.items() if city != billing.city)
    grounds = f"Laskuissa on väärä postinumero, oikea on {code}."
    yield case.corrects(cast.at_work(4, 13), "billing_postal_code", code, grounds, by="clerk2", arrival=_by_visit)


def _told_on(cast: Cast) -> Iterator[Entry]:
    """Answered, but the datahub has still to be told: the case stays open until that is done."""
    case = _Case(cast, 9)
    grounds = "Öljykattilan tilalla on nyt pellettikattila."
    yield case.corrects(cast.at_work(19, 11), case.of_home("heating"), "wood", grounds, by="clerk1", arrival=_by_visit)
    yield from case.answered(next_working_day(cast.today - timedelta(days=11)), by="decider1")


def _received(today: date, fits: Callable[[Deadlines], bool]) -> date:
    """The latest day of arrival whose dates fit."""
    return next(day for back in range(24, 60) if fits(deadlines.count(day := today - timedelta(days=back))))


# --- What comes in all year round


def _routine(cast: Cast, index: int, random: Random) -> Iterator[Entry]:
    """One of a person who was a customer then."""
    case, drawing = _Case(cast, index), cast.drawn[index]
    received_on = next_working_day(cast.today - timedelta(days=random.randint(45, 360)))
    answered_on = next_working_day(received_on + timedelta(days=random.randint(2, 24)))
    clerk, decider = random.choice(("clerk1", "clerk2")), random.choice(("decider1", "decider2"))
    if drawing.whose.kind != "natural" or not drawing.customer.source_on < received_on <= drawing.last_day:
        return
    kind = ROUTINE[index % len(ROUTINE)]
    words, moment = WORDS[kind][drawing.spoken], at(received_on, 10 + index % 6, index)
    if kind is Kind.OPT_OUT:
        yield from _opt_out(case, received_on, words, clerk)
        return
    if kind is Kind.CORRECTION:
        yield case.corrects(moment, "phone", f"044 000 98{index:02d}", words, by=clerk, arrival=_by_visit)
    else:
        yield case.asks(moment, kind, words, by=clerk, arrival=_by_visit)
    yield from case.answered(answered_on, by=clerk if kind in (Kind.CORRECTION, Kind.ACCESS) else decider)
    yield case.finishes(at(answered_on, 15), by=decider)


def _opt_out(case: _Case, received_on: date, words: str, clerk: str) -> Iterator[Entry]:
    """After everything else that the person has said about marketing."""
    drawing = case.cast.drawn[case.index]
    said_on = max((local_date(event["at"]) for event in drawing.rows[PermissionEvent]), default=received_on)
    on = next_working_day(max(received_on, said_on + ONE_DAY))
    if on <= drawing.last_day:
        yield case.asks(at(on, 12, case.index), Kind.OPT_OUT, words, by=clerk, arrival=_by_phone)


FIRST_STORIES: tuple[Story, ...] = (
    _own_ones,
    _unsigned_letter,
    _contested_address,
    _objection,
    _waiting_for_identity,
    _erasure_to_approve,
    _changed_numbers,
)
MORE_STORIES: tuple[Story, ...] = (
    _on_awkward_days,
    _paused,
    _refused,
    _withdrawn,
    _extended,
    _erased_in_part,
    _last_permission,
    _asked_twice,
    _overdue,
    _other_post_office,
    _told_on,
)


# --- How they came

CHECKED_BY = {sign_in.username: sign_in.display_name for sign_in in SIGN_INS}


def _written_down(arrival: Callable[[date], Arrival] | None, now: datetime, *, by: str) -> Arrival | None:
    """As the clerk at the counter writes it down, who has seen the document."""
    if arrival is None:
        return None
    arrived = arrival(local_date(now))
    return replace(arrived, checked_by=CHECKED_BY[by]) if arrived.document_type else arrived


def _by_visit(received_on: date) -> Arrival:
    return Arrival(
        channel=Channel.VISIT,
        received_on=received_on,
        place=Place.ENERGIA,
        identity_method=IdentityMethod.ID_DOCUMENT,
        document_type=DocumentType.IDENTITY_CARD,
    )


def _by_letter(received_on: date) -> Arrival:
    return Arrival(channel=Channel.LETTER, received_on=received_on, place=Place.ENERGIA, is_signed=False)


def _by_email(received_on: date) -> Arrival:
    return Arrival(channel=Channel.EMAIL, received_on=received_on, identity_method=IdentityMethod.CONTACT_CODE)


def _by_unknown_phone(received_on: date) -> Arrival:
    return Arrival(channel=Channel.PHONE, received_on=received_on, place=Place.ENERGIA)


def _by_phone(received_on: date) -> Arrival:
    return Arrival(
        channel=Channel.PHONE,
        received_on=received_on,
        place=Place.ENERGIA,
        identity_method=IdentityMethod.CONTACT_CODE,
        identity_facts=(IdentityFact.CUSTOMER_NUMBER, IdentityFact.LAST_INVOICE),
    )


def _last(month: int, day: int, today: date) -> date:
    """The last such day that is far enough behind to have been answered."""
    this_year = date(today.year, month, day)
    return this_year if this_year + 2 * ANSWERED_AFTER < today else date(today.year - 1, month, day)
