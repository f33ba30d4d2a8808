"""Requests of the invented customers that have been answered or have ended."""

from collections.abc import Iterator
from datetime import date, timedelta

from portal.demo.case_telling import GRANTED, Case, by_letter, by_phone, by_visit
from portal.demo.diary import Cast, Entry, at
from portal.demo.drawing import ONE_DAY
from portal.subject_requests import deciding, handling, identifying, services
from portal.subject_requests.deadlines import next_working_day
from portal.subject_requests.deciding import ItemDecision
from portal.subject_requests.kinds import DocumentType, Ground, IdentityMethod, Kind, Outcome

# Days from which a month is hard to count: the last of January, before Easter, before Midsummer, before Christmas.
JANUARY, EASTER, MIDSUMMER, CHRISTMAS = (1, 31), (3, 5), (5, 20), (11, 25)
ANSWERED_AFTER = timedelta(days=12)
PAUSE = timedelta(days=9)


def on_awkward_days(cast: Cast) -> Iterator[Entry]:
    """In time, each of them."""
    aino, oliver, asa, eero = (Case(cast, index) for index in range(4))
    awkward = {aino.index: JANUARY, eero.index: EASTER, asa.index: MIDSUMMER, oliver.index: CHRISTMAS}
    days = {index: far_enough_behind(*day, cast.today) for index, day in awkward.items()}
    arrived = {index: at(day, 18, 25) for index, day in days.items()}
    yield aino.asks(arrived[aino.index], Kind.ACCESS, "Haluan kopion kaikista tiedoistani.", by="aino")
    yield eero.asks(arrived[eero.index], Kind.PORTABILITY, "Haluan kulutustietoni taulukkona.", by="eero")
    yield asa.corrects(arrived[asa.index], "phone", "044 000 9902", "Numeroni on vaihtunut.", by="asa")
    yield oliver.asks(arrived[oliver.index], Kind.ACCESS, "Please send me a copy of my data.", by="oliver")
    for case in (aino, eero, asa, oliver):
        answered_on = next_working_day(days[case.index] + ANSWERED_AFTER)
        yield from case.answered(answered_on, by="decider1")
        yield case.finishes(at(answered_on, 15), by="decider1")


def changed_numbers(cast: Cast) -> Iterator[Entry]:
    """Their old numbers come again from elsewhere (desk_work.py)."""
    for index in (4, 5, 6):
        case = Case(cast, index)
        number, received_on = f"044 000 99{index:02d}", next_working_day(cast.today - timedelta(days=70 + 9 * index))
        yield case.corrects(
            at(received_on), "phone", number, "Vaihdoin liittymää, ja numero vaihtui.", by="clerk1", arrival=by_visit
        )
        answered_on = next_working_day(received_on + ANSWERED_AFTER)
        yield from case.answered(answered_on, by="clerk1")
        yield case.finishes(at(answered_on, 15), by="clerk1")


def paused(cast: Cast) -> Iterator[Entry]:
    """Nine days went by until identity was shown, and moved every date."""
    case, received_on = Case(cast, 9), far_enough_behind(*EASTER, cast.today)
    asked_on = received_on
    while next_working_day(asked_on) != asked_on or next_working_day(asked_on + PAUSE) != asked_on + PAUSE:
        asked_on += ONE_DAY
    answered_on = next_working_day(asked_on + PAUSE + timedelta(days=6))
    yield case.asks(at(received_on, 11), Kind.ACCESS, "Pyydän kopion tiedoistani.", by="clerk2", arrival=by_letter)
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


def refused(cast: Cast) -> Iterator[Entry]:
    case = Case(cast, 18)
    refusal = ItemDecision(
        outcome=Outcome.REFUSE,
        ground=Ground.DATA_CORRECT,
        reasons="Arvio on laskettu kahden viime vuoden mitatusta kulutuksesta, ja kulutus on pysynyt samana.",
    )
    grounds = "Arvio on mielestäni aivan liian suuri."
    yield case.corrects(
        cast.at_work(74, 12), case.of_home("estimate_kwh"), "1 000", grounds, by="clerk2", arrival=by_visit
    )
    yield from case.answered(next_working_day(cast.today - timedelta(days=60)), by="decider1", decisions={0: refusal})


def withdrawn(cast: Cast) -> Iterator[Entry]:
    """Ended, and the customer has written since: it is on the desk again until somebody answers."""
    case = Case(cast, 2)
    yield case.asks(
        cast.ago(96, 16),
        Kind.RESTRICTION,
        "Laskutusosoitteestani on epäselvyyttä. Älkää käyttäkö sitä, ennen kuin asia on selvitetty.",
        by="asa",
    )
    yield case.step(cast.ago(94, 9), services.withdraw, by="asa", note="")
    words = "Peruin tämän, kun osoite näytti korjaantuneen. Viimeisin lasku tuli kuitenkin taas vanhaan osoitteeseen."
    yield case.step(cast.ago(2, 17, 20), services.message_from_customer, by="asa", text=words)


def erased_in_part(cast: Cast) -> Iterator[Entry]:
    """Proposed by one and approved by another; what a law keeps stays."""
    case = Case(cast, 15)
    in_part = ItemDecision(
        outcome=Outcome.PARTLY,
        ground=Ground.LEGAL_OBLIGATION,
        reasons="Poistamme tiedot, joita meidän ei tarvitse lain mukaan säilyttää. Laskut säilytämme niin kauan kuin "
        "kirjanpitolaki vaatii.",
    )
    words = "Sopimukseni on päättynyt. Poistakaa tietoni."
    yield case.asks(cast.at_work(24, 14), Kind.ERASURE, words, by="clerk1", arrival=by_visit)
    on = next_working_day(cast.today - timedelta(days=13))
    yield case.step(at(on, 9, 5), handling.take, by="decider1")
    yield case.step(at(on, 9, 20), deciding.decide, by="decider1", decisions={0: in_part})
    yield case.step(at(on, 13, 30), deciding.approve, by="decider2")
    yield case.step(at(on, 13, 50), handling.answer, by="decider2")


def last_permission(cast: Cast) -> Iterator[Entry]:
    """Without a permission left a potential customer is hidden, and kept only while a request needs it (R60)."""
    onni, later = Case(cast, 13), Case(cast, 13)
    words = "Perun kaikki antamani luvat."
    yield onni.asks(cast.at_work(20, 12), Kind.CONSENT_WITHDRAWAL, words, by="clerk2", arrival=by_phone)
    words = "Peruin lupani. Mitä tietoja minusta on vielä jäljellä?"
    yield later.asks(cast.at_work(7, 11), Kind.ACCESS, words, by="clerk2", arrival=by_letter)


def far_enough_behind(month: int, day: int, today: date) -> date:
    """The last such day that is far enough behind to have been answered."""
    this_year = date(today.year, month, day)
    return this_year if this_year + 2 * ANSWERED_AFTER < today else date(today.year - 1, month, day)
