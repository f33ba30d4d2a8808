"""Requests of the invented customers: answered ones of the past year, and a desk with work on it."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import TypeAlias

from portal.core.clock import local_date
from portal.demo import answered_requests, desk_requests
from portal.demo.case_telling import Case, by_phone, by_visit
from portal.demo.diary import Cast, Entry, at
from portal.demo.drawing import ONE_DAY
from portal.permissions.models import PermissionEvent
from portal.subject_requests.deadlines import next_working_day
from portal.subject_requests.kinds import Kind

Story: TypeAlias = Callable[[Cast], Iterator[Entry]]

FEWEST_CUSTOMERS, FEW_CUSTOMERS = 20, 40
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


def _routine(cast: Cast, index: int, random: Random) -> Iterator[Entry]:
    """One of a person who was a customer then."""
    case, drawing = Case(cast, index), cast.drawn[index]
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
        yield case.corrects(moment, "phone", f"044 000 98{index:02d}", words, by=clerk, arrival=by_visit)
    else:
        yield case.asks(moment, kind, words, by=clerk, arrival=by_visit)
    yield from case.answered(answered_on, by=clerk if kind in (Kind.CORRECTION, Kind.ACCESS) else decider)
    yield case.finishes(at(answered_on, 15), by=decider)


def _opt_out(case: Case, received_on: date, words: str, clerk: str) -> Iterator[Entry]:
    """After everything else that the person has said about marketing."""
    drawing = case.cast.drawn[case.index]
    said_on = max((local_date(event["at"]) for event in drawing.rows[PermissionEvent]), default=received_on)
    on = next_working_day(max(received_on, said_on + ONE_DAY))
    if on <= drawing.last_day:
        yield case.asks(at(on, 12, case.index), Kind.OPT_OUT, words, by=clerk, arrival=by_phone)


FIRST_STORIES: tuple[Story, ...] = (
    desk_requests.own_ones,
    desk_requests.unsigned_letter,
    desk_requests.contested_address,
    desk_requests.objection,
    desk_requests.waiting_for_identity,
    desk_requests.erasure_to_approve,
    answered_requests.changed_numbers,
)
MORE_STORIES: tuple[Story, ...] = (
    answered_requests.on_awkward_days,
    answered_requests.paused,
    answered_requests.refused,
    answered_requests.withdrawn,
    desk_requests.extended,
    answered_requests.erased_in_part,
    answered_requests.last_permission,
    desk_requests.asked_twice,
    desk_requests.overdue,
    desk_requests.other_post_office,
    desk_requests.told_on,
)
