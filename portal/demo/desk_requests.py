"""Requests of the invented customers that are on the desk: what a clerk finds there on the first morning."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from portal.core.audit import Actor
from portal.core.clock import HELSINKI
from portal.core.db import db, transaction
from portal.demo.case_telling import GRANTED, Case, by_email, by_letter, by_unknown_phone, by_visit
from portal.demo.contacts import recorded_call
from portal.demo.diary import Act, Cast, Entry, at
from portal.demo.drawing import ONE_DAY
from portal.register.postal_codes import POST_OFFICES
from portal.subject_requests import deadlines, deciding, handling, identifying, services
from portal.subject_requests.deadlines import Deadlines, next_working_day, previous_working_day
from portal.subject_requests.kinds import ExtensionReason, Kind


def extended(cast: Cast) -> Iterator[Entry]:
    case = Case(cast, 17)
    words = "Haluan kopion kaikista tiedoistani, myös kaikkien puheluideni tallenteista."
    yield case.asks(cast.at_work(38, 13), Kind.ACCESS, words, by="clerk2", arrival=by_visit)
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
    day = _two_years_before(cast.today - timedelta(days=9))
    started_at = datetime.combine(day, time(12, 41), HELSINKI).astimezone(UTC)

    def bring(_now: datetime) -> None:
        row = recorded_call(cast.id(index), started_at, purpose="complaints", topic="Sähkökatkon korvaus")
        with transaction():
            db.session.add(row)

    return bring


def _two_years_before(day: date) -> date:
    """Or the working day before that."""
    return previous_working_day(day - timedelta(days=2 * 365))


def waiting_for_identity(cast: Cast) -> Iterator[Entry]:
    case = Case(cast, 4)
    words = "Haluan kuulla asiakaspuheluni."
    yield case.asks(cast.at_work(6, 11), Kind.ACCESS, words, by="clerk1", arrival=by_unknown_phone)
    yield case.step(
        cast.at_work(6, 11, 20),
        identifying.ask_identity,
        by="clerk1",
        reason="Soittaja osasi kertoa vain nimensä, ei mitään laskulta.",
        question="Varmistamme vielä, että pyyntö on sinun. Kirjaudu portaaliin tai käy asiakaspalvelussamme ja ota "
        "henkilöllisyystodistus mukaan.",
    )


def erasure_to_approve(cast: Cast) -> Iterator[Entry]:
    """Proposed by one decision-maker: it takes a second one."""
    case = Case(cast, 6)
    words = "Muutin pois. Poistakaa kaikki tietoni."
    yield case.asks(cast.at_work(12, 13), Kind.ERASURE, words, by="clerk1", arrival=by_visit)
    yield case.step(cast.at_work(12, 14), handling.take, by="clerk1")
    yield case.step(cast.at_work(3, 10), deciding.decide, by="decider1", decisions=GRANTED)


def own_ones(cast: Cast) -> Iterator[Entry]:
    """Made by the customers themselves, one nearly due; what the one wrote has been read, what the other did waits.

    Nothing that they ask for keeps marketing from them: visitors try their choices.
    """
    aino, oliver = Case(cast, 0), Case(cast, 1)
    grounds = "Asensimme sähkökiukaan, ja kulutus on kasvanut."
    yield aino.corrects(cast.ago(26, 19, 30), aino.of_home("estimate_kwh"), "21 450", grounds, by="aino")
    taken_on = next_working_day(cast.today - timedelta(days=25))
    question = "Kiitos pyynnöstä! Mistä päivästä lähtien kiuas on ollut käytössä?"
    answer = "Kiuas otettiin käyttöön viime kuun alussa."
    yield aino.step(at(taken_on, 9), handling.take, by="clerk1")
    yield aino.step(at(taken_on, 9, 30), handling.message, by="clerk1", text=question)
    yield aino.step(at(taken_on, 20, 10), services.message_from_customer, by="aino", text=answer)
    yield aino.step(at(next_working_day(taken_on + ONE_DAY), 9, 10), handling.mark_read, by="clerk1")
    grounds = "The main fuse was changed when the induction stove was put in."
    yield oliver.corrects(cast.ago(10, 8, 30), oliver.of_home("main_fuse"), "3x25 A", grounds, by="oliver")
    taken_on = next_working_day(cast.today - timedelta(days=9))
    question = "Thank you for telling us. Who had the fuse changed, you or the housing company, and roughly when?"
    answer = "The housing company, in the first week of last month. The electrician left a note in the fuse box."
    yield oliver.step(at(taken_on, 11), handling.take, by="clerk2")
    yield oliver.step(at(taken_on, 11, 20), handling.message, by="clerk2", text=question)
    yield oliver.step(cast.ago(1, 18, 45), services.message_from_customer, by="oliver", text=answer)


def asked_twice(cast: Cast) -> Iterator[Entry]:
    """Eero asked again at the counter: one case goes on, and its answer is due today."""
    first, second = Case(cast, 3), Case(cast, 3)
    today = next_working_day(cast.today)
    received_on = _received(cast.today, lambda dates: dates.work_by < today) + ONE_DAY
    words = "Haluan kopion kaikesta, mitä minusta on tallessa."
    yield first.asks(at(received_on, 20, 15), Kind.ACCESS, words, by="eero")
    yield first.step(at(next_working_day(received_on + ONE_DAY), 9, 15), handling.take, by="clerk1")
    words = "Pyysin tietoni jo portaalissa, mutta vastausta ei ole kuulunut."
    yield second.asks(cast.at_work(7, 11, 10), Kind.ACCESS, words, by="clerk2", arrival=by_visit)

    def merge(*, public_id: str, actor: Actor, now: datetime) -> None:
        handling.merge(public_id=public_id, target=first.public_id, actor=actor, now=now)

    yield second.step(cast.at_work(7, 11, 35), merge, by="clerk2")
    note = "Tiedot on koottu. Puhelutallenteiden luettelo puuttuu vielä."
    yield first.step(cast.at_work(4, 14), handling.note, by="clerk1", text=note)


def contested_address(cast: Cast) -> Iterator[Entry]:
    """While it is undecided, nothing is sent there (L21)."""
    grounds = "Vanha osoite oli työnantajan, eikä se ole enää käytössäni."
    yield Case(cast, 5).corrects(
        cast.at_work(2, 12), "email", "helmi.lumipuro@example.org", grounds, by="clerk1", arrival=by_visit
    )


def objection(cast: Cast) -> Iterator[Entry]:
    words = "Vastustan tietojeni käyttöä liiketoiminnan kehittämiseen."
    yield Case(cast, 8).asks(cast.at_work(1, 14), Kind.OBJECTION, words, by="clerk2", arrival=by_email)


def unsigned_letter(cast: Cast) -> Iterator[Entry]:
    """A signature may be missing: that is noted, and never a reason to wait (L10)."""
    words = "Haluan tietää, mitä tietoja minusta on."
    yield Case(cast, 7).asks(cast.at_work(9), Kind.ACCESS, words, by="clerk1", arrival=by_letter)


def overdue(cast: Cast) -> Iterator[Entry]:
    """The month has run out: it stands on top of the queue, and the customer has been told."""
    case = Case(cast, 20)
    received_on = _received(
        cast.today,
        lambda dates: dates.statutory < cast.today and next_working_day(dates.received_on) == dates.received_on,
    )
    words = "En halua, että kulutustani käytetään palvelujen kehittämiseen tai tilastoihin."
    yield case.asks(at(received_on, 12, 40), Kind.OBJECTION, words, by="clerk2", arrival=by_visit)
    yield case.step(at(next_working_day(received_on + timedelta(days=2)), 10), handling.take, by="decider2")
    note = "Tilastoista vastaava on lomalla, enkä ole saanut arviota. Siirrän asian hänen sijaiselleen."
    yield case.step(cast.at_work(5, 15), handling.note, by="decider2", text=note)
    yield case.step(cast.at_work(1, 9), handling.hold, by="decider2")


def other_post_office(cast: Cast) -> Iterator[Entry]:
    """A postal code whose post office is not the one on file: the clerk is warned."""
    case, billing = Case(cast, 16), cast.drawn[16].billing
    assert billing is not None
    code = next(code for code, city in POST_OFFICES.items() if city != billing.city)
    grounds = f"Laskuissa on väärä postinumero, oikea on {code}."
    yield case.corrects(cast.at_work(4, 13), "billing_postal_code", code, grounds, by="clerk2", arrival=by_visit)


def told_on(cast: Cast) -> Iterator[Entry]:
    """Answered, but the datahub has still to be told: the case stays open until that is done."""
    case = Case(cast, 9)
    grounds = "Öljykattilan tilalla on nyt pellettikattila."
    yield case.corrects(cast.at_work(19, 11), case.of_home("heating"), "wood", grounds, by="clerk1", arrival=by_visit)
    yield from case.answered(next_working_day(cast.today - timedelta(days=11)), by="decider1")


def _received(today: date, fits: Callable[[Deadlines], bool]) -> date:
    """The latest day of arrival whose dates fit."""
    return next(day for back in range(24, 60) if fits(deadlines.count(day := today - timedelta(days=back))))
